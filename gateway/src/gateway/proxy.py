"""The proxy: forwards calls to services and streams their answers, bytes untouched, within a deadline.

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
from gateway.headers import request_headers, response_headers
from gateway.routes import Route

log = logger(__name__)
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class ClientDisconnected(Exception):
    """The client hung up."""


class ReplicaRefused(Exception):
    """A replica did not take the call: another may be asked."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as any replica of its service gets it. `target` is path and query."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes


class Proxy:
    """Forwards calls to the replicas of each service, by its name."""

    def __init__(self, http: aiohttp.ClientSession, replicas: Mapping[str, Replicas]) -> None:
        self._http, self._replicas = http, replicas

    async def forward(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        """Answer a call with what the service of `route` answers, or with a problem."""
        try:
            await self._forward(scope, receive, send, route)
        except ClientDisconnected:
            log.info("client hung up", route=route.path)
        except Problem as problem:
            await problems.problem_response(problem)(scope, receive, send)

    async def _forward(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        body = await _whole_body(receive)
        call = Call(scope["method"], _target(scope), request_headers(scope, _context_headers(scope)), body)
        deadline = CallDeadline(receive, route.seconds)
        started = False
        try:
            async with deadline:
                origin, answer = await self._answer_of_a_replica(call, route.service, deadline)
                async with answer:
                    started = True
                    await _stream(origin, answer, send, deadline)
        except TimeoutError:
            if deadline.client_gone:
                raise ClientDisconnected from None
            if not started:
                raise DeadlineExceeded(f"no answer within {route.seconds:g} s; the outcome is unknown") from None
            log.warning("answer cut short", route=route.path, reason="the service fell silent")
        except aiohttp.ClientError as error:
            log.warning("answer cut short", route=route.path, reason=repr(error))

    async def _answer_of_a_replica(
        self, call: Call, service: str, deadline: CallDeadline
    ) -> tuple[str, aiohttp.ClientResponse]:
        """The origin of the replica that answers, and its answer, of which the head has come."""
        replicas = self._replicas[service]
        for origin in replicas.in_turn():
            try:
                with replicas.call_under_way(origin):
                    return origin, await self._call_replica(call, origin)
            except ReplicaRefused:
                replicas.note_refusal(origin)
            except asyncio.CancelledError:
                if not deadline.client_gone:
                    replicas.note_timeout(origin)
                raise
        raise Unavailable(f"{service} cannot be reached")

    async def _call_replica(self, call: Call, origin: str) -> aiohttp.ClientResponse:
        """A replica's answer, of which the head has come. Raises `ReplicaRefused` when another may be asked instead,
        and `DeadlineExceeded` when nobody knows what it did."""
        try:
            return await self._send(call, origin)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ReplicaRefused from error
        except aiohttp.ClientError as error:
            if call.method in IDEMPOTENT:
                raise ReplicaRefused from error  # by now tried twice: the client library repeats on kept connections
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
    """The request's body; `gateway.connection` has the deadline for it."""
    chunks = []
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(chunks)
    except TooLarge as error:
        raise BodyTooLarge(error.detail, headers=CLOSING) from None


async def _stream(origin: str, answer: aiohttp.ClientResponse, send: Send, deadline: CallDeadline) -> None:
    headers = response_headers(answer.raw_headers, origin)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    more = True
    while more:
        chunk = await answer.content.readany()
        deadline.renew()
        more = not answer.content.at_eof()
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def _context_headers(scope: Scope) -> dict[str, str]:
    trace = telemetry.traceparent() or telemetry.new_traceparent()
    return {"X-Request-Id": scope["request_id"], "traceparent": trace}


def _target(scope: Scope) -> str:
    """Path and query as they came, not decoded."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path + b"?" + query if query else path).decode()


def _nothing_was_sent(error: aiohttp.ClientError) -> bool:
    causes = (error, error.__cause__)
    return any("closing transport" in str(cause) for cause in causes)
