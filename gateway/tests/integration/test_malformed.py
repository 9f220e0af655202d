"""What is no HTTP, or HTTP that two readers could read differently, on real sockets; and what is put right."""

import asyncio
import socket

import pytest
from gateway.tests.conftest import Build, Harness, Request, Saying

from stack.waiting import until

MOVIES = b"GET /api/movies HTTP/1.1\r\nHost: x\r\n"
HOLD = b"POST /api/seats/hold HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HOLD + b"Transfer-Encoding: chunked\r\n"
MALFORMED = {
    "no http at all": b"GARBAGE\r\n\r\n",
    "the beginning of tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "bare line feeds": b"GET /api/movies HTTP/1.1\nHost: x\n\n",
    "a bare line feed after a header": MOVIES + b"X: y\nZ: z\r\n\r\n",
    "a bare carriage return": MOVIES + b"X: a\rb\r\n\r\n",
    "a nul": MOVIES + b"X: a\0b\r\n\r\n",
    "a folded header": MOVIES + b"X: a\r\n b\r\n\r\n",
    "a header without a colon": MOVIES + b"Bad Header\r\n\r\n",
    "a space before the colon": MOVIES + b"X : y\r\n\r\n",
    "a header's name beyond ascii": MOVIES + b"X-\xc3\xa9: a\r\n\r\n",
    "a space in the target": b"GET /api/movies?title=a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target without a slash": b"GET api/movies HTTP/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /api/movies\r\n\r\n",
    "another version": b"GET /api/movies HTTP/2.0\r\nHost: x\r\n\r\n",
    "the preface of http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /api/movies HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": MOVIES + b"Host: y\r\n\r\n",
    "the same host twice": MOVIES + b"Host: x\r\n\r\n",
    "a host that is none": b"GET /api/movies HTTP/1.1\r\nHost: x/y@z\r\n\r\n",
    "a host beyond ascii": b"GET /api/movies HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "no host at our own": b"GET /healthz HTTP/1.1\r\nX: y\r\n\r\n",
    "length and chunks": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": HOLD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "one length twice": HOLD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": HOLD + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": HOLD + b"Content-Length: +2\r\n\r\n{}",
    "no length in a length": HOLD + b"Content-Length:\r\n\r\n{}",
    "a coding beside chunked": HOLD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding that is none": HOLD + b"Transfer-Encoding: identity\r\n\r\n{}",
    "a coding and chunked": HOLD + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in http/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"\r\n2\r\n{}\r\n0\r\n\r\n",
    "a size of a chunk that is none": CHUNKED + b"\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk that is longer than it says": CHUNKED + b"\r\n1\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=list(MALFORMED))
async def test_what_can_be_read_in_two_ways_is_a_problem_and_the_connection_ends(harness: Harness, raw: bytes) -> None:
    reply = await harness.client.raw(raw)
    assert reply.problem == (400, "malformed_request")
    assert len(reply.value("x-request-id")) > 8
    assert (reply.header("connection"), reply.header("x-content-type-options")) == ("close", "nosniff")
    assert {"date", "content-security-policy", "referrer-policy"} <= {name for name, _ in reply.headers}
    assert not any(replica.requests for replicas in harness.services.values() for replica in replicas)
    assert (await harness.client.ask("GET", "/healthz")).status == 200


async def test_a_refusal_answers_what_was_read_before_it(build: Build) -> None:
    harness = await build(CLIENT_URL="https://app.example")
    known = MOVIES + b"Origin: https://app.example\r\nX-Request-Id: mine\r\n"
    reply = await harness.client.raw(known + b"X: y\r\nBad Header\r\n\r\n")
    assert reply.problem == (400, "malformed_request")
    assert reply.header("access-control-allow-origin") == "https://app.example"
    assert reply.header("x-request-id") == "mine"


async def _all(harness: Harness, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(raw)
    got = await reader.read()
    writer.close()
    return got


async def test_a_request_before_a_malformed_one_is_answered_first(harness: Harness) -> None:
    go_on = asyncio.Event()

    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")

    harness.catalog.script = slowly
    both = asyncio.create_task(_all(harness, MOVIES + b"\r\nGARBAGE\r\n\r\n"))
    await until(lambda: harness.catalog.requests)
    go_on.set()
    first, second = (await both).split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert first.endswith(b"first")
    assert second.startswith(b"400")


async def test_requests_that_come_at_once_are_answered_in_turn(harness: Harness) -> None:
    got = await _all(
        harness, MOVIES + b"\r\n" + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n" + MOVIES + b"Connection: close\r\n\r\n"
    )
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200"] * 3
    assert (len(harness.catalog.requests), harness.seating.requests[0].body) == (2, b"{}")


async def test_a_request_may_come_byte_by_byte_and_after_empty_lines(harness: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    for byte in b"\r\n\r\n" + MOVIES + b"Connection: close\r\n\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize(
    ("target", "read"),
    [
        (b"/api/movies?title=\xe0\xa4\x95&city=D\xc3\xbcren", "/api/movies?title=%E0%A4%95&city=D%C3%BCren"),
        (b"/api/movies?title=caf\xe9", "/api/movies?title=caf%E9"),
        (b"/api/movies/\xe0\xa4\x95", "/api/movies/%E0%A4%95"),
        (b"http://elsewhere.example/api/movies?x", "/api/movies?x"),
    ],
)
async def test_a_target_that_means_one_thing_only_is_quoted(harness: Harness, target: str, read: int) -> None:
    assert (await harness.client.ask("GET", target)).status == 200
    assert harness.catalog.requests[0].line == f"GET {read} HTTP/1.1"


@pytest.mark.parametrize("target", [b"/\xff\xfe", b"/api/movies/\xff", b"*"])
async def test_a_target_that_is_no_text_is_not_found(harness: Harness, target: str) -> None:
    assert (await harness.client.ask("OPTIONS", target)).problem == (404, "not_found")


@pytest.mark.parametrize("method", ["get", "Post", "FOO", "QUERY", "M-SEARCH", "PURGE", "CONNECT", "X" * 100])
async def test_a_method_that_nobody_knows_is_the_services_to_judge(
    harness: Harness, method: str, saying: Saying
) -> None:
    harness.catalog.script = saying(b"HTTP/1.1 405 X\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n")
    reply = await harness.client.ask(method, "/api/movies")
    assert (reply.status, reply.header("allow")) == (405, "GET")
    assert (await harness.client.ask(method, "/healthz")).problem == (405, "method_not_allowed")
    assert (await harness.client.ask(method, "/nowhere")).problem == (404, "not_found")


async def test_http_1_0_needs_no_host(harness: Harness) -> None:
    assert (await harness.client.raw(b"GET /healthz HTTP/1.0\r\n\r\n")).status == 200


WISHES = {
    "http/2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    "a websocket": b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
}
END = b"Connection: close\r\n\r\n"
BODIES = {b"Content-Length: 2\r\n\r\n": b"{}", b"Transfer-Encoding: chunked\r\n\r\n": b"2\r\n{}\r\n0\r\n\r\n"}


@pytest.mark.parametrize("wish", WISHES.values(), ids=list(WISHES))
@pytest.mark.parametrize(("framing", "body"), BODIES.items(), ids=["length", "chunks"])
async def test_a_protocol_that_is_not_spoken_is_passed_over_and_the_request_served(
    harness: Harness, wish: bytes, framing: bytes, body: bytes
) -> None:
    got = await _all(harness, HOLD + wish + framing + body + MOVIES + wish + b"\r\n" + MOVIES + END)
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200"] * 3
    assert [request.body for request in harness.seating.requests] == [b"{}"]
    assert len(harness.catalog.requests) == 2
    passed = {name.lower() for name, _ in harness.seating.requests[0].headers}
    assert not {b"upgrade", b"http2-settings"} & passed


@pytest.mark.parametrize("wish", WISHES.values(), ids=list(WISHES))
async def test_a_wish_that_is_passed_over_may_end_the_connection(harness: Harness, wish: bytes) -> None:
    got = await _all(harness, MOVIES + wish + END)
    assert got.startswith(b"HTTP/1.1 200")
    assert got.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(("framing", "body"), BODIES.items(), ids=["length", "chunks"])
async def test_a_wish_for_another_protocol_may_come_byte_by_byte(harness: Harness, framing: bytes, body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in HOLD + WISHES["http/2"] + framing + body + MOVIES + END:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    assert (await reader.read()).count(b"HTTP/1.1 200") == 2
    assert [request.body for request in harness.seating.requests] == [b"{}"]
    writer.close()


async def test_what_cannot_be_read_is_a_problem_beside_a_wish_for_another_protocol_too(harness: Harness) -> None:
    for framing in (b"Transfer-Encoding: identity\r\n", b"Content-Length:\r\n", b"Host: y\r\n"):
        reply = await harness.client.raw(HOLD + WISHES["http/2"] + framing + b"\r\n{}")
        assert reply.problem == (400, "malformed_request")
    assert harness.seating.requests == []


async def test_a_thousand_requests_at_once_are_served_one_after_another(harness: Harness) -> None:
    got = await _all(harness, (MOVIES + WISHES["http/2"] + b"\r\n" + MOVIES + b"\r\n") * 500 + MOVIES + END)
    assert got.count(b"HTTP/1.1 200") == 1_001


@pytest.mark.parametrize(("target", "second"), [(b"x:443", b"400"), (b"/api/movies", b"405")])
@pytest.mark.parametrize("wish", [b"", WISHES["http/2"]], ids=["alone", "with a wish"])
async def test_nobody_gets_a_tunnel_behind_another_request_either(
    harness: Harness, saying: Saying, target: bytes, second: bytes, wish: bytes
) -> None:
    harness.catalog.script = saying(b"HTTP/1.1 405 X\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n")
    connect = b"CONNECT " + target + b" HTTP/1.1\r\nHost: x\r\n" + wish
    got = await _all(harness, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + connect + b"\r\n" + MOVIES + END)
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:3]] == [b"200", second]


async def test_trailers_are_no_headers(harness: Harness) -> None:
    trailers = b"Authorization: Bearer late\r\nX-Late: 1\r\n"
    got = await _all(harness, CHUNKED + b"Connection: close\r\n\r\n2\r\n{}\r\n0\r\n" + trailers + b"\r\n")
    assert got.startswith(b"HTTP/1.1 200")
    assert harness.seating.requests[0].header(b"authorization") == harness.seating.requests[0].header(b"x-late") == []


@pytest.mark.parametrize(
    "name",
    [
        "User-Agent",
        "Cookie",
        "Accept-Language",
        "X-A",
        "Referer",
        "traceparent",
        "Origin",
        "X-Request-Id",
        "Accept",
        "Accept-Encoding",
        "If-None-Match",
    ],
)
async def test_bytes_that_are_no_text_in_a_header_are_nobodys_fault(harness: Harness, name: str) -> None:
    reply = await harness.client.raw(MOVIES + b"Connection: close\r\n%s: caf\xe9 \xff\xfe\r\n\r\n" % name.encode())
    assert reply.status == 200


async def test_what_services_read_reaches_them_and_what_nobody_reads_is_dropped(harness: Harness) -> None:
    sent = (
        b"User-Agent: M\xfcller\r\nX-A: \xff\r\nX-B: \xe0\xa4\x95\r\nAuthorization: Bearer \xff\r\n"
        b"Idempotency-Key: \xff\r\n"
    )
    assert (await harness.client.raw(MOVIES + b"Connection: close\r\n" + sent + b"\r\n")).status == 200
    request = harness.catalog.requests[0]
    assert request.header(b"user-agent") == ["Müller".encode()]
    assert request.header(b"x-a") == []
    assert request.header(b"x-b") == [b"\xe0\xa4\x95"]
    assert request.header(b"authorization") == ["Bearer ÿ".encode()]
    assert request.header(b"idempotency-key") == ["ÿ".encode()]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity", "nonsense"])
@pytest.mark.parametrize("path", ["/api/seats/hold", "/api/payments/webhook"])
async def test_a_body_in_a_coding_is_refused(harness: Harness, coding: str, path: str) -> None:
    reply = await harness.client.ask("POST", path, {"Content-Encoding": coding}, b"{}")
    assert (*reply.problem, reply.header("accept-encoding")) == (415, "unsupported_encoding", "identity")
    assert harness.seating.requests == harness.payment.requests == []
