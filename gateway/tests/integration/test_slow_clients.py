"""Clients that do not send, send slowly, send too much or open too many connections, on real sockets."""

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any

import pytest
from gateway.tests.conftest import Build, Harness, Request

from stack.waiting import until

HASTY = {"HEAD_SECONDS": "0.4", "BODY_SECONDS": "0.4"}
MOVIES = b"GET /api/movies HTTP/1.1\r\nHost: x\r\n"
HOLD = b"POST /api/seats/hold HTTP/1.1\r\nHost: x\r\n"
SLOW = {
    "nothing": b"",
    "half a first line": b"GET /api",
    "half a head": MOVIES + b"X-Slow: ",
    "half a body": HOLD + b"Content-Length: 5\r\n\r\n{",
    "half a chunk": HOLD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "half a body for ourselves": b"GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
}


async def _opened(harness: Harness) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", harness.client.port)


@pytest.mark.parametrize("sent", [sent for what, sent in SLOW.items() if "ourselves" not in what])
async def test_a_request_that_does_not_come_is_408_and_others_are_served_meanwhile(build: Build, sent: bytes) -> None:
    harness = await build(**HASTY)
    slow = [await _opened(harness) for _ in range(50)]
    for _, writer in slow:
        writer.write(sent)
    assert (await harness.client.ask("GET", "/api/movies")).status == 200
    for reader, writer in slow:
        got = await reader.read()
        assert got.startswith(b"HTTP/1.1 408")
        assert b"request_timeout" in got
        assert b"x-request-id" in got
        writer.close()
    assert harness.seating.requests == []


