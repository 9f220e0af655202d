"""What a booking is: the set of facts recorded about it, and what follows from them. No clock, no I/O.

| facts                               | status, reason        | says                                            |
| ----------------------------------- | --------------------- | ----------------------------------------------- |
| ordered                             | pending               |                                                 |
| ordered, lapsed                     | expired, not_paid     | expired                                         |
| ordered, paid, sold                 | confirmed             | confirmed, ticket_issued once the show is known |
| ordered, paid, sold, moves          | confirmed             | rescheduled, once for each move                 |
| ordered, paid, sold, checked in     | checked_in            |                                                 |
| ordered, paid, sold, ended          | cancelled, by whom    | cancelled, refund_due                           |
| ordered, paid, refused              | refunded, why         | refused, refund_due                             |

`refunded` is the end of a booking that was paid for and got no seats: a refund is owed, and the refund's own status
says whether it is made. Where there is nothing to give back, because of the policy or because nothing was paid, no
refund is due. Saying is monotone: a further fact never unsays anything, so in whatever order facts come the same has
been said in the end. That is why `ended` waits for the verdict on the seats, and why a booking that ended first is
still confirmed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from booking.domain.policy import Terms
from contracts.booking import ShowDetails
from contracts.event import UtcTime, Value
from contracts.ids import PaymentId, UserId
from contracts.money import Currency, MinorUnits
from contracts.sale import Sale

Status = Literal["pending", "confirmed", "checked_in", "expired", "refunded", "cancelled"]
Refusal = Literal["seats_lost", "showtime_cancelled", "too_late"]
Ending = Literal["by_guest", "by_theater", "showtime_cancelled"]
RefundStatus = Literal["due", "pending", "done", "failed"]


class EventKind(StrEnum):
    """The events of a booking, in the order in which they go out; each is said once, `RESCHEDULED` once for a move."""

    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    TICKET = "ticket_issued"
    RESCHEDULED = "rescheduled"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REFUND_DUE = "refund_due"


class Paid(Value):
    """The one capture that pays for the booking; further captures are payment's business."""

    payment_id: PaymentId
    capture_id: str
    amount: MinorUnits
    currency: Currency


class Ended(Value):
    """Somebody cancelled the booking, or its show.

    `refund` is what payment is to give back, decided at that time, by `terms` where the policy counted; None is the
    whole capture, or what is left of it. `returned` had gone back by hand by then. `user_id` and `note` say who of the
    theater decided, and why.
    """

    by: Ending
    at: UtcTime
    refund: MinorUnits | None = None
    returned: MinorUnits = 0
    terms: Terms | None = None
    user_id: UserId | None = None
    note: str | None = None


class Move(Value):
    """The show of a confirmed booking got another start than its guest knew, by the snapshot of this `revision`. Until
    `previous_start_at`, the start that the guest knew before, the guest may cancel and gets all back."""

    revision: int
    previous_start_at: UtcTime
    start_at: UtcTime
    end_at: UtcTime

    @property
    def key(self) -> int:
        return self.revision


class HandRefund(Value):
    """Somebody gave back some of the capture at the provider; `key` is payment's for this refund."""

    key: str
    amount: MinorUnits
    failed: bool = False


class Extended(Value):
    """The hold was refreshed in checkout, and lasts longer than its sale says."""

    until: UtcTime


class Show(ShowDetails):
    """A show as its snapshot of this revision has it."""

    revision: int


class Facts(Value):
    """All that is known of a booking; a field that is not set is not known, or not yet.

    `ordered` is its sale, as payment said it. `sold` or `refused` is seating's verdict on the seats. `lapsed`: the hold
    was over and nobody had paid. An attempt at the refund that payment was asked for gets a number, from 1, when the
    provider accepts it: `refunded_number` is the highest of them, `refund_failed_number` the highest of those that
    failed later. An attempt that the provider refused sets `refund_failed` alone.
    """

    ordered: Sale | None = None
    paid: Paid | None = None
    sold: bool = False
    refused: Refusal | None = None
    lapsed: bool = False
    ended: Ended | None = None
    checked_in_at: UtcTime | None = None
    refund_failed: bool = False
    refunded_number: int = 0
    refund_failed_number: int = 0
    show: Show | None = None
    moves: tuple[Move, ...] = ()
    extended: Extended | None = None
    by_hand: tuple[HandRefund, ...] = ()

    @property
    def hold_ends(self) -> datetime | None:
        """The latest known end of the hold; None until the sale is known."""
        if self.ordered is None:
            return None
        ends = self.ordered.hold_expires_at
        return max(ends, self.extended.until) if self.extended else ends

    @property
    def captured(self) -> int:
        """How much was paid, in minor units; 0 also while nothing was."""
        return self.paid.amount if self.paid else 0

    @property
    def moved_from(self) -> datetime | None:
        """The latest start that the show was moved from."""
        return max((move.previous_start_at for move in self.moves), default=None)

    @property
    def returned(self) -> int:
        """How much has gone back by hand, in minor units."""
        return sum(refund.amount for refund in self.by_hand if not refund.failed)

    def joined(self, news: Self) -> Self:
        """These facts and `news`. What is known stays, but a higher number, a newer show and a later end take the place
        of the one before; moves and refunds by hand gather, and a refund by hand may fail later."""
        return self.model_copy(update={name: _joined(getattr(self, name), value) for name, value in news})

    def adds_to(self, known: Self) -> bool:
        """Whether anything in these facts is new beside `known`."""
        return known.joined(self) != known


