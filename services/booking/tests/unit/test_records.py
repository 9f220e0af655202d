"""In whatever order and however often facts come, the record of a booking ends the same and has said the same."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.booking.tests import facts
from services.booking.tests.facts import NOW, SALE, TOTAL, events_of, facts_after, recorded

from booking.domain.advance import EventKind, advance
from booking.domain.booking import GRACE, lapses_at
from booking.domain.facts import Extended, Facts
from booking.domain.record import Record, Step
from contracts.booking import AuditRecorded, BookingCancelled, BookingRescheduled, RefundDue, TicketIssued

verdicts = st.sampled_from([[], [facts.sold], [facts.seats_lost], [facts.too_late], [facts.show_closed]])
endings = st.sampled_from(
    [[], [facts.show_cancelled], [facts.guest_cancelled], [facts.guest_cancelled_late], [facts.theater_cancelled]]
)
POOL = [
    facts.ordered,
    facts.extended,
    facts.extended_again,
    facts.paid,
    facts.lapsed,
    facts.show,
    facts.new_show,
    facts.newest_show,
    facts.refunded,
    facts.refunded_again,
    facts.refund_refused,
    facts.refund_failed,
    facts.failed_again,
    facts.checked_in,
    facts.scanned_again,
    facts.move_2,
    facts.move_3,
    facts.move_4,
    facts.some_by_hand,
    facts.more_by_hand,
    facts.some_by_hand_failed,
]
some_facts = st.lists(st.sampled_from(POOL), unique_by=id)


def comparable(record: Record) -> dict[str, Any]:
    """All but what rightly depends on order or chance: how many writes it took, and the reference."""
    booking = record.booking
    return {
        "facts": record.facts,
        "state": booking and booking.state,
        "lapses": lapses_at(record.facts),
        "events": set(record.event_versions),
        "tickets": [ticket.code for ticket in record.tickets],
    }


@given(st.data())
def test_every_order_with_any_duplicates_ends_the_same_and_says_the_same(data: st.DataObject) -> None:
    news = data.draw(some_facts) + data.draw(verdicts) + data.draw(endings)
    duplicates = data.draw(st.lists(st.sampled_from(news))) if news else []
    shuffled = data.draw(st.permutations(news + duplicates))
    assert comparable(recorded(shuffled)) == comparable(recorded(news))


@pytest.mark.parametrize("verdict", [facts.sold, facts.seats_lost, facts.too_late, facts.show_closed])
@pytest.mark.parametrize("more", [[], [facts.lapsed], [facts.show_cancelled], [facts.lapsed, facts.show_cancelled]])
def test_every_permutation_of_a_paid_booking_ends_in_seats_or_in_a_refund(verdict: Facts, more: list[Facts]) -> None:
    for news in permutations([facts.ordered, facts.paid, verdict, facts.show, *more]):
        record = recorded(news)
        has_seats = advance(record.facts).status in {"confirmed", "checked_in"}
        goes_back = EventKind.REFUND_DUE in record.event_versions
        assert has_seats != goes_back


def test_what_was_said_is_never_unsaid_by_a_further_fact() -> None:
    everything = [facts.ordered, facts.paid, facts.sold, facts.show, facts.move_2, facts.lapsed, facts.show_cancelled]
    for news in permutations(everything):
        said = frozenset[EventKind]()
        for count in range(len(news)):
            events = advance(facts_after(news[: count + 1])).events
            assert said <= events
            said = events


def test_each_event_is_said_by_one_step_alone() -> None:
    record, event_ids = Record(SALE.booking_id), list[str]()
    for news in (facts.paid, facts.sold, facts.show, facts.move_2, facts.sold, facts.guest_cancelled, facts.refunded):
        later = recorded([news], record)
        event_ids += [event_id for event_id, _ in later.events(without=record.event_versions)]
        record = later
    kinds = ["confirmed", "ticket_issued", "rescheduled:2", "cancelled", "refund_due"]
    assert event_ids == [f"{SALE.booking_id}:{kind}" for kind in kinds]


def test_what_is_known_already_is_not_recorded_again() -> None:
    record = recorded([facts.paid, facts.sold])
    for news in (Facts(), facts.ordered, facts.sold):
        assert record.with_news(news, step=Step(NOW, facts.sign, facts.refer, {facts.ORDER_ID})) is None
    further_order = record.with_news(Facts(), step=Step(NOW, facts.sign, facts.refer, {"order_2"}))
    assert further_order is not None
    assert further_order.order_ids == {facts.ORDER_ID, "order_2"}


def test_reference_ticket_and_times_are_chosen_once() -> None:
    first = recorded([facts.paid, facts.sold])
    assert first.tickets[0].code.startswith("MQ2.")
    later = recorded([facts.show, facts.guest_cancelled, facts.refunded], first, now=datetime(2031, 1, 1, tzinfo=UTC))
    for name in ("reference", "tickets", "confirmed_at", "created_at"):
        assert getattr(later, name) == getattr(first, name) is not None


def test_a_booking_lapses_when_its_hold_is_over_unless_it_is_paid_or_has_lapsed() -> None:
    assert lapses_at(facts.ordered) == SALE.hold_expires_at + GRACE
    for news in ([facts.ordered, facts.paid], [facts.paid, facts.ordered], [facts.ordered, facts.lapsed]):
        assert lapses_at(facts_after(news)) is None


def test_a_refreshed_hold_lapses_at_its_latest_end_in_whatever_order_that_is_heard() -> None:
    for news in permutations([facts.ordered, facts.extended, facts.extended_again]):
        booking, ends = recorded(news).booking, facts.later_ends[-1] + GRACE
        assert booking is not None
        assert lapses_at(booking.facts) == ends
        assert [booking.has_lapsed(at) for at in (ends - timedelta(seconds=1), ends)] == [False, True]
    assert lapses_at(facts.extended) is None


def test_an_end_before_the_one_the_sale_knows_changes_nothing() -> None:
    earlier = Facts(extended=Extended(until=SALE.hold_expires_at - timedelta(minutes=1)))
    for news in ([facts.ordered, earlier], [earlier, facts.ordered]):
        assert lapses_at(facts_after(news)) == SALE.hold_expires_at + GRACE


def test_the_show_of_the_highest_revision_wins() -> None:
    for news in permutations([facts.show, facts.new_show, facts.newest_show]):
        assert facts_after(news).show == facts.newest_show.show


def test_a_ticket_bears_the_newest_show_known_when_it_is_said_and_no_revision() -> None:
    assert facts.new_show.show is not None
    inner = {"revision", "screen_id", "movie_id", "theater_code", "tax_id"}
    show = facts.new_show.show.model_dump(mode="json", exclude=inner)
    for news in (
        [facts.ordered, facts.show, facts.new_show, facts.paid, facts.sold],
        [facts.paid, facts.sold, facts.new_show],
        [facts.ordered, facts.new_show, facts.show, facts.sold, facts.paid],
    ):
        ticket = events_of(recorded(news))["ticket_issued"]
        assert isinstance(ticket, TicketIssued)
        assert ticket.model_dump(mode="json")["show"] == show


@given(st.data())
def test_all_that_was_said_can_be_said_again_as_it_was_numbered_then(data: st.DataObject) -> None:
    end = data.draw(
        st.sampled_from([facts.guest_cancelled, facts.theater_cancelled, facts.theater_cancelled_after_hand])
    )
    news = [facts.ordered, facts.paid, facts.sold, facts.show, facts.move_2, facts.move_3, end, facts.lapsed]
    news += [facts.refunded, facts.some_by_hand, facts.all_by_hand]
    record, said = Record(SALE.booking_id), dict[str, Any]()
    for one_fact in data.draw(st.permutations(news)):
        later = recorded([one_fact], record)
        said |= dict(later.events(without=record.event_versions))
        record = later
    again = dict(record.events())
    assert {event_id: _data(event) for event_id, event in again.items()} == {
        event_id: _data(event) for event_id, event in said.items()
    }


def _data(event: Any) -> dict[str, Any]:
    """All but the show, which may be known better by now."""
    return {name: value for name, value in event.model_dump().items() if name != "show"}


def test_each_move_is_said_once_under_its_revision_and_tells_of_itself_also_later() -> None:
    for news in permutations([facts.paid, facts.sold, facts.newest_show, facts.move_2, facts.move_3, facts.move_4]):
        events = events_of(recorded(news))
        for move in facts.moves:
            event = events[f"rescheduled:{move.revision}"]
            assert isinstance(event, BookingRescheduled)
            assert (event.revision, event.previous_start_at) == (move.revision, move.previous_start_at)
            assert (event.show.start_at, event.show.end_at) == (move.start_at, move.end_at)
        assert sorted(events) == ["confirmed", "rescheduled:2", "rescheduled:3", "rescheduled:4", "ticket_issued"]


def test_a_refund_that_is_due_is_due_since_then_although_money_went_back_by_hand_before() -> None:
    record = recorded([facts.paid, facts.sold, facts.show, facts.some_by_hand])
    assert record.refund_since == NOW
    later = recorded([facts.guest_cancelled], record, now=NOW + timedelta(days=1))
    assert later.refund_since == NOW + timedelta(days=1)


def test_a_refund_is_due_since_the_step_that_made_it_so() -> None:
    record = recorded([facts.paid, facts.seats_lost])
    assert recorded([facts.refund_refused], record, now=NOW + timedelta(hours=1)).refund_since == NOW


def test_a_cancellation_tells_all_that_goes_back_as_it_was_known_then() -> None:
    paid_and_sold = [facts.paid, facts.sold, facts.show]
    events = events_of(
        recorded([*paid_and_sold, facts.all_by_hand, facts.theater_cancelled_after_hand, facts.all_by_hand_failed])
    )
    assert isinstance(cancelled := events["cancelled"], BookingCancelled)
    assert cancelled.refund == TOTAL
    assert "refund_due" not in events
    events = events_of(recorded([*paid_and_sold, facts.some_by_hand, facts.theater_cancelled]))
    assert isinstance(cancelled := events["cancelled"], BookingCancelled)
    assert isinstance(due := events["refund_due"], RefundDue)
    assert cancelled.refund == due.amount == TOTAL
    assert isinstance(told := events["audit_recorded"], AuditRecorded)
    assert (told.user_id, told.action, told.before) == ("usr_9", "bookings.cancelled", {"status": "confirmed"})
    assert told.after == {"status": "cancelled", "refund": None, "currency": "INR", "reason": "flooded"}


def test_nothing_was_said_of_a_booking_whose_sale_is_not_known() -> None:
    assert list(recorded([facts.sold, facts.show_cancelled]).events()) == []
