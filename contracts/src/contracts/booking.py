"""What booking says. `version` is the booking's: a higher one is the newer state."""

from typing import ClassVar, Literal

from contracts.audit import AuditRecord
from contracts.event import Event, UtcTime, Value
from contracts.ids import BookingId, PaymentId, ShowtimeId, TheaterId, UserId
from contracts.layout import SeatLabel
from contracts.money import Currency, MinorUnits
from contracts.prices import Quote
from contracts.sale import Contact
from contracts.shows import ShowDetails


class _BookingEvent(Event):
    """What every event about a booking says of it."""

    subject_field: ClassVar[str] = "booking_id"

    booking_id: BookingId
    version: int
    user_id: UserId
    showtime_id: ShowtimeId
    theater_id: TheaterId | None = None


class BookingConfirmed(_BookingEvent):
    """Paid, and the seats are sold to it. Ends the payment's announcements of `capture_id`."""

    type: ClassVar[str] = "booking.confirmed.v1"

    reference: str
    payment_id: PaymentId
    capture_id: str
    seat_ids: tuple[str, ...]
    amount: MinorUnits
    currency: Currency
    confirmed_at: UtcTime


class CancelledSeats(Value):
    """Seats that were cancelled of a booking, by the ids they were sold as, and what goes back for them."""

    seat_ids: tuple[str, ...]
    seat_labels: tuple[SeatLabel, ...]
    refund: MinorUnits
    currency: Currency


class MovedSeats(Value):
    """Seats of a booking that are elsewhere than they were bought: what was painted on each, and what is now, in the
    same order. There are none where the show went to another screen and the seats have the same ids there. `number` is
    that of the newest move."""

    number: int
    reason: Literal["seat_blocked", "screen_changed"]
    sold_labels: tuple[SeatLabel, ...]
    seat_labels: tuple[SeatLabel, ...]


class TicketIssued(_BookingEvent):
    """A signed ticket of a confirmed booking, and all that its mail says. Private: it admits whoever has it.

    A ticket with a higher `ticket_version` takes the place of the one before, which admits no more. `seat_ids` are the
    seats that it admits to (all of the quote where there are none here), by the ids they were sold as; the quote has
    what is painted on them where they are. `cancelled` are those whose cancelling led to it, `moved` what the theater
    has moved by then: where nothing was cancelled, that led to it.
    `link_token` opens the booking for reading, without a login, until the next ticket. `contact` is where a ticket goes
    that was sold at the counter. For one that `is_complimentary` nothing was paid: the quote is what others pay.
    """

    type: ClassVar[str] = "booking.ticket_issued.v1"
    private: ClassVar[bool] = True

    reference: str
    qr_text: str
    show: ShowDetails
    quote: Quote
    confirmed_at: UtcTime
    ticket_version: int = 1
    seat_ids: tuple[str, ...] = ()
    cancelled: CancelledSeats | None = None
    moved: MovedSeats | None = None
    link_token: str | None = None
    contact: Contact | None = None
    is_complimentary: bool = False


class SeatsCancelled(_BookingEvent):
    """Some seats of a confirmed booking were cancelled: they go free, and the others stay booked, with a new ticket.
    `number` counts what was granted of the booking, from 1."""

    type: ClassVar[str] = "booking.seats_cancelled.v1"

    reference: str
    number: int
    reason: Literal["by_guest", "by_theater"]
    seat_ids: tuple[str, ...]
    seat_labels: tuple[SeatLabel, ...]
    remaining_seat_ids: tuple[str, ...]
    refund: MinorUnits
    currency: Currency
    ticket_version: int
    show: ShowDetails | None = None


class ResendRequested(_BookingEvent):
    """Somebody asks for the ticket's messages once more; `number` counts the requests of a booking, from 1. Private:
    it bears what `TicketIssued` bears."""

    type: ClassVar[str] = "booking.resend_requested.v1"
    private: ClassVar[bool] = True

    number: int
    ticket_version: int
    ticket: TicketIssued


class BookingRefused(_BookingEvent):
    """Paid, but never had the seats; the money goes back. Ends the payment's announcements of `capture_id`."""

    type: ClassVar[str] = "booking.refused.v1"

    reference: str
    reason: Literal["seats_lost", "showtime_cancelled", "too_late"]
    seat_ids: tuple[str, ...]
    seat_labels: tuple[SeatLabel, ...]
    refund: MinorUnits
    currency: Currency
    show: ShowDetails | None = None
    capture_id: str | None = None


class BookingCancelled(_BookingEvent):
    """Ended by guest or theater, confirmed before or not. Seats go free; money that comes later is refused."""

    type: ClassVar[str] = "booking.cancelled.v1"

    reference: str
    reason: Literal["by_guest", "by_theater", "showtime_cancelled"]
    seat_ids: tuple[str, ...]
    seat_labels: tuple[SeatLabel, ...]
    refund: MinorUnits
    currency: Currency
    show: ShowDetails | None = None
    was_confirmed: bool


class BookingRescheduled(_BookingEvent):
    """The show of a confirmed booking got another start. Until the old start the guest may cancel and gets all back."""

    type: ClassVar[str] = "booking.rescheduled.v1"

    reference: str
    previous_start_at: UtcTime
    show: ShowDetails
    revision: int
    """The snapshot's revision that moved it: a show may be moved again."""


class BookingCheckedIn(_BookingEvent):
    """The guest is inside, by the first scan of the ticket that was recorded. `at` is when it was scanned, by the
    gate's clock where it was uploaded later; `by` who worked there. The theater may still cancel booking or show."""

    type: ClassVar[str] = "booking.checked_in.v1"

    theater_id: TheaterId
    at: UtcTime
    by: UserId
    device_id: str | None = None


class BookingExpired(_BookingEvent):
    """Nothing was paid in time. Not final: late money may still find the seats free."""

    type: ClassVar[str] = "booking.expired.v1"


class RefundDue(_BookingEvent):
    """Payment owes the guest this much of this capture, once, under this key."""

    type: ClassVar[str] = "booking.refund_due.v1"

    payment_id: PaymentId
    capture_id: str
    refund_key: str
    amount: MinorUnits
    currency: Currency
    reason: str


class AuditRecorded(AuditRecord):
    """Somebody changed what booking has by an admin call."""

    type: ClassVar[str] = "booking.audit_recorded.v1"
