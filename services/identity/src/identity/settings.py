"""identity's environment."""

from typing import Annotated

from pydantic import AfterValidator

from chassis.contacts import email_address
from chassis.settings import SecretKey, ServiceSettings
from identity.passwords import NewPassword


class Settings(ServiceSettings):
    """Keys of tokens, the first admin, and the origins that pages come from."""

    jwt_access_secret: SecretKey
    """The Ed25519 seed that signs access tokens."""
    jwt_access_secret_other: SecretKey | None = None
    """Its tokens are good too, while keys are rotated."""
    jwt_refresh_secret: SecretKey
    """The key that hashes refresh tokens."""
    admin_email: Annotated[str, AfterValidator(email_address)] | None = None
    """The first admin, made at the start."""
    admin_password: NewPassword | None = None
    """The first admin's password."""
    client_url: str = ""
    """Origins of front ends that may make private calls from elsewhere, separated by commas."""
    booking_url: str = "http://127.0.0.1:8004"
    """Where booking answers."""
    public_url: str = "http://127.0.0.1:8080"
    """The gateway's origin, as guests know it; links in messages begin with it."""

    @property
    def origins(self) -> frozenset[str]:
        """The origins whose pages may keep refresh tokens in cookies: the gateway's own, and those of front ends."""
        listed = (*self.client_url.split(","), self.public_url)
        return frozenset(origin for each in listed if (origin := each.strip().rstrip("/")) not in {"", "*"})
