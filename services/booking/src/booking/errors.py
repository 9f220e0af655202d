"""booking's failures as a client sees them."""

from chassis.problems import Problem


class BookingNotFound(Problem):
    """Unknown, or another user's."""

    status, code = 404, "booking_not_found"

    def __init__(self, detail: str = "there is no such booking") -> None:
        super().__init__(detail)


class TicketNotFound(Problem):
    """The booking admits nobody: not confirmed, or not any more."""

    status, code = 404, "ticket_not_found"


class InvalidSignature(Problem):
    """The provider's signature does not fit the ids."""

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


class NotCancellable(Problem):
    """`reason` says why."""

    status, code = 409, "not_cancellable"
