"""The environment of seating."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What seating reads from its environment."""

    redis_url: SecretStr
    hold_seconds: int = Field(default=600, ge=1, le=86_400)
    payment_seconds: int = Field(default=300, ge=1, le=86_400)
