"""What ops watch of bookings."""

from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge

from booking.store import MongoBookings

REFUNDS_UNANSWERED = Gauge("marquee_refunds_unanswered", "Refunds due for over 10 minutes without a word from payment")
_UNANSWERED_AFTER = timedelta(minutes=10)


async def measure(bookings: MongoBookings) -> None:
    """Bring the metric up to date."""
    REFUNDS_UNANSWERED.set(await bookings.unanswered_refunds(datetime.now(UTC) - _UNANSWERED_AFTER))
