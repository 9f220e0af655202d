"""Who may call from another origin, and read what: preflights and the answers themselves."""

from typing import Any

import pytest
from gateway.tests.conftest import Build, Harness, Reply, Saying

OURS, FOREIGN = "https://app.example", "https://elsewhere.example"
EXPOSED = {
    "ETag",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
    "Idempotency-Replayed",
}
HEADERS = [
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-queue-pass",
    "traceparent",
    "baggage",
]
OPEN = [
    "/api/cities",
    "/api/movies",
    "/api/movies/mov_1",
    "/api/theaters",
    "/api/theaters/thr_1",
    "/api/showtimes?city=Pune",
    "/api/showtimes/sho_1",
    "/api/seats/availability?showtimeId=x",
    "/api/seats/state?showtimeId=x",
    "/api/seats/stream?showtimeId=x",
]
PRIVATE = [
    "/api/users/me",
    "/api/bookings/my",
    "/api/seats/hold/hld_1",
    "/api/admin/movies",
    "/api/auth/refresh",
    "/api/payments/pay_1",
]


@pytest.fixture
async def harness(build: Build) -> Harness:
    return await build(CLIENT_URL=f"{OURS}, https://admin.example/")


def granted(reply: Reply) -> Any:
    return {name: reply.header(f"access-control-allow-{name}") for name in ("origin", "credentials")}


async def preflight(harness: Harness, path: str, origin: str, method: str, headers: str = "") -> Reply:
    requested = {"Origin": origin, "Access-Control-Request-Method": method}
    return await harness.client.ask(
        "OPTIONS", path, requested | ({"Access-Control-Request-Headers": headers} if headers else {})
    )


@pytest.mark.parametrize("path", OPEN + PRIVATE)
async def test_our_front_ends_may_read_everything_with_credentials(harness: Harness, path: str) -> None:
    for origin in (OURS, "https://admin.example"):
        reply = await harness.client.ask("GET", path, {"Origin": origin})
        assert granted(reply) == {"origin": origin, "credentials": "true"}
        assert set(reply.value("access-control-expose-headers").split(", ")) == EXPOSED


@pytest.mark.parametrize("path", OPEN)
async def test_anybody_may_read_what_is_public_without_credentials(harness: Harness, path: str) -> None:
    reply = await harness.client.ask("GET", path, {"Origin": FOREIGN})
    assert granted(reply) == {"origin": "*", "credentials": None}
    assert set(reply.value("access-control-expose-headers").split(", ")) == EXPOSED


@pytest.mark.parametrize("path", [*PRIVATE, "/nowhere", "/api/openapi.json", "/api/moviesx"])
async def test_nobody_else_may_read_what_is_private(harness: Harness, path: str) -> None:
    assert granted(await harness.client.ask("GET", path, {"Origin": FOREIGN})) == {"origin": None, "credentials": None}
    assert granted(await harness.client.ask("GET", path, {"Origin": "null"}))["origin"] is None


async def test_to_write_is_private_wherever_it_is(harness: Harness) -> None:
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        reply = await harness.client.ask(method, "/api/movies", {"Origin": FOREIGN}, b"{}")
        assert granted(reply)["origin"] is None


async def test_every_answer_says_that_it_depends_on_the_origin(harness: Harness) -> None:
    for path in ("/api/movies", "/nowhere", "/api/openapi.json", "/healthz"):
        for headers in ({}, {"Origin": OURS}, {"Origin": FOREIGN}):
            reply = await harness.client.ask("GET", path, headers)
            assert "Origin" in reply.value("vary").replace(" ", "").split(",")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [*HEADERS, ", ".join(HEADERS), "Baggage,If-Match", ""])
async def test_a_preflight_of_a_front_end_is_granted_without_asking_the_service(
    harness: Harness, method: str, headers: str
) -> None:
    reply = await preflight(harness, "/api/seats/hold", OURS, method, headers)
    assert (reply.status, reply.body, granted(reply)) == (204, b"", {"origin": OURS, "credentials": "true"})
    allowed = {name.strip().lower() for name in reply.value("access-control-allow-headers").split(",")}
    assert allowed == set(HEADERS)
    assert method in reply.value("access-control-allow-methods").split(", ")
    assert (reply.header("x-content-type-options"), reply.header("x-request-id") is None) == ("nosniff", False)
    assert harness.seating.requests == []


@pytest.mark.parametrize(
    ("path", "origin", "method", "headers"),
    [
        ("/api/seats/hold", FOREIGN, "POST", "authorization"),
        ("/api/seats/hold", "null", "POST", ""),
        ("/api/seats/hold", OURS, "TRACE", ""),
        ("/api/seats/hold", OURS, "post", ""),
        ("/api/seats/hold", OURS, "POST", "x-forwarded-for"),
        ("/api/seats/hold", OURS, "POST", "authorization, x-made-up"),
        ("/api/movies", FOREIGN, "GET", "authorization"),
        ("/api/movies", FOREIGN, "POST", ""),
    ],
)
async def test_a_preflight_for_more_than_is_allowed_is_refused(
    harness: Harness, path: str, origin: str, method: str, headers: str
) -> None:
    reply = await preflight(harness, path, origin, method, headers)
    assert reply.problem == (400, "preflight_refused")
    assert harness.seating.requests == harness.catalog.requests == []


async def test_anybodys_preflight_of_a_public_read_is_granted(harness: Harness) -> None:
    reply = await preflight(harness, "/api/movies", FOREIGN, "GET", "content-type,if-none-match,traceparent,baggage")
    assert (reply.status, granted(reply)) == (204, {"origin": "*", "credentials": None})
    assert "authorization" not in reply.value("access-control-allow-headers")


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_without_named_front_ends_nobody_makes_private_calls(
    build: Build, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIENT_URL", raising=False)
    harness = await build(NODE_ENV=mode)
    assert granted(await harness.client.ask("GET", "/api/users/me", {"Origin": FOREIGN}))["origin"] is None
    assert (await preflight(harness, "/api/seats/hold", FOREIGN, "POST")).status == 400
    assert granted(await harness.client.ask("GET", "/api/movies", {"Origin": FOREIGN}))["origin"] == "*"


async def test_a_problem_too_can_be_read_across_origins(harness: Harness) -> None:
    await harness.catalog.stop()
    reply = await harness.client.ask("GET", "/api/movies", {"Origin": OURS})
    assert (reply.status, granted(reply)["origin"]) == (503, OURS)


async def test_what_a_service_says_of_origins_does_not_count(harness: Harness, saying: Saying) -> None:
    harness.identity.script = saying(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n")
    assert granted(await harness.client.ask("GET", "/api/users/me", {"Origin": FOREIGN}))["origin"] is None
