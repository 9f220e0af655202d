"""identity's environment."""

from typing import Annotated

from pydantic import AfterValidator

from chassis.contacts import email_address
from chassis.settings import SecretKey, ServiceSettings
from identity.passwords import NewPassword


class Settings(ServiceSettings):
    """The seed that signs access tokens, the key that hashes refresh tokens, and the first admin. Tokens of
    `jwt_access_secret_other` are good too, while keys are rotated. `client_url` lists
    the origins of front ends, separated by commas; `public_url` is the gateway's."""

    jwt_access_secret: SecretKey
    jwt_access_secret_other: SecretKey | None = None
    jwt_refresh_secret: SecretKey
    admin_email: Annotated[str, AfterValidator(email_address)] | None = None
    admin_password: NewPassword | None = None
    client_url: str = ""
    booking_url: str = "http://127.0.0.1:8004"
    public_url: str = "http://127.0.0.1:8080"

    @property
    def origins(self) -> frozenset[str]:
        """The origins whose pages may keep refresh tokens in cookies: the gateway's own, and those of front ends."""
        listed = (*self.client_url.split(","), self.public_url)
        return frozenset(origin for each in listed if (origin := each.strip().rstrip("/")) not in {"", "*"})
