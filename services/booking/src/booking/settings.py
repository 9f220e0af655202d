"""booking's environment."""

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`TICKET_SIGNING_SECRET` is the Ed25519 seed, 32 bytes in base64."""

    payment_url: str = "http://127.0.0.1:8005"
    ticket_signing_secret: SecretStr
