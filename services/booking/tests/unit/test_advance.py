"""What a booking becomes by the facts recorded about it, as a table."""

from typing import Any

import pytest
from services.booking.tests.facts import (
    TOTAL,
    all_by_hand,
    all_by_hand_failed,
    checked_in,
    facts_after,
    failed_again,
    free,
    guest_cancelled,
    guest_cancelled_late,
    lapsed,
    made_by_hand,
    more_by_hand,
    move_2,
    new_show,
    ordered,
    paid,
    refund_completed,
    refund_failed,
    refund_pending,
    refund_refused,
    refunded,
    refunded_again,
    scanned_again,
    seats_lost,
    show,
    show_cancelled,
    show_closed,
    sold,
    some_by_hand,
    some_by_hand_failed,
    theater_cancelled,
    theater_cancelled_after_hand,
    too_late,
    waiting_by_hand,
)

from booking.domain.advance import BookingState, EventKind, RefundStatus, Status, advance
from booking.domain.facts import Facts

EXPIRED = frozenset({EventKind.EXPIRED})
SOLD = frozenset({EventKind.CONFIRMED, EventKind.TICKET})
INSIDE = SOLD | {EventKind.CHECKED_IN}
MOVED = SOLD | {EventKind.RESCHEDULED}
CANCELLED = SOLD | {EventKind.CANCELLED}
DECIDED = {EventKind.AUDIT_RECORDED}
BACK = {EventKind.REFUND_DUE}
HALF, QUARTER, FIFTH = TOTAL // 2, TOTAL // 4, TOTAL // 5

pending = BookingState("pending")
expired = BookingState("expired", "not_paid", EXPIRED)


def in_(status: Status, events: frozenset[EventKind] = SOLD, *refund: Any) -> BookingState:
    """With seats; `refund` is what went back by hand, and how far it is."""
    return BookingState(status, None, events, *refund)


def refused(reason: str, refund_status: RefundStatus = "due", **more: Any) -> BookingState:
    """Without seats: all goes back."""
    events = frozenset({EventKind.REFUSED, EventKind.REFUND_DUE}) | more.get("events", frozenset())
    return BookingState("refunded", reason, events, TOTAL, refund_status, TOTAL)


def cancelled(
    by: str, refund: int, refund_status: RefundStatus = "due", *, due: int, events: frozenset[EventKind] = CANCELLED
) -> BookingState:
    """`refund` goes back in all, `due` of it by payment."""
    return BookingState("cancelled", by, events | BACK if due else events, refund, refund_status, due)


