"""Who sees whom when a show is cancelled while a booking is being stored; who waits for what; what lapses."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from services.booking.tests.factories import DAY
from services.booking.tests.facts import ORDER_ID, SALE, ordered, paid, sold
from services.booking.tests.unit.harness import GUEST, Harness
from tests.factories import START, at

from booking.domain.booking import GRACE, Booking
from booking.domain.facts import Extended, Facts
from booking.errors import BookingNotFound
from booking.usecases import confirmation, lookup
from booking.usecases.gathering import News
from booking.usecases.ports import Receipt
from booking.usecases.wakeups import OF_WORKERS, Pauses, Watch
from chassis.problems import Unavailable
from contracts.ids import encode

RECEIPT = Receipt(ORDER_ID, {"signature": "s"})
NEVER_SECONDS = 3600


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Whoever waits there does so until it is woken: it does not look by itself."""
    monkeypatch.setattr(confirmation, "CONFIRM_SECONDS", NEVER_SECONDS)
    monkeypatch.setattr(lookup, "ARRIVAL_SECONDS", NEVER_SECONDS)
    return Harness(Pauses(NEVER_SECONDS, NEVER_SECONDS))


async def test_a_show_cancelled_between_the_store_and_the_end_of_recording_is_seen() -> None:
    harness = Harness()
    await harness.record(paid)
    harness.bookings.after_write = harness.cancel_show
    await harness.record(sold)
    assert (await harness.booking()).state.status == "cancelled"


async def test_a_show_that_another_process_has_cancelled_is_seen_although_an_older_snapshot_is_remembered() -> None:
    harness = Harness()
    harness.showtimes.remembered[SALE.showtime_id] = harness.snapshot
    harness.cancel_show()
    await harness.record(paid)
    await harness.record(sold)
    assert (await harness.booking()).state.status == "cancelled"


async def test_a_move_that_is_remembered_and_was_taken_back_since_is_none() -> None:
    harness, first = Harness(), Harness().snapshot
    await harness.confirm()
    moved = first.model_copy(update={"revision": 2, "start_at": at(3 * DAY)})
    harness.showtimes.remembered[SALE.showtime_id] = moved
    harness.snapshot = first.model_copy(update={"revision": 3})
    await harness.record_sold()  # the message comes twice
    booking = await harness.booking()
    assert (booking.facts.moves, booking.facts.moved_from) == ((), None)


async def test_a_page_shows_the_newer_of_what_is_remembered_and_what_the_booking_knows() -> None:
    harness, first = Harness(), Harness().snapshot
    await harness.confirm()
    await harness.hear(first.model_copy(update={"revision": 2, "language": "hi"}))
    for remembered in (first, first.model_copy(update={"revision": 3, "language": "hi"})):
        harness.showtimes.remembered[SALE.showtime_id] = remembered
        shown = await harness.lookup.with_show(await harness.booking())
        assert shown.show is not None
        assert shown.show.language == "hi"


async def test_who_cancels_decides_by_the_newest_snapshot_and_not_by_one_that_is_remembered() -> None:
    harness = Harness()
    await harness.confirm()
    harness.showtimes.remembered[SALE.showtime_id] = harness.snapshot
    harness.cancel_show()
    booking = await harness.cancellation.cancel(SALE.booking_id, GUEST)
    assert booking.state.reason == "showtime_cancelled"


async def test_who_waits_by_an_order_is_woken_too_and_strangers_learn_nothing(harness: Harness) -> None:
    tasks = list[asyncio.Task[object]]()
    harness.payments.is_silent = True
    for user_id in ("usr_1", "usr_2"):
        tasks.append(asyncio.create_task(harness.confirmation.confirm(RECEIPT, replace(GUEST, user_id=user_id))))
    await asyncio.sleep(0)
    await harness.recording.record(SALE.booking_id, News(paid.with_news(sold), frozenset({ORDER_ID})))
    mine, strange = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(mine, Booking)
    assert mine.state.status == "confirmed"
    assert isinstance(strange, Unavailable)


