"""booking's environment."""

from chassis.settings import SecretKey, ServiceSettings


class Settings(ServiceSettings):
    """Where payment and notify are, and the Ed25519 seed that signs tickets.

    More messages are under way than elsewhere: those of money and seats lie open for a moment (`usecases.gathering`).
    """

    payment_url: str = "http://127.0.0.1:8005"
    notify_url: str = "http://127.0.0.1:8006"
    prefetch: int = 64
    ticket_signing_secret: SecretKey
