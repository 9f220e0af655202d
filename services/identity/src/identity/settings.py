"""identity's environment."""

from typing import Annotated

from pydantic import AfterValidator

from chassis.contacts import email_address
from chassis.settings import SecretKey, ServiceSettings
from identity.passwords import NewPassword


class Settings(ServiceSettings):
    """The seed that signs access tokens, the key that hashes refresh tokens, and the first admin."""

    jwt_access_secret: SecretKey
    jwt_refresh_secret: SecretKey
    admin_email: Annotated[str, AfterValidator(email_address)] | None = None
    admin_password: NewPassword | None = None
