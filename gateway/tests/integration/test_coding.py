"""Compression as clients see it: which answers are coded, what their ETags are worth, what stays as it is."""

import asyncio
import gzip

import pytest
from gateway.tests.conftest import Harness, Reply, Request, Saying
from gateway.tests.unit.test_edge_parts import DECODED

from gateway import content_coding

BODY = b'{"seats":[' + b",".join(b'{"seatId":"A%d","status":"available"}' % n for n in range(200)) + b"]}"
JSON = b"Content-Type: application/json\r\n"
ALL = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def answer(body: bytes = BODY, headers: bytes = JSON, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%b\r\n" % (status, len(body), headers) + body


def listed(reply: Reply, name: str) -> list[str]:
    return [item.strip() for item in (reply.header(name) or "").split(",") if item.strip()]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_long_answer_is_coded_as_the_client_likes_it(harness: Harness, saying: Saying, coding: str) -> None:
    harness.seating.script = saying(answer(headers=JSON + b'ETag: "v1"\r\n'))
    for _ in range(2):
        reply = await harness.client.ask("GET", "/api/seats/availability?showtimeId=x", {"Accept-Encoding": coding})
        assert (reply.status, reply.header("content-encoding"), reply.header("etag")) == (200, coding, 'W/"v1"')
        assert DECODED[coding](reply.body) == BODY
        assert int(reply.value("content-length")) == len(reply.body) < len(BODY) / 5
        assert "Accept-Encoding" in listed(reply, "vary")
    assert harness.seating.requests[0].header(b"accept-encoding") == []


async def test_a_plain_answer_says_too_that_it_might_have_been_coded(harness: Harness, saying: Saying) -> None:
    harness.seating.script = saying(answer(headers=JSON + b'ETag: "v1"\r\nVary: Authorization\r\n'))
    for headers in ({}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}):
        reply = await harness.client.ask("GET", "/api/seats/availability?showtimeId=x", headers)
        assert (reply.body, reply.header("content-encoding"), reply.header("etag")) == (BODY, None, '"v1"')
        assert {"Accept-Encoding", "Origin", "Authorization"} <= set(listed(reply, "vary"))
    harness.seating.script = saying(answer(b"{}"))
    assert "Accept-Encoding" in listed(await harness.client.ask("GET", "/api/seats/state", ALL), "vary")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, BODY[:1023]),
        (b"Content-Type: image/png\r\n", BODY),
        (b"Content-Type: application/pdf\r\n", BODY),
        (b"Content-Type: application/octet-stream\r\n", BODY),
        (b"", BODY),
        (JSON + b"Cache-Control: public, no-transform\r\n", BODY),
    ],
)
async def test_what_gains_nothing_or_must_not_change_stays_as_it_is(
    harness: Harness, saying: Saying, headers: bytes, body: bytes
) -> None:
    harness.catalog.script = saying(answer(body, headers + b'ETag: "v1"\r\n'))
    reply = await harness.client.ask("GET", "/api/movies", ALL)
    assert (reply.body, reply.header("content-encoding"), reply.header("etag")) == (body, None, '"v1"')


async def test_what_is_coded_already_stays_so(harness: Harness, saying: Saying) -> None:
    packed = gzip.compress(BODY * 20)
    harness.catalog.script = saying(answer(packed, JSON + b"Content-Encoding: gzip\r\n"))
    reply = await harness.client.ask("GET", "/api/movies", ALL)
    assert (reply.header("content-encoding"), reply.body) == ("gzip", packed)


@pytest.mark.parametrize("kind", [b"text/event-stream", b"text/csv", b"application/json"])
async def test_a_stream_is_never_coded_and_never_held_back(harness: Harness, kind: bytes) -> None:
    go_on = asyncio.Event()

    async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % kind)
        writer.write(b"%x\r\n%b\r\n" % (len(BODY), BODY))
        await go_on.wait()
        writer.write(b"0\r\n\r\n")

    harness.seating.script = script
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"GET /api/seats/state HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
    assert b"content-encoding" not in (await reader.readuntil(BODY)).lower()
    go_on.set()
    assert (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("known", ['"v1"', 'W/"v1"', '"v0", W/"v1"'])
async def test_an_unchanged_answer_keeps_the_etag_that_the_client_has(
    harness: Harness, saying: Saying, known: str
) -> None:
    harness.catalog.script = saying(b'HTTP/1.1 304 X\r\nETag: "v1"\r\nCache-Control: public, no-cache\r\n\r\n')
    reply = await harness.client.ask("GET", "/api/movies", ALL | {"If-None-Match": known})
    assert (reply.status, reply.header("etag")) == (304, 'W/"v1"' if 'W/"v1"' in known else '"v1"')
    assert "Accept-Encoding" in listed(reply, "vary")
    assert harness.catalog.requests[0].header(b"if-none-match") == [known.encode()]
    plain = await harness.client.ask("GET", "/api/movies", {"If-None-Match": known})
    assert (plain.status, plain.header("etag")) == (304, '"v1"')


async def test_head_says_what_get_would(harness: Harness, saying: Saying) -> None:
    harness.catalog.script = saying(b'HTTP/1.1 200 X\r\nContent-Length: 9000\r\nETag: "v1"\r\n' + JSON + b"\r\n")
    reply = await harness.client.ask("HEAD", "/api/movies", ALL)
    assert (reply.header("content-encoding"), reply.header("etag"), reply.body) == ("zstd", 'W/"v1"', b"")
    plain = await harness.client.ask("HEAD", "/api/movies")
    assert (plain.header("content-encoding"), plain.header("content-length")) == (None, "9000")


async def test_a_long_problem_is_coded_too(harness: Harness, saying: Saying) -> None:
    harness.catalog.script = saying(answer(headers=b"Content-Type: application/problem+json\r\n", status=422))
    reply = await harness.client.ask("POST", "/api/admin/movies", {"Accept-Encoding": "br"}, b"{}")
    assert (reply.status, DECODED["br"](reply.body)) == (422, BODY)


async def test_a_very_long_answer_is_coded_and_one_beyond_all_measure_goes_on_as_it_comes(
    harness: Harness, saying: Saying
) -> None:
    for times, coding in ((100, "gzip"), (1_000, None)):
        harness.booking.script = saying(answer(BODY * times))
        reply = await harness.client.ask("GET", "/api/admin/bookings", {"Accept-Encoding": "gzip"})
        assert reply.header("content-encoding") == coding
        assert (gzip.decompress(reply.body) if coding else reply.body) == BODY * times


async def test_an_answer_that_stops_in_the_middle_is_cut_though_it_was_to_be_coded(
    harness: Harness, saying: Saying
) -> None:
    harness.catalog.script = saying(answer(BODY)[:-100])
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"GET /api/movies HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-encoding" not in head
    assert b"content-length: %d" % len(BODY) in head
    assert len(body) == len(BODY) - 100
    writer.close()


@pytest.mark.parametrize("long", [content_coding.LONG_BYTES, 100], ids=["here", "in a thread"])
async def test_our_own_documents_and_pages_are_coded(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    monkeypatch.setattr(content_coding, "LONG_BYTES", long)
    for path in ("/api/asyncapi.json", "/api/docs/docs.js", "/metrics"):
        plain = await harness.client.ask("GET", path)
        coded = await harness.client.ask("GET", path, {"Accept-Encoding": "gzip"})
        assert (coded.status, coded.header("content-encoding")) == (200, "gzip")
        assert len(coded.body) < len(plain.body) / 1.5
    icon = await harness.client.ask("GET", "/favicon.ico", ALL)
    assert icon.header("content-encoding") is None
