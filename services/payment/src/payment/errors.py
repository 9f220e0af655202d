"""Problems this service answers with: each has its status and its stable code."""

from collections.abc import Mapping
from typing import Any

from chassis.problems import Forbidden, NotAuthenticated, Problem, TokenExpired, Unavailable


class HoldNotFound(Problem):
    """No hold of the caller has this id; ended ones are known for an hour."""

    status, code = 404, "hold_not_found"


class HoldExpired(Problem):
    """The hold has ended."""

    status, code = 409, "hold_expired"


class HoldSold(Problem):
    """The hold is paid for: it cannot be changed or paid for again."""

    status, code = 409, "hold_sold"


class AmountNotPayable(Problem):
    """The payment provider takes no such amount; where it is too little, `least` is the least that it takes."""

    status, code = 409, "amount_not_payable"
    least: int | None = None


class ReceivedTooLittle(Problem):
    """Less was handed over at the counter than is to be paid: `amount`."""

    status, code = 422, "received_too_little"
    amount: int


class PaymentNotFound(Problem):
    """No such payment, or another's."""

    status, code = 404, "payment_not_found"


class BookingNotFound(Problem):
    """No booking of the caller has this id, order or payment."""

    status, code = 404, "booking_not_found"


class CaseNotFound(Problem):
    """No such case, or another theater's."""

    status, code = 404, "case_not_found"


class InvalidSignature(Problem):
    """The provider's signature does not fit: nothing was stored or changed."""

    status, code = 400, "invalid_signature"


class ContactRequired(Problem):
    """A guest without an account has not said yet where the ticket goes: `PATCH /api/users/me {name, email}`, or a
    phone, which is verified by its code."""

    status, code = 409, "contact_required"


class ProviderError(Problem):
    """The payment provider refused, failed or cannot be reached; the call may be repeated."""

    status, code = 502, "provider_error"


class SeatsUnavailable(Problem):
    """Some of the seats are held, sold or blocked by others; nothing was held."""

    status, code = 409, "seats_unavailable"
    seat_ids: list[str]


class ShowtimeClosed(Problem):
    """The showtime was cancelled, has begun or is over."""

    status, code = 409, "showtime_closed"


class ProviderNotOffered(Problem):
    """This provider of payment is not offered here."""

    status, code = 409, "provider_not_offered"


OPENING: tuple[type[Problem], ...] = (
    ContactRequired,
    HoldNotFound,
    HoldExpired,
    HoldSold,
    SeatsUnavailable,
    ShowtimeClosed,
    AmountNotPayable,
    ProviderNotOffered,
    ProviderError,
)
"""The problems of every call that opens an order."""

SELLING: tuple[type[Problem], ...] = (
    Forbidden,
    HoldNotFound,
    HoldExpired,
    HoldSold,
    SeatsUnavailable,
    ShowtimeClosed,
    ReceivedTooLittle,
)
"""The problems of a sale at the counter."""

_SEATING_PROBLEMS: dict[str, type[Problem]] = {
    kind.code: kind for kind in (HoldNotFound, HoldExpired, HoldSold, ShowtimeClosed)
}


def from_seating(body: Mapping[str, Any]) -> Problem:
    """The problem that seating answered with, as ours; `Unavailable` for one that we do not know."""
    code, detail = body.get("code"), str(body.get("detail", ""))
    if code == SeatsUnavailable.code:
        return SeatsUnavailable(detail, seat_ids=body.get("seatIds", []))
    if code in {NotAuthenticated.code, TokenExpired.code}:
        return TokenExpired(detail) if code == TokenExpired.code else NotAuthenticated(detail)
    return (
        _SEATING_PROBLEMS[str(code)](detail)
        if code in _SEATING_PROBLEMS
        else Unavailable("seats cannot be checked just now")
    )
