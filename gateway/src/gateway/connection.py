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
from gateway.request_line import may_be_request_line, normalized
from gateway.wire import CoalescingTransport

MAX_HEAD_BYTES = 40_960  # 8 KiB of target and 32 KiB of headers
MAX_UNREAD_BYTES = 16 * 1_048_576
_LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_seconds` and `body_seconds`: within which a request's head and body must come. `keep_alive_seconds`: how
    long a connection may be idle between requests. `connections_per_address` 0 sets no bound."""

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    keep_alive_seconds: float = 75.0
    connections_per_address: int = 512


class _Awaited(Enum):
    """What a connection is waiting for."""

    REQUEST = auto()  # between requests
    LINE = auto()  # a first line has begun, and is not shown to the parser yet
    HEAD = auto()
    BODY = auto()
    NOTHING = auto()  # the request was refused: what still comes is dropped


class _Trailers(list[tuple[bytes, bytes]]):
    """A list of headers that stays empty: trailers are appended to it, which no service reads."""

    def append(self, _pair: tuple[bytes, bytes]) -> None:
        """Drop the trailer."""


class Connection(HttpToolsProtocol):
    """uvicorn's own protocol over a `CoalescingTransport`, within `limits`. `open` counts connections by address."""

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
        self._arm(self.limits.head_seconds)
        if 0 < self.limits.connections_per_address < self.open[self._address]:
            self._refuse(TooManyConnections())
            self._coalescing.linger_seconds = 1.0  # what lingers is one connection more

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the connection off the count of its address."""
        self._disarm()
        self._coalescing.connection_lost()
        self._uncount()
        super().connection_lost(exc)

    def _uncount(self) -> None:
        self.open[self._address] -= 1
        if self.open[self._address] <= 0:
            del self.open[self._address]

    def data_received(self, data: bytes) -> None:
        """Feed the parser; the first line of a request only once it is whole."""
        if self._awaited is _Awaited.NOTHING or self._coalescing.is_closing():
            return self._drop(data)
        before, self._head_ended = self._awaited, False
        if before in {_Awaited.REQUEST, _Awaited.LINE}:
            data = self._from_whole_line(data)
        if data:
            self._parse(data)
        another = self._head_ended or before is _Awaited.BODY  # the data ends in a later request than it began in
        if self._awaited is _Awaited.HEAD:
            self._head_bytes = 0 if another else self._head_bytes + len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                return self._refuse(HeadersTooLarge())
        if self._head_ended or self._awaited is not before:
            self._set_deadline(begun=another or before is _Awaited.REQUEST)
        return None

    def _parse(self, data: bytes) -> None:
        """Feed the parser as uvicorn does. It stops after a head that asks for another protocol. Where we do not speak
        that one, it reads the head again without the wish, and then goes on (RFC 9110 §7.8)."""
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
        return _LINE_END.join((normalized(line), *fields, b"", b""))

    def _is_upgrade_ignored(self) -> bool:
        """Whether the head asks for a protocol that we do not speak: `_parse` feeds it again without that wish."""
        return bool(self.parser.should_upgrade()) and not self._should_upgrade()

    def _from_whole_line(self, data: bytes) -> bytes:
        """What came so far, with its first line normalized; empty while the line is not whole."""
        data = (self._pending + data).lstrip(_LINE_END)  # RFC 9112 §2.2: empty lines before a request
        line, end, rest = data.partition(_LINE_END)
        if not data:
            return b""
        if not end and len(data) <= MAX_HEAD_BYTES and b"\n" not in data and may_be_request_line(data):
            self._unset_keepalive_if_required()
            self._pending = data
            self._awaited = _Awaited.LINE
            return b""
        self._pending, self._head_bytes = b"", 0
        return normalized(line) + end + rest

    def _set_deadline(self, *, begun: bool) -> None:
        """Arm the deadline of what is awaited now. `begun`: a request began, so its head gets a new deadline; a first
        line and the head that follows it share one."""
        match self._awaited:
            case _Awaited.LINE | _Awaited.HEAD if begun:
                self._arm(self.limits.head_seconds)
            case _Awaited.BODY:
                self._arm(self.limits.body_seconds)
            case _Awaited.REQUEST:
                self._disarm()
                self._start_keep_alive()
            case _Awaited.NOTHING:
                self._disarm()

    def _start_keep_alive(self) -> None:
        """Close the connection if it stays idle. uvicorn starts this when an answer ends; here the request may end
        later."""
        if self.cycle.response_complete:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is idle. A request that has begun to come has a deadline of its own."""
        if self._awaited is _Awaited.REQUEST:
            super().timeout_keep_alive_handler()

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, self._on_deadline, seconds)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_deadline(self, seconds: float) -> None:
        if self.flow.read_paused:  # not the client's fault: a request before this one is not answered yet
            return self._arm(seconds)
        part = "body" if self._awaited is _Awaited.BODY else "head"
        return self._refuse(RequestTimeout(f"the {part} did not come within {seconds:g} s"))

    def _drop(self, data: bytes) -> None:
        self._dropped_bytes += len(data)
        if self._dropped_bytes > MAX_UNREAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first byte of a request was read."""
        super().on_message_begin()
        self._awaited = _Awaited.HEAD
        self._coalescing.request_unread = True

    def on_headers_complete(self) -> None:
        """Hand the request to the app; what comes as headers from now on are trailers."""
        if self._is_upgrade_ignored():
            return
        self._head_ended = True
        super().on_headers_complete()
        self._awaited = _Awaited.BODY
        if not self.parser.should_upgrade():
            self.headers = _Trailers()

    def on_message_complete(self) -> None:
        """The last byte of a request was read."""
        if self._is_upgrade_ignored():
            return
        super().on_message_complete()
        self._awaited = _Awaited.REQUEST
        self._coalescing.request_unread = False

    def handle_websocket_upgrade(self) -> None:
        """Another protocol has the connection from now on: it is counted no more."""
        self._awaited = _Awaited.NOTHING
        self._disarm()
        self._uncount()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """The parser could not read what came."""
        self._refuse(MalformedRequest())

    def _refuse(self, problem: Problem) -> None:
        """Answer the request that is being read with `problem`, once those before it are answered, and close."""
        in_body = self._awaited is _Awaited.BODY
        if self._awaited is not _Awaited.HEAD and not in_body:
            self.on_message_begin()
        self._awaited = _Awaited.NOTHING
        self._disarm()
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
        """Let the app see a disconnect; what it still writes goes nowhere."""
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


def protocol_within(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of a server whose connections keep to `limits`; it counts them by address."""
    return type("Connection", (Connection,), {"limits": limits, "open": Counter()})
