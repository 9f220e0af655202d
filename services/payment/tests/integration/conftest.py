"""The service as it runs, against the real simulator, servers, and a stand-in for seating's checkout and the keys."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aio_pika
import aiohttp
import orjson
import pytest
import uvicorn
from aiohttp import web
from pymongo import AsyncMongoClient

from chassis import outbox
from contracts.ids import HoldId, ShowtimeId, TheaterId, UserId, booking_of, new_hold_id, new_id, payment_of
from contracts.prices import Quote
from contracts.sale import Sale
from payment import inbox
from payment.main import assembled
from payment.providers.razorpay import adapter
from payment.settings import Settings
from payment.usecases import confirmation
from simulators import process
from simulators.process import free_port
from stack.keys import Signer
from stack.waiting import until

SIGNER = Signer()
THEATER = TheaterId(new_id("thr"))
SECRETS = {
    "RAZORPAY_KEY_ID": "rzp_test_marquee",
    "RAZORPAY_KEY_SECRET": "key-secret",
    "RAZORPAY_WEBHOOK_SECRET": "hook",
}
ACCOUNT = {name.removeprefix("RAZORPAY_").lower(): value for name, value in SECRETS.items()}


@dataclass
class Simulator:
    """The Razorpay simulator of this run, and where it sends its webhooks."""

    url: str
    service_port: int

    async def post(self, path: str, **body: Any) -> Any:
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/_sim{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_sim{path}") as answer:
            return await answer.json()

    async def pay(self, order_id: str, outcome: str = "captured", **more: Any) -> dict[str, str]:
        """What Checkout hands to the page."""
        paid: dict[str, str] = await self.post(f"/orders/{order_id}/pay", outcome=outcome, **more)
        return paid

    async def ledger(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/ledger"))[kind]
        return found


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    service_port = free_port()
    running = process.razorpay(
        tmp_path_factory.mktemp("razorpay"), f"http://127.0.0.1:{service_port}/api/payments/webhook"
    )
    running.environment.update(SECRETS)
    running.start()
    yield Simulator(running.url, service_port)
    running.stop()


@pytest.fixture
async def simulator(simulator_process: Simulator) -> Simulator:
    await simulator_process.post("/reset")
    return simulator_process


@dataclass
class Neighbours:
    """Identity's keys and seating's checkout, as their contracts say."""

    url: str = ""
    problems: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    asked: int = 0

    async def checkout(self, request: web.Request) -> web.Response:
        self.asked += 1
        hold_id = request.match_info["hold"]
        caller = SIGNER.user_of(request.headers["Authorization"].split()[1])
        if hold_id in self.problems:
            status, problem = self.problems[hold_id]
            return web.json_response(problem, status=status, content_type="application/problem+json")
        sale = self.sales.get(hold_id)
        if sale is None or sale.user_id != caller:
            return web.json_response({"code": "hold_not_found", "detail": "no such hold"}, status=404)
        return web.Response(text=sale.model_dump_json(), content_type="application/json")


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    found = Neighbours()
    app = web.Application()
    app.add_routes([SIGNER.route(), web.post("/internal/holds/{hold}/checkout", found.checkout)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


def a_sale(user_id: str, total: int = 35_400, currency: str = "INR") -> Sale:
    hold_id = new_hold_id(ShowtimeId(new_id("sho")))
    line = {
        "seat_id": "C7",
        "label": {"row": "C", "number": "7"},
        "type": "standard",
        "price": total,
        "base": total,
        "tax": 0,
    }
    quote = {"lines": [line], "subtotal": total, "fees": 0, "taxes": 0, "total": total, "currency": currency}
    return Sale(
        booking_id=booking_of(hold_id),
        hold_id=hold_id,
        payment_id=payment_of(hold_id),
        showtime_id=ShowtimeId(f"sho_{hold_id[-26:]}"),
        user_id=UserId(user_id),
        seat_ids=("C7",),
        theater_id=THEATER,
        quote=Quote.model_validate(quote),
        hold_expires_at="2030-01-01T00:00:00Z",  # type: ignore[arg-type]  # parsed
        showtime_revision=1,
        start_at="2030-01-01T12:00:00Z",  # type: ignore[arg-type]  # parsed
    )


@dataclass
class Answered:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Service:
    """The running service and everything around it."""

    url: str
    settings: Settings
    simulator: Simulator
    neighbours: Neighbours
    http: aiohttp.ClientSession
    mongo: Any
    events: aio_pika.abc.AbstractExchange
    said: list[tuple[str, str, dict[str, Any]]]
    user_id: str = field(default_factory=lambda: new_id("usr"))

    def token(self, user_id: str | None = None) -> str:
        return SIGNER.token(user_id or self.user_id)

    async def call(self, method: str, path: str, json: Any = None, user_id: str | None = None, **more: Any) -> Answered:
        """`token`: another than that of a plain user."""
        token = more.pop("token", None) or self.token(user_id)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        async with self.http.request(method, self.url + path, json=json, headers=headers, **more) as answer:
            body = await answer.json(content_type=None) if answer.content_length != 0 else None
            return Answered(answer.status, body, answer.headers)

    def hold(self, total: int = 35_400, currency: str = "INR") -> Sale:
        """A live hold at seating."""
        sale = a_sale(self.user_id, total, currency)
        self.neighbours.sales[sale.hold_id] = sale
        return sale

    async def create_order(self, hold_id: HoldId | str) -> Answered:
        return await self.call("POST", "/api/payments/create-order", {"holdId": hold_id})

    async def order(self, sale: Sale) -> str:
        """The open order of the sale."""
        answer = await self.create_order(sale.hold_id)
        assert answer.status == 201, answer
        return str(answer.body["orderId"])

    async def document(self, sale: Sale) -> dict[str, Any]:
        found: dict[str, Any] = await self.mongo["payments"].find_one({"_id": sale.payment_id})
        return found

    async def refunds(self, sale: Sale) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.document(sale))["refunds"]
        return found

    def heard(self, event_type: str, sale: Sale | None = None) -> list[dict[str, Any]]:
        """What was said of this type, about this sale."""
        return [
            data
            for kind, _, data in self.said
            if kind == event_type and (sale is None or data["payment_id"] == sale.payment_id)
        ]

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        """What the condition gives as soon as that is truthy."""
        return await until(condition)

    async def until_heard(self, event_type: str, sale: Sale) -> dict[str, Any]:
        """The first event of this type about the sale."""

        async def is_heard() -> list[dict[str, Any]]:
            return self.heard(event_type, sale)

        return dict((await until(is_heard))[0])

    async def settle(self, paid: dict[str, str], user_id: str | None = None) -> Answered:
        """What booking asks when the page confirms."""
        proof = {
            "orderId": paid["razorpay_order_id"],
            "razorpayPaymentId": paid["razorpay_payment_id"],
            "razorpaySignature": paid["razorpay_signature"],
        }
        body = {"orderId": paid["razorpay_order_id"], "proof": proof}
        return await self.call("POST", "/internal/payments/settle", body, user_id)

    def ids(self, event_type: str) -> list[str]:
        return [key for kind, key, _ in self.said if kind == event_type]

    async def idle(self) -> None:
        """Until no webhook is under way, nothing is in the outbox, and all that was said has been heard."""

        async def done() -> bool:
            deliveries = await self.simulator.get("/deliveries")
            if any(one["state"] == "pending" and len(one["attempts"]) == 0 for one in deliveries):
                return False
            if await self.mongo["inbox"].count_documents({"status": "stored"}):
                return False
            return not await self.mongo["payments"].count_documents({"outbox.0": {"$exists": True}})

        await until(done)
        last = uuid.uuid4().hex
        await self.events.publish(aio_pika.Message(b"{}", message_id=last), routing_key="payment.last")
        await until(lambda: last in self.ids("payment.last"))  # behind all that the broker has confirmed


Start = Callable[..., Any]


async def _listen(
    connection: aio_pika.abc.AbstractConnection, said: list[tuple[str, str, dict[str, Any]]]
) -> aio_pika.abc.AbstractExchange:
    channel = await connection.channel()
    exchange = await channel.declare_exchange("marquee.events", aio_pika.ExchangeType.TOPIC, durable=True)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, routing_key="payment.#")

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        said.append((message.routing_key or "", message.message_id or "", orjson.loads(message.body)))

    await queue.consume(hear, no_ack=True)
    return exchange


@pytest.fixture(autouse=True)
def generous_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is waited for: a slow answer of the simulator is no silence, a slow write or task no crash."""
    monkeypatch.setattr(confirmation, "_TIMEOUT_SECONDS", 60.0)
    monkeypatch.setattr(adapter, "_READ_SECONDS", 60.0)
    monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(seconds=30))
    monkeypatch.setattr(inbox, "_HEAD_START", timedelta(seconds=30))


