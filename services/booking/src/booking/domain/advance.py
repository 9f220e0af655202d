"""What follows from the facts of a booking: its status, what goes back, and which events are to be said. No clock,
no I/O.

| facts                               | status, reason        | says                                            |
| ----------------------------------- | --------------------- | ----------------------------------------------- |
| ordered                             | pending               |                                                 |
| ordered, lapsed                     | expired, not_paid     | expired                                         |
| ordered, paid, sold                 | confirmed             | confirmed, ticket_issued (1)                    |
| ordered, paid, sold, moves          | confirmed             | rescheduled, once for each move                 |
| ordered, paid, sold, a scan admits  | checked_in            | checked_in (2)                                  |
| ordered, paid, sold, reseatings     | confirmed             | ticket_issued, once for each that is new        |
| ordered, paid, sold, grants         | confirmed             | seats_cancelled, ticket_issued, refund_due      |
| ordered, paid, sold, ended          | cancelled, by whom    | cancelled, refund_due                           |
| ordered, paid, refused              | refunded, why         | refused, refund_due                             |
| ordered, paid, sold, by whom (3)    |                       | audit_recorded, once for each                   |

(1) Once the show is known, and at the counter where the ticket goes.
(2) Once the show is known. Whoever is inside may still be cancelled, by the theater or with the show.
(3) A grant or an end that somebody of the theater decided.

`refunded` is the end of a booking that was paid for and got no seats: a refund is owed, and the refund's own status
says whether it is made. A grant that ends no seats says `refund_due` alone. Where there is nothing to give back,
because of the policy or because nothing was paid, no refund is due. Saying is monotone: a further fact never unsays
anything, so in whatever order facts come the same has been said in the end. That is why `ended` waits for the verdict
on the seats, and why a booking that ended first is still confirmed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from booking.domain.facts import Facts, RefundOutcome, refund_key

Status = Literal["pending", "confirmed", "checked_in", "expired", "refunded", "cancelled"]
RefundStatus = Literal["due", "pending", "done", "failed"]
_WORST_FIRST: tuple[RefundStatus, ...] = ("failed", "due", "pending")


class EventKind(StrEnum):
    """The events of a booking, in the order in which they go out; each is said once, `RESCHEDULED` once for a move, and
    what follows from a grant once for each."""

    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    TICKET = "ticket_issued"
    RESCHEDULED = "rescheduled"
    CHECKED_IN = "checked_in"
    SEATS_CANCELLED = "seats_cancelled"
    RESEND = "resend_requested"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REFUND_DUE = "refund_due"
    AUDIT_RECORDED = "audit_recorded"


@dataclass(frozen=True, slots=True)
class BookingState:
    """What follows from the facts. `events` are to be said, or have been. `refund_due` is what payment is asked to give
    back at the end, also once it has; `refund` is all that goes back, by grants and by hand too. Both are in minor
    units."""

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
    events = events | {EventKind.CONFIRMED} | _show_events(facts) | _audit_events(facts)
    if facts.ended is None:
        open_booking = BookingState("checked_in" if facts.check_in else "confirmed", None, events)
        return _with_refund(facts, open_booking) if facts.by_hand or facts.grants else open_booking
    left = facts.captured - facts.ended.granted
    due = left if facts.ended.refund is None else min(facts.ended.refund, left)
    cancelled = BookingState("cancelled", facts.ended.by, events | {EventKind.CANCELLED}, refund_due=due)
    return _with_refund(facts, cancelled)


def _show_events(facts: Facts) -> set[EventKind]:
    if facts.show is None:
        return set()
    inside = {EventKind.CHECKED_IN} if facts.check_in else set()
    if facts.awaits_contact:
        return inside
    moved = {EventKind.RESCHEDULED} if facts.moves else set()
    return {EventKind.TICKET} | inside | moved | ({EventKind.RESEND} if facts.resends else set())


def _audit_events(facts: Facts) -> set[EventKind]:
    """What somebody of the theater decided, sold or had sent again is recorded, with who it was, once the theater is
    known."""
    deciders = {facts.ended.user_id if facts.ended else None, *(grant.user_id for grant in facts.grants)}
    deciders |= {facts.paid.sold_by if facts.paid else None, *(resend.user_id for resend in facts.resends)}
    return {EventKind.AUDIT_RECORDED} if facts.theater_id and deciders - {None} else set()


def _with_refund(facts: Facts, state: BookingState) -> BookingState:
    """The state with what goes back of the capture: never more than was captured."""
    refund = min(facts.captured, state.refund_due + facts.granted + facts.returned_by_hand)
    events = state.events
    if facts.cancelled_seats:
        events |= {EventKind.SEATS_CANCELLED}
    if keys := refund_keys(facts, state.refund_due):
        events |= {EventKind.REFUND_DUE}
    return replace(state, events=events, refund=refund, refund_status=_refund_status(facts, keys))


def refund_keys(facts: Facts, due_at_end: int) -> list[str]:
    """The keys of what payment is asked to give back: of each grant, and of the booking's end."""
    if facts.paid is None:
        return []
    capture_id = facts.paid.capture_id
    of_grants = [refund_key(capture_id, grant.number) for grant in facts.grants if grant.amount]
    return [*of_grants, refund_key(capture_id)] if due_at_end else of_grants


def _refund_status(facts: Facts, keys: list[str]) -> RefundStatus:
    """The worst of those that were asked for, and pending while a refund by hand is; where none was asked for, those by
    hand alone count."""
    if not keys and facts.by_hand and not facts.returned_by_hand:
        return "failed"
    statuses = {refund_status(facts, key) for key in keys}
    if any(refund.is_pending for refund in facts.by_hand):
        statuses.add("pending")
    return next((status for status in _WORST_FIRST if status in statuses), "done")


def refund_status(facts: Facts, key: str) -> RefundStatus:
    """How far the refund under a key is. At the counter people give back what is recorded: it is done."""
    outcomes = (outcome for outcome in facts.refund_outcomes if outcome.refund_key == key)
    return "done" if facts.is_of_counter else _status_of(next(outcomes, None))


def _status_of(outcome: RefundOutcome | None) -> RefundStatus:
    """The newest outcome: an accepted attempt makes good every failure before it."""
    if outcome is None:
        return "due"
    if outcome.accepted > outcome.failed:
        return "pending" if outcome.pending == outcome.accepted > outcome.completed else "done"
    return "failed" if outcome.has_failed else "due"
