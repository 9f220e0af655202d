"""booking's failures as a client sees them."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from chassis.problems import Problem


class BookingNotFound(Problem):
    """No booking of the caller has this id, order or payment."""

    status, code = 404, "booking_not_found"

    def __init__(self, detail: str = "there is no such booking") -> None:
        super().__init__(detail)


class TicketNotFound(Problem):
    """The booking has no valid ticket: not confirmed, or not any more."""

    status, code = 404, "ticket_not_found"


class NoTicket(Problem):
    """The booking has no ticket: not confirmed yet, or cancelled."""

    status, code = 409, "no_ticket"


class NoInvoice(Problem):
    """The booking has no invoice: it was free, or not paid for and confirmed."""

    status, code = 404, "no_invoice"


class NoCreditNote(Problem):
    """Nothing of the booking was refunded, or nothing that had an invoice."""

    status, code = 404, "no_credit_note"


class InvalidSignature(Problem):
    """The provider's signature does not fit: nothing was stored or changed."""

    status, code = 400, "invalid_signature"


class PaymentFailed(Problem):
    """The provider says that the attempt failed; the guest may try again on the same order."""

    status, code = 402, "payment_failed"


class PaymentPending(Problem):
    """The provider knows of no attempt on this order."""

    status, code = 402, "payment_pending"


class SeatsLost(Problem):
    """Paid, but the booking does not have its seats (any more); `reason` says why, the refund is under way."""

    status, code = 409, "seats_lost"
    reason: Literal["seats_lost", "showtime_cancelled", "too_late"]
    booking_id: str


class RefundChanged(Problem):
    """Cancelling now gives back another amount than the one expected: `refund`."""

    status, code = 409, "refund_changed"
    refund: int
    currency: str


class NothingLeftToRefund(Problem):
    """So much of what was paid is not left to give back: `left` is."""

    status, code = 409, "nothing_left"
    left: int


class ShowtimeNotFound(Problem):
    """No showtime has this id."""

    status, code = 404, "showtime_not_found"


class InvalidTicket(Problem):
    """The text is no ticket code of ours, or nobody has this reference."""

    status, code = 422, "invalid_ticket"


class WrongShowtime(Problem):
    """The ticket is for another showtime."""

    status, code = 409, "wrong_showtime"


class CheckinClosed(Problem):
    """Check-in opens two hours before the start and closes at the end; scans of a gate without a network are taken
    until 24 hours after it."""

    status, code = 409, "checkin_closed"


class NotAdmitted(Problem):
    """The ticket does not admit any more, or not yet; `reason` says why: the booking's status, or `old_version` where a
    newer ticket has taken its place."""

    status, code = 409, "not_admitted"
    reason: Annotated[
        Literal["old_version", "cancelled", "refunded", "expired", "pending"],
        Field(json_schema_extra={"x-extensible-enum": True}),
    ]


class FirstScanMember(TypedDict):
    """The scan that let a booking in."""

    at: str
    deviceId: NotRequired[str]


class AlreadyCheckedIn(Problem):
    """Its guest is inside; `first` says since when, and by which device where that is known."""

    status, code = 409, "already_checked_in"
    first: FirstScanMember


class UnknownSeats(Problem):
    """These seats are not there: `seatIds`."""

    status, code = 422, "unknown_seats"
    seat_ids: list[str]


class NotCancellable(Problem):
    """The booking cannot be cancelled; `reason` says why: `pending`: let the hold go instead; `disputed`: the guest has
    asked their bank for the money, and it is decided there."""

    status, code = 409, "not_cancellable"
    reason: Annotated[
        Literal["pending", "checked_in", "expired", "refunded", "cancelled", "too_late", "disputed"],
        Field(json_schema_extra={"x-extensible-enum": True}),
    ]
