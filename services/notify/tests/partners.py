"""What tests of webhooks share: a partner's server, notify with its public calls, events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from services.notify.tests.conftest import Running
from services.notify.tests.factories import a_booking_id

from contracts.booking import BookingConfirmed, BookingExpired
from contracts.event import Event
from contracts.ids import BookingId, PaymentId, ShowtimeId, TheaterId, UserId, new_id
from notify.main import create
from stack.keys import Signer
from stack.testing import ready, serving
from stack.waiting import until

SIGNER = Signer()
ADMIN = SIGNER.token("usr_1", "admin")
HERE, THERE = new_id("thr"), new_id("thr")
MANAGER = SIGNER.token("usr_2", grants={HERE: ["manager"]})
STRANGER = SIGNER.token("usr_3", grants={THERE: ["manager"]})


def confirmed(theater_id: str = HERE, *, booking: BookingId | None = None) -> BookingConfirmed:
    return BookingConfirmed(
        booking_id=booking or a_booking_id(),
        version=3,
        user_id=UserId("usr_9"),
        showtime_id=ShowtimeId("sho_1"),
        theater_id=TheaterId(theater_id),
        reference="7KQ2M9XD",
        payment_id=PaymentId("pay_1"),
        capture_id="pay_x",
        seat_ids=("A1",),
        amount=100,
        currency="INR",
        confirmed_at=datetime.now(UTC),
    )


def expired(theater_id: str = HERE) -> BookingExpired:
    return BookingExpired(
        booking_id=a_booking_id(),
        version=1,
        user_id=UserId("usr_9"),
        showtime_id=ShowtimeId("sho_1"),
        theater_id=TheaterId(theater_id),
    )


@dataclass
class Partner:
    """A server of a partner: what it was sent, and how it answers."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    refuses: str = "nothing"
    hangs: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.got.append((dict(request.headers), body))
        if self.hangs:
            await self.release.wait()
        status = 500 if self.refuses.encode() in body else self.status
        return web.Response(status=status, headers={"Location": self.url + "/elsewhere"}, text="no body is read")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.got]

    @property
    def bookings(self) -> list[str]:
        return [body["data"]["bookingId"] for body in self.bodies]


@asynccontextmanager
async def partner_server() -> AsyncIterator[Partner]:
    partner, app = Partner(), web.Application()
    app.router.add_post("/{path:.*}", partner.take)
    async with TestServer(app) as server:
        partner.url = str(server.make_url("/hook"))
        yield partner
        partner.release.set()


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any


@dataclass
class Webhooks:
    """A running notify with its public calls."""

    running: Running
    http: aiohttp.ClientSession

    async def call(
        self, method: str, path: str = "", body: Any = None, *, caller: str = ADMIN, **headers: str
    ) -> Answer:
        sent = {"Authorization": f"Bearer {caller}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        url = f"/api/admin/webhooks{path}"
        async with self.http.request(method, url, json=body, headers=sent) as answer:
            text = await answer.read()
            return Answer(answer.status, orjson.loads(text) if text else None, answer.headers)

    async def made(self, partner: Partner, *events: str, caller: str = ADMIN, **more: Any) -> dict[str, Any]:
        body = {"url": partner.url, "events": list(events or ("booking.confirmed",)), **more}
        answer = await self.call("POST", "", body, caller=caller)
        assert answer.status == 201, answer.body
        return dict(answer.body)

    async def log(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        """Its deliveries, newest first."""
        answer = await self.call("GET", f"/{webhook['id']}/deliveries?pageSize=100")
        assert answer.status == 200, answer.body
        return list(answer.body["items"])

    async def until_log(self, webhook: dict[str, Any], *statuses: str) -> list[dict[str, Any]]:
        async def is_so() -> bool:
            return sorted(each["status"] for each in await self.log(webhook)) == sorted(statuses)

        await until(is_so)
        return await self.log(webhook)

    async def say(self, *events: Event) -> None:
        await self.running.say(*events)


@asynccontextmanager
async def running_webhooks(outside: Running) -> AsyncIterator[Webhooks]:
    async with serving(create()) as http:
        await ready(http)
        yield Webhooks(outside, http)
