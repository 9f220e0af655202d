"""Problems this service answers with: each has its status and its stable code."""

from collections.abc import Mapping
from typing import Any

from chassis.problems import Problem


class HoldNotFound(Problem):
    """No such hold, or another's."""

    status, code = 404, "hold_not_found"


class HoldExpired(Problem):
    """The hold has ended: nobody may be asked to pay for it."""

    status, code = 409, "hold_expired"


class HoldSold(Problem):
    """The hold's money has come: nobody may be asked to pay for it again."""

    status, code = 409, "hold_sold"


class AmountNotPayable(Problem):
    """Less than any provider takes."""

    status, code = 409, "amount_not_payable"


class PaymentNotFound(Problem):
    """No such payment, or another's."""

    status, code = 404, "payment_not_found"


class BookingNotFound(Problem):
    """No such order, or another's."""

    status, code = 404, "booking_not_found"


class InvalidSignature(Problem):
    """The signature does not fit: nothing was stored or changed."""

    status, code = 400, "invalid_signature"


class ProviderError(Problem):
    """The payment provider refused, failed or cannot be reached; the call may be repeated."""

    status, code = 502, "provider_error"


class PassedOn(Problem):
    """Another service's problem, handed to the caller as it is."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        extra = {name: body[name] for name in ("seatIds",) if name in body}
        super().__init__(str(body.get("detail", "")), **extra)
        self.status, self.code = status, str(body["code"])