STORIES: dict[str, tuple[list[Facts], BookingState]] = {
    "nothing but a verdict": ([sold], pending),
    "an order": ([ordered], pending),
    "an order, money": ([ordered, paid], pending),
    "an order, seats": ([ordered, sold], pending),
    "a sale": ([ordered, paid, sold, show], in_("confirmed")),
    "a sale without order_created": ([paid, sold, show], in_("confirmed")),
    "a show not known yet": ([paid, sold], in_("confirmed", frozenset({EventKind.CONFIRMED}))),
    "nobody paid": ([ordered, lapsed], expired),
    "late money, seats free": ([ordered, lapsed, paid, sold, show], in_("confirmed", SOLD | EXPIRED)),
    "late money, seats gone": ([ordered, lapsed, paid, too_late], refused("too_late", events=EXPIRED)),
    "seats lost": ([paid, seats_lost], refused("seats_lost")),
    "seats lost, money back": ([paid, seats_lost, refunded], refused("seats_lost", "done")),
    "refund is refused": ([paid, seats_lost, refund_refused], refused("seats_lost", "failed")),
    "refund is refused, then goes": ([paid, seats_lost, refund_refused, refunded], refused("seats_lost", "done")),
    "refund goes and fails later": ([paid, seats_lost, refunded, refund_failed], refused("seats_lost", "failed")),
    "refund waits for the bank": ([paid, seats_lost, refund_pending], refused("seats_lost", "pending")),
    "and is made": ([paid, seats_lost, refund_pending, refund_completed], refused("seats_lost", "done")),
    "and fails": ([paid, seats_lost, refund_pending, refund_failed], refused("seats_lost", "failed")),
    "and fails, and another goes": (
        [paid, seats_lost, refund_pending, refund_failed, refunded_again],
        refused("seats_lost", "done"),
    ),
    "refund fails and goes again": (
        [paid, seats_lost, refunded, refund_failed, refunded_again],
        refused("seats_lost", "done"),
    ),
    "refund fails twice": ([paid, seats_lost, refunded_again, failed_again], refused("seats_lost", "failed")),
    "refused and never paid": ([ordered, seats_lost, lapsed], expired),
    "show cancelled after the sale": (
        [paid, sold, show, show_cancelled],
        cancelled("showtime_cancelled", TOTAL, due=TOTAL),
    ),
    "show cancelled before the verdict": ([paid, show_cancelled, show_closed], refused("showtime_cancelled")),
    "show cancelled, paid, no verdict yet": ([paid, show_cancelled], pending),
    "guest cancels, half back": ([paid, sold, show, guest_cancelled], cancelled("by_guest", HALF, due=HALF)),
    "guest cancels, nothing back": (
        [paid, sold, show, guest_cancelled_late],
        cancelled("by_guest", 0, "done", due=0),
    ),
    "at the gate": ([paid, sold, show, checked_in], in_("checked_in", INSIDE)),
    "at the gate, scanned again": ([paid, sold, show, checked_in, scanned_again], in_("checked_in", INSIDE)),
    "at the gate, refused": ([paid, sold, show, scanned_again], in_("confirmed")),
    "inside, the show is not known yet": (
        [paid, sold, checked_in],
        in_("checked_in", frozenset({EventKind.CONFIRMED})),
    ),
    "inside, the show is cancelled": (
        [paid, sold, show, checked_in, show_cancelled],
        cancelled("showtime_cancelled", TOTAL, due=TOTAL, events=CANCELLED | INSIDE),
    ),
    "moved after the sale": ([paid, sold, show, new_show, move_2], in_("confirmed", MOVED)),
    "moved before the money": ([ordered, new_show, move_2, paid, sold], in_("confirmed", MOVED)),
    "moved, nobody paid": ([ordered, new_show, move_2, lapsed], expired),
    "moved, then cancelled": (
        [paid, sold, show, move_2, guest_cancelled],
        cancelled("by_guest", HALF, due=HALF, events=CANCELLED | MOVED),
    ),
    "some of it back by hand": ([paid, sold, show, some_by_hand], in_("confirmed", SOLD, QUARTER, "done")),
    "twice by hand": (
        [paid, sold, show, some_by_hand, more_by_hand],
        in_("confirmed", SOLD, QUARTER + FIFTH, "done"),
    ),
    "by hand, and it waits for the bank": (
        [paid, sold, show, waiting_by_hand],
        in_("confirmed", SOLD, QUARTER, "pending"),
    ),
    "by hand, and it is made": (
        [paid, sold, show, made_by_hand, waiting_by_hand],
        in_("confirmed", SOLD, QUARTER, "done"),
    ),
    "by hand, and it fails": (
        [paid, sold, show, some_by_hand, some_by_hand_failed],
        in_("confirmed", SOLD, 0, "failed"),
    ),
    "all by hand, the theater ends it": (
        [paid, sold, show, all_by_hand, theater_cancelled_after_hand],
        cancelled("by_theater", TOTAL, "done", due=0),
    ),
    "the same, and the refund fails": (
        [paid, sold, show, all_by_hand, theater_cancelled_after_hand, all_by_hand_failed],
        cancelled("by_theater", 0, "failed", due=0),
    ),
    "some by hand, half by the policy": (
        [paid, sold, show, some_by_hand, guest_cancelled],
        cancelled("by_guest", HALF + QUARTER, due=HALF),
    ),
    "some by hand, the theater gives all back": (
        [paid, sold, show, some_by_hand, theater_cancelled],
        cancelled("by_theater", TOTAL, due=TOTAL, events=CANCELLED | DECIDED),
    ),
    "at the gate, the theater cancels": (
        [paid, sold, show, checked_in, theater_cancelled],
        cancelled("by_theater", TOTAL, due=TOTAL, events=CANCELLED | INSIDE | DECIDED),
    ),
    "seats lost, and by hand too": ([paid, seats_lost, all_by_hand], refused("seats_lost")),
    "free": ([free, sold, show], in_("confirmed")),
    "free, cancelled": (
        [free, sold, show, theater_cancelled],
        cancelled("by_theater", 0, "done", due=0, events=CANCELLED | DECIDED),
    ),
    "free, seats lost": (
        [free, seats_lost],
        BookingState("refunded", "seats_lost", frozenset({EventKind.REFUSED}), 0, "done"),
    ),
    "free, show cancelled": (
        [free, sold, show, show_cancelled],
        cancelled("showtime_cancelled", 0, "done", due=0),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_as_the_table_says(story: str) -> None:
    facts, end = STORIES[story]
    assert advance(facts_after(facts)) == end
