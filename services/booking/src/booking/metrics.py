"""What ops watch of bookings."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge

REFUNDS_UNANSWERED = Gauge("marquee_refunds_unanswered", "Refunds due for over 10 minutes without a word from payment")
UNANSWERED_AFTER = timedelta(minutes=10)


async def measure(count_unanswered_since: Callable[[datetime], Awaitable[int]]) -> None:
    """Bring the metric up to date, with a count of the refunds that have been due since before a time."""
    REFUNDS_UNANSWERED.set(await count_unanswered_since(datetime.now(UTC) - UNANSWERED_AFTER))
