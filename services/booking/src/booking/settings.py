"""booking's environment."""

from chassis.settings import SecretKey, ServiceSettings


class Settings(ServiceSettings):
    """Where payment is, and the Ed25519 seed that signs tickets."""

    payment_url: str = "http://127.0.0.1:8005"
    ticket_signing_secret: SecretKey
