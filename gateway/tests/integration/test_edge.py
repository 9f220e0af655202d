"""What the gateway decides itself: targets, sizes, request ids, CORS, security headers, its documents and readiness."""

import secrets
from typing import Any

import orjson
import pytest
from gateway.tests.conftest import Build, Harness, Saying

from contracts.subscriptions import EVENTS

ODD = [
    "/api/movies/../../internal/x",
    "/api/movies/%2e%2e/internal",
    "/api/movies/./x",
    "/api/movies/%2E",
    "//api/movies",
    "/api//movies",
    "/api/movies/a%2Fb",
    "/api/movies/a%2fb",
    "/api/movies/a%5Cb",
    "/api/movies/a\\b",
    "/api/movies/%00",
    "/api/movies/%0d%0aX:1",
    "/api/movies/%ff",
    "/api/movies/%c0%ae%c0%ae/x",
    "/api%2Fmovies",
]
NOWHERE = [
    "/internal/holds/hld_1/checkout",
    "/internal",
    "/internal/payments/settle",
    "/api/internal/x",
    "/api",
    "/api/nope",
    "/api/moviesx",
    "/API/movies",
    "/.well-known",
    "/.well-known/openid-configuration",
    "/openapi.json",
    "/api/admin",
    "/api/admin/nope",
    "/x" * 200,
    "/%F0%9F%8E%AC",
]


@pytest.mark.parametrize("target", ODD + NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_target_that_is_odd_or_leads_nowhere_is_not_found_and_reaches_no_service(
    harness: Harness, target: str, method: str
) -> None:
    assert (await harness.client.ask(method, target)).problem == (404, "not_found")
    assert not any(replica.requests for replicas in harness.services.values() for replica in replicas)


@pytest.mark.parametrize(
    "target",
    [
        "/api/movies/a%20b",
        "/api/movies/%E0%A4%95",
        "/api/movies/%252f",
        "/api/movies/a:b;c=d",
        "/api/movies/",
        "/api/movies?title=%00%ff&x=../..",
        "/api/movies/..a",
    ],
)
async def test_an_unusual_but_plain_target_is_passed_as_it_is(harness: Harness, target: str) -> None:
    assert (await harness.client.ask("GET", target)).status == 200
    assert harness.catalog.requests[0].line == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/admin/users/usr_1/roles", "identity"),
        ("/api/admin/movies", "catalog"),
        ("/api/admin/reports/export", "booking"),
        ("/api/bookings/confirm", "booking"),
        ("/api/payments/webhook/stripe", "payment"),
        ("/api/seats/hold/hld_1/refresh", "seating"),
        ("/api/auth/login", "identity"),
        ("/.well-known/jwks.json", "identity"),
        ("/api/users/me", "identity"),
        ("/api/admin/checkin", "booking"),
    ],
)
async def test_each_call_goes_to_its_service(harness: Harness, path: str, service: str) -> None:
    await harness.client.ask("GET", path)
    assert [name for name, (replica,) in harness.services.items() if replica.requests] == [service]


@pytest.mark.parametrize("headers", [{"Content-Length": "1048577"}, {"Transfer-Encoding": "chunked"}])
async def test_more_than_a_mebibyte_is_refused_announced_or_streamed(harness: Harness, headers: dict[str, str]) -> None:
    body = b"100001\r\n" + b"x" * 0x100001 + b"\r\n0\r\n\r\n"
    reply = await harness.client.ask("POST", "/api/movies", headers, body)
    assert reply.problem == (413, "body_too_large")
    assert harness.catalog.requests == []


@pytest.mark.parametrize(
    ("method", "target", "headers", "expected"),
    [
        ("GET", "/api/movies?" + "x" * 9000, {}, (414, "uri_too_long")),
        ("GET", "/api/movies", {"X-Big": "x" * 40_000}, (431, "headers_too_large")),
        ("POST", "/", {}, (405, "method_not_allowed")),
        ("DELETE", "/healthz", {}, (405, "method_not_allowed")),
        ("OPTIONS", "/api/docs", {}, (405, "method_not_allowed")),
    ],
)
async def test_what_is_refused_at_the_door_is_a_problem(
    harness: Harness, method: str, target: str, headers: dict[str, str], expected: Any
) -> None:
    assert (await harness.client.ask(method, target, headers)).problem == expected


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PURGE", "PROPFIND"])
async def test_a_method_is_the_services_to_judge(harness: Harness, method: str, saying: Saying) -> None:
    harness.catalog.script = saying(b"HTTP/1.1 405 X\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n")
    reply = await harness.client.ask(method, "/api/movies")
    assert (reply.status, reply.header("allow")) == (405, "GET")


