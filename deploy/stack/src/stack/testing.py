"""What runs in a test's own event loop: an app behind a real port, and an ear on the bus."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import aiohttp
import uvicorn
from aio_pika.abc import AbstractIncomingMessage

from stack.waiting import until

START_SECONDS = 60


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[aiohttp.ClientSession]:
    """The ASGI app on this port (a free one for 0) with its lifespan; gives a client whose URLs begin there."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, lifespan="on", date_header=False, server_header=False)
    )
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done(), seconds=START_SECONDS)
        if not server.started:
            raise RuntimeError("the app did not start: its log says why")
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            yield http
    finally:
        server.should_exit = True
        await task


async def ready(http: aiohttp.ClientSession) -> None:
    """Return when the app behind `http` says that all it needs is up. An app may start before its store is prepared."""

    async def all_up() -> bool:
        async with http.get("/readyz") as answer:
            return answer.status == 200 and "down" not in await answer.text()

    await until(all_up, every=0.05)  # each look costs a round of checks


@asynccontextmanager
async def listening(
    url: str, pattern: str, exchanges: Iterable[str] = ("marquee.events",)
) -> AsyncIterator[list[dict[str, Any]]]:
    """Events said from now on whose type fits, as `{type, event_id, **data}`; the list grows while one listens."""
    heard: list[dict[str, Any]] = []
    ids: set[str] = set()

    async def hear(message: AbstractIncomingMessage) -> None:
        event_id = str(message.headers["cloudEvents_id"])
        if event_id not in ids:  # delivery is at least once
            ids.add(event_id)
            heard.append(
                {
                    "type": message.headers["cloudEvents_type"],
                    "event_id": event_id,
                    **json.loads(message.body),
                }
            )

    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        for name in exchanges:
            await queue.bind(await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True), pattern)
        await queue.consume(hear, no_ack=True)
        yield heard
