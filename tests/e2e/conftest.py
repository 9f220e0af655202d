"""What bad input is thrown at: a showtime, a guest with a booking, a hold that runs out; and how to throw it."""

import asyncio
import base64
import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.conftest import Stack, until

from stack.buyer import Answer, Buyer, StackClient, build, connected, schedule

COLS = 12
YEAR = datetime.now(UTC).year + 2  # of showtimes far from those of the sales


@dataclass(frozen=True)
class Ground:
    """`ids` are names for the ids that paths and bodies of a table mention in braces."""

    ids: Mapping[str, str]
    tokens: Mapping[str, str]
    receipt: Mapping[str, str]
    secrets: Mapping[str, str]

    def filled(self, text: str) -> str:
        """`/api/seats/hold/{hold}` with the ids of this ground."""
        for name, value in self.ids.items():
            text = text.replace("{" + name + "}", value)
        return text

    def body(self, body: Any) -> bytes:
        """A body of a table as bytes; bytes go as they are."""
        return body if isinstance(body, bytes) else self.filled(json.dumps(body)).encode()

    async def send(
        self, client: StackClient, call: str, body: Any = None, *, who: str = "nobody", **headers: str
    ) -> Answer:
        """`call` is such as `GET /api/movies/{movie}`; `who` one of `tokens`, or nobody."""
        method, _, path = call.partition(" ")
        token = {"Authorization": f"Bearer {self.tokens[who]}"} if who != "nobody" else {}
        sent = {**token, **({} if body is None else {"Content-Type": "application/json"}), **headers}
        url = client.stack_info["gateway"] + self.filled(path)
        data = None if body is None else io.BytesIO(self.body(body))
        async with client.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            is_json = "json" in answer.headers.get("content-type", "")
            found = await (answer.json(content_type=None) if is_json else answer.read())
            return Answer(answer.status, found, answer.headers)

    async def state(self, client: StackClient) -> list[Any]:
        """All that a bad call must leave as it was."""
        public = [
            "seats/availability?showtimeId={showtime}",
            "seats/state?showtimeId={showtime}",
            "movies/{movie}",
            "theaters/{theater}",
            "showtimes?theaterId={theater}",
            "movies?pageSize=1",
            "theaters?pageSize=1",
        ]
        private = ["users/me", "bookings/my", "payments/{payment}"]
        answers = [await self.send(client, f"GET /api/{path}") for path in public]
        answers += [await self.send(client, f"GET /api/{path}", who="guest") for path in private]
        answers += [await self.send(client, "GET /api/bookings/my", who="stranger")]
        assert {answer.status for answer in answers} == {200}
        return [answer.body for answer in answers]


def problem(answer: Answer) -> tuple[int, str | None]:
    """Status and code of a refusal, after a look at whether it is a whole problem document."""
    if answer.status < 400:
        return answer.status, None
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    assert {"type", "title", "status", "detail", "code", "traceId"} <= answer.body.keys(), answer
    assert answer.body["status"] == answer.status
    assert all(isinstance(answer.body[name], str) for name in ("type", "title", "detail", "code", "traceId")), answer
    assert (answer.body["code"] == "validation_error") == ("errors" in answer.body), answer
    assert all(one.keys() >= {"path", "message"} for one in answer.body.get("errors", [])), answer
    return answer.status, answer.body["code"]


@pytest.fixture(scope="session")
def ground(stack: Stack) -> Ground:
    """Made once for the run."""

    async def make() -> Ground:
        async with connected(stack.stack_info) as client:
            return await _made(stack, client)

    return asyncio.run(make())


async def _made(stack: Stack, client: StackClient) -> Ground:
    stage = await build(client, rows=2, cols=COLS)
    showtime = await schedule(client, stage, slot=0)
    other = await schedule(client, await build(client, rows=2, cols=COLS))  # what ends there is counted in no state
    guest, stranger, buyer = [await client.buyer() for _ in range(3)]
    ended = await guest.hold(other, ["A1"])
    held = await guest.hold(showtime, ["A1"])
    assert (ended.status, held.status) == (201, 201), (ended, held)
    ordered = await guest.order(held.body["id"])
    paid = await client.pay(ordered.body["orderId"])
    assert (await guest.decided(paid)).status == 200
    await guest.shown(ordered.body["bookingId"])
    await _counted(client, guest, showtime, ordered.body)
    ids = {
        "showtime": showtime,
        "other": other,
        "theater": stage.theater_id,
        "screen": stage.screen_ids[0],
        "movie": stage.movie_id,
        "hold": held.body["id"],
        "ended": ended.body["id"],
        "booking": ordered.body["bookingId"],
        "payment": ordered.body["paymentId"],
        "order": ordered.body["orderId"],
        "user": guest.user["id"],
        "email": guest.user["email"],
        "webhook": await _webhook(client, stage.theater_id),
    }
    secrets = json.loads((stack.folder / "secrets.json").read_text(encoding="utf-8"))
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secrets["JWT_ACCESS_SECRET"]))
    tokens = {"guest": guest.token, "stranger": stranger.token, "buyer": buyer.token, "admin": await client.admin()}
    tokens = {name: _lasting(token, key) for name, token in tokens.items()}
    return Ground(ids, {**tokens, **_bad_tokens(tokens["guest"], secrets["JWT_ACCESS_SECRET"])}, paid, secrets)


