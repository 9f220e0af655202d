"""Events as they flow: what the services publish from now on, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiormq.abc import DeliveredMessage

from chassis import broker
from chassis.topology import EVENTS, PRIVATE

_MOST_WAITING = 1_000
_COMMENT_SECONDS = 15.0


async def flowing(url: str) -> AsyncIterator[bytes]:
    """Each message of our exchanges as `{type, at, body}`; ends when the broker is lost."""
    waiting: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)

    async def take(message: DeliveredMessage) -> None:
        if not waiting.full():
            waiting.put_nowait(_shown(message))

    yield b":\n\n"
    try:
        async with broker.connected(broker.named(url, "gateway dev page")) as connection:
            channel = await connection.channel(publisher_confirms=False)
            declared = await channel.queue_declare("", exclusive=True, auto_delete=True)
            for exchange in (EVENTS.name, PRIVATE.name):
                await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
                await channel.queue_bind(str(declared.queue), exchange, routing_key="#")
            await channel.basic_consume(str(declared.queue), take, no_ack=True)
            while not channel.is_closed:
                try:
                    async with asyncio.timeout(_COMMENT_SECONDS):
                        yield await waiting.get()
                except TimeoutError:
                    yield b":\n\n"
    except broker.FAILURES:
        return


def _shown(message: DeliveredMessage) -> bytes:
    properties = message.header.properties
    try:
        body: Any = orjson.loads(message.body)
    except ValueError:
        body = None
    said = {"type": str(properties.message_type or message.routing_key), "body": body}
    return b"event: event\ndata: " + orjson.dumps(said) + b"\n\n"
