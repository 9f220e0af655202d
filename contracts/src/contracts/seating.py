"""What seating says."""

from typing import ClassVar, Literal

from contracts.event import Event, UtcTime
from contracts.ids import BookingId, HoldId, ShowtimeId, UserId


class SeatsHeld(Event):
    """Seats are kept for a user until `expires_at`."""

    type: ClassVar[str] = "seating.seats_held.v1"
    subject_field: ClassVar[str] = "showtime_id"

    showtime_id: ShowtimeId
    hold_id: HoldId
    user_id: UserId
    seat_ids: tuple[str, ...]
    expires_at: UtcTime
    version: int


class HoldExtended(Event):
    """A hold in checkout is kept for longer, until `expires_at`; of several the latest counts."""

    type: ClassVar[str] = "seating.hold_extended.v1"
    subject_field: ClassVar[str] = "booking_id"

    booking_id: BookingId
    hold_id: HoldId
    showtime_id: ShowtimeId
    expires_at: UtcTime


class SeatsReleased(Event):
    """Seats are available again: a hold ended, or a sold booking was cancelled."""

    type: ClassVar[str] = "seating.seats_released.v1"
    subject_field: ClassVar[str] = "showtime_id"

    showtime_id: ShowtimeId
    seat_ids: tuple[str, ...]
    reason: Literal["released", "expired", "booking_cancelled"]
    hold_id: HoldId | None = None
    booking_id: BookingId | None = None


class SeatsSold(Event):
    """The verdict of the ledger: these seats belong to this booking."""

    type: ClassVar[str] = "seating.seats_sold.v1"
    subject_field: ClassVar[str] = "booking_id"

    booking_id: BookingId
    showtime_id: ShowtimeId
    seat_ids: tuple[str, ...]


class SeatsRefused(Event):
    """The verdict of the ledger: this booking never gets its seats; money that came for it goes back."""

    type: ClassVar[str] = "seating.seats_refused.v1"
    subject_field: ClassVar[str] = "booking_id"

    booking_id: BookingId
    showtime_id: ShowtimeId
    seat_ids: tuple[str, ...]
    reason: Literal["seats_lost", "showtime_cancelled", "too_late", "booking_cancelled"]


class AvailabilityChanged(Event):
    """How many seats a showtime has left: absolute, said at most once a second; the highest `version` wins."""

    type: ClassVar[str] = "seating.availability_changed.v1"
    subject_field: ClassVar[str] = "showtime_id"
    transient: ClassVar[bool] = True
    carries: ClassVar[Literal["snapshot", "change"]] = "snapshot"

    showtime_id: ShowtimeId
    version: int
    available: int
    total: int