async def _webhook(client: StackClient, theater_id: str) -> str:
    """One that is told of nothing that happens here."""
    body = {
        "url": "https://partner.example/",
        "events": ["payment.disputed"],
        "theaterIds": [theater_id],
        "enabled": False,
    }
    made = await client.with_retries("POST", "/api/admin/webhooks", body, token=await client.admin())
    assert made.status == 201, made
    return str(made.body["id"])


async def _counted(client: StackClient, guest: Buyer, showtime: str, ordered: Mapping[str, Any]) -> None:
    """Wait until all services know of the sale, and its invoice has a number."""

    async def known() -> bool:
        left = (await client.call("GET", f"/api/showtimes/{showtime}")).body.get("seatsAvailable")
        status = (await guest.call("GET", f"/api/payments/{ordered['paymentId']}")).body.get("status")
        booking = (await guest.call("GET", f"/api/bookings/{ordered['bookingId']}")).body
        return bool(left == 2 * COLS - 1 and status == "succeeded" and "invoiceNumber" in booking)

    await until(known)


def _lasting(token: str, key: Ed25519PrivateKey) -> str:
    """The same token for the whole run, however long it takes: given out, it is good for a quarter of an hour."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, "exp": int(time.time()) + 86_400}, key, "EdDSA", jwt.get_unverified_header(token))


def _bad_tokens(good: str, secret: str) -> dict[str, str]:
    """Tokens that are none of ours, and one that was."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret))
    claims = jwt.decode(good, options={"verify_signature": False})
    named = {"kid": jwt.get_unverified_header(good)["kid"]}
    head, payload, signature = good.split(".")
    old = {**claims, "iat": int(time.time()) - 1000, "exp": int(time.time()) - 1}
    return {
        "expired": jwt.encode(old, key, "EdDSA", named),
        "no token": "x",
        "a stranger's key": jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", named),
        "unsigned": jwt.encode(claims, "", "none", named),
        "a secret for a key": jwt.encode(claims, secret, "HS256", named),
        "an unknown key": jwt.encode(claims, key, "EdDSA", {"kid": "another"}),
        "another issuer": jwt.encode({**claims, "iss": "elsewhere"}, key, "EdDSA", named),
        "no end": jwt.encode({name: claims[name] for name in ("iss", "sub")}, key, "EdDSA", named),
        "changed": f"{head}.{payload[:-2]}AA.{signature}",
        "cut off": f"{head}.{payload}.",
        "endless": "x" * 20_000,
    }


@pytest.fixture(autouse=True, scope="module")
def taxes_stay(stack: Stack) -> Iterator[None]:
    """What a module does to the taxes of all theaters is undone for the next one."""

    async def taxes(wanted: list[Any] | None) -> list[Any]:
        async with connected(stack.stack_info) as client:
            token = await client.admin()
            found: list[Any] = (await client.with_retries("GET", "/api/admin/taxes", token=token)).body
            if wanted is not None and found != wanted:
                done = await client.with_retries("PUT", "/api/admin/taxes", wanted, token=token)
                assert done.status == 200, done
            return found

    before = asyncio.run(taxes(None))
    yield
    asyncio.run(taxes(before))


@pytest.fixture(autouse=True, scope="module")
def webhooks_go(stack: Stack) -> Iterator[None]:
    """What a module has made is told of no sale of the next one: that would cost more."""

    async def webhooks(*, unlike: frozenset[str]) -> frozenset[str]:
        async with connected(stack.stack_info) as client:
            token = await client.admin()
            path = "/api/admin/webhooks"
            page = await client.with_retries("GET", f"{path}?pageSize=100", token=token)
            ids = frozenset(item["id"] for item in page.body["items"])
            for webhook_id in ids - unlike if unlike else ():
                await client.with_retries("DELETE", f"{path}/{webhook_id}", token=token)
            return ids

    before = asyncio.run(webhooks(unlike=frozenset()))
    yield
    asyncio.run(webhooks(unlike=before))
