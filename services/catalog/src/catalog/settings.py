"""catalog's environment."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where seating and booking are, the pause between showtimes, and TMDB, which films are imported from."""

    seating_url: str = "http://127.0.0.1:8003"
    """Where seating answers."""
    booking_url: str = "http://127.0.0.1:8004"
    """Where booking answers."""
    cleaning_minutes: int = Field(default=15, ge=0, le=240)
    """How long a screen is cleaned after each showtime."""
    tmdb_token: SecretStr | None = None
    """TMDB's read token; without it no film is imported."""
    tmdb_base_url: str = "https://api.themoviedb.org"
    """Where TMDB's API is."""
    tmdb_image_base_url: str = "https://image.tmdb.org/t/p"
    """Where TMDB's pictures are."""
    tmdb_answer_seconds: float = Field(default=3.0, gt=0)
    """How long TMDB's answer is awaited."""

    @model_validator(mode="after")
    def _real_tmdb(self) -> Self:
        for url in (self.tmdb_base_url, self.tmdb_image_base_url):
            if self.node_env == "production" and not url.startswith("https://"):
                raise ValueError("TMDB_BASE_URL and TMDB_IMAGE_BASE_URL must be https in production")
        return self
