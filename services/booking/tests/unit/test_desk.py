"""Who sees whom when a show is cancelled while a booking is being stored; and who waits for what in `confirm`."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from booking import records, usecases
from booking.errors import BookingNotFound
from booking.records import GRACE, Booking
from booking.saga import Extended, Facts, Paid
from booking.tickets import Signer
from booking.usecases import Desk, Receipt, Settled
from booking.wakeups import Wakeups
from chassis.mongo import Document
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import encode

from services.booking.tests.conftest import TICKET_SECRET
from services.booking.tests.factories import a_sale, a_snapshot, capture_of
from services.booking.tests.unit.test_saga import applied

SALE = a_sale()
PAID = Facts(ordered=SALE, paid=Paid(payment_id=SALE.payment_id, capture_id=capture_of(SALE), amount=1, currency="INR"))


class FakeBookings:
    """Bookings in memory; `between` runs once, right after the next write, `missed` after a look that found nothing."""

    def __init__(self, wakeups: Wakeups) -> None:
        self.documents: dict[str, Document] = {}
        self.between: Callable[[], None] = lambda: None
        self.missed: Callable[[], None] = lambda: None
        self._wakeups = wakeups

    async def record(self, booking_id: str, news: Facts, *, order_id: str | None = None) -> Booking | None:
        return await self.decide(booking_id, lambda _: news)

    async def decide(self, booking_id: str, decision: Callable[[Booking | None], Facts]) -> Booking | None:
        document = self.documents.get(booking_id)
        news, sign = decision(records.booking_in(document)), Signer(TICKET_SECRET).text
        update = records.change(document, news, order_id=None, now=datetime.now(UTC), sign=sign)
        if update:
            self.documents[booking_id] = applied(document or {"_id": booking_id}, update)
        between, self.between = self.between, lambda: None
        between()
        self._wakeups.wake(booking_id)
        return await self.find(booking_id)

    async def find(self, booking_id: str) -> Booking | None:
        found = records.booking_in(self.documents.get(booking_id))
        if found is None:
            self.missed()
        return found

    async def of_order(self, order_id: str, user_id: str) -> Booking | None:
        return None

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        return []


class FakeShowtimes:
    """One showtime's newest snapshot."""

    def __init__(self) -> None:
        self.snapshot = a_snapshot(SALE.showtime_id)

    async def keep(self, snapshot: ShowtimeSnapshot) -> None:
        self.snapshot = snapshot

    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None:
        return self.snapshot

    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]:
        return {}

    def move(self) -> None:
        self.snapshot = a_snapshot(SALE.showtime_id, revision=2, starts_in=172_800)

    def cancel(self) -> None:
        self.snapshot = self.snapshot.model_copy(update={"status": "cancelled"})


class FakePayments:
    """Says the same of any receipt."""

    def __init__(self, status: str) -> None:
        self.status = status

    async def settle(self, receipt: Receipt, token: str) -> Settled | None:
        return Settled(SALE, self.status)


class House:
    """A desk over fakes."""

    def __init__(self, status: str = "succeeded") -> None:
        wakeups = Wakeups()
        self.bookings, self.showtimes = FakeBookings(wakeups), FakeShowtimes()
        self.desk = Desk(self.bookings, self.showtimes, FakePayments(status), wakeups)


async def test_a_show_cancelled_between_the_store_and_the_end_of_recording_is_seen() -> None:
    house = House()
    house.bookings.between = house.showtimes.cancel
    booking = await house.desk.record(SALE.booking_id, PAID)
    assert booking is not None
    assert booking.facts.ended is not None
    booking = await house.desk.record(SALE.booking_id, Facts(sold=True))
    assert booking is not None
    assert booking.standing.status == "cancelled"


