"""Dead letters: counted for the metrics, as is what waits in the queues; `python -m chassis.dead_letters
list|replay|discard SERVICE` shows them, puts them back, or takes away those with the ids that follow."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from chassis import metrics, topology
from chassis.broker import FAILURES, named, shuffled, silence_as_error
from chassis.consume import ATTEMPT_HEADER, ERROR_HEADER, QUEUE_HEADER
from chassis.logs import logger

log = logger(__name__)


async def count(url: str, service: str) -> int:
    """How many dead letters the service has; the metric is set to it."""
    async with _connected(url, service) as channel:
        return await _depth(channel, service)


async def watch(url: str, service: str, *, pause: float = metrics.MEASURE_SECONDS) -> None:
    """Set the metrics every `pause` seconds, over one connection for as long as it lasts."""
    while True:
        try:
            async with _connected(url, service) as channel:
                while True:
                    await _depth(channel, service)
                    for name in topology.consumed(service):
                        metrics.QUEUED.labels(name).set(await _messages(channel, name))
                    await asyncio.sleep(pause)
        except FAILURES as error:
            log.warning("dead letters cannot be counted", error=repr(error))
        await asyncio.sleep(pause)


@asynccontextmanager
async def _connected(url: str, service: str) -> AsyncIterator[AbstractChannel]:
    with silence_as_error():
        async with await aio_pika.connect(shuffled(named(url, f"{service} dead letters"))[0], timeout=5) as connection:
            yield await connection.channel(publisher_confirms=True, on_return_raises=True)


async def _depth(channel: AbstractChannel, service: str) -> int:
    depth = await _messages(channel, topology.dead_letters(service).name)
    metrics.DEAD_LETTERS.labels(service).set(depth)
    return depth


async def _messages(channel: AbstractChannel, name: str) -> int:
    """How many messages of a queue nobody works on yet."""
    queue = await channel.get_queue(name, ensure=True)
    return int(queue.declaration_result.message_count or 0)


async def _read_all(url: str, service: str, *, verb: str, ids: Sequence[str] = ()) -> list[dict[str, object]]:
    async with _connected(url, service) as channel:
        queue = await channel.get_queue(topology.dead_letters(service).name, ensure=True)
        letters = []
        depth = int(queue.declaration_result.message_count or 0)
        for _ in range(depth):
            message = await queue.get(fail=False)
            if message is None:
                break
            letters.append(_summary(message))
            if verb == "replay":
                await _replay(channel, message)
            elif verb == "discard" and letters[-1]["id"] in ids:
                await message.ack()
        return letters


async def _replay(channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
    """Send it back to the queue it came from, without failed attempts."""
    headers = {
        name: value for name, value in message.headers.items() if name not in {ATTEMPT_HEADER, ERROR_HEADER, "x-death"}
    }
    replayed = aio_pika.Message(
        message.body,
        headers=headers,
        message_id=message.message_id,
        type=message.type,
        content_type=message.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await channel.default_exchange.publish(replayed, routing_key=_origin(message), mandatory=True, timeout=5)
    await message.ack()


def _origin(message: AbstractIncomingMessage) -> str:
    deaths = message.headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    return str(message.headers.get(QUEUE_HEADER) or (first.get("queue") if isinstance(first, dict) else ""))


def _summary(message: AbstractIncomingMessage) -> dict[str, object]:
    headers = message.headers
    return {
        "id": message.message_id,
        "queue": _origin(message),
        "error": headers.get(ERROR_HEADER),
        "subject": headers.get("cloudEvents_subject"),
        "time": headers.get("cloudEvents_time"),
    }


def main(arguments: list[str]) -> None:
    """Print each dead letter of a service as a JSON line; `replay` also sends it to its queue again, `discard` takes
    away those whose ids are named."""
    match arguments:
        case ["list" | "replay" | "discard" as verb, service, *ids] if bool(ids) == (verb == "discard"):
            url = os.environ.get("RABBITMQ_URL")
            if not url:
                raise SystemExit("set RABBITMQ_URL to the broker's address")
            for line in asyncio.run(_read_all(url, service, verb=verb, ids=ids)):
                sys.stdout.write(orjson.dumps(line).decode() + "\n")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
