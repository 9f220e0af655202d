"""The running service and everything around it, as tests use them."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aio_pika
import aiohttp
import orjson
from aiohttp import web
from pymongo.asynchronous.database import AsyncDatabase
from services.payment.tests.factories import a_sale
from services.payment.tests.simulator import Simulator, proof_of

from chassis.envelope import seal
from contracts.event import Event
from contracts.ids import HoldId, new_id
from contracts.sale import Sale
from payment.registry import Registry
from payment.settings import Settings
from stack.keys import Signer
from stack.waiting import until

SIGNER = Signer()
Body = dict[str, Any]
Said = tuple[str, str, Body]
"""Type, id and data of an event."""


@dataclass
class Neighbours:
    """Identity's keys and seating's checkout, as their contracts say."""

    url: str = ""
    problems: dict[str, tuple[int, Body]] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    users: dict[str, Body] = field(default_factory=dict)

    async def me(self, request: web.Request) -> web.Response:
        """Identity's answer."""
        user = self.users.get(SIGNER.user_of(request.headers["Authorization"].split()[1]))
        return web.json_response(user) if user else web.json_response({"code": "not_authenticated"}, status=401)

    async def checkout(self, request: web.Request) -> web.Response:
        """Seating's answer."""
        hold_id = request.match_info["hold"]
        caller = SIGNER.user_of(request.headers["Authorization"].split()[1])
        if hold_id in self.problems:
            status, problem = self.problems[hold_id]
            return web.json_response(problem, status=status, content_type="application/problem+json")
        sale = self.sales.get(hold_id)
        if sale is None or sale.user_id != caller:
            return web.json_response({"code": "hold_not_found", "detail": "no such hold"}, status=404)
        return web.Response(text=sale.model_dump_json(), content_type="application/json")


