"""A client's connection: how long it may take, how much it may send, how many one address may have.

uvicorn's protocol has no deadline before the first answer and answers what is no HTTP in its own words. Here such a
request goes to the app as any other, with the refusal in its scope, so that the answer has all that answers have.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chassis.problems import Problem
from gateway.errors import HeadersTooLarge, MalformedRequest, RequestTimeout, TooManyConnections
from gateway.request_line import may_begin, put_right
from gateway.wire import CoalescingTransport

MAX_HEAD_BYTES = 40_960  # 8 KiB of target and 32 KiB of headers
MAX_UNREAD_BYTES = 16 * 1_048_576
_LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """A connection may rest for `keep_alive_seconds` between requests. `connections` are those of one address; 0 sets
    no bound."""

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    keep_alive_seconds: float = 75.0
    connections: int = 512


class _Awaited(Enum):
    """What a connection is waiting for."""

    REQUEST = auto()  # between requests
    LINE = auto()  # a first line has begun, and is not shown to the parser yet
    HEAD = auto()
    BODY = auto()
    NOTHING = auto()  # the request was refused: what still comes is dropped


class _Dropped(list[tuple[bytes, bytes]]):
    """Where trailers go: no service reads them, and they are no headers of the request."""

    def append(self, _pair: tuple[bytes, bytes]) -> None:
        """Forget it."""


class Connection(HttpToolsProtocol):
    """uvicorn's own, over a gathering transport, within `limits`."""

    limits: ClassVar[Limits]
    open: ClassVar[Counter[str]]

    def connection_made(self, transport: Any) -> None:
        """Wait for a request, or refuse where the address has too many connections."""
        self._coalescing = CoalescingTransport(transport)
        self.timeout_keep_alive = self.limits.keep_alive_seconds  # type: ignore[assignment]  # a part of a second too
        super().connection_made(self._coalescing)  # type: ignore[arg-type]  # stands in for one
        self._awaited = _Awaited.LINE
        self._pending, self._head_bytes, self._dropped_bytes = b"", 0, 0
        self._head_ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._address = self.client[0] if self.client else ""
        self.open[self._address] += 1
        self._wait(self.limits.head_seconds)
        if 0 < self.limits.connections < self.open[self._address]:
            self._refuse(TooManyConnections())
            self._coalescing.linger_seconds = 1.0  # what lingers is one connection more

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._stop_waiting()
        self._coalescing.lost()
        self._count_out()
        super().connection_lost(exc)

    def _count_out(self) -> None:
        self.open[self._address] -= 1
        if self.open[self._address] <= 0:
            del self.open[self._address]

    def data_received(self, data: bytes) -> None:
        """Show the parser what came; a first line only when it is whole."""
        if self._awaited is _Awaited.NOTHING or self._coalescing.is_closing():
            return self._drop(data)
        before, self._head_ended = self._awaited, False
        if before in {_Awaited.REQUEST, _Awaited.LINE}:
            data = self._with_line(data)
        if data:
            self._parse(data)
        another = self._head_ended or before is _Awaited.BODY  # the data ends in a later request than it began in
        if self._awaited is _Awaited.HEAD:
            self._head_bytes = 0 if another else self._head_bytes + len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                return self._refuse(HeadersTooLarge())
        if self._head_ended or self._awaited is not before:
            self._wait_for_the_rest(begun=another or before is _Awaited.REQUEST)
        return None

    def _parse(self, data: bytes) -> None:
        """As uvicorn does. The parser stops after a head that asks for another protocol. Where we do not speak that
        one, it reads the head again without the wish, and then goes on (RFC 9110 §7.8)."""
        self._unset_keepalive_if_required()
        parts = [memoryview(data)]  # the last is the next
        while parts:
            part = parts.pop()
            try:
                self.parser.feed_data(part)
            except HttpParserError:
                return self.send_400_response("")
            except HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    return self.handle_websocket_upgrade()
                parts += [part[upgrade.args[0] :], memoryview(self._head_without_upgrade())]
        return None

    def _head_without_upgrade(self) -> bytes:
        """The head that was read last, with nothing at which the parser would stop: no `Upgrade`, no CONNECT."""
        line = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        fields = (name + b": " + value for name, value in self.headers if name != b"upgrade")
        return _LINE_END.join((put_right(line), *fields, b"", b""))

    def _is_read_again(self) -> bool:
        """Whether `_parse` will show the parser this head without its wish."""
        return bool(self.parser.should_upgrade()) and not self._should_upgrade()

    def _with_line(self, data: bytes) -> bytes:
        """All that may be shown to the parser, its first line put right; empty while there is no whole line."""
        data = (self._pending + data).lstrip(_LINE_END)  # RFC 9112 §2.2: empty lines before a request
        line, end, rest = data.partition(_LINE_END)
        if not data:
            return b""
        if not end and len(data) <= MAX_HEAD_BYTES and b"\n" not in data and may_begin(data):
            self._unset_keepalive_if_required()
            self._pending = data
            self._awaited = _Awaited.LINE
            return b""
        self._pending, self._head_bytes = b"", 0
        return put_right(line) + end + rest

    def _wait_for_the_rest(self, *, begun: bool) -> None:
        """Arm the deadline of what is awaited now; `begun` says that a request began. The first line and the rest of a
        head have one in common."""
        match self._awaited:
            case _Awaited.LINE | _Awaited.HEAD if begun:
                self._wait(self.limits.head_seconds)
            case _Awaited.BODY:
                self._wait(self.limits.body_seconds)
            case _Awaited.REQUEST:
                self._stop_waiting()
                self._rest()
            case _Awaited.NOTHING:
                self._stop_waiting()

    def _rest(self) -> None:
        """uvicorn lets a connection rest once it is answered; here the request may end later than its answer."""
        if self.cycle.response_complete:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close what rests. A request that has begun to come has a deadline of its own."""
        if self._awaited is _Awaited.REQUEST:
            super().timeout_keep_alive_handler()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._overdue, seconds)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _overdue(self, seconds: float) -> None:
        if self.flow.read_paused:  # not the client's fault: a request before this one is not answered yet
            return self._wait(seconds)
        part = "body" if self._awaited is _Awaited.BODY else "head"
        return self._refuse(RequestTimeout(f"the {part} did not come within {seconds:g} s"))

    def _drop(self, data: bytes) -> None:
        self._dropped_bytes += len(data)
        if self._dropped_bytes > MAX_UNREAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._awaited = _Awaited.HEAD
        self._coalescing.unread = True

    def on_headers_complete(self) -> None:
        """Hand the request to the app; what comes as headers from now on are trailers."""
        if self._is_read_again():
            return
        self._head_ended = True
        super().on_headers_complete()
        self._awaited = _Awaited.BODY
        if not self.parser.should_upgrade():
            self.headers = _Dropped()

    def on_message_complete(self) -> None:
        """A request has come whole."""
        if self._is_read_again():
            return
        super().on_message_complete()
        self._awaited = _Awaited.REQUEST
        self._coalescing.unread = False

    def handle_websocket_upgrade(self) -> None:
        """Another protocol has the connection from now on: it is counted no more."""
        self._awaited = _Awaited.NOTHING
        self._stop_waiting()
        self._count_out()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """The parser gave up."""
        self._refuse(MalformedRequest())

    def _refuse(self, problem: Problem) -> None:
        """Answer the request that is being read with `problem`, after those before it, and close."""
        in_body = self._awaited is _Awaited.BODY
        if self._awaited is not _Awaited.HEAD and not in_body:
            self.on_message_begin()
        self._awaited = _Awaited.NOTHING
        self._stop_waiting()
        waiting = in_body and any(cycle is self.cycle for cycle, _ in self.pipeline)
        if waiting:
            self.pipeline.popleft()
        elif in_body:
            self._abandon(self.cycle)
            if self.cycle.response_started:
                return self.transport.close()
        return self._answer_with(problem, after_others=waiting or (not in_body and self._is_busy()))

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @staticmethod
    def _abandon(cycle: RequestResponseCycle) -> None:
        """The app learns that nobody is there, and writes nothing more."""
        cycle.disconnected = True
        cycle.message_event.set()

    def _answer_with(self, problem: Problem, *, after_others: bool) -> None:
        unread = {"method": "GET", "path": "/", "raw_path": b"/", "query_string": b""}
        scope: Any = unread | dict(self.scope) | {"refusal": problem}
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        if after_others:
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)


def within(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of a server whose connections keep to `limits`; it counts them by address."""
    return type("Connection", (Connection,), {"limits": limits, "open": Counter()})
