"""Refunds by support: never more than is left, of whatever else has gone back; the ticket stays."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from services.booking.tests import facts
from services.booking.tests.facts import NOW, SALE, TOTAL, back_by_hand, events_of, money_at_counter, recorded
from services.booking.tests.unit.harness import GUEST, Harness
from services.booking.tests.unit.test_some_seats import a_sale_of_three
from tests.factories import a_snapshot, at

from booking.domain.cancelling import CannotCancel, SeatsNotBooked, TheaterCancellation, cancelled_by_theater
from booking.domain.facts import Dispute, Facts
from booking.domain.record import Record
from booking.domain.refunds import refunds_of
from booking.domain.support import NothingLeft, SupportRefund, refunded_by_support
from contracts.booking import AuditRecorded, RefundDue
from contracts.ids import UserId

CONFIRMED = (facts.paid, facts.sold, facts.show)
FIRST, *_ = SALE.seat_ids


def granted(record: Record, amount: int | None = None, *seat_ids: str) -> Record:
    """After support gave back so much more."""
    refund = SupportRefund(UserId("usr_9"), "spilled", amount, seat_ids)
    return recorded([refunded_by_support(record.booking, refund, NOW)], record)


def dues(record: Record) -> list[tuple[str, int]]:
    """What payment is asked for: keys and amounts."""
    events = [event for event in events_of(record).values() if isinstance(event, RefundDue)]
    return [(event.refund_key, event.amount) for event in events]


def asked_for(record: Record) -> int:
    return sum(amount for _, amount in dues(record))


def test_each_refund_has_a_key_of_its_own_and_the_ticket_stays() -> None:
    record = granted(granted(recorded(CONFIRMED), 100), 200)
    assert record.booking is not None
    assert record.facts.paid is not None
    key = f"refund_{record.facts.paid.capture_id}"
    assert dues(record) == [(f"{key}_1", 100), (f"{key}_2", 200)]
    assert (record.booking.state.status, record.booking.state.refund) == ("confirmed", 300)
    assert record.booking.valid_ticket is not None
    assert record.facts.ticket_version == 1
    told = [event for event in events_of(record).values() if isinstance(event, AuditRecorded)]
    assert [(each.user_id, each.action, each.subject_id, each.before) for each in told] == [
        ("usr_9", "bookings.refunded", SALE.booking_id, None)
    ] * 2
    assert [each.after and each.after["amount"] for each in told] == [100, 200]
    assert {each.theater_id for each in told} == {facts.show.show.theater_id if facts.show.show else None}
    first = record.facts.grants[0]
    assert (first.user_id, first.note, first.by, first.seat_ids) == ("usr_9", "spilled", "by_theater", ())


def test_all_that_is_left_goes_back_and_then_nothing_more() -> None:
    record = granted(granted(recorded(CONFIRMED), 100))
    assert record.booking is not None
    assert record.booking.state.refund == TOTAL
    for amount in (None, 1):
        with pytest.raises(NothingLeft) as refusal:
            granted(record, amount)
        assert refusal.value.left == 0


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ([], TOTAL),
        ([back_by_hand(1, 500)], TOTAL - 500),
        ([facts.checked_in], TOTAL),
        ([facts.guest_cancelled], TOTAL - TOTAL // 2),
        ([facts.guest_cancelled_late], TOTAL),
        ([facts.show_cancelled], 0),
        ([facts.theater_cancelled], 0),
    ],
)
def test_one_more_than_is_left_is_refused(before: Sequence[Facts], left: int) -> None:
    record = recorded([*CONFIRMED, *before])
    with pytest.raises(NothingLeft) as refusal:
        granted(record, left + 1)
    assert refusal.value.left == left
    if left:
        assert asked_for(granted(record, left)) + record.facts.returned_by_hand == TOTAL


def test_of_a_seat_no_more_goes_back_than_it_cost() -> None:
    record = granted(recorded(CONFIRMED), None, FIRST)
    of_seat = asked_for(record)
    assert 0 < of_seat < TOTAL
    with pytest.raises(NothingLeft):
        granted(record, 1, FIRST)
    with pytest.raises(SeatsNotBooked):
        granted(record, 1, "Z99")
    assert asked_for(granted(record)) == TOTAL


@pytest.mark.parametrize("hand", [facts.some_by_hand, facts.all_by_hand])
@pytest.mark.parametrize("end", [facts.theater_cancelled, facts.show_cancelled])
def test_what_went_back_by_hand_is_not_listed_again_with_the_end(hand: Facts, end: Facts) -> None:
    for news in ([hand, end], [end, hand]):
        booking = recorded([*CONFIRMED, *news]).booking
        assert booking is not None
        assert sum(refund.amount for refund in refunds_of(booking)) == booking.state.refund == TOTAL


@pytest.mark.parametrize(("cancelled", "of_last"), [([], 1050 + 118 - 525), (["C7", "C8"], 1050 + 118)])
async def test_of_a_cancelled_seat_what_the_policy_gave_is_not_left(cancelled: list[str], of_last: int) -> None:
    """Half of each ticket went back, by the end of the booking or of some seats: its other half and fee are left."""
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, cancelled)
    for seat, left in {"C7": 1050 + 118 - 525, "C8": 1051 + 118 - 526, "C9": of_last}.items():
        with pytest.raises(NothingLeft) as refusal:
            refunded_by_support(booking, SupportRefund(UserId("usr_9"), "spilled", 9999, (seat,)), NOW)
        assert refusal.value.left == left


def test_what_support_gave_counts_when_the_booking_is_cancelled() -> None:
    record = granted(recorded(CONFIRMED), 700)
    snapshot = a_snapshot(SALE.showtime_id, start_at=at(86_400))
    cancellation = TheaterCancellation(UserId("usr_9"), "flooded", "full")
    now = snapshot.start_at - timedelta(hours=20)
    ended = recorded([cancelled_by_theater(record.booking, snapshot, now, cancellation)], record)
    assert asked_for(ended) == TOTAL


@pytest.mark.parametrize(
    "news", [[facts.ordered], [facts.paid], [facts.ordered, facts.lapsed], [facts.paid, facts.seats_lost]]
)
def test_what_has_no_money_to_give_or_gives_it_all_has_nothing_left(news: Sequence[Facts]) -> None:
    with pytest.raises(NothingLeft):
        granted(recorded(news), 1)


def test_of_a_gift_and_of_no_booking_nothing_is_left() -> None:
    with pytest.raises(NothingLeft):
        granted(recorded([money_at_counter("complimentary"), facts.sold, facts.show]))
    with pytest.raises(NothingLeft):
        granted(Record(SALE.booking_id))


def test_while_the_bank_decides_nobody_else_does() -> None:
    disputed = Facts(disputes=(Dispute(key="dp_1", status="open"),))
    with pytest.raises(CannotCancel, match="disputed"):
        granted(recorded([*CONFIRMED, disputed]), 1)


def test_at_the_counter_a_refund_is_done_when_it_is_recorded() -> None:
    record = granted(recorded([money_at_counter("cash"), facts.sold, facts.show]), 100)
    assert record.booking is not None
    assert (record.booking.state.refund, record.booking.state.refund_status) == (100, "done")
    online = granted(recorded(CONFIRMED), 100).booking
    assert online is not None
    assert online.state.refund_status == "due"