def _joined(known: Any, value: Any) -> Any:
    match known, value:
        case tuple(), tuple():
            items = {item.key: item for item in known}
            items |= {item.key: _joined(items.get(item.key), item) for item in value}
            return tuple(items[key] for key in sorted(items))
        case _:
            return value if _adds(value, known) else known


def _adds(value: Any, known: Any) -> bool:
    match value, known:
        case Show(), Show():
            return value.revision > known.revision
        case Extended(), Extended():
            return value.until > known.until
        case HandRefund(), HandRefund():
            return value.failed and not known.failed
        case int(), int():
            return value > known
    return bool(value) and not known


@dataclass(frozen=True, slots=True)
class BookingState:
    """What follows from the facts. `events` are to be said, or have been. `refund_due` is what payment is asked to give
    back, `refund` all that goes back, by hand too; both in minor units."""

    status: Status
    reason: str | None = None
    events: frozenset[EventKind] = frozenset()
    refund: int | None = None
    refund_status: RefundStatus | None = None
    refund_due: int = 0


def advance(facts: Facts) -> BookingState:
    """The one place that decides what a booking is and what is to be said of it."""
    if facts.ordered is None:
        return BookingState("pending")
    events = frozenset({EventKind.EXPIRED}) if facts.lapsed else frozenset()
    if facts.paid is None:
        return BookingState("expired", "not_paid", events) if facts.lapsed else BookingState("pending")
    if facts.sold:
        return _with_seats(facts, events)
    if facts.refused:
        refused = BookingState("refunded", facts.refused, events | {EventKind.REFUSED}, refund_due=facts.captured)
        return _with_refund(facts, refused)
    return BookingState("pending", None, events)


def _with_seats(facts: Facts, events: frozenset[EventKind]) -> BookingState:
    events = events | {EventKind.CONFIRMED} | (_show_events(facts) if facts.show else set())
    if facts.ended is None:
        status: Status = "checked_in" if facts.checked_in_at else "confirmed"
        if not facts.by_hand:
            return BookingState(status, None, events)
        return BookingState(status, None, events, facts.returned, _status_by_hand(facts))
    due = facts.captured if facts.ended.refund is None else min(facts.ended.refund, facts.captured)
    cancelled = BookingState("cancelled", facts.ended.by, events | {EventKind.CANCELLED}, refund_due=due)
    return _with_refund(facts, cancelled)


def _show_events(facts: Facts) -> set[EventKind]:
    return {EventKind.TICKET, EventKind.RESCHEDULED} if facts.moves else {EventKind.TICKET}


def _with_refund(facts: Facts, end: BookingState) -> BookingState:
    """The state of a booking that has ended, with what goes back of its capture: never more than was captured."""
    refund = min(facts.captured, end.refund_due + facts.returned)
    if not end.refund_due:
        return replace(end, refund=refund, refund_status=_status_by_hand(facts))
    return replace(end, events=end.events | {EventKind.REFUND_DUE}, refund=refund, refund_status=_refund_status(facts))


def _status_by_hand(facts: Facts) -> RefundStatus:
    """How far the refund is where payment is asked for none: only refunds by hand count."""
    return "failed" if facts.by_hand and not facts.returned else "done"


def _refund_status(facts: Facts) -> RefundStatus:
    """The newest outcome: an accepted attempt makes good every failure before it."""
    if facts.refunded_number > facts.refund_failed_number:
        return "done"
    return "failed" if facts.refund_failed else "due"
