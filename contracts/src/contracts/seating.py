"""What seating says."""

from typing import ClassVar, Literal

from contracts.event import Event, UtcTime, Value
from contracts.ids import BookingId, HoldId, ShowtimeId, TheaterId, UserId
from contracts.layout import Layout, ScreenDetails, SeatLabel
from contracts.money import Currency, MinorUnits
from contracts.shows import ShowDetails


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


class SeatMove(Value):
    """One seat of a booking goes elsewhere. `sold_as` is its id in the quote, by which the booking knows it for ever;
    `label` and `type` are those of the seat where it is now."""

    sold_as: str
    from_seat_id: str
    to_seat_id: str
    label: SeatLabel
    type: str


class SeatsMoved(Event):
    """The theater moved seats of a booking, at the price that was paid. `number` counts the moves of the booking, from
    1: of several that move one seat the highest counts.

    After `screen_changed` every seat of the booking is named, and `screen` is the new one; seats that were cancelled
    meanwhile may be among them. A booking in checkout is moved too, so this may come before its sale.
    """

    type: ClassVar[str] = "seating.seats_moved.v1"
    subject_field: ClassVar[str] = "booking_id"

    booking_id: BookingId
    showtime_id: ShowtimeId
    number: int
    moves: tuple[SeatMove, ...]
    reason: Literal["seat_blocked", "screen_changed"]
    screen: ScreenDetails | None = None
    at: UtcTime


class ShowtimeReplanned(Event):
    """The theater changed the seats of a showtime: since change `number`, counted from 1, its bookings' are those of
    this layout, with what is blocked in it, on this screen. The highest number counts."""

    type: ClassVar[str] = "seating.showtime_replanned.v1"
    subject_field: ClassVar[str] = "showtime_id"
    carries: ClassVar[Literal["snapshot", "change"]] = "snapshot"

    showtime_id: ShowtimeId
    number: int
    layout: Layout
    screen: ScreenDetails
    at: UtcTime
    changed_by: UserId | None = None


class MapChanged(Event):
    """Seats of a showtime that somebody is watching have changed, from version `since` to `version`: each seat with its
    letter now (`a` available, `h` held, `s` sold, `b` blocked).

    Said for the gateway's copies, while one of them has asked for it. Who lacks the version `since`, or hears that the
    `whole` map is another one, asks for the map.
    """

    type: ClassVar[str] = "seating.map_changed.v1"
    subject_field: ClassVar[str] = "showtime_id"
    transient: ClassVar[bool] = True

    showtime_id: ShowtimeId
    version: int
    since: int
    changes: tuple[tuple[str, Literal["a", "h", "s", "b"]], ...]
    whole: bool = False


class WaitlistOffered(Event):
    """Seats came free and are held until `expires_at` for one who waited for them: an ordinary hold of the user's.
    `total` is what they cost, with fees and taxes."""

    type: ClassVar[str] = "seating.waitlist_offered.v1"
    subject_field: ClassVar[str] = "entry_id"

    entry_id: str
    user_id: UserId
    showtime_id: ShowtimeId
    theater_id: TheaterId
    hold_id: HoldId
    seat_ids: tuple[str, ...]
    seat_labels: tuple[SeatLabel, ...]
    total: MinorUnits
    currency: Currency
    expires_at: UtcTime
    show: ShowDetails


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
