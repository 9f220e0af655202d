"""booking is killed while money lies open, between its writes and before its acknowledgements: every sale ends as it
should, and each of its events is said under one id."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aio_pika
from pymongo import AsyncMongoClient
from services.booking.tests.conftest import EXCHANGES
from services.booking.tests.factories import (
    order_created,
    seats_sold,
    showtime_cancelled,
    showtime_scheduled,
    succeeded,
)
from tests.factories import a_sale, a_snapshot

from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from contracts.event import Event
from contracts.payment import PaymentSucceeded
from contracts.sale import Sale
from contracts.subscriptions import queue_name
from simulators.process import free_port
from stack.testing import listening
from stack.waiting import until

SALES = 8
OPEN_FOR_EVER = "from booking.usecases import gathering; gathering.OPEN_SECONDS = 3600"
RUN = "import runpy, sys; sys.argv = ['chassis', 'booking']; runpy.run_module('chassis', run_name='__main__')"


@contextmanager
def a_process(setting: str = "") -> Iterator[int]:
    """booking in a process of its own, on the port that it gives; killed at the end of the block."""
    port = free_port()
    env = {**os.environ, "PORT": str(port), "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen([sys.executable, "-c", f"{setting}\n{RUN}"], env=env)  # noqa: S603  our own program
    try:
        yield port
    finally:
        process.kill()
        process.wait()


async def until_delivered(rabbitmq_url: str, event: type[Event]) -> None:
    """Until booking has all of these messages, acknowledged or not."""
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:

        async def delivered() -> bool:
            queue = await channel.declare_queue(queue_name("booking", event), passive=True)
            return queue.declaration_result.message_count == 0

        await until(delivered)


async def say(publisher: Publisher, dice: random.Random, *events: Event) -> None:
    """In any order, some of them twice."""
    said = [*events, *dice.sample(events, len(events) // 2)]
    dice.shuffle(said)
    await asyncio.gather(*(publisher.publish(seal(event)) for event in said))


def ids_of_events(sale: Sale, *kinds: str) -> set[str]:
    return {f"{sale.booking_id}:{kind}" for kind in kinds}


async def test_sales_survive_kills_with_each_event_said_under_one_id(
    environment: None, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> None:
    dice, sales = random.Random(7), [a_sale() for _ in range(SALES)]
    ended, kept = sales[: SALES // 2], sales[SALES // 2 :]
    wanted = set[str]().union(*(ids_of_events(sale, "confirmed", "ticket_issued") for sale in sales))
    wanted |= set[str]().union(*(ids_of_events(sale, "cancelled", "refund_due") for sale in ended))
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_uri) as client,
        publishing(rabbitmq_vhost_url, "test") as publisher,
        listening(rabbitmq_vhost_url, "booking.#", EXCHANGES) as heard,
    ):
        await publisher.ready.wait()
        bookings = client[f"{mongo_database_prefix}booking"]["bookings"]
        shows = [showtime_scheduled(a_snapshot(sale.showtime_id)) for sale in sales]
        await say(publisher, dice, *shows, *map(order_created, sales), *map(succeeded, sales))
        for _ in range(2):
            with a_process(OPEN_FOR_EVER):  # it is killed while all the money lies open
                await until_delivered(rabbitmq_vhost_url, PaymentSucceeded)
                await until_stored(bookings, {})
        await say(publisher, dice, *map(seats_sold, sales), *(showtime_cancelled(sale.showtime_id) for sale in ended))
        with a_process():  # and while it confirms
            await until_stored(bookings, {"facts.sold": True}, count=1)
        with a_process():
            await until(lambda: {event["event_id"] for event in heard} >= wanted, seconds=240)
        assert {event["event_id"] for event in heard} == wanted
        for sale, status in [(sale, "cancelled") for sale in ended] + [(sale, "confirmed") for sale in kept]:
            document = await bookings.find_one({"_id": sale.booking_id}) or {}
            assert document["status"] == status


async def until_stored(bookings: Any, query: dict[str, Any], count: int = SALES) -> None:
    """Until so many bookings are stored that match."""

    async def stored() -> bool:
        return bool(await bookings.count_documents(query) >= count)

    await until(stored)
