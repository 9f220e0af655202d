"""identity on a port of its own, with a database and a virtual host of its own."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import aiohttp
import orjson
import pytest
import uvicorn
from chassis.mongo import Document
from identity.main import create
from pymongo import AsyncMongoClient

ADMIN = {"email": "admin@marquee.example", "password": "the admin's own"}
Answer = tuple[int, Any]


@dataclass
class Running:
    """A running identity, what it said, and its database."""

    http: aiohttp.ClientSession
    events: list[dict[str, Any]]
    db: Any

    async def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        async with self.http.request(method, path, data=data, headers=headers) as response:
            text = await response.read()
            return response.status, orjson.loads(text) if text else None

    async def register(self, email: str = "a@example.com", **more: Any) -> Any:
        body = {"name": "A", "email": email, "password": "correct horse", **more}
        status, answer = await self.call("POST", "/api/auth/register", body)
        assert status == 201, answer
        return answer

    async def admin(self) -> str:
        status, answer = await self.call("POST", "/api/auth/login", ADMIN)
        assert status == 200, answer
        return str(answer["accessToken"])


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving() -> AsyncIterator[aiohttp.ClientSession]:
    """The app of the present environment, on a free port."""
    server = uvicorn.Server(uvicorn.Config(create(), port=0, log_config=None, lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session
    server.should_exit = True
    await task


@asynccontextmanager
async def listening(url: str, pattern: str) -> AsyncIterator[list[dict[str, Any]]]:
    """What is said on the bus, as `{type, **data}`."""
    heard: list[dict[str, Any]] = []
    ids: set[str] = set()
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange("marquee.events", "topic", durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, pattern)

        async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            one = str(message.headers["cloudEvents_id"])
            if one not in ids:  # delivery is at least once
                ids.add(one)
                heard.append({"type": message.headers["cloudEvents_type"], **orjson.loads(message.body)})

        await queue.consume(on_message, no_ack=True)
        yield heard


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    given = {
        "MONGO_URI": mongo_uri, "RABBITMQ_URL": rabbitmq_vhost_url, "DATABASE": f"{mongo_database_prefix}identity",
        "JWT_ACCESS_SECRET": key, "JWT_REFRESH_SECRET": key, "ADMIN_EMAIL": ADMIN["email"],
        "ADMIN_PASSWORD": ADMIN["password"],
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def identity(
    environment: None, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> AsyncIterator[Running]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True)
    async with client, listening(rabbitmq_vhost_url, "identity.#") as events, serving() as http:
        yield Running(http, events, client[f"{mongo_database_prefix}identity"])
