"""What scans make of a booking, in any order with resends, cancellations and moved shows: one lets in, and a scan that
is sent again has the result that it had."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.booking.tests import facts
from services.booking.tests.factories import TICKET_SEED
from services.booking.tests.facts import SALE, recorded
from services.booking.tests.unit.harness import Harness
from services.booking.tests.unit.test_reseating import a_move, a_reseating
from services.booking.tests.unit.test_some_seats import a_sale_of_three
from tests.factories import START, a_snapshot

from booking.checkin_schemas import UnsignedManifest
from booking.domain.checkin import GateScan, NotLetIn, let_in, uploaded
from booking.domain.facts import Facts
from booking.domain.record import Record
from booking.usecases.checkin import GateList
from checkin.rules import ScanResult
from contracts.ids import UserId
from tickets.code import TicketSigner

CONFIRMED = (facts.paid, facts.sold, facts.show)
SHOW = a_snapshot(SALE.showtime_id)
STAFF = UserId("usr_7")
NEAR, EARLY, OVER = START - timedelta(hours=1), START - timedelta(hours=3), START + timedelta(hours=3)

devices, times = st.sampled_from(["gate-1", "gate-2"]), st.sampled_from([NEAR, NEAR + timedelta(minutes=5), EARLY])
uploads = st.builds(GateScan, times, st.just(STAFF), devices, st.none() | st.just(1), repeat=st.integers(0, 1))
online = st.builds(GateScan, st.just(NEAR), st.just(STAFF))
ends = st.sampled_from([facts.theater_cancelled, facts.show_cancelled])


def after_upload(record: Record, scan: GateScan) -> tuple[ScanResult, Record]:
    result, news = uploaded(record.booking, SHOW, scan, OVER)
    return result, recorded([news], record)


@given(st.lists(st.tuples(st.just("upload"), uploads) | st.tuples(st.just("scan"), online), max_size=12), st.data())
def test_one_scan_lets_in_and_what_is_sent_again_has_the_result_it_had(steps: list[Any], data: st.DataObject) -> None:
    record, results = recorded(CONFIRMED), dict[GateScan, ScanResult]()
    for kind, scan in steps:
        if kind == "upload":
            result, record = after_upload(record, scan)
            assert results.setdefault(scan, result) == result
        else:
            with suppress(NotLetIn):
                record = recorded([let_in(record.booking, SHOW, scan)], record)
        if data.draw(st.integers(0, 9)) == 0:
            record = recorded([data.draw(ends)], record)
    admitted = [scan for scan in record.facts.scans if scan.outcome == "checked_in"]
    assert len(admitted) <= 1
    assert record.facts.check_in == (admitted[0] if admitted else None)
    assert [scan.number for scan in record.facts.scans] == list(range(1, len(record.facts.scans) + 1))
    for scan, result in results.items():
        assert after_upload(record, scan) == (result, record)


def test_a_refused_scan_at_a_gate_with_a_network_is_no_fact() -> None:
    booking = recorded([*CONFIRMED, facts.checked_in]).booking
    with pytest.raises(NotLetIn):
        let_in(booking, SHOW, GateScan(NEAR, STAFF))


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ([facts.ordered], "pending"),
        ([facts.ordered, facts.lapsed], "expired"),
        ([facts.paid, facts.seats_lost], "refunded"),
        ([*CONFIRMED, facts.guest_cancelled], "cancelled"),
        ([*CONFIRMED, facts.checked_in, facts.theater_cancelled], "cancelled"),
    ],
)
def test_who_has_no_seats_is_not_admitted_for_the_bookings_status(before: list[Facts], reason: str) -> None:
    with pytest.raises(NotLetIn) as refusal:
        let_in(recorded(before).booking, SHOW, GateScan(NEAR, STAFF))
    assert refusal.value.result == ScanResult("not_admitted", reason=reason)


def test_a_show_that_is_cancelled_admits_nobody_before_its_bookings_have_heard() -> None:
    ended = SHOW.model_copy(update={"status": "cancelled"})
    with pytest.raises(NotLetIn) as refusal:
        let_in(recorded(CONFIRMED).booking, ended, GateScan(NEAR, STAFF))
    assert refusal.value.result.reason == "cancelled"


def test_the_window_is_that_of_the_newest_snapshot() -> None:
    moved = SHOW.model_copy(update={"start_at": OVER, "end_at": OVER + timedelta(hours=2)})
    with pytest.raises(NotLetIn) as refusal:
        let_in(recorded(CONFIRMED).booking, moved, GateScan(NEAR, STAFF))
    assert refusal.value.result.outcome == "checkin_closed"
    assert let_in(recorded(CONFIRMED).booking, moved, GateScan(OVER, STAFF)).scans


def test_a_scan_is_refused_without_a_record_once_there_are_a_hundred() -> None:
    record = recorded(CONFIRMED)
    for second in range(120):
        _, record = after_upload(record, GateScan(EARLY + timedelta(seconds=second), STAFF, "gate-1"))
    assert len(record.facts.scans) == 100
    result, record = after_upload(record, GateScan(NEAR, STAFF, "gate-1"))
    assert (result.outcome, len(record.facts.scans)) == ("checked_in", 101)


async def test_after_seats_were_moved_the_old_ticket_does_not_admit_and_the_manifest_has_where_they_are() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    booking = await harness.booking(sale)
    show = a_snapshot(sale.showtime_id, start_at=sale.start_at)
    near = sale.start_at - timedelta(hours=1)
    (entry,) = UnsignedManifest.of(GateList(show, (booking,), near), TicketSigner(TICKET_SEED).key).tickets
    assert (entry.seats, entry.version, entry.admits) == (["C7", "E2", "C9"], 2, True)
    with pytest.raises(NotLetIn) as refusal:
        let_in(booking, show, GateScan(near, STAFF, version=1))
    assert refusal.value.result == ScanResult("not_admitted", reason="old_version")
    assert let_in(booking, show, GateScan(near, STAFF, version=2)).scans
