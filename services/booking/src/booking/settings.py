"""booking's environment."""

from chassis.settings import SecretKey, ServiceSettings


class Waits(ServiceSettings):
    """What its commands read too; they need no secret of its own."""

    refund_unanswered_seconds: float = 600
    """After how long a refund of which payment says nothing counts as stuck."""


class Settings(Waits):
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
