"""What a booking is: the set of facts recorded about it, and what follows from them. No clock, no I/O.

| facts                               | status                | says                                     |
| ----------------------------------- | --------------------- | ---------------------------------------- |
| ordered                             | pending               |                                          |
| ordered, lapsed                     | expired not_paid      | expired                                  |
| ordered, paid, sold                 | confirmed             | confirmed, ticket (once the show is known) |
| ordered, paid, sold, checked in     | checked_in            |                                          |
| ordered, paid, sold, ended          | cancelled by …        | cancelled, refund_due                    |
| ordered, paid, refused              | refunded seats_lost … | refused, refund_due                      |

Saying is monotone: a further fact never unsays anything, so in whatever order facts come the same has been said in
the end. That is why `ended` waits for the verdict on the seats, and why a booking that ended first is still confirmed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from contracts.booking import ShowFacts
from contracts.event import Part, UtcTime
from contracts.ids import PaymentId
from contracts.money import Currency, MinorUnits
from contracts.sale import Sale

Status = Literal["pending", "confirmed", "checked_in", "expired", "refunded", "cancelled"]
Refusal = Literal["seats_lost", "showtime_cancelled", "too_late"]
Ending = Literal["by_guest", "by_theater", "showtime_cancelled"]
RefundStatus = Literal["due", "pending", "done", "failed"]


class Say(StrEnum):
    """The events of a booking, each said once; with the booking's id they are the events' ids."""

    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    TICKET = "ticket_issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REFUND_DUE = "refund_due"


class Paid(Part):
    """The one capture that pays for the booking; further captures are payment's business."""

    payment_id: PaymentId
    capture_id: str
    amount: MinorUnits
    currency: Currency


class Ended(Part):
    """The booking was ended by somebody. `refund` was decided at that time; None is the whole capture."""

    by: Ending
    at: UtcTime
    refund: MinorUnits | None = None


class Extended(Part):
    """The hold was refreshed under payment, and lasts longer than its sale says."""

    until: UtcTime


class Show(ShowFacts):
    """A show as its snapshot of this revision has it; one that was kept without its revision is older than all."""

    revision: int = 0


class Facts(Part):
    """All that is known of a booking; a field that is not set is not known (yet).

    The numbers are the highest of a refund's tries that was accepted and that failed; a try refused has none.
    """

    ordered: Sale | None = None
    paid: Paid | None = None
    sold: bool = False
    refused: Refusal | None = None
    lapsed: bool = False
    ended: Ended | None = None
    checked_in_at: UtcTime | None = None
    refunded: bool = False
    refund_failed: bool = False
    refunded_number: int = 0
    refund_failed_number: int = 0
    show: Show | None = None
    extended: Extended | None = None

    @property
    def hold_ends(self) -> datetime | None:
        """The latest end of the hold that is known; None until the sale is."""
        if self.ordered is None:
            return None
        ends = self.ordered.hold_expires_at
        return max(ends, self.extended.until) if self.extended else ends

    def joined(self, news: Self) -> Self:
        """These facts and `news`; what is known stays, save for higher numbers, a newer show, a later end."""
        return self.model_copy(update={name: value for name, value in news if _adds(value, getattr(self, name))})

    def beyond(self, known: Self) -> dict[str, object]:
        """The fields that add something to `known`, ready to be stored."""
        return {name: value.model_dump() if isinstance(value, Part) else value
                for name, value in self if _adds(value, getattr(known, name))}  # fmt: skip


def _adds(value: Any, known: Any) -> bool:
    match value, known:
        case Show(), Show():
            return value.revision > known.revision
        case Extended(), Extended():
            return value.until > known.until
        case int(), int():
            return value > known
    return bool(value) and not known


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from the facts."""

    status: Status
    reason: str | None = None
    says: frozenset[Say] = frozenset()
    refund: int | None = None
    refund_status: RefundStatus | None = None


def advance(facts: Facts) -> Standing:
    """The one place that decides what a booking is and what is to be said of it."""
    if facts.ordered is None:
        return Standing("pending")
    said = frozenset({Say.EXPIRED}) if facts.lapsed else frozenset()
    if facts.paid is None:
        return Standing("expired", "not_paid", said) if facts.lapsed else Standing("pending")
    if facts.sold:
        return _with_seats(facts, facts.paid, said)
    if facts.refused:
        says = said | {Say.REFUSED, Say.REFUND_DUE}
        return Standing("refunded", facts.refused, says, facts.paid.amount, _refund_status(facts))
    return Standing("pending", None, said)


def _with_seats(facts: Facts, paid: Paid, said: frozenset[Say]) -> Standing:
    says = said | {Say.CONFIRMED} | ({Say.TICKET} if facts.show else set())
    if facts.ended is None:
        return Standing("checked_in" if facts.checked_in_at else "confirmed", None, says)
    refund = paid.amount if facts.ended.refund is None else min(facts.ended.refund, paid.amount)
    if not refund:
        return Standing("cancelled", facts.ended.by, says | {Say.CANCELLED}, 0, "done")
    return Standing("cancelled", facts.ended.by, says | {Say.CANCELLED, Say.REFUND_DUE}, refund, _refund_status(facts))


def _refund_status(facts: Facts) -> RefundStatus:
    """The newest outcome: an accepted try makes good every failure before it. Without a number it was the first."""
    accepted = max(facts.refunded_number, int(facts.refunded))
    if accepted > facts.refund_failed_number:
        return "done"
    return "failed" if facts.refund_failed else "due"
