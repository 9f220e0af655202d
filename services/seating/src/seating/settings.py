"""The environment of seating."""

from typing import Literal

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What seating reads from its environment."""

    redis_url: SecretStr
    hold_seconds: int = Field(default=600, ge=1, le=86_400)
    guest_holds: int = Field(default=6, ge=1, le=10_000)  # live ones of a showtime, of all guests at one address
    rate_limits: Literal["on", "off"] = "on"
    payment_seconds: int = Field(default=300, ge=1, le=86_400)

    @property
    def most_guest_holds(self) -> int:
        """As many as there can be where nothing is limited."""
        return self.guest_holds if self.rate_limits == "on" else 1_000_000
