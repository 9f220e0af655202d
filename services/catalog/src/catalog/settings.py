"""catalog's environment."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where seating and booking are, how long a screen is cleaned after each showtime.

    TMDB, which films are imported from: its read token, without which none is; where its API is, where its pictures
    are, and how long its answer is awaited.
    """

    seating_url: str = "http://127.0.0.1:8003"
    booking_url: str = "http://127.0.0.1:8004"
    cleaning_minutes: int = Field(default=15, ge=0, le=240)
    tmdb_token: SecretStr | None = None
    tmdb_base_url: str = "https://api.themoviedb.org"
    tmdb_image_base_url: str = "https://image.tmdb.org/t/p"
    tmdb_answer_seconds: float = Field(default=3.0, gt=0)

    @model_validator(mode="after")
    def _real_tmdb(self) -> Self:
        for url in (self.tmdb_base_url, self.tmdb_image_base_url):
            if self.node_env == "production" and not url.startswith("https://"):
                raise ValueError("TMDB_BASE_URL and TMDB_IMAGE_BASE_URL must be https in production")
        return self
