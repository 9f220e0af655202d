"""Connections to services: kept, shared in turn, never used again after an answer that cannot be trusted."""

import asyncio

import pytest
from gateway.tests.conftest import Harness, Request, Saying, Script

from stack.waiting import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MOVIES = b"GET /api/movies HTTP/1.1\r\nHost: x\r\n"


def answering(*answers: bytes) -> Script:
    """A script that gives one answer after another and keeps the connection; the last again and again."""
    left = list(answers)

    async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return script


async def test_calls_one_after_another_share_a_connection_whatever_their_method(harness: Harness) -> None:
    harness.catalog.script = answering(OK)
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert (await harness.client.ask(method, "/api/movies", body=b"{}")).status == 200
    assert harness.catalog.connections == 1


async def test_an_answer_to_head_keeps_the_connection_too(hasty_harness: Harness) -> None:
    harness = hasty_harness
    harness.catalog.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
    for _ in range(3):
        reply = await harness.client.ask("HEAD", "/api/movies")
        assert (reply.status, reply.header("content-length")) == (200, "1234")
    harness.catalog.script = answering(OK)
    assert (await harness.client.ask("GET", "/api/movies")).body == b"ok"
    assert harness.catalog.connections == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_a_length_of_what_has_no_body_confuses_no_later_answer(harness: Harness, status: int) -> None:
    bodiless = b"HTTP/1.1 %d X\r\nContent-Length: 12\r\n\r\n" % status
    harness.catalog.script = answering(bodiless, bodiless, OK)
    for expected in (status, status, 200):
        reply = await harness.client.ask("GET", "/api/movies")
        assert (reply.status, reply.body) == (expected, b"ok" if expected == 200 else b"")
    assert harness.catalog.connections == 1


async def test_informational_answers_are_not_the_answer(harness: Harness) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    harness.catalog.script = answering(early + OK)
    for _ in range(2):
        reply = await harness.client.ask("GET", "/api/movies")
        assert (reply.status, reply.body, reply.header("link")) == (200, b"ok", None)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_an_answer_without_a_length_ends_with_its_connection(
    harness: Harness, saying: Saying, version: str
) -> None:
    harness.catalog.script = saying(b"HTTP/1.1 200 OK\r\n\r\nabcdef")
    reply = await harness.client.raw(f"GET /api/movies HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert (reply.status, reply.body) == (200, b"abcdef")
    assert reply.header("transfer-encoding") == ("chunked" if version == "1.1" else None)


async def test_an_answer_that_nobody_asked_for_reaches_nobody(harness: Harness) -> None:
    secret = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
    harness.catalog.script = answering(OK + secret, OK)
    for _ in range(3):
        assert (await harness.client.ask("GET", "/api/movies")).body == b"ok"


async def test_a_read_over_a_connection_that_was_closed_meanwhile_is_sent_again(harness: Harness) -> None:
    async def every_other(_request: Request, writer: asyncio.StreamWriter) -> None:
        if len(harness.catalog.requests) % 2:
            writer.write(OK)
        else:
            writer.transport.abort()

    harness.catalog.script = every_other
    assert [(await harness.client.ask("GET", "/api/movies")).status for _ in range(5)] == [200] * 5


async def test_calls_beyond_the_connections_to_a_replica_wait_their_turn(harness: Harness) -> None:
    go_on = asyncio.Event()

    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(OK)

    harness.catalog.script = slowly
    calls = [asyncio.create_task(harness.client.ask("POST", "/api/movies", body=b"{}")) for _ in range(150)]
    await until(lambda: len(harness.catalog.requests) == 128)
    gone = await asyncio.open_connection("127.0.0.1", harness.client.port)
    gone[1].write(MOVIES + b"\r\n")
    gone[1].transport.abort()
    go_on.set()
    assert {reply.status for reply in await asyncio.gather(*calls)} == {200}
    assert len(harness.catalog.writers) <= 128


async def test_a_client_that_reads_again_gets_the_rest(harness: Harness) -> None:
    held_back = asyncio.Event()
    part, parts = bytes(65_536), 1_000

    async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(part) * parts))
        for _ in range(parts):
            writer.write(part)
            drained = asyncio.ensure_future(writer.drain())
            done, _ = await asyncio.wait([drained], timeout=0.3)
            if not done:
                held_back.set()
            await drained

    harness.booking.script = script
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"GET /api/admin/reports/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await held_back.wait()
    got = await reader.read()
    assert len(got.partition(b"\r\n\r\n")[2]) == len(part) * parts
    writer.close()


async def test_what_a_client_asks_without_reading_waits_until_it_reads(harness: Harness) -> None:
    body = b"x" * 20_000
    harness.catalog.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port, limit=2**16)
    writer.write((MOVIES + b"\r\n") * 2_000 + MOVIES + b"Connection: close\r\n\r\n")
    await until(lambda: harness.catalog.requests)
    seen = 0
    while seen < len(harness.catalog.requests):  # until the gateway asks for no more
        seen = len(harness.catalog.requests)
        for _ in range(20):
            assert (await harness.client.ask("GET", "/healthz")).status == 200
    assert seen < 1_000
    got = 0
    while part := await reader.read(1 << 20):
        got += len(part)
    assert got > 2_001 * len(body)
    assert len(harness.catalog.requests) == 2_001
    writer.close()


async def test_a_thousand_refusals_at_once_are_answered_one_after_another(harness: Harness) -> None:
    go_on = asyncio.Event()

    async def slowly(_request: Request, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(OK)

    harness.catalog.script = slowly
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    nowhere = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(MOVIES + b"\r\n" + nowhere * 1_000 + MOVIES + b"Connection: close\r\n\r\n")
    await until(lambda: harness.catalog.requests)
    go_on.set()
    got = await reader.read()
    assert (got.count(b"HTTP/1.1 404"), got.count(b"HTTP/1.1 200")) == (1_000, 2)
    assert got.startswith(b"HTTP/1.1 200")
    writer.close()


async def test_who_waits_for_leave_to_send_gets_it_in_turn(harness: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"POST /api/movies HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert harness.catalog.requests == []
    writer.write(b"{}")
    assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200")
    assert harness.catalog.requests[0].header(b"expect") == []
    writer.close()
