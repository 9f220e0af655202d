"""What booking asks of Mongo for one sale, as counts that do not depend on the machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from services.booking.tests.factories import order_created, order_of, seats_sold, succeeded
from services.booking.tests.facts import refer, sign
from services.booking.tests.fakes import FakeMessages, FakePayments, FakePeople
from tests.factories import a_sale, a_snapshot

from booking.assembly import assemble
from booking.consumers import Consumers
from booking.series import MongoSeries
from booking.showtimes import MongoShowtimes
from booking.store import MongoBookings
from booking.usecases import gathering
from booking.usecases.ports import Ports, Receipt
from booking.usecases.use_cases import UseCases
from booking.usecases.wakeups import Pauses, Wakeups
from chassis.auth import Caller
from chassis.broker import Publisher, publishing
from chassis.loops import Background
from chassis.mongo import Database, connect
from chassis.outbox import Outbox
from contracts.event import Event
from contracts.sale import Sale
from stack.mongo_commands import counted_commands

NEVER_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of booking without its loops: events come to its handlers directly."""

    use_cases: UseCases
    payments: FakePayments
    background: Background

    async def hear(self, *events: Event) -> None:
        """At the same moment."""
        handlers = Consumers(self.use_cases.recording, FakePeople()).handlers()
        await asyncio.gather(*(handlers[type(event)](event) for event in events))

    async def confirm(self, sale: Sale) -> str:
        """The status that the guest's page gets."""
        self.payments.knows(order_of(sale), sale, "succeeded")
        receipt = Receipt(order_of(sale), {"signature": "s"})
        booking = await self.use_cases.confirmation.confirm(receipt, Caller(sale.user_id, frozenset(), {}, "token", 0))
        shown = await self.use_cases.lookup.with_show(booking)
        assert shown.show is not None
        return booking.state.status


def a_replica(database: Database, publisher: Publisher) -> Replica:
    woken, background, payments = Wakeups(Pauses(NEVER_SECONDS, NEVER_SECONDS)), Background(), FakePayments()
    bookings = MongoBookings(Outbox(database["bookings"], publisher, background), sign, refer, woken.wake)
    showtimes, series = MongoShowtimes(database["showtimes"]), MongoSeries(database["series"])
    ports = Ports(bookings, FakePeople(), showtimes, payments, FakeMessages(), series)
    return Replica(assemble(ports, woken), payments, background)


@pytest.fixture
async def replicas(
    mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two, whose money waits for the verdict and whose guests wait for news, however busy the machine is."""
    monkeypatch.setattr(gathering, "OPEN_SECONDS", NEVER_SECONDS)
    async with (
        connect(mongo_uri, f"{mongo_database_prefix}booking") as database,
        publishing(rabbitmq_vhost_url, "booking") as publisher,
    ):
        await publisher.ready.wait()
        yield a_replica(database, publisher), a_replica(database, publisher)


async def test_a_sale_whose_guest_waits_is_three_writes_and_a_look_at_its_show(
    replicas: tuple[Replica, Replica],
) -> None:
    replica, sale = replicas[0], a_sale()
    await replica.use_cases.recording.save_snapshot(a_snapshot(sale.showtime_id))
    with counted_commands() as commands:
        await replica.hear(order_created(sale))
        page = asyncio.create_task(replica.confirm(sale))
        await asyncio.sleep(0)
        await replica.hear(succeeded(sale), seats_sold(sale))
        assert await page == "confirmed"
        assert commands == ["findAndModify", "findAndModify", "find"]
        await replica.background.finish()
        assert commands[3:] == ["update"]  # what was said leaves the document, with that of other sales


async def test_a_page_that_comes_after_the_verdict_and_messages_that_come_twice_cost_a_look_each(
    replicas: tuple[Replica, Replica],
) -> None:
    replica, sale = replicas[0], a_sale()
    await replica.use_cases.recording.save_snapshot(a_snapshot(sale.showtime_id))
    await replica.hear(order_created(sale))
    await replica.hear(succeeded(sale), seats_sold(sale))
    await replica.background.finish()
    with counted_commands() as commands:
        assert await replica.confirm(sale) == "confirmed"
        assert commands == ["find"]
        await replica.hear(order_created(sale))
        assert commands[1:] == ["find"]
        await replica.hear(seats_sold(sale))
        assert commands[2:] == ["find", "find"]  # at the booking, and at its show


async def test_a_sale_whose_messages_come_to_two_processes_is_confirmed_once_and_costs_little_more(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "OPEN_SECONDS", 0.001)
    (one, other), sale = replicas, a_sale()
    for replica in replicas:
        await replica.use_cases.recording.save_snapshot(a_snapshot(sale.showtime_id))
    with counted_commands() as commands:
        await one.hear(order_created(sale))
        await other.hear(succeeded(sale))
        await one.hear(seats_sold(sale))
        assert commands.count("findAndModify") == 4  # one of them met a newer booking than was remembered
        assert len(commands) <= 8
    assert await one.confirm(sale) == await other.confirm(sale) == "confirmed"
    for replica in replicas:
        await replica.background.finish()


async def test_sales_that_are_confirmed_within_a_moment_share_their_look_at_the_shows(
    replicas: tuple[Replica, Replica],
) -> None:
    replica, sales = replicas[0], [a_sale() for _ in range(5)]
    for sale in sales:
        await replica.use_cases.recording.save_snapshot(a_snapshot(sale.showtime_id))
    with counted_commands() as commands:
        await replica.hear(*map(order_created, sales))
        await replica.hear(*map(succeeded, sales), *map(seats_sold, sales))
        assert commands == ["findAndModify"] * 10 + ["find"]
        await replica.background.finish()
        assert commands[11:] == ["update"]
