"""A broker that takes connections and says nothing, as one behind a torn network: processes come, and end. One that
falls silent later is left, and consumed from anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pamqp import frame
from pamqp.commands import Basic, Connection
from pamqp.commands import Channel as ChannelCommands
from pamqp.common import FieldTable

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


FRAME_HEAD = 7  # bytes: type, channel, size of what follows


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


ANSWERS: dict[type, Callable[[Any], Any]] = {
    Connection.StartOk: lambda _asked: Connection.Tune(10, 131072, 1),
    Connection.Open: lambda _asked: Connection.OpenOk(),
    ChannelCommands.Open: lambda _asked: ChannelCommands.OpenOk(),
    Basic.Qos: lambda _asked: Basic.QosOk(),
    Basic.Consume: lambda asked: Basic.ConsumeOk(consumer_tag=asked.consumer_tag),
}


async def serve_until_consumed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, consumed: asyncio.Queue[str]
) -> None:
    """A broker as far as the first consumer: it answers what leads there, and says nothing from then on."""
    await reader.readexactly(len(b"AMQP0091"))
    capabilities: FieldTable = {"publisher_confirms": True, "basic.nack": True, "consumer_cancel_notify": True}
    writer.write(frame.marshal(Connection.Start(0, 9, {"capabilities": capabilities}, "PLAIN", "en_US"), 0))
    received = b""
    while more := await reader.read(65536):
        received += more
        while len(received) >= FRAME_HEAD and len(received) >= (length := int.from_bytes(received[3:FRAME_HEAD]) + 8):
            _, channel, asked = frame.unmarshal(received[:length])
            received = received[length:]
            if answer := ANSWERS.get(type(asked)):
                writer.write(frame.marshal(answer(asked), channel))
            if isinstance(asked, Basic.Consume):
                await consumed.put(asked.queue)
    writer.close()


async def test_consumers_leave_a_connection_that_has_fallen_silent() -> None:
    consumed: asyncio.Queue[str] = asyncio.Queue()
    async with await asyncio.start_server(
        lambda reader, writer: serve_until_consumed(reader, writer, consumed), "127.0.0.1", 0
    ) as server:
        host, port = server.sockets[0].getsockname()
        url = f"amqp://guest:guest@{host}:{port}/?heartbeat=1"
        async with publishing(url, "notify") as publisher:
            publisher.ready.set()
            async with (
                asyncio.timeout(60),
                consuming(url, "notify", {BookingConfirmed: _nothing}, publisher, prefetch=1),
            ):
                first, second = await consumed.get(), await consumed.get()
    assert first == second == "notify.booking.confirmed.v1"