@asynccontextmanager
async def standing_in(neighbours: Neighbours) -> AsyncIterator[Neighbours]:
    """The neighbours behind their URL."""
    app = web.Application()
    app.add_routes(
        [
            *SIGNER.routes(),
            web.get("/api/users/me", neighbours.me),
            web.post("/internal/holds/{hold}/checkout", neighbours.checkout),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    neighbours.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield neighbours
    await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the service."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Service:
    """The service over HTTP, in the database and on the bus. `said` are the events that it published."""

    url: str
    settings: Settings
    simulator: Simulator
    neighbours: Neighbours
    http: aiohttp.ClientSession
    mongo: AsyncDatabase[Body]
    events: aio_pika.abc.AbstractExchange
    said: list[Said]
    user_id: str = field(default_factory=lambda: new_id("usr"))

    def token(self, user_id: str | None = None) -> str:
        """Of a plain user."""
        return SIGNER.token(user_id or self.user_id)

    async def call(self, method: str, path: str, json: Any = None, user_id: str | None = None, **more: Any) -> Answered:
        """`token`: another than that of a plain user."""
        token = more.pop("token", None) or self.token(user_id)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        async with self.http.request(method, self.url + path, json=json, headers=headers, **more) as answer:
            body = await answer.json(content_type=None) if answer.content_length != 0 else None
            return Answered(answer.status, body, answer.headers)

    async def deliver(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Answered:
        """A webhook comes."""
        url = f"{self.url}/api/payments/webhook{path}"
        async with self.http.post(url, data=body, headers=headers) as answer:
            return Answered(answer.status, await answer.json(content_type=None), answer.headers)

    async def publish(self, event: Event) -> None:
        """Another service says something."""
        envelope = seal(event)
        message = aio_pika.Message(envelope.data.encode(), headers=envelope.headers("booking"), message_id=envelope.id)
        await self.events.publish(message, routing_key=event.type)

    # Sales

    def hold(self, total: int = 35_400, currency: str = "INR") -> Sale:
        """A live hold at seating."""
        sale = a_sale(self.user_id, total, currency)
        self.neighbours.sales[sale.hold_id] = sale
        return sale

    async def create_order(self, hold_id: HoldId | str) -> Answered:
        """The user opens the order of a hold."""
        return await self.call("POST", "/api/payments/create-order", {"holdId": hold_id})

    async def order(self, sale: Sale) -> str:
        """The open order of the sale."""
        answer = await self.create_order(sale.hold_id)
        assert answer.status == 201, answer
        return str(answer.body["orderId"])

    async def paid_sale(self) -> tuple[Sale, str]:
        """A sale that was paid and announced, and its capture."""
        sale = self.hold()
        paid = await self.simulator.pay(await self.order(sale))
        await self.until_heard("payment.succeeded.v1", sale)
        return sale, paid["razorpay_payment_id"]

    async def settle(self, paid: dict[str, str], user_id: str | None = None) -> Answered:
        """What booking asks when the page confirms."""
        body = {"orderId": paid["razorpay_order_id"], "proof": proof_of(paid)}
        return await self.call("POST", "/internal/payments/settle", body, user_id)

    # What is stored

    async def find_document(self, sale: Sale) -> Body | None:
        """The payment as stored, if it is."""
        return await self.mongo["payments"].find_one({"_id": sale.payment_id})

    async def document(self, sale: Sale) -> Body:
        """The payment as stored."""
        document = await self.find_document(sale)
        assert document is not None
        return document

    async def refunds(self, sale: Sale) -> list[Body]:
        """Its refunds."""
        refunds: list[Body] = (await self.document(sale))["refunds"]
        return refunds

    async def cases(self, sale: Sale) -> list[tuple[str, bool]]:
        """Its cases: the kind of each, and whether it is open."""
        return [(case["kind"], case["open"]) for case in (await self.document(sale))["cases"]]

    async def refunds_done(self, sale: Sale) -> list[Body]:
        """Its refunds, as soon as there are some and all are done."""

        async def done() -> list[Body]:
            refunds = await self.refunds(sale)
            return refunds if all(refund["status"] == "done" for refund in refunds) else []

        return await until(done)

    # What is said

    def heard(self, event_type: str, sale: Sale | None = None) -> list[Body]:
        """What was said of this type, about this sale."""
        return [
            data
            for kind, _, data in self.said
            if kind == event_type and (sale is None or data["payment_id"] == sale.payment_id)
        ]

    def ids(self, event_type: str) -> list[str]:
        """The ids of what was said of this type."""
        return [event_id for kind, event_id, _ in self.said if kind == event_type]

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        """What the condition gives as soon as that is truthy."""
        return await until(condition)

    async def until_heard(self, event_type: str, sale: Sale) -> Body:
        """The first event of this type about the sale."""
        return (await until(lambda: self.heard(event_type, sale)))[0]

    async def idle(self) -> None:
        """Until no webhook is under way, nothing is in the outbox, and all that was said has been heard."""

        async def done() -> bool:
            deliveries = await self.simulator.get("/deliveries")
            if any(delivery["state"] == "pending" and not delivery["attempts"] for delivery in deliveries):
                return False
            if await self.mongo["inbox"].count_documents({"status": "stored"}):
                return False
            return not await self.mongo["payments"].count_documents({"outbox.0": {"$exists": True}})

        await until(done)
        last = uuid.uuid4().hex
        await self.events.publish(aio_pika.Message(b"{}", message_id=last), routing_key="payment.last")
        await until(lambda: last in self.ids("payment.last"))  # behind all that the broker has confirmed


class Start(Protocol):
    """Start the service with changed settings: `async with start(reconcile_first_seconds=0.2) as service`."""

    def __call__(
        self,
        razorpay: Mapping[str, str] = ...,
        settings_type: type[Settings] = ...,
        registry: Registry = ...,
        **changed: Any,
    ) -> AbstractAsyncContextManager[Service]: ...


async def listen(connection: aio_pika.abc.AbstractConnection, said: list[Said]) -> aio_pika.abc.AbstractExchange:
    """Append what payment says to `said`, in private too; the exchange on which it says what is public."""
    channel = await connection.channel()
    exchange, private = [
        await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)
        for name in ("marquee.events", "marquee.private")
    ]
    queue = await channel.declare_queue(exclusive=True)
    for each in (exchange, private):
        await queue.bind(each, routing_key="payment.#")

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        said.append((message.routing_key or "", message.message_id or "", orjson.loads(message.body)))

    await queue.consume(hear, no_ack=True)
    return exchange
