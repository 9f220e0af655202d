"""catalog's environment."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """How long a screen is cleaned after each showtime."""

    cleaning_minutes: int = Field(default=15, ge=0, le=240)
