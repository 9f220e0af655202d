"""catalog on a port of its own, with a database and a virtual host of its own, and keys that stand for identity's."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import aiohttp
import aiohttp.test_utils
import aiohttp.web
import jwt
import orjson
import pytest
import uvicorn
from catalog.main import create
from chassis.mongo import Document
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymongo import AsyncMongoClient

KEY = Ed25519PrivateKey.generate()
LAYOUT = {
    "rows": 3, "cols": 4, "aisles": [2], "gaps": ["A1"], "blocked": ["B1"], "accessible": ["C1"],
    "seatTypes": [{"type": "gold", "rows": ["C"], "priceFactor": 1.5}, {"type": "standard", "rows": []}],
}  # fmt: skip
MOVIE = {"title": "Amélie Returns", "genres": ["Drama"], "runtime": 120, "language": "fr"}
THEATER = {
    "name": "Roxy", "address": "1 Queen's Road", "city": "Mumbai", "geo": {"lat": 18.94, "lng": 72.83},
    "timezone": "Asia/Kolkata", "contact": {"phone": "+912212345678"},
}  # fmt: skip


def token(*roles: str, theaters: tuple[str, ...] = ()) -> str:
    claims = {"sub": "usr_1", "iss": "marquee", "exp": time.time() + 600, "roles": list(roles),
              "theaterIds": list(theaters)}  # fmt: skip
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "k1"})


def at(days: float = 1, *, hour: int = 12, minute: int = 0) -> datetime:
    """That many days from now, at that time in UTC."""
    day = datetime.now(UTC) + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Running:
    """A running catalog, what it said, and its database."""

    http: aiohttp.ClientSession
    events: list[dict[str, Any]]
    db: Any
    broker_url: str

    async def call(
        self, method: str, path: str, body: Any = None, *, caller: str | None = None, **headers: str
    ) -> Answer:  # fmt: skip
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        sent |= {"Authorization": f"Bearer {caller}"} if caller else {}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        async with self.http.request(method, path, data=data, headers=sent) as response:
            text = await response.read()
            return Answer(response.status, orjson.loads(text) if text else None, response.headers)

    async def admin(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.call(method, f"/api/admin{path}", body, caller=token("admin"))

    async def added(self, path: str, body: Any) -> Any:
        answer = await self.admin("POST", path, body)
        assert answer.status == 201, answer.body
        return answer.body

    async def a_screen(self, **theater: Any) -> dict[str, str]:
        """Ids of a film, a theater and its screen."""
        movie = await self.added("/movies", MOVIE)
        roxy = await self.added("/theaters", {**THEATER, **theater})
        screen = await self.added("/screens", {"theaterId": roxy["id"], "name": "One", "layout": LAYOUT})
        return {"movieId": movie["id"], "theaterId": roxy["id"], "screenId": screen["id"]}

    async def a_showtime(self, ids: Mapping[str, str], start: datetime, **more: Any) -> Any:
        return await self.added("/showtimes", a_showtime(ids, start, **more))

    async def heard(self, event_type: str, count: int) -> list[dict[str, Any]]:
        """Wait for that many events of a type."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.events if one["type"] == event_type]

        await until(lambda: len(found()) >= count)
        return found()


def a_showtime(ids: Mapping[str, str], start: datetime, **more: Any) -> dict[str, Any]:
    return {**ids, "startAt": start.isoformat(), "language": "fr", "format": "2D", "basePrice": 25_000,
            "currency": "INR", **more}  # fmt: skip


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


@asynccontextmanager
async def keys_served() -> AsyncIterator[str]:
    """A JWKS as identity gives it."""

    async def jwks(_request: aiohttp.web.Request) -> aiohttp.web.Response:
        public = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return aiohttp.web.json_response({"keys": [{**public, "kid": "k1", "alg": "EdDSA", "use": "sig"}]})

    app = aiohttp.web.Application()
    app.router.add_get("/.well-known/jwks.json", jwks)
    async with aiohttp.test_utils.TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def catalog(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> AsyncIterator[Running]:
    name = f"{mongo_database_prefix}catalog"
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True)
    async with client, listening(rabbitmq_vhost_url, "catalog.#") as events, keys_served() as identity:
        given = {"MONGO_URI": mongo_uri, "RABBITMQ_URL": rabbitmq_vhost_url, "DATABASE": name, "IDENTITY_URL": identity}
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        async with serving() as http:
            yield Running(http, events, client[name], rabbitmq_vhost_url)
