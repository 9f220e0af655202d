"""Every refund of a booking's money, one by one, as it follows from the facts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from booking.domain.advance import RefundStatus, refund_status
from booking.domain.booking import Booking
from booking.domain.facts import HandRefund, refund_key


@dataclass(frozen=True, slots=True)
class BookingRefund:
    """One refund under its key, in minor units. `seat_ids`: whose money it is, where that was said; `user_id` and
    `note` say who of the theater granted it, and why."""

    key: str
    amount: int
    status: RefundStatus
    reason: str
    at: datetime | None = None
    seat_ids: tuple[str, ...] = ()
    user_id: str | None = None
    note: str | None = None


def refunds_of(booking: Booking) -> Iterator[BookingRefund]:
    """Those that were granted, that of its end, and those that were made by hand. That of the end is without what has
    gone back by hand of it, so that all add up to the booking's refund."""
    facts, state = booking.facts, booking.state
    if facts.paid is None:
        return
    for grant in facts.grants:
        if grant.amount:
            key = refund_key(facts.paid.capture_id, grant.number)
            seats = grant.seat_ids or grant.for_seats
            status = refund_status(facts, key)
            yield BookingRefund(key, grant.amount, status, grant.by, grant.at, seats, grant.user_id, grant.note)
    if state.refund_due:
        key, end = refund_key(facts.paid.capture_id), facts.ended
        amount = min(state.refund_due, (state.refund or 0) - facts.granted - facts.returned_by_hand)
        of_end = BookingRefund(key, max(0, amount), refund_status(facts, key), str(state.reason))
        yield replace(of_end, at=end.at, user_id=end.user_id, note=end.note) if end else of_end
    for refund in facts.by_hand:
        yield BookingRefund(refund.key, refund.amount, _status_by_hand(refund), "by_hand", refund.at)


def _status_by_hand(refund: HandRefund) -> RefundStatus:
    if refund.failed:
        return "failed"
    return "pending" if refund.is_pending else "done"
