"""booking on a port, a database and a virtual host of its own; identity and payment are stood in for."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from pymongo import AsyncMongoClient

from booking.main import create
from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Document
from contracts.event import Event
from contracts.sale import Sale
from stack.keys import Grants, Signer
from stack.testing import listening, serving
from stack.waiting import until

SIGNER = Signer()
EXCHANGES = ("marquee.events", "marquee.private")
TICKET_SEED = bytes(range(32))
Answer = tuple[int, Any]


@dataclass
class Peers:
    """What identity and payment answer: `settled` by order. `to_settle` are the bodies that payment got."""

    url: str = ""
    settled: dict[str, Answer] = field(default_factory=dict)
    to_settle: list[dict[str, Any]] = field(default_factory=list)
    silent: bool = False

    def knows(self, order_id: str, sale: Sale, status: str) -> None:
        body = {"sale": sale.model_dump(mode="json"), "paymentId": sale.payment_id, "status": status}
        self.settled[order_id] = (200, body)

    async def settle(self, request: web.Request) -> web.Response:
        if self.silent:
            return web.json_response({"code": "service_unavailable"}, status=503)
        body = await request.json()
        self.to_settle.append(body)
        status, answer = self.settled.get(body["orderId"], (404, {"code": "booking_not_found"}))
        return web.json_response(answer, status=status)


@dataclass
class Running:
    """A running booking, the bus around it, and its database."""

    http: aiohttp.ClientSession
    publisher: Publisher
    heard: list[dict[str, Any]]
    db: Any
    peers: Peers

    async def say(self, *events: Event) -> None:
        for event in events:
            await self.publisher.publish(seal(event))

    async def call(
        self, method: str, path: str, body: Any = None, user: str = "usr_1", *roles: str, grants: Grants | None = None
    ) -> Answer:
        token = SIGNER.token(user, *roles, grants=grants)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        async with self.http.request(method, path, data=data, headers=headers) as response:
            return response.status, orjson.loads(await response.read())

    async def document(self, sale: Sale) -> Document:
        return await self.db["bookings"].find_one({"_id": sale.booking_id}) or {}

    async def has_status(self, sale: Sale, status: str) -> bool:
        return (await self.document(sale)).get("status") == status

    async def until_status(self, sale: Sale, status: str) -> None:
        await until(lambda: self.has_status(sale, status))

    async def until_show_is_known(self, sale: Sale) -> None:
        """Until the sale's showtime is known: its events come on a queue of their own."""
        await until(lambda: self.db["showtimes"].find_one({"_id": sale.showtime_id}))

    def event_types(self, sale: Sale) -> list[str]:
        """The types of the booking's events."""
        return sorted(event["type"] for event in self.heard if event["booking_id"] == sale.booking_id)


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    peers = Peers()
    app = web.Application()
    app.add_routes([SIGNER.route(), web.post("/internal/payments/settle", peers.settle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peers.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield peers
    await runner.cleanup()


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str, peers: Peers
) -> None:
    given = {
        "MONGO_URI": mongo_uri,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "DATABASE_PREFIX": mongo_database_prefix,
        "IDENTITY_URL": peers.url,
        "PAYMENT_URL": peers.url,
        "TICKET_SIGNING_SECRET": base64.b64encode(TICKET_SEED).decode(),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def booking(
    environment: None, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str, peers: Peers
) -> AsyncIterator[Running]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True)
    database = client[f"{mongo_database_prefix}booking"]
    async with client, publishing(rabbitmq_vhost_url, "test") as publisher:
        await publisher.ready.wait()
        async with listening(rabbitmq_vhost_url, "booking.#", EXCHANGES) as heard, serving(create()) as http:
            yield Running(http, publisher, heard, database, peers)