async def test_no_random_target_is_ever_a_500(harness: Harness) -> None:
    for _ in range(200):
        target = b"/api/movies/" + b"".join(bytes([byte]) for byte in secrets.token_bytes(12) if 32 < byte < 127)
        assert (await harness.client.ask("GET", target)).status in {200, 404}


async def test_a_request_id_is_kept_or_made_and_told_to_service_and_client(harness: Harness) -> None:
    for path, status in (("/api/movies", 200), ("/nowhere", 404), ("/healthz", 200)):
        reply = await harness.client.ask("GET", path, {"X-Request-Id": "abc-1"})
        assert (reply.status, reply.header("x-request-id")) == (status, "abc-1")
    assert harness.catalog.requests[0].header(b"x-request-id") == [b"abc-1"]
    made = await harness.client.ask("GET", "/api/movies", {"X-Request-Id": "no good"})
    assert harness.catalog.requests[1].header(b"x-request-id") == [str(made.header("x-request-id")).encode()]
    assert made.header("x-request-id") != "no good"


async def test_a_trace_is_continued_or_begun(harness: Harness) -> None:
    given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await harness.client.ask("GET", "/api/movies", {"traceparent": given})
    await harness.client.ask("GET", "/api/movies", {"traceparent": "rubbish"})
    (continued,), (made,) = (request.header(b"traceparent") for request in harness.catalog.requests)
    assert continued.split(b"-")[1] == given.split("-")[1].encode()
    assert len(made.split(b"-")[1]) == 32


SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_every_answer_bears_security_headers_a_date_and_no_server(
    build: Build, mode: str, saying: Saying
) -> None:
    harness = await build(NODE_ENV=mode)
    harness.booking.script = saying(b'HTTP/1.1 304 X\r\nETag: "x"\r\n\r\n')
    await harness.payment.stop()
    for method, path, status in (
        ("GET", "/api/bookings/my", 304),
        ("GET", "/api/payments/pay_1", 503),
        ("GET", "/nowhere", 404),
        ("PATCH", "/healthz", 405),
        ("GET", "/robots.txt", 200),
        ("GET", "/api/users/me", 200),
        ("GET", "/metrics", 200),
    ):
        reply = await harness.client.ask(method, path)
        assert (reply.status, {name: reply.header(name) for name in SECURITY}) == (status, SECURITY)
        assert "default-src 'none'" in reply.value("content-security-policy")
        assert (reply.header("strict-transport-security") is not None) == (mode == "production")
        assert len(reply.value("date")) == len("Sun, 29 Nov 2026 03:00:00 GMT")
        assert (reply.header("server"), reply.header("x-powered-by")) == (None, None)


async def test_a_page_may_open_the_banks_window_and_what_is_open_to_all_may_be_embedded(harness: Harness) -> None:
    assert (await harness.client.ask("GET", "/")).header("cross-origin-opener-policy") == "same-origin-allow-popups"
    for path in ("/api/movies", "/api/showtimes/sho_1", "/api/seats/state?showtimeId=x"):
        assert (await harness.client.ask("GET", path)).header("cross-origin-resource-policy") == "cross-origin"


async def test_what_a_service_says_of_itself_stays(harness: Harness, saying: Saying) -> None:
    own = b"Content-Security-Policy: sandbox\r\nCache-Control: public, max-age=30\r\nContent-Length: 0\r\n\r\n"
    harness.catalog.script = saying(b"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2001 00:00:00 GMT\r\n" + own)
    reply = await harness.client.ask("GET", "/api/movies")
    assert (reply.header("content-security-policy"), reply.header("cache-control")) == ("sandbox", "public, max-age=30")
    assert [value for name, value in reply.headers if name == "date"] != ["Mon, 01 Jan 2001 00:00:00 GMT"]


async def test_what_says_nothing_of_caches_is_stored_nowhere(harness: Harness) -> None:
    for path in ("/api/users/me", "/api/bookings/my", "/nowhere", "/api/admin/movies"):
        assert (await harness.client.ask("GET", path)).header("cache-control") == "private, no-store"


