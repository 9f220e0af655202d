"""The environment of seating."""

from typing import Literal

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What seating reads from its environment."""

    redis_url: SecretStr
    """Redis with `noeviction` and an append-only file."""
    hold_seconds: int = Field(default=600, ge=1, le=86_400)
    """How long seats are held while a guest chooses."""
    guest_holds: int = Field(default=6, ge=1, le=10_000)
    """How many live holds of a showtime the guests at one address may have together."""
    rate_limits: Literal["on", "off"] = "on"
    """`off` lifts the limits on calls and on holds of guests."""
    payment_seconds: int = Field(default=300, ge=1, le=86_400)
    """How long seats are kept at least once a payment was begun."""

    @property
    def most_guest_holds(self) -> int:
        """As many as there can be where nothing is limited."""
        return self.guest_holds if self.rate_limits == "on" else 1_000_000
