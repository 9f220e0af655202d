"""identity's environment."""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from chassis.contacts import email_address
from chassis.settings import ServiceSettings
from identity.passwords import NewPassword


def _key(value: SecretStr) -> SecretStr:
    key_bytes(value)
    return value


def key_bytes(value: SecretStr) -> bytes:
    """The 32 bytes that a secret in base64 stands for; raises `ValueError`."""
    try:
        found = base64.b64decode(value.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != 32:
        raise ValueError("must be 32 bytes in base64")
    return found


Key = Annotated[SecretStr, AfterValidator(_key)]


class Settings(ServiceSettings):
    """Secrets, and the first admin."""

    jwt_access_secret: Key
    jwt_refresh_secret: Key
    admin_email: Annotated[str, AfterValidator(email_address)] | None = None
    admin_password: NewPassword | None = None
