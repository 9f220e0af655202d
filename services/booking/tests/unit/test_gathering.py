"""News of a booking that come within a moment are one write, and nobody goes on before they are recorded."""

import asyncio
from collections.abc import Callable

import pytest
from services.booking.tests.facts import ORDER_ID, SALE, extended, paid, seats_lost, sold

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.usecases import gathering
from booking.usecases.gathering import Gathering, News

NEVER_SECONDS = 3600
ID = SALE.booking_id


class Store:
    """What was written; a write waits while `gate` is closed, and fails where `error` is set."""

    def __init__(self) -> None:
        self.written: list[Facts] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def write(self, booking_id: str, news: News) -> Booking | None:
        await self.gate.wait()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.written.append(news.facts)
        return None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
def open_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "OPEN_SECONDS", NEVER_SECONDS)


async def test_money_and_the_verdict_that_follows_are_one_write(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    money = asyncio.create_task(news.record_soon(ID, News(paid, frozenset({ORDER_ID}))))
    await asyncio.sleep(0)
    assert (store.written, money.done()) == ([], False)
    store.gate.clear()
    verdict = asyncio.create_task(news.record(ID, News(sold)))
    await asyncio.sleep(0)
    assert not money.done()  # its message is not acknowledged before the write
    store.gate.set()
    await asyncio.gather(money, verdict)
    assert store.written == [paid.with_news(sold)]


async def test_money_alone_is_written_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "OPEN_SECONDS", 0.001)
    store = Store()
    news = Gathering(store.write)
    await news.record_soon(ID, News(paid))
    await news.record(ID, News(sold))
    assert store.written == [paid, sold]


async def test_money_that_comes_twice_is_one_write_at_once(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    await asyncio.gather(news.record_soon(ID, News(paid)), news.record_soon(ID, News(paid)))
    assert store.written == [paid]


async def test_other_bookings_do_not_meet(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    money = asyncio.create_task(news.record_soon(ID, News(paid)))
    await asyncio.sleep(0)
    await news.record("bkg_other", News(seats_lost))
    assert (store.written, money.done()) == ([seats_lost], False)
    await news.record(ID, News(extended))
    await money
    assert store.written == [seats_lost, paid.with_news(extended)]


async def test_what_could_not_be_written_together_is_written_by_each_alone(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    money = asyncio.create_task(news.record_soon(ID, News(paid)))
    await asyncio.sleep(0)
    store.error = ConnectionError("the store is unavailable")
    with pytest.raises(ConnectionError):
        await news.record(ID, News(sold))
    await money
    assert store.written == [paid]


async def test_a_process_that_ends_leaves_nothing_open(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    money = asyncio.create_task(news.record_soon(ID, News(paid)))
    await asyncio.sleep(0)
    money.cancel()
    with pytest.raises(asyncio.CancelledError):
        await money
    await news.record(ID, News(sold))
    assert store.written == [sold]  # the money's message comes again


async def test_who_goes_along_with_a_write_that_is_cancelled_writes_alone(open_for_ever: None) -> None:
    store = Store()
    news = Gathering(store.write)
    money = asyncio.create_task(news.record_soon(ID, News(paid)))
    await asyncio.sleep(0)
    store.gate.clear()
    verdict = asyncio.create_task(news.record(ID, News(sold)))
    await asyncio.sleep(0)
    verdict.cancel()
    await until(verdict.done)
    store.gate.set()
    await money
    assert store.written == [paid]
