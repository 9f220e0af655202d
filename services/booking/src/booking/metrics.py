"""What ops watch of bookings."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge

REFUNDS_UNANSWERED = Gauge(
    "marquee_refunds_unanswered", "Refunds due for long (10 minutes) without a word from payment"
)


async def measure(count_unanswered_since: Callable[[datetime], Awaitable[int]], after: timedelta) -> None:
    """Bring the metric up to date, with a count of the refunds that have been due since before a time: `after` ago."""
    REFUNDS_UNANSWERED.set(await count_unanswered_since(datetime.now(UTC) - after))
