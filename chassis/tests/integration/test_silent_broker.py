"""A broker that takes connections and says nothing, as one behind a torn network: processes come, and end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.broker import publishing
from chassis.consume import consuming
from contracts.booking import BookingConfirmed


@pytest.fixture
async def silent_broker() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Its address, and whether somebody has come."""
    came = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"amqp://guest:guest@{host}:{port}/", came


async def _nothing(_event: BookingConfirmed) -> None:
    """Nobody gets that far."""


async def test_what_ends_while_it_connects_leaves_nothing_that_goes_on(
    silent_broker: tuple[str, asyncio.Event],
) -> None:
    url, came = silent_broker
    before = asyncio.all_tasks()
    async with asyncio.timeout(60):
        async with publishing(url, "notify") as publisher:
            publisher.ready.set()  # consumers wait for it
            async with consuming(url, "notify", {BookingConfirmed: _nothing}, publisher, prefetch=1):
                await came.wait()
    left = [task for task in asyncio.all_tasks() - before if "say_nothing" not in repr(task)]
    for task in left * 2:  # or the loop would never close: such a task takes one cancellation for a failed attempt
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
    assert left == []
