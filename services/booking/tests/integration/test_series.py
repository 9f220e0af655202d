"""The series on the real store: processes that race for numbers and die at any point leave no gap and no double."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from collections.abc import Collection as IterableOf
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
from services.booking.tests.facts import refer, sign
from services.booking.tests.fakes import FakeMessages, FakePayments, FakePeople
from tests.factories import a_sale, a_snapshot

from booking.domain.booking import Booking
from booking.domain.facts import Facts, Paid
from booking.domain.shows import show_of
from booking.series import MongoSeries
from booking.showtimes import MongoShowtimes
from booking.store import MongoBookings
from booking.usecases.numbering import Numbering
from booking.usecases.ports import Decision, Ports, Recorded
from chassis.broker import Publisher, publishing
from chassis.loops import Background
from chassis.mongo import Collection, Database, Document, connect
from chassis.outbox import Outbox
from contracts.sale import Sale

SALES, PROCESSES, ROUNDS = 12, 3, 6


class Killed(Exception):
    """The process is dead from here on."""


@dataclass
class Life:
    """A process that dies after so many of its writes."""

    writes_left: float = field(default=float("inf"))

    def write(self) -> None:
        if self.writes_left <= 0:
            raise Killed
        self.writes_left -= 1


class MortalBookings(MongoBookings):
    """Bookings of a process that may die before a write."""

    life = Life()

    async def record_each(self, news: Mapping[str, Facts]) -> None:
        self.life.write()
        await super().record_each(news)

    async def decide(self, booking_id: str, decision: Decision, **details: Any) -> Booking | None:
        self.life.write()
        return await super().decide(booking_id, decision, **details)


class MortalSeries(MongoSeries):
    """A series of a process that may die right after it has taken numbers."""

    life = Life()

    async def take(self, series: str, papers: Mapping[str, float], recorded: Recorded) -> dict[str, int]:
        numbers = await super().take(series, papers, recorded)
        self.life.write()
        return numbers


def a_process(database: Database, publisher: Publisher, writes_left: float) -> tuple[MongoBookings, Numbering]:
    def note(booking: Booking, began: float) -> None:
        numbering.note(booking, began)

    outbox = Outbox(database["bookings"], publisher, Background())
    bookings = MortalBookings(outbox, sign, refer, lambda _: None, note)
    series = MortalSeries(database["series"])
    bookings.life = series.life = Life(writes_left)
    ports = Ports(bookings, FakePeople(), MongoShowtimes(database["showtimes"]), FakePayments(), FakeMessages(), series)
    numbering = Numbering(ports)
    return bookings, numbering


@pytest.fixture
async def mongo(
    mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> AsyncIterator[tuple[Database, Publisher]]:
    async with (
        connect(mongo_uri, f"{mongo_database_prefix}booking") as database,
        publishing(rabbitmq_vhost_url, "booking") as publisher,
    ):
        await publisher.ready.wait()
        yield database, publisher


def confirmed(sale: Sale) -> Facts:
    paid = Paid(
        payment_id=sale.payment_id,
        capture_id=f"c_{sale.booking_id}",
        provider="razorpay",
        amount=sale.quote.total,
        currency="INR",
    )
    show = show_of(a_snapshot(sale.showtime_id, theater={"code": "RX"}))
    return Facts(ordered=sale, paid=paid, sold=True, show=show)


@pytest.mark.parametrize("seed", range(4))
async def test_processes_that_race_and_die_leave_no_gap_and_give_no_number_twice(
    mongo: tuple[Database, Publisher], seed: int
) -> None:
    dice, sales = random.Random(seed), [a_sale() for _ in range(SALES)]
    bookings, last = a_process(*mongo, float("inf"))
    for sale in sales:
        await bookings.decide(sale.booking_id, lambda _, sale=sale: confirmed(sale))  # type: ignore[misc]
    for _ in range(ROUNDS):
        processes = [a_process(*mongo, dice.randrange(6))[1] for _ in range(PROCESSES)]
        work = [(process, dice.choice(sales).booking_id) for process in processes for _ in range(4)]
        ended = await asyncio.gather(*(process.number(which) for process, which in work), return_exceptions=True)
        assert all(error is None or isinstance(error, Killed) for error in ended)
    for sale in sales:
        await last.number(sale.booking_id)
    numbered = await bookings.find_all([sale.booking_id for sale in sales])
    numbers = [number.number for booking in numbered for number in booking.facts.numbers]
    document = await mongo[0]["series"].find_one({"_id": numbered[0].papers[0].series})
    assert sorted(numbers) == list(range(1, SALES + 1))
    assert document is not None
    assert document["last"] == SALES
    assert len(document["open"]) <= SALES


@pytest.mark.parametrize("seed", range(3))
async def test_processes_that_number_what_they_confirm_beside_due_work_of_others_leave_no_gap(
    mongo: tuple[Database, Publisher], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("booking.usecases.numbering.GATHER_SECONDS", 0)
    dice, processes, sales = random.Random(seed), [a_process(*mongo, float("inf")) for _ in range(PROCESSES)], []
    for _ in range(ROUNDS):
        for bookings, _ in dice.sample(processes, dice.randint(1, PROCESSES)):
            sales.append(sale := a_sale())
            await bookings.decide(sale.booking_id, lambda _, sale=sale: confirmed(sale))  # type: ignore[misc]
        busy = [numbering.number_noted() for _, numbering in processes if numbering.waiting]
        looks = [dice.choice(processes)[1].number(sale.booking_id) for sale in sales[-3:]]
        await asyncio.gather(*busy, *looks)
    numbered = await processes[0][0].find_all([sale.booking_id for sale in sales])
    assert sorted(number.number for booking in numbered for number in booking.facts.numbers) == list(
        range(1, len(sales) + 1)
    )
    document = await mongo[0]["series"].find_one({"_id": numbered[0].papers[0].series})
    assert document is not None
    assert document["last"] == len(sales)


class CountedReads(Collection):
    """Counts its reads of single documents."""

    reads = 0

    async def find_one(self, *arguments: Any, **named: Any) -> Document | None:
        self.reads += 1
        return await super().find_one(*arguments, **named)


async def test_a_process_that_numbers_alone_reads_nothing_and_one_that_was_overtaken_reads_all(
    mongo: tuple[Database, Publisher],
) -> None:
    asked: list[set[str]] = []

    async def recorded(papers: IterableOf[str]) -> dict[str, int]:
        asked.append(set(papers))
        return {}

    counted = CountedReads(mongo[0]["series"].raw, asyncio.Semaphore())
    own, other = MongoSeries(counted), MongoSeries(mongo[0]["series"])
    before = monotonic()
    assert await own.take("RX/26-27", {"bkg_1/invoice": before}, recorded) == {"bkg_1/invoice": 1}
    assert (counted.reads, asked) == (1, [{"bkg_1/invoice"}])
    papers = {"bkg_2/invoice": monotonic(), "bkg_3/invoice": before}  # the one was seen since, the other before
    assert await own.take("RX/26-27", papers, recorded) == {"bkg_2/invoice": 2, "bkg_3/invoice": 3}
    assert (counted.reads, asked[1:]) == (1, [{"bkg_3/invoice"}])
    papers = {"bkg_5/invoice": monotonic()}
    await other.take("RX/26-27", {"bkg_4/invoice": monotonic()}, recorded)
    assert await own.take("RX/26-27", papers, recorded) == {"bkg_5/invoice": 5}
    assert (counted.reads, asked[-1]) == (2, {"bkg_5/invoice"})


async def test_a_paper_that_was_seen_before_its_number_was_recorded_keeps_that_number(
    mongo: tuple[Database, Publisher],
) -> None:
    has: dict[str, int] = {}

    async def recorded(papers: IterableOf[str]) -> dict[str, int]:
        return {paper: has[paper] for paper in papers if paper in has}

    async def numbered(paper: str, began: float) -> int:
        number = (await series.take("RX/26-27", {paper: began}, recorded))[paper]
        has[paper] = number
        series.note_recorded("RX/26-27", [paper])
        return number

    series = MongoSeries(mongo[0]["series"])
    assert await numbered("bkg_1/invoice", monotonic()) == 1
    assert await numbered("bkg_2/invoice", seen := monotonic()) == 2  # and looked at once more, whose turn comes later
    assert await numbered("bkg_3/invoice", monotonic()) == 3
    assert await numbered("bkg_2/invoice", seen) == 2
    assert await numbered("bkg_4/invoice", monotonic()) == 4


async def test_what_dead_processes_left_open_is_forgotten_once_it_is_recorded(
    mongo: tuple[Database, Publisher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.series._MOST_OPEN", 2)
    bookings, _ = a_process(*mongo, float("inf"))
    for _ in range(6):
        sale = a_sale()
        booking = await bookings.decide(sale.booking_id, lambda _, sale=sale: confirmed(sale))  # type: ignore[misc]
        await a_process(*mongo, float("inf"))[1].number(sale.booking_id)
    assert booking is not None
    document = await mongo[0]["series"].find_one({"_id": booking.papers[0].series})
    assert document is not None
    assert (document["last"], len(document["open"]) <= 4) == (6, True)


async def test_a_process_forgets_what_another_has_taken_out_of_the_series(mongo: tuple[Database, Publisher]) -> None:
    async def nothing_recorded(_: IterableOf[str]) -> dict[str, int]:
        return {}

    first, second = MongoSeries(mongo[0]["series"]), MongoSeries(mongo[0]["series"])
    for number in range(1, 6):
        for series in (first, second):  # both number the same booking, and see that it has its number
            paper = f"bkg_{number}/invoice"
            assert await series.take("RX/26-27", {paper: monotonic()}, nothing_recorded) == {paper: number}
            series.note_recorded("RX/26-27", [paper])
    assert (first.remembered, second.remembered) == (1, 1)
