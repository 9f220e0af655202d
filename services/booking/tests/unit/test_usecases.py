"""Who sees whom when a show is cancelled while a booking is being stored; and who waits for what in `confirm`."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from services.booking.tests.unit.harness import PAID, SALE, Harness

from booking import usecases
from booking.errors import BookingNotFound
from booking.records import GRACE
from booking.saga import Extended, Facts
from booking.usecases import Receipt
from contracts.ids import encode


async def test_a_show_cancelled_between_the_store_and_the_end_of_recording_is_seen() -> None:
    harness = Harness()
    harness.bookings.between = harness.showtimes.cancel
    booking = await harness.usecases.record_facts(SALE.booking_id, PAID)
    assert booking is not None
    assert booking.facts.ended is not None
    booking = await harness.usecases.record_facts(SALE.booking_id, Facts(sold=True))
    assert booking is not None
    assert booking.state.status == "cancelled"


async def test_confirm_is_woken_by_news_and_does_not_wait_for_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    monkeypatch.setattr(usecases, "_FIRST_LOOK", 3600)
    monkeypatch.setattr(usecases, "_SLOWEST_LOOK", 3600)
    monkeypatch.setattr(usecases, "CONFIRM_SECONDS", 3600)
    waiting = harness.usecases.confirm(Receipt("o", {"signature": "s"}), "usr_1", "token")

    async def money_and_seats() -> None:
        await harness.usecases.record_facts(SALE.booking_id, PAID)
        await harness.usecases.record_facts(SALE.booking_id, Facts(sold=True))

    running: list[object] = []
    harness.bookings.between = lambda: running.append(asyncio.ensure_future(money_and_seats()))
    async with asyncio.timeout(60):
        assert (await waiting).state.status == "confirmed"
    assert running


async def test_a_booking_just_ordered_is_awaited_and_one_of_long_ago_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    for name in ("_FIRST_LOOK", "_SLOWEST_LOOK", "ARRIVAL_SECONDS"):
        monkeypatch.setattr(usecases, name, 3600)
    running: list[object] = []
    order = partial(harness.usecases.record_facts, SALE.booking_id, Facts(ordered=SALE))
    harness.bookings.missed = lambda: running.append(asyncio.ensure_future(order()))
    async with asyncio.timeout(60):
        assert (await harness.usecases.of_guest(SALE.booking_id, "usr_1")).state.status == "pending"
        harness.bookings.missed = lambda: None
        for unknown in (f"bkg_{encode(1)}", "bkg_1", "x"):
            with pytest.raises(BookingNotFound):
                await harness.usecases.of_guest(unknown, "usr_1")


async def test_a_settled_sale_of_somebody_else_is_not_found_and_not_recorded() -> None:
    harness = Harness()
    with pytest.raises(BookingNotFound):
        await harness.usecases.confirm(Receipt("o", {"signature": "s"}), "usr_2", "token")
    assert harness.bookings.documents == {}


async def test_lapse_is_decided_once_and_not_for_what_was_paid() -> None:
    harness = Harness()
    await harness.usecases.record_facts(SALE.booking_id, PAID)
    await harness.usecases.expire_unpaid(SALE.booking_id)
    booking = await harness.bookings.find(SALE.booking_id)
    assert booking is not None
    assert not booking.facts.lapsed


@pytest.mark.parametrize("lapses", [True, False])
async def test_a_hold_refreshed_while_its_lapse_is_under_way_does_not_lapse(*, lapses: bool) -> None:
    harness = Harness()
    extended = None if lapses else Extended(until=datetime.now(UTC) + timedelta(minutes=5))
    over = SALE.model_copy(update={"hold_expires_at": datetime.now(UTC) - GRACE})
    await harness.usecases.record_facts(SALE.booking_id, Facts(ordered=over, extended=extended))
    await harness.usecases.expire_unpaid(SALE.booking_id)
    booking = await harness.bookings.find(SALE.booking_id)
    assert booking is not None
    assert booking.facts.lapsed == lapses