async def test_confirm_is_woken_by_news_and_does_not_wait_for_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    monkeypatch.setattr(usecases, "_FIRST_LOOK", 3600)
    monkeypatch.setattr(usecases, "_SLOWEST_LOOK", 3600)
    monkeypatch.setattr(usecases, "CONFIRM_SECONDS", 3600)
    waiting = house.desk.confirm(Receipt("o", "p", "s"), "usr_1", "token")

    async def money_and_seats() -> None:
        await house.desk.record(SALE.booking_id, PAID)
        await house.desk.record(SALE.booking_id, Facts(sold=True))

    running: list[object] = []
    house.bookings.between = lambda: running.append(asyncio.ensure_future(money_and_seats()))
    async with asyncio.timeout(60):
        assert (await waiting).standing.status == "confirmed"
    assert running


async def test_a_booking_just_ordered_is_awaited_and_one_of_long_ago_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    for name in ("_FIRST_LOOK", "_SLOWEST_LOOK", "ARRIVAL_SECONDS"):
        monkeypatch.setattr(usecases, name, 3600)
    running: list[object] = []
    order = partial(house.desk.record, SALE.booking_id, Facts(ordered=SALE))
    house.bookings.missed = lambda: running.append(asyncio.ensure_future(order()))
    async with asyncio.timeout(60):
        assert (await house.desk.of(SALE.booking_id, "usr_1")).standing.status == "pending"
        house.bookings.missed = lambda: None
        for unknown in (f"bkg_{encode(1)}", "bkg_1", "x"):
            with pytest.raises(BookingNotFound):
                await house.desk.of(unknown, "usr_1")


async def test_a_settled_sale_of_somebody_else_is_not_found_and_not_recorded() -> None:
    house = House()
    with pytest.raises(BookingNotFound):
        await house.desk.confirm(Receipt("o", "p", "s"), "usr_2", "token")
    assert house.bookings.documents == {}


async def test_lapse_is_decided_once_and_not_for_what_was_paid() -> None:
    house = House()
    await house.desk.record(SALE.booking_id, PAID)
    await house.desk.lapse(SALE.booking_id)
    booking = await house.bookings.find(SALE.booking_id)
    assert booking is not None
    assert not booking.facts.lapsed


@pytest.mark.parametrize("lapses", [True, False])
async def test_a_hold_refreshed_while_its_lapse_is_under_way_does_not_lapse(*, lapses: bool) -> None:
    house = House()
    extended = None if lapses else Extended(until=datetime.now(UTC) + timedelta(minutes=5))
    over = SALE.model_copy(update={"hold_expires_at": datetime.now(UTC) - GRACE})
    await house.desk.record(SALE.booking_id, Facts(ordered=over, extended=extended))
    await house.desk.lapse(SALE.booking_id)
    booking = await house.bookings.find(SALE.booking_id)
    assert booking is not None
    assert booking.facts.lapsed == lapses


async def test_a_show_moved_since_the_order_is_in_the_ticket_before_any_walk_has_come_by() -> None:
    house = House()
    await house.desk.record(SALE.booking_id, PAID)
    house.showtimes.move()
    await house.desk.record(SALE.booking_id, Facts(sold=True), showtime_id=SALE.showtime_id)
    ticket = json.loads(house.bookings.documents[SALE.booking_id]["outbox"][-1]["data"])
    assert datetime.fromisoformat(ticket["show"]["start_at"]) == house.showtimes.snapshot.start_at


async def test_a_show_moved_since_the_sale_is_in_the_cancellation() -> None:
    house = House()
    await house.desk.record(SALE.booking_id, PAID)
    await house.desk.record(SALE.booking_id, Facts(sold=True))
    house.showtimes.move()
    await house.desk.cancel(SALE.booking_id, SALE.user_id)
    said = [json.loads(entry["data"]) for entry in house.bookings.documents[SALE.booking_id]["outbox"]]
    (cancelled,) = [one for one in said if one.get("was_confirmed")]
    assert datetime.fromisoformat(cancelled["show"]["start_at"]) == house.showtimes.snapshot.start_at
