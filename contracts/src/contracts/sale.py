"""A whole sale, as payment events carry it: whichever comes first builds the booking."""

from contracts.event import UtcTime, Value
from contracts.ids import BookingId, HoldId, PaymentId, ShowtimeId, TheaterId, UserId
from contracts.policy import CancellationPolicy
from contracts.prices import Quote


class Contact(Value):
    """Where a ticket goes that was sold to no user, at the counter."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Sale(Value):
    """What is being bought, by whom, for how much. `hold_expires_at` is when the seats stop being kept."""

    booking_id: BookingId
    hold_id: HoldId
    payment_id: PaymentId
    showtime_id: ShowtimeId
    user_id: UserId
    theater_id: TheaterId | None = None
    seat_ids: tuple[str, ...]
    quote: Quote
    hold_expires_at: UtcTime
    showtime_revision: int
    start_at: UtcTime
    """The show's start, as its snapshot of that revision had it when the order was made."""
    cancellation_policy: CancellationPolicy = CancellationPolicy()
    """The theater's policy when the order was made: it counts for this sale whatever the theater decides later."""