async def test_an_older_state_of_a_booking_does_not_replace_a_newer_one() -> None:
    harness = Harness()
    older = await harness.record(paid)
    newer = await harness.record(sold)
    watch = Watch(OF_WORKERS)
    for booking in (newer, older, None):
        watch.give(booking)
    assert watch.newest == newer


async def test_confirm_is_woken_by_news_and_does_not_wait_for_its_next_look(harness: Harness) -> None:
    tasks = list[asyncio.Task[None]]()

    async def money_and_seats() -> None:
        await harness.record(paid)
        await harness.record(sold)

    harness.bookings.after_write = lambda: tasks.append(asyncio.create_task(money_and_seats()))
    async with asyncio.timeout(60):
        assert (await harness.confirmation.confirm(RECEIPT, GUEST)).state.status == "confirmed"
    assert tasks


async def test_a_booking_just_ordered_is_awaited_and_one_of_long_ago_is_not(harness: Harness) -> None:
    tasks = list[asyncio.Task[object]]()
    harness.bookings.after_miss = lambda: tasks.append(asyncio.create_task(harness.record(ordered)))
    async with asyncio.timeout(60):
        assert (await harness.lookup.of_guest(SALE.booking_id, GUEST)).state.status == "pending"
        harness.bookings.after_miss = lambda: None
        for unknown in (f"bkg_{encode(1)}", "bkg_1", "x"):
            with pytest.raises(BookingNotFound):
                await harness.lookup.of_guest(unknown, GUEST)


async def test_a_settled_sale_of_somebody_else_is_not_found_and_not_recorded() -> None:
    harness = Harness()
    with pytest.raises(BookingNotFound):
        await harness.confirmation.confirm(RECEIPT, replace(GUEST, user_id="usr_2"))
    assert harness.bookings.records == {}


async def test_what_was_paid_does_not_lapse() -> None:
    harness = Harness()
    await harness.record(paid)
    await harness.recording.expire_unpaid(SALE.booking_id)
    assert not (await harness.booking()).facts.lapsed


@pytest.mark.parametrize("is_extended", [True, False])
async def test_a_hold_refreshed_while_its_lapse_is_under_way_does_not_lapse(*, is_extended: bool) -> None:
    harness = Harness()
    extended = Extended(until=datetime.now(UTC) + timedelta(minutes=5)) if is_extended else None
    over = SALE.model_copy(update={"hold_expires_at": datetime.now(UTC) - GRACE})
    await harness.record(Facts(ordered=over, extended=extended))
    await harness.recording.expire_unpaid(SALE.booking_id)
    assert (await harness.booking()).facts.lapsed != is_extended


async def test_what_a_linked_guest_bought_is_read_found_and_cancelled_by_the_account(harness: Harness) -> None:
    account = replace(GUEST, user_id="usr_account", guests=("usr_0", GUEST.user_id))
    booking = await harness.confirm()
    page = await harness.lookup.page_of_guest(account, None, skip=0, limit=10)
    assert ([shown.booking for shown in page[0]], page[1]) == ([booking], 1)
    assert await harness.lookup.of_guest(booking.id, account) == booking
    assert await harness.lookup.readable(booking.id, account) == booking
    assert (await harness.confirmation.confirm(RECEIPT, account)).id == booking.id
    assert (await harness.cancellation.cancel(booking.id, account)).state.status == "cancelled"
    with pytest.raises(BookingNotFound):
        await harness.lookup.of_guest(booking.id, replace(account, guests=("usr_0",)))


async def test_tickets_for_shows_to_come_are_those_that_are_confirmed(harness: Harness) -> None:
    await harness.confirm()
    before, after = START - timedelta(seconds=1), START
    assert await harness.lookup.upcoming(GUEST, before) == [SALE.booking_id]
    assert await harness.lookup.upcoming(GUEST, after) == []
    assert await harness.lookup.upcoming(replace(GUEST, user_id="usr_2"), before) == []
    await harness.cancellation.cancel(SALE.booking_id, GUEST)
    assert await harness.lookup.upcoming(GUEST, before) == []
