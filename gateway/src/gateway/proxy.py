"""The pass-through: bodies, signatures and statuses go both ways untouched, within a deadline.

A request (1 MiB at most) is taken in whole before a service is asked: a slow or broken client holds no connection to
one, and a call can be repeated byte for byte. An answer is streamed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import aiohttp
from multidict import CIMultiDict
from starlette.types import Receive, Scope, Send
from yarl import URL

from chassis import problems, telemetry
from chassis.context import TooLarge
from chassis.logs import logger
from chassis.problems import BodyTooLarge, DeadlineExceeded, Problem, Unavailable
from chassis.replicas import Replicas
from gateway.deadline import CallDeadline
from gateway.errors import CLOSING
from gateway.headers import inward, outward
from gateway.routes import Route

log = logger(__name__)
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class ClientGone(Exception):
    """Nobody waits for the answer."""


class Refused(Exception):
    """This replica did not take the call."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a service is asked, whichever replica of it."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes


class Proxy:
    """Passes calls on to the replicas of each service."""

    def __init__(self, http: aiohttp.ClientSession, replicas: Mapping[str, Replicas]) -> None:
        self._http, self._replicas = http, replicas

    async def pass_on(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        """Answer a call, if need be with a problem."""
        try:
            await self._pass_on(scope, receive, send, route)
        except ClientGone:
            log.info("client hung up", route=route.path)
        except Problem as problem:
            await problems.problem_response(problem)(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        body = await _whole_body(receive)
        call = Call(scope["method"], _target(scope), inward(scope, _context(scope)), body)
        deadline = CallDeadline(receive, route.seconds)
        started = False
        try:
            async with deadline:
                origin, answer = await self._asked(call, route.service, deadline)
                async with answer:
                    started = True
                    await _stream(origin, answer, send, deadline)
        except TimeoutError:
            if deadline.client_gone:
                raise ClientGone from None
            if not started:
                raise DeadlineExceeded(f"no answer within {route.seconds:g} s; the outcome is unknown") from None
            log.warning("answer cut short", route=route.path, reason="the service fell silent")
        except aiohttp.ClientError as error:
            log.warning("answer cut short", route=route.path, reason=repr(error))

    async def _asked(self, call: Call, service: str, deadline: CallDeadline) -> tuple[str, aiohttp.ClientResponse]:
        """Which replica answers, and its answer's beginning."""
        replicas = self._replicas[service]
        for origin in replicas.in_turn():
            try:
                with replicas.call_under_way(origin):
                    return origin, await self._ask(call, origin)
            except Refused:
                replicas.note_refusal(origin)
            except asyncio.CancelledError:
                if not deadline.client_gone:
                    replicas.note_timeout(origin)
                raise
        raise Unavailable(f"{service} cannot be reached")

    async def _ask(self, call: Call, origin: str) -> aiohttp.ClientResponse:
        """The answer's beginning; raises `Refused` when another replica may be asked instead."""
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
            self._http.request,
            call.method,
            URL(origin + call.target, encoded=True),
            headers=call.headers,
            data=call.body or None,
            allow_redirects=False,
        )
        try:
            return await request()
        except aiohttp.ClientError as error:
            if not _nothing_was_sent(error):
                raise
            return await request()  # a kept connection had ended meanwhile


async def _whole_body(receive: Receive) -> bytes:
    """The connection sees to it that it comes in time."""
    chunks = []
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(chunks)
    except TooLarge as error:
        raise BodyTooLarge(error.detail, headers=CLOSING) from None


async def _stream(origin: str, answer: aiohttp.ClientResponse, send: Send, deadline: CallDeadline) -> None:
    headers = outward(answer.raw_headers, origin)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    more = True
    while more:
        chunk = await answer.content.readany()
        deadline.renew()
        more = not answer.content.at_eof()
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def _context(scope: Scope) -> dict[str, str]:
    trace = telemetry.traceparent() or telemetry.new_traceparent()
    return {"X-Request-Id": scope["request_id"], "traceparent": trace}


def _target(scope: Scope) -> str:
    """Path and query as they came."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path + b"?" + query if query else path).decode()


def _nothing_was_sent(error: aiohttp.ClientError) -> bool:
    causes = (error, error.__cause__)
    return any("closing transport" in str(cause) for cause in causes)
