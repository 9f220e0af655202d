"""What the timeline of a booking says: each event once, with what it says of money and seats, and each scan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.booking.tests import facts
from services.booking.tests.factories import order_created, refund_failed, refunded, seats_refused, succeeded
from services.booking.tests.facts import NOW, SALE, refer, sign

from booking.domain.facts import Facts
from booking.domain.record import Record, Step
from booking.domain.scans import Scan
from booking.domain.timeline import Entry, entry_of, money
from contracts.event import Event
from contracts.ids import UserId
from contracts.seating import SeatsReleased

LATER = NOW + timedelta(seconds=1)


def heard(event: Event, at: datetime = NOW) -> Entry:
    return entry_of(event, at, "0" * 32)


def with_step(record: Record, news: Facts, *events: Event, at: datetime = NOW) -> Record:
    step = Step(LATER, sign, refer, heard=[heard(event, at) for event in events], trace_id="1" * 32)
    return record.with_news(news, step=step) or record


def test_an_entry_has_the_time_of_its_event_and_what_was_said_the_time_of_the_write() -> None:
    record = with_step(Record(SALE.booking_id), facts.paid.with_news(facts.sold), order_created(SALE), succeeded(SALE))
    entries = {entry.what: (entry.service, entry.at, entry.trace_id) for entry in record.detailed_timeline}
    assert entries == {
        "order_created": ("payment", NOW, "0" * 32),
        "succeeded": ("payment", NOW, "0" * 32),
        "confirmed": ("booking", LATER, "1" * 32),
    }


def test_what_is_heard_again_is_told_once_and_is_no_step() -> None:
    record = with_step(Record(SALE.booking_id), facts.paid, succeeded(SALE))
    step = Step(LATER, sign, refer, heard=[heard(succeeded(SALE), LATER)])
    assert record.with_news(facts.paid, step=step) is None
    assert [entry.at for entry in record.timeline] == [NOW]


def test_what_changes_nothing_is_told_all_the_same() -> None:
    record = with_step(Record(SALE.booking_id), Facts(), seats_refused(SALE))
    assert (record.version, record.booking) == (1, None)
    assert [entry.what for entry in record.detailed_timeline] == ["seats_refused"]


def test_seats_that_go_free_are_told_each_time() -> None:
    some, all_of_it = (
        SeatsReleased(
            showtime_id=SALE.showtime_id, seat_ids=seats, reason="booking_cancelled", booking_id=SALE.booking_id
        )
        for seats in (SALE.seat_ids[:1], SALE.seat_ids)
    )
    record = with_step(Record(SALE.booking_id), facts.paid.with_news(facts.sold), some, all_of_it)
    assert record.with_news(Facts(), step=Step(LATER, sign, refer, heard=[heard(some, LATER)])) is None
    told = [entry.detail for entry in record.detailed_timeline if entry.what == "seats_released"]
    assert sorted(told) == sorted([f"seats {SALE.seat_ids[0]}", f"seats {', '.join(SALE.seat_ids)}"])


def test_each_try_of_a_refund_is_an_entry_of_its_own() -> None:
    events = [refunded(SALE, 1), refund_failed(SALE, 1), refunded(SALE, 2), refunded(SALE, 2)]
    assert len({heard(event).key for event in events}) == 3


def test_scans_are_told_with_what_came_of_them() -> None:
    about: dict[str, Any] = {"by": UserId("usr_8"), "recorded_at": NOW}
    inside = Scan(number=1, at=NOW, outcome="checked_in", device_id="gate 2", **about)
    again = Scan(number=2, at=LATER, outcome="not_admitted", reason="old_version", **about)
    record = with_step(Record(SALE.booking_id), Facts(ordered=SALE, scans=(inside, again)))
    scans = [(entry.at, entry.detail) for entry in record.detailed_timeline if entry.what == "scan"]
    assert scans == [(NOW, "checked_in, at gate 2, by usr_8"), (LATER, "not_admitted, old_version, by usr_8")]


def test_no_detail_holds_a_ticket_or_a_link() -> None:
    record = with_step(Record(SALE.booking_id), facts.paid.with_news(facts.sold), succeeded(SALE))
    record = with_step(record, facts.show)
    (ticket,) = record.tickets
    details = " ".join(entry.detail for entry in record.detailed_timeline)
    assert "version 1" in details
    assert ticket.code not in details
    assert ticket.link_token not in details


def test_money_is_written_in_the_digits_of_its_currency() -> None:
    assert [money(52_360, "INR"), money(500, "JPY"), money(1_234, "KWD")] == ["523.60 INR", "500 JPY", "1.234 KWD"]
    assert heard(succeeded(SALE), datetime.now(UTC)).detail.endswith("523.60 INR")