@pytest.fixture
async def start(
    simulator: Simulator, neighbours: Neighbours, mongo_uri: str, rabbitmq_vhost_url: str, mongo_database_prefix: str
) -> Start:
    """Start the service with changed settings: `async with start(reconcile_first_seconds=0.2) as service`."""

    @asynccontextmanager
    async def starting(razorpay: dict[str, str] | None = None, **changed: Any) -> AsyncIterator[Service]:
        settings = Settings(
            **{
                "mongo_uri": mongo_uri,
                "rabbitmq_url": rabbitmq_vhost_url,
                "identity_url": neighbours.url,
                "seating_url": neighbours.url,
                "port": simulator.service_port,
                "database_prefix": mongo_database_prefix,
                "due_poll_seconds": 0.02,
                "log_level": "WARNING",
                "refund_retry_seconds": 0.05,
                "announce_again_seconds": 3600,
                "reconcile_window_seconds": 3600,
                "razorpay": {**ACCOUNT, "base_url": simulator.url, **(razorpay or {})},
                **changed,
            }
        )
        config = uvicorn.Config(
            assembled(settings), port=settings.port, log_config=None, lifespan="on", http="httptools"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        said: list[tuple[str, str, dict[str, Any]]] = []
        client: Any = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
        async with await aio_pika.connect(rabbitmq_vhost_url) as connection, aiohttp.ClientSession() as http:
            url, database = f"http://127.0.0.1:{settings.port}", client[settings.database_prefix + "payment"]
            exchange = await _listen(connection, said)
            service = Service(url, settings, simulator, neighbours, http, database, exchange, said)

            async def ready() -> bool:
                if not server.started:
                    return False
                async with http.get(f"{service.url}/readyz") as answer:
                    return "down" not in await answer.text()

            try:
                await until(ready)
                yield service
            finally:
                server.should_exit = True
                await asyncio.wait_for(serving, 60)
                await client.close()

    return starting


@pytest.fixture
async def service(start: Start) -> AsyncIterator[Service]:
    async with start() as running:
        yield running


@pytest.fixture
async def unpolled(start: Start) -> AsyncIterator[Service]:
    """The service while nobody looks at orders: it knows what it was told."""
    async with start(reconcile_first_seconds=3600) as running:
        yield running
