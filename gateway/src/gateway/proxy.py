"""The pass-through: bodies, signatures and statuses go both ways untouched, within a deadline.

A request (1 MiB at most) is taken in whole before a service is asked: a slow or broken client holds no connection to
one, and a call can be repeated byte for byte. An answer is streamed.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import aiohttp
from chassis.context import TooLarge
from chassis.copies import Copies
from chassis.logs import logger
from chassis.problems import BodyTooLarge, DeadlineExceeded, Problem, Unavailable
from multidict import CIMultiDict
from starlette.types import Receive, Scope, Send
from yarl import URL

from chassis import problems, telemetry
from gateway.headers import inward, outward
from gateway.patience import Patience
from gateway.routes import Route

log = logger(__name__)
MOST_DRAINED_BYTES = 16 * 1_048_576
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


class RequestTimeout(Problem):
    """The client took too long to send its body; no service was asked."""

    status, code = 408, "request_timeout"


class ClientGone(Exception):
    """Nobody waits for the answer."""


class Refused(Exception):
    """This copy did not take the call."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a service is asked, whichever copy of it."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes


class Proxy:
    """Passes calls on to the copies of each service."""

    def __init__(self, http: aiohttp.ClientSession, copies: Mapping[str, Copies]) -> None:
        self._http, self._copies = http, copies

    async def pass_on(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        """Answer a call, if need be with a problem."""
        try:
            await self._pass_on(scope, receive, send, route)
        except ClientGone:
            log.info("client hung up", route=route.path)
        except Problem as problem:
            await problems.response(problem)(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        body = await _whole_body(scope, receive, route.seconds)
        call = Call(scope["method"], _target(scope), inward(scope, _context(scope)), body)
        patience = Patience(receive, route.seconds)
        started = False
        try:
            async with patience:
                origin, answer = await self._asked(call, route.service, patience)
                async with answer:
                    started = True
                    await _stream(origin, answer, send, patience)
        except TimeoutError:
            if patience.client_gone:
                raise ClientGone from None
            if not started:
                raise DeadlineExceeded(f"no answer within {route.seconds:g} s; the outcome is unknown") from None
            log.warning("answer cut short", route=route.path, reason="the service fell silent")
        except aiohttp.ClientError as error:
            log.warning("answer cut short", route=route.path, reason=repr(error))

    async def _asked(self, call: Call, service: str, patience: Patience) -> tuple[str, aiohttp.ClientResponse]:
        """Which copy answers, and its answer's beginning."""
        copies = self._copies[service]
        for origin in copies.in_turn():
            try:
                with copies.asked(origin):
                    return origin, await self._ask(call, origin)
            except Refused:
                copies.refused(origin)
            except asyncio.CancelledError:
                if not patience.client_gone:
                    copies.silent(origin)
                raise
        raise Unavailable(f"{service} cannot be reached")

    async def _ask(self, call: Call, origin: str) -> aiohttp.ClientResponse:
        """The answer's beginning; raises `Refused` when another copy may be asked instead."""
        try:
            return await self._send(call, origin)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Refused from error
        except aiohttp.ClientError as error:
            if call.method in IDEMPOTENT:
                raise Refused from error  # by now tried twice: the client library repeats on kept connections
            raise DeadlineExceeded("the connection to the service broke; the outcome is unknown") from error

    async def _send(self, call: Call, origin: str) -> aiohttp.ClientResponse:
        request = partial(
            self._http.request, call.method, URL(origin + call.target, encoded=True),
            headers=call.headers, data=call.body or None, allow_redirects=False,
        )  # fmt: skip
        try:
            return await request()
        except aiohttp.ClientError as error:
            if not _nothing_was_sent(error):
                raise
            return await request()  # a kept connection had ended meanwhile


async def _whole_body(scope: Scope, receive: Receive, seconds: float) -> bytes:
    chunks = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise RequestTimeout(f"the body did not come within {seconds:g} s", headers={"Connection": "close"}) from None
    except TooLarge as error:
        if not error.came_whole:
            await _drained(scope, seconds)
        raise BodyTooLarge(error.detail) from None


async def _drained(scope: Scope, seconds: float) -> None:
    """Read on for a while: a client that is cut off while it sends never sees why. One that waits for leave does."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return
    left = MOST_DRAINED_BYTES
    receive: Receive = scope["gateway"]["receive"]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def _stream(origin: str, answer: aiohttp.ClientResponse, send: Send, patience: Patience) -> None:
    headers = outward(answer.raw_headers, origin)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    more = True
    while more:
        chunk = await answer.content.readany()
        patience.renew()
        more = not answer.content.at_eof()
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def _context(scope: Scope) -> dict[str, str]:
    trace = telemetry.traceparent() or telemetry.new_traceparent()
    return {"X-Request-Id": scope["request_id"], "traceparent": trace}


def _target(scope: Scope) -> str:
    """Path and query as they came; bytes no URL may hold are percent-encoded."""
    raw: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    joined = raw + (b"?" + query if query else b"")
    return joined.decode() if joined.isascii() else quote(joined, safe=_VISIBLE)


def _nothing_was_sent(error: aiohttp.ClientError) -> bool:
    causes = (error, error.__cause__)
    return any("closing transport" in str(cause) for cause in causes)