async def test_finders_of_holes_robots_and_browsers_find_what_they_ask_every_site_for(build: Build) -> None:
    harness = await build(PUBLIC_URL="https://tickets.example/")
    reply = await harness.client.ask("GET", "/.well-known/security.txt")
    assert (reply.status, reply.header("content-type")) == (200, "text/plain; charset=utf-8")
    assert b"Contact: mailto:security@tickets.example\n" in reply.body
    assert b"Canonical: https://tickets.example/.well-known/security.txt\n" in reply.body
    robots = await harness.client.ask("GET", "/robots.txt")
    assert (robots.status, robots.body.splitlines()[0]) == (200, b"User-agent: *")
    icon = await harness.client.ask("GET", "/favicon.ico")
    assert (icon.status, icon.header("content-type"), icon.body[:4]) == (200, "image/x-icon", b"\0\0\1\0")
    assert (await harness.client.ask("HEAD", "/favicon.ico")).header("content-length") == str(len(icon.body))


async def test_the_pages_load_nothing_from_elsewhere(harness: Harness) -> None:
    page = await harness.client.ask("GET", "/api/docs")
    assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
    for path in ("/api/docs", "/api/docs/docs.js", "/api/docs/docs.css"):
        reply = await harness.client.ask("GET", path)
        assert reply.status == 200
        assert b"//" not in reply.body.replace(b"\n//", b"\n").removeprefix(b"//")
        assert (await harness.client.ask("HEAD", path)).status == 200


async def test_health_is_our_own_and_metrics_count_by_route(harness: Harness) -> None:
    assert (await harness.client.ask("GET", "/healthz")).json == {"status": "alive"}
    await harness.client.ask("GET", "/api/movies/mov_1")
    metrics = (await harness.client.ask("GET", "/metrics")).body
    assert b'route="/api/movies"' in metrics
    assert b"mov_1" not in metrics


async def test_readiness_names_what_is_down_and_only_mail_may_be(harness: Harness) -> None:
    checks = (await harness.client.ask("GET", "/readyz")).json["checks"]
    assert checks == dict.fromkeys([*harness.services, "redis"], "up") | {"broker": "down: cannot be reached"}
    await harness.notify.stop()
    reply = await harness.client.ask("GET", "/readyz")
    assert (reply.status, reply.json["checks"]["notify"]) == (200, "down: cannot be reached")
    await harness.payment.stop()
    reply = await harness.client.ask("GET", "/readyz")
    assert (reply.status, reply.json["status"]) == (503, "not_ready")
    assert reply.json["checks"]["payment"] == "down: cannot be reached"


async def test_a_service_that_says_it_is_not_ready_counts_as_down(harness: Harness, saying: Saying) -> None:
    body = b'{"checks": {"mongo": "up", "redis": "down: ConnectionError", "broker": "down: NotPublished"}}'
    head = b"HTTP/1.1 %b X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    for status, word in ((b"503", "down: redis, broker"), (b"200", "up, without redis, broker")):
        harness.seating.script = saying(head % (status, len(body)) + body)
        reply = await harness.client.ask("GET", "/readyz")
        assert (reply.status, reply.json["checks"]["seating"]) == (int(status), word)


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/asyncapi.json", "/api/schemas/booking.confirmed.v1.json"])
async def test_a_document_is_served_whole_whoever_is_away_and_known_by_its_etag(harness: Harness, path: str) -> None:
    for replicas in harness.services.values():
        await replicas[0].stop()
    reply = await harness.client.ask("GET", path)
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    assert reply.header("cache-control") == "public, no-cache"
    etag = reply.value("etag")
    assert etag.startswith('"')
    again = await harness.client.ask("GET", path, {"If-None-Match": f'"other", W/{etag}'})
    assert (again.status, again.body, again.header("etag")) == (304, b"", etag)
    assert (await harness.client.ask("GET", path, {"If-None-Match": '"other"'})).body == reply.body


async def test_there_is_a_schema_of_every_public_event_and_of_no_private_one(harness: Harness) -> None:
    for event in EVENTS:
        reply = await harness.client.ask("GET", f"/api/schemas/{event.type}.json")
        assert reply.status == (404 if event.private else 200)
    assert (await harness.client.ask("GET", "/api/schemas/nothing.v1.json")).problem == (404, "not_found")


async def test_the_events_document_leaves_private_events_out(harness: Harness) -> None:
    document = (await harness.client.ask("GET", "/api/asyncapi.json")).json
    assert document["asyncapi"] == "3.0.0"
    assert "booking.confirmed.v1" in document["channels"]
    assert "booking.ticket_issued.v1" not in orjson.dumps(document).decode()