async def test_a_body_that_came_in_time_is_served_however_late_we_read_it(build: Build) -> None:
    harness, body = await build(**HASTY), b" " * 1_000_000
    with socket.create_connection(("127.0.0.1", harness.client.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * len(body))
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, HOLD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert (await loop.sock_recv(client, 100)).startswith(b"HTTP/1.1 100")
        assert client.send(body) == len(body)
        time.sleep(0.5)  # noqa: ASYNC251  nothing of ours runs meanwhile, as on a machine that is busy
        assert (await loop.sock_recv(client, 100)).startswith(b"HTTP/1.1 200")
    assert [len(request.body) for request in harness.seating.requests] == [len(body)]


async def test_a_line_now_and_then_wins_no_time(build: Build) -> None:
    harness = await build(**HASTY)
    reader, writer = await _opened(harness)
    writer.write(MOVIES)
    got = b""
    while not got:
        writer.write(b"X-More: 1\r\n")
        with suppress(TimeoutError):
            got = await asyncio.wait_for(reader.read(100), 0.05)
    assert got.startswith(b"HTTP/1.1 408")
    writer.close()


async def test_an_answer_that_needed_no_body_does_not_keep_its_sender_for_ever(build: Build) -> None:
    harness = await build(**HASTY)
    reader, writer = await _opened(harness)
    writer.write(SLOW["half a body for ourselves"])
    got = await reader.read()
    assert got.startswith(b"HTTP/1.1 404")
    assert b"408" not in got
    writer.close()


async def test_a_kept_connection_may_rest_and_a_call_may_take_longer_than_its_head(build: Build) -> None:
    harness = await build(**HASTY)
    go_on = asyncio.Event()

    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    harness.seating.script = slowly
    rests, calls = await _opened(harness), await _opened(harness)
    rests[1].write(MOVIES + b"\r\n")
    await rests[0].readuntil(b"\r\n\r\n")
    rests[1].write(b"\r\n")  # an empty line is no beginning of a request
    calls[1].write(HOLD + b"Content-Length: 2\r\n\r\n{}")
    assert (await harness.client.raw(b"")).status == 408  # opened later: the time of a head is over for all of them
    rests[1].write(MOVIES + b"Connection: close\r\n\r\n")
    assert (await rests[0].read()).startswith(b"HTTP/1.1 200")
    go_on.set()
    assert (await calls[0].readuntil(b"ok")).startswith(b"HTTP/1.1 200")
    for _, writer in (rests, calls):
        writer.close()


async def test_a_kept_connection_ends_without_a_word_when_it_has_rested_long_enough(build: Build) -> None:
    harness = await build(KEEP_ALIVE_SECONDS="0.3")
    reader, writer = await _opened(harness)
    for _ in range(2):
        writer.write(MOVIES + b"\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert await reader.read() == b""
    writer.close()


async def test_a_connection_rests_from_the_end_of_a_request_that_was_answered_before_it_was_whole(build: Build) -> None:
    harness = await build(KEEP_ALIVE_SECONDS="0.3")
    reader, writer = await _opened(harness)
    writer.write(SLOW["half a body for ourselves"])
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
    writer.write(b"12345")
    async with asyncio.timeout(10):
        await reader.read()
    writer.close()


async def test_a_request_that_has_begun_is_not_cut_off_as_a_connection_that_rests(build: Build) -> None:
    harness = await build(KEEP_ALIVE_SECONDS="0.1", HEAD_SECONDS="0.6")
    reader, writer = await _opened(harness)
    writer.write(MOVIES + b"\r\n" + MOVIES)
    assert b"HTTP/1.1 408" in await reader.read()
    writer.close()


async def test_each_of_many_requests_has_time_of_its_own_where_each_begins_with_the_end_of_another(
    build: Build,
) -> None:
    harness = await build(**HASTY)
    reader, writer = await _opened(harness)
    late = asyncio.create_task(harness.client.raw(b""))
    writer.write(MOVIES)
    while not late.done():
        writer.write(b"\r\n" + MOVIES)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert (await late).status == 408  # opened later: the time of the first head is over
    writer.write(b"Connection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_body_that_waits_for_the_call_before_it_is_not_late(build: Build) -> None:
    harness = await build(**HASTY)
    go_on = asyncio.Event()

    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    harness.seating.script = slowly
    reader, writer = await _opened(harness)
    writer.write(HOLD + b"Content-Length: 2\r\n\r\n{}")
    await until(lambda: harness.seating.requests)
    writer.write(HOLD + b"Connection: close\r\nContent-Length: 900000\r\n\r\n" + b" " * 900_000)
    assert (await harness.client.raw(b"")).status == (await harness.client.raw(b"")).status == 408
    go_on.set()
    assert (await reader.read()).count(b"HTTP/1.1 200") == 2
    writer.close()


async def test_an_address_has_its_share_of_connections_and_gets_it_back(build: Build) -> None:
    harness = await build(CONNECTIONS_PER_ADDRESS="5")
    held = [await _opened(harness) for _ in range(5)]
    reply = await harness.client.ask("GET", "/healthz")
    assert (*reply.problem, reply.header("retry-after")) == (429, "too_many_connections", "1")
    for _, writer in held:
        writer.close()

    async def served() -> Any:
        return (await harness.client.ask("GET", "/healthz")).status == 200

    await until(served)
    for _ in range(20):
        assert (await harness.client.ask("GET", "/healthz")).status == 200


async def test_a_head_without_an_end_is_431_while_it_still_comes(harness: Harness) -> None:
    reader, writer = await _opened(harness)
    writer.write(MOVIES)
    with suppress(ConnectionError):
        for number in range(2_000):
            writer.write(b"X-%d: %s\r\n" % (number, b"x" * 1_000))
            await writer.drain()
    got = await reader.read()
    assert got.startswith(b"HTTP/1.1 431")
    assert b"headers_too_large" in got
    writer.close()


@pytest.mark.parametrize("path", [b"/api/movies", b"/api/payments/webhook", b"/api/bookings/my"])
@pytest.mark.parametrize("framing", [b"Content-Length: 4000000", b"Transfer-Encoding: chunked"])
async def test_a_body_without_an_end_is_413_while_it_still_comes(harness: Harness, path: bytes, framing: bytes) -> None:
    reader, writer = await _opened(harness)
    writer.write(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % (path, framing))
    for _ in range(40):
        writer.write(
            (b"186a0\r\n" if b"chunked" in framing else b"") + b"x" * 100_000 + b"\r\n"[: 2 * (b"chunked" in framing)]
        )
        await writer.drain()
    got = await reader.read()
    assert got.startswith(b"HTTP/1.1 413")
    assert b"body_too_large" in got
    assert not any(replica.requests for replicas in harness.services.values() for replica in replicas)
    writer.close()


async def test_who_waits_for_leave_to_send_too_much_gets_none(harness: Harness) -> None:
    reader, writer = await _opened(harness)
    writer.write(HOLD + b"Expect: 100-continue\r\nContent-Length: 4000000\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 413")
    writer.close()
