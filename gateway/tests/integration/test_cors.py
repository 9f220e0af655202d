"""Who may call from another origin, and read what: preflights and the answers themselves."""

import pytest

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
async def house(build):
    return await build(CLIENT_URL=f"{OURS}, https://admin.example/")


def granted(reply):
    return {name: reply.header(f"access-control-allow-{name}") for name in ("origin", "credentials")}


async def preflight(house, path, origin, method, headers=""):
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return await house.client.ask(
        "OPTIONS", path, asked | ({"Access-Control-Request-Headers": headers} if headers else {})
    )


@pytest.mark.parametrize("path", OPEN + PRIVATE)
async def test_our_front_ends_may_read_everything_with_credentials(house, path):
    for origin in (OURS, "https://admin.example"):
        reply = await house.client.ask("GET", path, {"Origin": origin})
        assert granted(reply) == {"origin": origin, "credentials": "true"}
        assert set(reply.header("access-control-expose-headers").split(", ")) == EXPOSED


@pytest.mark.parametrize("path", OPEN)
async def test_anybody_may_read_what_is_public_without_credentials(house, path):
    reply = await house.client.ask("GET", path, {"Origin": FOREIGN})
    assert granted(reply) == {"origin": "*", "credentials": None}
    assert set(reply.header("access-control-expose-headers").split(", ")) == EXPOSED


@pytest.mark.parametrize("path", [*PRIVATE, "/nowhere", "/api/openapi.json", "/api/moviesx"])
async def test_nobody_else_may_read_what_is_private(house, path):
    assert granted(await house.client.ask("GET", path, {"Origin": FOREIGN})) == {"origin": None, "credentials": None}
    assert granted(await house.client.ask("GET", path, {"Origin": "null"}))["origin"] is None


async def test_to_write_is_private_wherever_it_is(house):
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        reply = await house.client.ask(method, "/api/movies", {"Origin": FOREIGN}, b"{}")
        assert granted(reply)["origin"] is None


async def test_every_answer_says_that_it_depends_on_the_origin(house):
    for path in ("/api/movies", "/nowhere", "/api/openapi.json", "/healthz"):
        for headers in ({}, {"Origin": OURS}, {"Origin": FOREIGN}):
            reply = await house.client.ask("GET", path, headers)
            assert "Origin" in reply.header("vary").replace(" ", "").split(",")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [*HEADERS, ", ".join(HEADERS), "Baggage,If-Match", ""])
async def test_a_preflight_of_a_front_end_is_granted_without_asking_the_service(house, method, headers):
    reply = await preflight(house, "/api/seats/hold", OURS, method, headers)
    assert (reply.status, reply.body, granted(reply)) == (204, b"", {"origin": OURS, "credentials": "true"})
    allowed = {one.strip().lower() for one in reply.header("access-control-allow-headers").split(",")}
    assert allowed == set(HEADERS)
    assert method in reply.header("access-control-allow-methods").split(", ")
    assert (reply.header("x-content-type-options"), reply.header("x-request-id") is None) == ("nosniff", False)
    assert house.seating.requests == []


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
async def test_a_preflight_for_more_than_is_allowed_is_refused(house, path, origin, method, headers):
    reply = await preflight(house, path, origin, method, headers)
    assert reply.problem == (400, "preflight_refused")
    assert house.seating.requests == house.catalog.requests == []


async def test_anybodys_preflight_of_a_public_read_is_granted(house):
    reply = await preflight(house, "/api/movies", FOREIGN, "GET", "content-type,if-none-match,traceparent,baggage")
    assert (reply.status, granted(reply)) == (204, {"origin": "*", "credentials": None})
    assert "authorization" not in reply.header("access-control-allow-headers")


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_without_named_front_ends_nobody_makes_private_calls(build, mode, monkeypatch):
    monkeypatch.delenv("CLIENT_URL", raising=False)
    house = await build(NODE_ENV=mode)
    assert granted(await house.client.ask("GET", "/api/users/me", {"Origin": FOREIGN}))["origin"] is None
    assert (await preflight(house, "/api/seats/hold", FOREIGN, "POST")).status == 400
    assert granted(await house.client.ask("GET", "/api/movies", {"Origin": FOREIGN}))["origin"] == "*"


async def test_a_problem_too_can_be_read_across_origins(house):
    await house.catalog.stop()
    reply = await house.client.ask("GET", "/api/movies", {"Origin": OURS})
    assert (reply.status, granted(reply)["origin"]) == (503, OURS)


async def test_what_a_service_says_of_origins_does_not_count(house, saying):
    house.identity.script = saying(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n")
    assert granted(await house.client.ask("GET", "/api/users/me", {"Origin": FOREIGN}))["origin"] is None
