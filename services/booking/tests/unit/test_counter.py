"""What was sold at the counter: it is nobody's, its ticket goes where the customer said, and a gift costs nothing."""

from datetime import timedelta
from itertools import permutations

import pytest
from services.booking.tests import facts
from services.booking.tests.facts import NOW, SALE, TOTAL, contact_given, events_of, money_at_counter, recorded
from tests.factories import a_snapshot, at

from booking.domain.cancelling import TheaterCancellation, cancel_quote, cancelled_by_theater
from booking.domain.record import Record
from booking.domain.resending import resend
from booking.schemas import BookingView
from booking.usecases.lookup import BookingWithShow
from contracts.booking import AuditRecorded, TicketIssued
from contracts.ids import UserId, counter_customer_of
from contracts.payment import Tender
from contracts.sale import Contact


def sold(tender: Tender = "cash", *, has_contact: bool = False) -> Record:
    return recorded([money_at_counter(tender, has_contact=has_contact), facts.sold, facts.show])


def test_in_whatever_order_it_is_heard_the_ticket_goes_out_once_with_the_contact() -> None:
    for news in permutations([facts.ordered, money_at_counter("cash", has_contact=True), facts.sold, facts.show]):
        for place in range(5):
            record = recorded([*news[:place], contact_given, *news[place:]])
            ticket = events_of(record)["ticket_issued"]
            assert isinstance(ticket, TicketIssued)
            assert ticket.contact == contact_given.contact


def test_a_ticket_waits_for_a_contact_that_was_given_and_for_no_other() -> None:
    assert list(events_of(sold(has_contact=True))) == ["confirmed", "audit_recorded:sale"]
    assert list(events_of(sold())) == ["confirmed", "ticket_issued", "audit_recorded:sale"]
    moved = recorded([facts.move_2], sold(has_contact=True))
    assert list(events_of(moved)) == ["confirmed", "audit_recorded:sale"]
    told = ["confirmed", "ticket_issued", "rescheduled:2", "audit_recorded:sale"]
    assert sorted(events_of(recorded([contact_given], moved))) == sorted(told)


def test_who_sold_at_the_counter_and_who_had_a_ticket_sent_again_is_recorded_once() -> None:
    record = sold()
    record = recorded([resend(record.booking, NOW, UserId("usr_9"))], record)
    record = recorded([resend(record.booking, NOW)], record)
    told = [event for event in events_of(recorded([facts.sold], record)).values() if isinstance(event, AuditRecorded)]
    assert [(each.user_id, each.action, each.subject_id, each.before) for each in told] == [
        ("usr_8", "bookings.sold_at_counter", SALE.booking_id, None),
        ("usr_9", "bookings.resent", SALE.booking_id, None),
    ]
    assert len({each.audit_id for each in told}) == 2
    sale, again = [each.after or {} for each in told]
    assert (sale["amount"], sale["tender"], sale["seatIds"]) == (TOTAL, "cash", list(SALE.seat_ids))
    assert (again["number"], again["ticketVersion"]) == (1, 1)
    assert {each.theater_id for each in told} == {facts.show.show.theater_id if facts.show.show else None}


def test_a_ticket_of_the_counter_says_that_nobody_is_to_be_written_to() -> None:
    ticket = events_of(sold())["ticket_issued"]
    assert isinstance(ticket, TicketIssued)
    assert ticket.contact == Contact()
    online = events_of(recorded([facts.paid, facts.sold, facts.show]))["ticket_issued"]
    assert isinstance(online, TicketIssued)
    assert online.contact is None


def test_it_is_nobodys_also_where_its_seller_had_ordered_online_before() -> None:
    for news in permutations([facts.ordered, money_at_counter("cash"), facts.sold, facts.show]):
        record = recorded(news)
        assert record.booking is not None
        assert record.booking.user_id == counter_customer_of(SALE.booking_id) != SALE.user_id
        events = [event for event in events_of(record).values() if not isinstance(event, AuditRecorded)]
        assert {event.model_dump()["user_id"] for event in events} == {record.booking.user_id}


def test_what_is_bought_online_is_its_buyers() -> None:
    booking = recorded([facts.paid, facts.sold, facts.show]).booking
    assert booking is not None
    assert (booking.user_id, booking.amount) == (SALE.user_id, TOTAL)


def test_a_gift_costs_nothing_and_keeps_its_prices() -> None:
    booking = sold("complimentary").booking
    assert booking is not None
    view = BookingView.of(BookingWithShow(booking, booking.facts.show))
    assert (view.amount, view.fees, view.taxes) == (0, 0, 0)
    assert [seat.price for seat in view.seats] == [line.price for line in SALE.quote.lines]


@pytest.mark.parametrize("refund", ["full", "policy", "none"])
def test_of_a_gift_nothing_goes_back(refund: str) -> None:
    booking = sold("complimentary").booking
    snapshot = a_snapshot(SALE.showtime_id, start_at=at(86_400))
    now = snapshot.start_at - timedelta(hours=20)
    money = cancel_quote(booking, snapshot, now).money
    assert (money.paid, money.kept, money.refund) == (0, 0, 0)
    cancellation = TheaterCancellation(UserId("usr_9"), "a mistake", refund)  # type: ignore[arg-type]  # one of three
    ended = recorded([cancelled_by_theater(booking, snapshot, now, cancellation)], sold("complimentary"), now=NOW)
    assert ended.booking is not None
    assert (ended.booking.state.status, ended.booking.state.refund) == ("cancelled", 0)
    assert "refund_due" not in events_of(ended)
