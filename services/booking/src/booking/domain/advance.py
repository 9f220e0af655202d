"""What follows from the facts of a booking: its status, what goes back, and which events are to be said. No clock,
no I/O.

| facts                               | status, reason        | says                                            |
| ----------------------------------- | --------------------- | ----------------------------------------------- |
| ordered                             | pending               |                                                 |
| ordered, lapsed                     | expired, not_paid     | expired                                         |
| ordered, paid, sold                 | confirmed             | confirmed, ticket_issued (1)                    |
| ordered, paid, sold, moves          | confirmed             | rescheduled, once for each move                 |
| ordered, paid, sold, checked in     | checked_in            |                                                 |
| ordered, paid, sold, ended          | cancelled, by whom    | cancelled, refund_due                           |
| ordered, paid, refused              | refunded, why         | refused, refund_due                             |

(1) Once the show is known, and at the counter where the ticket goes.

`refunded` is the end of a booking that was paid for and got no seats: a refund is owed, and the refund's own status
says whether it is made. Where there is nothing to give back, because of the policy or because nothing was paid, no
refund is due. Saying is monotone: a further fact never unsays anything, so in whatever order facts come the same has
been said in the end. That is why `ended` waits for the verdict on the seats, and why a booking that ended first is
still confirmed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from booking.domain.facts import Facts

Status = Literal["pending", "confirmed", "checked_in", "expired", "refunded", "cancelled"]
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


@dataclass(frozen=True, slots=True)
class BookingState:
    """What follows from the facts. `events` are to be said, or have been. `refund_due` is what payment is asked to give
    back, also once it has; `refund` is all that goes back, by hand too. Both are in minor units."""

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
    events = events | {EventKind.CONFIRMED} | _show_events(facts)
    if facts.ended is None:
        status: Status = "checked_in" if facts.checked_in_at else "confirmed"
        if not facts.by_hand:
            return BookingState(status, None, events)
        return BookingState(status, None, events, facts.returned_by_hand, _status_by_hand(facts))
    due = facts.captured if facts.ended.refund is None else min(facts.ended.refund, facts.captured)
    cancelled = BookingState("cancelled", facts.ended.by, events | {EventKind.CANCELLED}, refund_due=due)
    return _with_refund(facts, cancelled)


def _show_events(facts: Facts) -> set[EventKind]:
    if facts.show is None or facts.awaits_contact:
        return set()
    return {EventKind.TICKET, EventKind.RESCHEDULED} if facts.moves else {EventKind.TICKET}


def _with_refund(facts: Facts, end: BookingState) -> BookingState:
    """The state of a booking that has ended, with what goes back of its capture: never more than was captured."""
    refund = min(facts.captured, end.refund_due + facts.returned_by_hand)
    if not end.refund_due:
        return replace(end, refund=refund, refund_status=_status_by_hand(facts))
    return replace(end, events=end.events | {EventKind.REFUND_DUE}, refund=refund, refund_status=_refund_status(facts))


def _status_by_hand(facts: Facts) -> RefundStatus:
    """How far the refund is where payment is asked for none: only refunds by hand count."""
    return "failed" if facts.by_hand and not facts.returned_by_hand else "done"


def _refund_status(facts: Facts) -> RefundStatus:
    """The newest outcome: an accepted attempt makes good every failure before it."""
    if facts.refunded_number > facts.refund_failed_number:
        return "done"
    return "failed" if facts.refund_failed else "due"
