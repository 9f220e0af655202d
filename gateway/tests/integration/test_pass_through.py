"""What goes through the gateway comes out untouched, in both directions."""

import asyncio
import secrets

import pytest
from gateway.tests.conftest import Harness, Request, Saying

WEBHOOK = b'{"event" : "payment.captured",\r\n "amount":1e3, "x":"\xc3\xa9\x00\xff"}\n'


async def test_a_webhooks_bytes_and_signature_reach_payment_as_they_were_sent(harness: Harness) -> None:
    sent = {"X-Razorpay-Signature": "AbC=/+ d", "Content-Type": "application/json", "X-Razorpay-Event-Id": "ev_1"}
    reply = await harness.client.ask("POST", "/api/payments/webhook?x=%2F&y=+a", sent, WEBHOOK)
    (request,) = harness.payment.requests
    assert (reply.status, reply.body) == (200, WEBHOOK)
    assert request.line == "POST /api/payments/webhook?x=%2F&y=+a HTTP/1.1"
    assert request.body == WEBHOOK
    for name, value in sent.items():
        assert request.header(name.lower().encode()) == [value.encode()]


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_048_576])
async def test_a_body_of_any_allowed_size_goes_there_and_back(harness: Harness, size: int) -> None:
    body = secrets.token_bytes(size)
    reply = await harness.client.ask("PUT", "/api/movies", body=body)
    assert reply.body == body
    assert harness.catalog.requests[0].header(b"content-length") == [str(size).encode()]


async def test_a_chunked_body_arrives_whole(harness: Harness) -> None:
    chunked = {"Transfer-Encoding": "chunked"}
    reply = await harness.client.ask("POST", "/api/movies", chunked, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert reply.body == harness.catalog.requests[0].body == b"abcde"


async def test_nothing_is_added_for_the_client_but_who_it_is(harness: Harness) -> None:
    await harness.client.ask("GET", "/api/movies")
    names = {name.lower() for name, _ in harness.catalog.requests[0].headers}
    assert names == {
        b"host",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-request-id",
        b"traceparent",
    }


async def test_a_client_cannot_say_who_it_is(harness: Harness) -> None:
    lies = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/x",
        "Forwarded": "for=6.6.6.6",
        "X-Real-IP": "6.6.6.6",
    }
    await harness.client.ask("GET", "/api/movies", lies)
    request = harness.catalog.requests[0]
    assert request.header(b"x-forwarded-for") == [b"127.0.0.1"]
    assert request.header(b"x-forwarded-proto") == [b"http"]
    assert request.header(b"x-forwarded-host") == [f"127.0.0.1:{harness.client.port}".encode()]
    assert not request.header(b"x-forwarded-prefix") + request.header(b"forwarded") + request.header(b"x-real-ip")


async def test_headers_of_one_connection_stay_on_it(harness: Harness, saying: Saying) -> None:
    harness.catalog.script = saying(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Inner\r\nKeep-Alive: timeout=5\r\n"
        b"X-Inner: 1\r\nX-Outer: 2\r\nContent-Length: 2\r\n\r\nok"
    )
    sent = "GET /api/movies HTTP/1.1\r\nHost: x\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\n\r\n"
    reply = await harness.client.raw(sent.encode())
    assert (reply.header("x-inner"), reply.header("keep-alive"), reply.header("x-outer")) == (None, None, "2")
    request = harness.catalog.requests[0]
    assert request.header(b"x-secret") == request.header(b"te") == []


async def test_status_and_repeated_headers_come_back(harness: Harness, saying: Saying) -> None:
    harness.catalog.script = saying(
        b'HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n'
    )
    reply = await harness.client.ask("GET", "/api/movies")
    assert (reply.status, reply.header("set-cookie"), reply.header("etag")) == (418, "a=1, b=2", '"x"')


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_none(harness: Harness, saying: Saying, status: int) -> None:
    harness.catalog.script = saying(b'HTTP/1.1 %d X\r\nETag: "x"\r\n\r\n' % status)
    reply = await harness.client.ask("GET", "/api/movies", {"If-None-Match": '"x"'})
    assert (reply.status, reply.body, reply.header("transfer-encoding")) == (status, b"", None)


async def test_head_is_passed_with_its_length(harness: Harness, saying: Saying) -> None:
    harness.catalog.script = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
    reply = await harness.client.ask("HEAD", "/api/movies")
    assert (reply.status, reply.header("content-length"), reply.body) == (200, "1234", b"")
    assert harness.catalog.requests[0].line.startswith("HEAD ")


async def test_a_redirect_of_a_replica_to_itself_becomes_relative_and_is_left_to_the_client(
    harness: Harness, saying: Saying
) -> None:
    location = f"{harness.catalog.origin}/api/movies?x=1".encode()
    harness.catalog.script = saying(b"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location)
    reply = await harness.client.ask("GET", "/api/movies/")
    assert (reply.status, reply.header("location")) == (307, "/api/movies?x=1")


async def test_an_answer_is_streamed_while_the_service_still_writes(harness: Harness) -> None:
    go_on = asyncio.Event()

    async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await go_on.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    harness.booking.script = script
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"GET /api/admin/reports/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await reader.readuntil(b"one")).startswith(b"HTTP/1.1 200")
    go_on.set()
    assert b"two" in await reader.read()
    writer.close()


async def test_a_client_that_does_not_read_holds_the_service_back(harness: Harness) -> None:
    ended = asyncio.get_running_loop().create_future()

    async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n")
        try:
            for _ in range(4096):
                writer.write(bytes(65_536))
                await asyncio.wait_for(writer.drain(), 1)
        except TimeoutError:
            ended.set_result("held back")
        except OSError as error:
            ended.set_result(repr(error))
        else:
            ended.set_result("all was taken")
        finally:
            writer.transport.abort()

    harness.booking.script = script
    _, writer = await asyncio.open_connection("127.0.0.1", harness.client.port)
    writer.write(b"GET /api/admin/reports/export HTTP/1.1\r\nHost: x\r\n\r\n")
    outcome = await asyncio.wait_for(ended, 60)
    writer.transport.abort()
    assert outcome == "held back"
