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
from services.booking.tests.factories import TICKET_SEED, order_created, seats_sold, showtime_scheduled, succeeded

from booking.main import create
from booking.usecases.ports import Books, Message, ProviderCall
from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Database, Document, connect
from contracts.catalog import ShowtimeSnapshot
from contracts.event import Event, Value
from contracts.sale import Sale
from stack.keys import Grants, Signer
from stack.testing import listening, serving
from stack.waiting import until

SIGNER = Signer()
EXCHANGES = ("marquee.events", "marquee.private")
Answer = tuple[int, Any]


def _json(value: Value) -> Any:
    """As another service writes it."""
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


@dataclass
class Peers:
    """Identity, payment and notify on a port: `settled` is what payment answers, by the provider's order; `to_settle`
    are the bodies that it got; what it has of payments, and what notify has about bookings, is there by their ids."""

    url: str = ""
    settled: dict[str, Answer] = field(default_factory=dict)
    to_settle: list[dict[str, Any]] = field(default_factory=list)
    of_payments: dict[str, Answer] = field(default_factory=dict)
    calls_of_payments: dict[str, Answer] = field(default_factory=dict)
    about_bookings: dict[str, Answer] = field(default_factory=dict)
    is_silent: bool = False

    def knows(self, order_id: str, sale: Sale, status: str) -> None:
        body = {"sale": sale.model_dump(mode="json"), "paymentId": sale.payment_id, "status": status}
        self.settled[order_id] = (200, body)

    def calls_forged(self, order_id: str) -> None:
        self.settled[order_id] = (400, {"code": "invalid_signature"})

    def has_books(self, payment_id: str, books: Books) -> None:
        self.of_payments[payment_id] = (200, _json(books))

    def has_calls(self, payment_id: str, *calls: ProviderCall) -> None:
        self.calls_of_payments[payment_id] = (200, {"items": [_json(call) for call in calls]})

    def has_messages(self, booking_id: str, *messages: Message) -> None:
        self.about_bookings[booking_id] = (200, {"items": [_json(message) for message in messages]})

    async def books(self, request: web.Request) -> web.Response:
        status, answer = self.of_payments.get(request.match_info["id"], (404, {"code": "payment_not_found"}))
        return web.json_response(answer, status=503 if self.is_silent else status)

    async def calls(self, request: web.Request) -> web.Response:
        status, answer = self.calls_of_payments.get(request.match_info["id"], (404, {"code": "payment_not_found"}))
        return web.json_response(answer, status=503 if self.is_silent else status)

    async def messages(self, request: web.Request) -> web.Response:
        status, answer = self.about_bookings.get(request.match_info["id"], (200, {"items": []}))
        return web.json_response(answer, status=503 if self.is_silent else status)

    async def settle(self, request: web.Request) -> web.Response:
        if self.is_silent:
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
        """The stored booking of a sale; an empty one where there is none."""
        return await self.db["bookings"].find_one({"_id": sale.booking_id}) or {}

    async def has_status(self, sale: Sale, status: str) -> bool:
        return (await self.document(sale)).get("status") == status

    async def until_status(self, sale: Sale, status: str) -> None:
        await until(lambda: self.has_status(sale, status))

    async def until_refund(self, sale: Sale, status: str) -> None:
        """Until the sale's refund has the status."""

        async def has_refund() -> bool:
            return bool((await self.document(sale)).get("refund", {}).get("status") == status)

        await until(has_refund)

    async def schedule(self, snapshot: ShowtimeSnapshot) -> None:
        """Say a snapshot and wait until it is stored: the events of showtimes come on queues of their own."""
        await self.say(showtime_scheduled(snapshot))
        await until(lambda: self.db["showtimes"].find_one({"_id": snapshot.showtime_id}))

    async def confirm(self, sale: Sale) -> None:
        """Let the sale be ordered, paid and sold."""
        await self.say(order_created(sale), succeeded(sale), seats_sold(sale))
        await self.until_status(sale, "confirmed")

    def events(self, sale: Sale) -> list[dict[str, Any]]:
        """The booking's events that were heard."""
        return [event for event in self.heard if event.get("booking_id") == sale.booking_id]

    def event_types(self, sale: Sale) -> list[str]:
        return sorted(event["type"] for event in self.events(sale))

    async def until_event_types(self, sale: Sale, event_types: list[str]) -> None:
        await until(lambda: self.event_types(sale) == sorted(event_types))


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("booking",)


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    peers = Peers()
    app = web.Application()
    app.add_routes(
        [
            *SIGNER.routes(),
            web.post("/internal/payments/settle", peers.settle),
            web.get("/internal/payments/{id}", peers.books),
            web.get("/internal/payments/{id}/calls", peers.calls),
            web.get("/internal/bookings/{id}/messages", peers.messages),
        ]
    )
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
        "NOTIFY_URL": peers.url,
        "TICKET_SIGNING_SECRET": base64.b64encode(TICKET_SEED).decode(),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def booking(
    environment: None, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str, peers: Peers
) -> AsyncIterator[Running]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
    database = client[f"{mongo_database_prefix}booking"]
    async with client, publishing(rabbitmq_vhost_url, "test") as publisher:
        await publisher.ready.wait()
        async with listening(rabbitmq_vhost_url, "booking.#", EXCHANGES) as heard, serving(create()) as http:
            yield Running(http, publisher, heard, database, peers)


@pytest.fixture
async def database(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Database]:
    """The service's database as the service sees it."""
    async with connect(mongo_uri, f"{mongo_database_prefix}booking") as connected:
        yield connected
