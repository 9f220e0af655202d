"""booking's environment."""

from chassis.settings import SecretKey, ServiceSettings


class Settings(ServiceSettings):
    """Where payment and notify are, and the key of tickets. More messages are under way than elsewhere: those of money
    and seats lie open for a moment (`usecases.gathering`)."""

    payment_url: str = "http://127.0.0.1:8005"
    """Where payment answers."""
    notify_url: str = "http://127.0.0.1:8006"
    """Where notify answers."""
    prefetch: int = 64
    """How many messages of each queue are under way at once."""
    ticket_signing_secret: SecretKey
    """The Ed25519 seed that signs tickets."""
