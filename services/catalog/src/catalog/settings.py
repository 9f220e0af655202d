"""catalog's environment."""

from chassis.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """How long a screen is cleaned after each showtime."""

    cleaning_minutes: int = Field(default=15, ge=0, le=240)
