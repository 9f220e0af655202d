"""Buyers at a running stack: clients of the public API who hold, pay at the simulator and confirm."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from stack.waiting import until

Json = Any
_ACCOUNT = "/account/verify-email?token="  # in mails that ask to verify an address
_DEADLINE_SECONDS = 120.0
_AGAIN = frozenset({408, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body (None when there is none) and headers."""

    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        """The problem's code."""
        return self.body.get("code") if isinstance(self.body, dict) else None


@dataclass(slots=True)
class StackClient:
    """A running stack, as `stack.json` describes it, and one HTTP client for all buyers."""

    stack_info: Mapping[str, Any]
    http: aiohttp.ClientSession
    simulator: str = field(init=False)
    _admin: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        self.simulator = self.stack_info["simulators"]["razorpay"]

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call through the gateway (`path`) or to a simulator (a whole URL)."""
        url = path if path.startswith("http") else self.stack_info["gateway"] + path
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        async with self.http.request(method, url, json=body, headers=sent) as response:
            kind = response.headers.get("content-type", "")
            return Answer(
                response.status,
                await response.json(content_type=None) if "json" in kind else await response.text(),
                response.headers,
            )

    async def with_retries(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Repeat while the answer is 'try again' or none comes, as a good client does; two minutes at most."""
        deadline = asyncio.get_running_loop().time() + _DEADLINE_SECONDS
        while True:
            try:
                answer = await self.call(method, path, body, token=token, headers=headers)
                if answer.status not in _AGAIN or asyncio.get_running_loop().time() > deadline:
                    return answer
            except (aiohttp.ClientError, OSError, TimeoutError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(0.2)

    async def admin(self) -> str:
        """An access token of the first admin, logged in anew every ten minutes."""
        now = asyncio.get_running_loop().time()
        if self._admin is None or now - self._admin[1] > 600:
            answer = await self.with_retries("POST", "/api/auth/login", dict(self.stack_info["admin"]))
            self._admin = str(answer.body["accessToken"]), now
        return self._admin[0]

    async def buyer(self) -> "Buyer":
        """A newly registered guest."""
        name = secrets.token_hex(6)
        body = {"name": f"Guest {name}", "email": f"{name}@guests.test", "password": secrets.token_urlsafe(12)}
        answer = await self.with_retries("POST", "/api/auth/register", body)
        if answer.status == 409:  # an earlier try was not answered and yet went through
            answer = await self.with_retries("POST", "/api/auth/login", body)
        return Buyer(self, answer.body["accessToken"], answer.body["user"])

    async def worker(self, role: str, *theater_ids: str) -> "Buyer":
        """Somebody newly registered with this role (in the theaters), signed in since it was granted."""
        name = secrets.token_hex(6)
        account = {"name": f"Worker {name}", "email": f"{name}@guests.test", "password": secrets.token_urlsafe(12)}
        user = (await self.with_retries("POST", "/api/auth/register", account)).body["user"]
        of_theaters = [{"theaterId": theater_id, "role": role} for theater_id in theater_ids]
        grants: Json = {"grants": of_theaters} if theater_ids else {"roles": [role]}
        await self.with_retries("PUT", f"/api/admin/users/{user['id']}/roles", grants, token=await self.admin())
        login = {field: account[field] for field in ("email", "password")}
        signed_in = (await self.with_retries("POST", "/api/auth/login", login)).body
        return Buyer(self, signed_in["accessToken"], signed_in["user"])

    async def mails(self, address: str) -> list[Json]:
        """The mails that the catcher took for an address, oldest first, but for those about its account."""
        caught = await self.call("GET", f"{self.stack_info['mail']['http']}/messages?to={address}")
        return [mail for mail in caught.body if _ACCOUNT not in mail["text"]]

    async def pay(self, order_id: str, **body: Json) -> Json:
        """Pay at the provider's page; what Checkout would hand to the page comes back."""
        wish = {"outcome": "captured", **body}
        return (await self.with_retries("POST", f"{self.simulator}/_sim/orders/{order_id}/pay", wish)).body


@dataclass(slots=True)
class Buyer:
    """A guest with a token."""

    client: StackClient
    token: str
    user: Mapping[str, Any]

    async def call(self, method: str, path: str, body: Json = None, **more: Any) -> Answer:
        """One call as this guest."""
        return await self.client.call(method, path, body, token=self.token, **more)

    async def with_retries(self, method: str, path: str, body: Json = None, **more: Any) -> Answer:
        """The same, repeated while it cannot be served."""
        return await self.client.with_retries(method, path, body, token=self.token, **more)

    async def hold(self, showtime_id: str, seat_ids: list[str]) -> Answer:
        """Hold seats."""
        return await self.with_retries("POST", "/api/seats/hold", {"showtimeId": showtime_id, "seatIds": seat_ids})

    async def order(self, hold_id: str) -> Answer:
        """Start the payment of a hold."""
        return await self.with_retries("POST", "/api/payments/create-order", {"holdId": hold_id})

    async def confirm(self, paid: Mapping[str, str]) -> Answer:
        """Confirm with what Checkout handed over."""
        return await self.with_retries("POST", "/api/bookings/confirm", confirmation(paid))

    async def decided(self, paid: Mapping[str, str]) -> Answer:
        """Confirm, again while the payment or the seats still settle; raises `TimeoutError`."""

        async def verdict() -> Answer | None:
            answer = await self.confirm(paid)
            return None if answer.status == 202 or answer.code == "payment_pending" else answer

        return await until(verdict, seconds=_DEADLINE_SECONDS, every=0.2)

    async def booking(self, booking_id: str) -> Answer:
        """Read the booking."""
        return await self.with_retries("GET", f"/api/bookings/{booking_id}")

    async def shown(self, booking_id: str) -> Json:
        """The booking once it is there and tells of its show, which its service hears of apart from the sale."""

        async def whole() -> Json:
            answer = await self.booking(booking_id)
            return answer.body if answer.status == 200 and answer.body["showtime"]["startAt"] else None

        return await until(whole, seconds=_DEADLINE_SECONDS, every=0.1)

    async def settled(self, booking_id: str, *, seconds: float = 120) -> Json:
        """The booking once it is no longer pending; raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while True:
                answer = await self.booking(booking_id)
                if answer.status == 200 and answer.body["status"] != "pending":
                    return answer.body
                await asyncio.sleep(0.1)

    async def buy(self, showtime_id: str, seat_ids: list[str]) -> Json:
        """Hold, pay and confirm; the booking."""
        held = await self.hold(showtime_id, seat_ids)
        ordered = await self.order(held.body["id"])
        paid = await self.client.pay(ordered.body["orderId"])
        confirmed = await self.confirm(paid)
        return confirmed.body if confirmed.status == 200 else await self.settled(ordered.body["bookingId"])


def confirmation(paid: Mapping[str, str]) -> dict[str, str]:
    """The body of confirm from what Checkout handed over."""
    return {
        "orderId": paid["razorpay_order_id"],
        "razorpayPaymentId": paid["razorpay_payment_id"],
        "razorpaySignature": paid["razorpay_signature"],
    }


@asynccontextmanager
async def connected(stack_info: Mapping[str, Any], *, connections: int = 256) -> AsyncIterator[StackClient]:
    """A client of that stack."""
    connector = aiohttp.TCPConnector(limit=connections)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        yield StackClient(stack_info, http)


@dataclass(frozen=True, slots=True)
class Stage:
    """What `build` made: a theater, a screen and a movie to schedule showtimes with."""

    theater_id: str
    screen_ids: list[str]
    movie_id: str


async def build(
    client: StackClient, *, rows: int = 10, cols: int = 20, screens: int = 1, title: str = "The Long Test"
) -> Stage:
    """A theater of our own, so that no test meets another's seats, and a movie of this title."""
    token = await client.admin()
    theater = await _made(
        client,
        token,
        "theaters",
        {
            "name": "Probe " + secrets.token_hex(3),
            "address": "1 Test Lane",
            "city": "Mumbai",
            "geo": {"lat": 19.07, "lng": 72.87},
            "timezone": "Asia/Kolkata",
            "contact": {"email": "box@probe.test"},
        },
    )
    one_type = [{"type": "standard", "rows": [], "priceFactor": 1.0}]
    layout = {
        "rows": rows,
        "cols": cols,
        "aisles": [],
        "seatTypes": one_type,
        "gaps": [],
        "blocked": [],
        "accessible": [],
    }
    made = [
        await _made(client, token, "screens", {"theaterId": theater["id"], "name": f"Screen {n}", "layout": layout})
        for n in range(1, screens + 1)
    ]
    movie = await _made(
        client,
        token,
        "movies",
        {
            "title": title,
            "genres": ["Drama"],
            "runtime": 100,
            "language": "en",
        },
    )
    return Stage(theater["id"], [screen["id"] for screen in made], movie["id"])


async def schedule(
    client: StackClient,
    stage: Stage,
    *,
    slot: int = 0,
    screen: int = 0,
    start_at: datetime | None = None,
    price: int = 20_000,
    currency: str = "INR",
) -> str:
    """A showtime on the stage, its seats for sale; `slot` keeps several on one screen apart. Its id."""
    start = start_at or datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2, hours=4 * slot)
    showtime = await _made(
        client,
        await client.admin(),
        "showtimes",
        {
            "movieId": stage.movie_id,
            "theaterId": stage.theater_id,
            "screenId": stage.screen_ids[screen],
            "startAt": start.isoformat().replace("+00:00", "Z"),
            "language": "en",
            "format": "2D",
            "basePrice": price,
            "currency": currency,
        },
    )
    await until(lambda: _has_seats(client, showtime["id"]), seconds=_DEADLINE_SECONDS, every=0.1)
    return str(showtime["id"])


async def _has_seats(client: StackClient, showtime_id: str) -> bool:
    """Whether seating has heard of the showtime."""
    return (await client.with_retries("GET", f"/api/seats/state?showtimeId={showtime_id}")).status == 200


async def _made(client: StackClient, token: str, what: str, body: Json) -> Json:
    answer = await client.with_retries("POST", f"/api/admin/{what}", body, token=token)
    if answer.status != 201:
        raise RuntimeError(f"{what}: {answer.status} {answer.body}")
    return answer.body
