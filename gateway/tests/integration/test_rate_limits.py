"""Rate limits over a real Redis: what clients are told, who counts together, and what holds while Redis is away."""

import asyncio
import json
from collections.abc import Sequence

import orjson
import pytest
from gateway.tests.conftest import Build, Harness, Reply, Request
from redis.asyncio import Redis

from contracts.ids import new_id
from stack.keys import Signer

SIGNER = Signer()
LIMITS = {
    "RATE_LIMITS": "on",
    "RATE_SIGN_IN": "6",
    "RATE_SIGN_IN_ACCOUNT": "3",
    "RATE_OTP": "4",
    "RATE_READ": "8",
    "RATE_WRITE": "3",
    "RATE_CHECK_IN": "5",
    "RATE_GUEST": "2",
}


@pytest.fixture
async def limited(build: Build, redis_db_url: str) -> Harness:
    """The gateway with few calls a minute, before an identity with keys."""
    harness = await build(REDIS_URL=redis_db_url, TRUSTED_PROXIES="127.0.0.1/32", **LIMITS)
    harness.identity.script = _with_keys
    return harness


async def _with_keys(request: Request, writer: asyncio.StreamWriter) -> None:
    body = orjson.dumps(await SIGNER.jwks()) if "jwks" in request.line else b"{}"
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def send(
    harness: Harness, call: str, body: object = None, *, token: str | None = None, address: str = "192.0.2.1"
) -> Reply:
    method, _, target = call.partition(" ")
    headers = {"X-Forwarded-For": address, "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await harness.client.ask(method, target, headers, None if body is None else json.dumps(body).encode())


async def statuses(harness: Harness, call: str, times: int, body: object = None, **who: str) -> list[int]:
    return [(await send(harness, call, body, **who)).status for _ in range(times)]


def limit_and_rest(reply: Reply) -> tuple[str | None, ...]:
    return tuple(reply.header(f"RateLimit-{name}") for name in ("Limit", "Remaining"))


async def test_a_client_is_told_what_is_left_and_then_when_to_come_again(limited: Harness) -> None:
    replies = [await send(limited, "GET /api/movies") for _ in range(9)]
    assert [reply.status for reply in replies] == [200] * 8 + [429]
    assert limit_and_rest(replies[0]) == ("8", "7")
    assert limit_and_rest(replies[7]) == ("8", "0")
    refused = replies[8]
    assert refused.problem == (429, "rate_limited")
    assert limit_and_rest(refused) == ("8", "0")
    assert 1 <= int(refused.value("Retry-After")) <= int(refused.value("RateLimit-Reset")) <= 60
    assert len(limited.catalog.requests) == 8
    assert await statuses(limited, "GET /api/movies", 1, address="192.0.2.2") == [200]


async def test_what_comes_at_once_is_not_counted_less(limited: Harness) -> None:
    replies = await asyncio.gather(*(send(limited, "GET /api/movies") for _ in range(30)))
    assert sum(reply.status == 200 for reply in replies) == 8


async def test_writes_count_by_user_wherever_they_come_from(limited: Harness) -> None:
    user, other = SIGNER.token(new_id("usr")), SIGNER.token(new_id("usr"))
    addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
    found = [(await send(limited, "POST /api/seats/hold", {}, token=user, address=at)).status for at in addresses]
    assert found == [200, 200, 200, 429]
    assert await statuses(limited, "POST /api/seats/hold", 1, {}, token=other) == [200]


@pytest.mark.parametrize("tokens", [["forged"] * 4, ["a", "b", "c", "d"], [""] * 4])
async def test_who_shows_no_token_of_ours_counts_by_address(limited: Harness, tokens: Sequence[str]) -> None:
    found = [(await send(limited, "POST /api/seats/hold", {}, token=token)).status for token in tokens]
    assert found == [200, 200, 200, 429]


async def test_a_sign_in_counts_by_account_too_and_by_address_for_ever_other_accounts(limited: Harness) -> None:
    asha = {"email": "asha@example.org", "password": "x"}
    assert await statuses(limited, "POST /api/auth/login", 4, asha) == [200, 200, 200, 429]
    assert await statuses(limited, "POST /api/auth/login", 1, asha, address="192.0.2.9") == [429]
    others = [{"email": f"{name}@example.org", "password": "x"} for name in "abcd"]
    found = [(await send(limited, "POST /api/auth/register", one)).status for one in others]
    assert found.count(429) >= 1
    assert found[0] == 200


async def test_a_login_by_phone_counts_as_a_code_that_is_sent(limited: Harness) -> None:
    phones = [{"phone": f"+9198765432{number:02}"} for number in range(5)]
    found = [(await send(limited, "POST /api/auth/login", phone)).status for phone in phones]
    assert found == [200] * 4 + [429]
    assert await statuses(limited, "POST /api/auth/otp/verify", 1, {}) == [429]


async def test_providers_gates_and_documents_are_not_held_up(limited: Harness) -> None:
    assert set(await statuses(limited, "POST /api/payments/webhook", 20, {})) == {200}
    assert set(await statuses(limited, "GET /healthz", 20)) == {200}
    gate = SIGNER.token(new_id("usr"))
    assert await statuses(limited, "POST /api/admin/checkin", 6, {}, token=gate) == [200] * 5 + [429]
    unlimited = await send(limited, "POST /api/payments/webhook", {})
    assert limit_and_rest(unlimited) == (None, None)


async def test_what_a_stranger_says_of_its_address_does_not_count(build: Build, redis_db_url: str) -> None:
    harness = await build(REDIS_URL=redis_db_url, **LIMITS)
    found = [(await send(harness, "GET /api/movies", address=f"192.0.2.{number}")).status for number in range(9)]
    assert found == [200] * 8 + [429]
    forwarded = {value for request in harness.catalog.requests for value in request.header(b"x-forwarded-for")}
    assert forwarded == {b"127.0.0.1"}


async def test_all_copies_of_the_gateway_count_together(build: Build, redis_db_url: str) -> None:
    one, other = [await build(REDIS_URL=redis_db_url, **LIMITS) for _ in range(2)]
    assert await statuses(one, "GET /api/movies", 8) == [200] * 8
    assert await statuses(other, "GET /api/movies", 1) == [429]


async def test_while_redis_is_away_guests_are_served_and_sign_ins_wait(build: Build) -> None:
    harness = await build(REDIS_URL="redis://127.0.0.1:9", **LIMITS)
    assert await statuses(harness, "GET /api/movies", 10) == [200] * 10
    assert await statuses(harness, "POST /api/seats/hold", 5, {}) == [200] * 5
    for call in ("POST /api/auth/login", "POST /api/auth/otp/verify"):
        refused = await send(harness, call, {"email": "asha@example.org"})
        assert refused.problem == (503, "service_unavailable")
        assert refused.header("Retry-After")
    assert harness.identity.requests == []


async def test_what_was_counted_ends_with_its_minute(limited: Harness, redis_db_url: str) -> None:
    await statuses(limited, "GET /api/movies", 9)
    async with Redis.from_url(redis_db_url) as redis:
        keys = await redis.keys("rate:*")
        assert len(keys) == 1
        assert 0 < await redis.pttl(keys[0]) <= 60_000


async def test_with_rate_limits_off_nothing_is_counted(build: Build, redis_db_url: str) -> None:
    harness = await build(REDIS_URL=redis_db_url, **{**LIMITS, "RATE_LIMITS": "off"})
    replies = [await send(harness, "GET /api/movies") for _ in range(9)]
    assert {reply.status for reply in replies} == {200}
    assert limit_and_rest(replies[0]) == (None, None)


async def test_guests_of_one_address_write_together_and_new_ones_are_bounded(limited: Harness) -> None:
    guests = [SIGNER.token(new_id("usr"), guest=True) for _ in range(2)]
    assert [(await send(limited, "POST /api/seats/hold", {}, token=guest)).status for guest in guests] == [200, 200]
    assert await statuses(limited, "POST /api/seats/hold", 2, {}, token=guests[0]) == [200, 429]
    assert await statuses(limited, "POST /api/seats/hold", 1, {}, token=guests[1], address="192.0.2.2") == [200]
    assert await statuses(limited, "POST /api/auth/guest", 3, {}) == [200, 200, 429]
