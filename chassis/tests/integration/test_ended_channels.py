"""A call on a channel that has just ended raises a `RuntimeError`: whoever listens there goes on over the next one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiormq.abc import AbstractConnection
from aiormq.exceptions import ChannelInvalidStateError

from chassis import broker
from chassis.broker import publishing
from chassis.consume import consuming
from chassis.envelope import seal
from chassis.transient import transient_queue
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from stack.waiting import until

CHANGED = AvailabilityChanged(showtime_id=ShowtimeId("sho_1"), version=7, available=1, total=9)


@pytest.fixture(autouse=True)
def ended_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first connection of each name ends before the first call on its channel; the names, as they came."""
    names, connected = list[str](), broker.connected

    @asynccontextmanager
    async def connected_later(url: str) -> AsyncIterator[AbstractConnection]:
        async with connected(url) as connection:
            names.append(url)
            if names.count(url) == 1:
                raise ChannelInvalidStateError("the channel is closed")
            yield connection

    monkeypatch.setattr(broker, "connected", connected_later)
    return names


async def test_a_copy_hears_what_is_said_afterwards(rabbitmq_vhost_url: str, ended_once: list[str]) -> None:
    versions = list[int]()

    async def caught_up() -> None:
        return None

    def on_changed(event: AvailabilityChanged) -> None:
        versions.append(event.version)

    async with (
        publishing(rabbitmq_vhost_url, "seating") as publisher,
        transient_queue(
            rabbitmq_vhost_url,
            "gateway",
            {AvailabilityChanged: lambda event: versions.append(event.version)},
            caught_up,
        ) as queue,
    ):
        await publisher.ready.wait()
        await until(lambda: queue.is_current)
        await publisher.publish(seal(CHANGED))
        await until(lambda: versions == [7])
    assert len(ended_once) == 2


async def test_a_consumer_gets_what_is_said_afterwards(rabbitmq_vhost_url: str, ended_once: list[str]) -> None:
    heard = asyncio.Event()

    async def handle(_event: AvailabilityChanged) -> None:
        heard.set()

    async with (
        publishing(rabbitmq_vhost_url, "seating") as publisher,
        consuming(rabbitmq_vhost_url, "catalog", {AvailabilityChanged: handle}, publisher, prefetch=5),
    ):
        await publisher.ready.wait()
        await publisher.publish(seal(CHANGED))
        await until(heard.is_set)
    assert len(ended_once) == 2
