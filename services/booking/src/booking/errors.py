"""booking's failures as a client sees them."""

from typing import Annotated, Literal

from pydantic import Field

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


class RateLimited(Problem):
    """Too often for now; `Retry-After` says when again."""

    status, code = 429, "rate_limited"


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
