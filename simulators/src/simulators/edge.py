"""The provider's HTTP edge: each call is logged, may meet a fault, is answered by a plain function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from simulators.clock import Clock
from simulators.faults import Fault, Faults
from simulators.journal import Journal
from simulators.wire import Connection

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def parameter(self, name: str) -> str | None:
        return dict(self.query).get(name)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(body: object, status: int = 200) -> Answer:
        return Answer(status, orjson.dumps(body))


@dataclass(frozen=True, slots=True)
class ProviderEdge:
    """How one provider answers: calls, its own outages, and a call whose idempotency key is still at work.

    An answer leaves after the block of `before_response` around its making. `key_header` is empty where the provider
    knows no idempotency keys.
    """

    answer: Callable[[Call], Answer]
    outage: Callable[[int], Answer]
    busy: Callable[[str], Answer]
    key_header: str
    before_response: Callable[[], AbstractAsyncContextManager[None]]


class _UnansweredError(Exception):
    """The caller gets nothing: the connection is closed already."""


class Edge:
    """An ASGI application. `answer` runs without an await between its reads and its writes."""

    def __init__(self, provider: ProviderEdge, journal: Journal, clock: Clock, faults: Faults) -> None:
        self._provider = provider
        self._journal = journal
        self._clock = clock
        self._faults = faults
        self._running: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope, receive, send)
        call = _call(scope, await connection.body())
        seq = self._journal.open_call(self._logged(call))
        try:
            answer = await self._outcome(call, connection)
        except _UnansweredError:
            return
        self._journal.close_call(seq, answer.status)
        await connection.answer(answer.status, answer.content, answer.media_type, answer.headers)

    async def _outcome(self, call: Call, connection: Connection) -> Answer:
        fault = self._faults.take(call.method, call.path)
        key = call.headers.get(self._provider.key_header)
        if key is None:
            answer = await self._answered(call, fault, connection)
        elif key in self._running:
            return self._provider.busy(key)
        else:
            self._running.add(key)
            try:
                answer = await self._answered(call, fault, connection)
            finally:
                self._running.discard(key)
        await _after(fault, connection)
        return answer

    async def _answered(self, call: Call, fault: Fault | None, connection: Connection) -> Answer:
        early = await self._before(fault, connection)
        if early is not None:
            return early
        async with self._provider.before_response():
            return self._provider.answer(call)

    async def _before(self, fault: Fault | None, connection: Connection) -> Answer | None:
        match fault:
            case Fault(kind="latency"):
                await asyncio.sleep(fault.seconds() or 0)
            case Fault(kind="hang"):
                await _hang_up(connection, after=fault)
            case Fault(kind="reset_before"):
                await _hang_up(connection)
            case Fault(kind="html"):
                return _html(fault.status(502))
            case Fault(kind="status"):
                return self._status(fault)
            case _:
                pass
        return None

    def _status(self, fault: Fault) -> Answer:
        status = fault.status(503)
        match fault.body:
            case "json":
                return self._provider.outage(status)
            case "html":
                return _html(status)
            case "empty":
                return Answer(status, b"")

    def _logged(self, call: Call) -> dict[str, object]:
        return {
            "method": call.method,
            "path": call.path,
            "query": dict(call.query),
            "body": _readable(call.body),
            "idempotencyKey": call.headers.get(self._provider.key_header),
            "at": self._clock.now(),
        }


async def _after(fault: Fault | None, connection: Connection) -> None:
    match fault:
        case Fault(kind="reset_after"):
            await _hang_up(connection)
        case Fault(kind="timeout_after_commit"):
            await _hang_up(connection, after=fault)
        case _:
            return


async def _hang_up(connection: Connection, after: Fault | None = None) -> None:
    if after is not None:
        await connection.gone(after.seconds())
    await connection.reset()
    raise _UnansweredError


def _html(status: int) -> Answer:
    return Answer(status, _HTML, "text/html")


def _call(scope: Scope, body: bytes) -> Call:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Call(scope["method"], scope["path"], tuple(query), headers, body)


def _readable(body: bytes) -> object:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")
