"""A client's connection: how long it may take, how much it may send, how many one address may have.

uvicorn's protocol has no deadline before the first answer, answers what is no HTTP in its own words, and starts a task
for each request. Here a request is an `Exchange`, and what is no HTTP is refused by one as anything else.
"""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis import context
from chassis.drain import Drain
from chassis.logs import logger
from chassis.problems import Problem
from gateway.edge import Edge
from gateway.errors import HeadersTooLarge, MalformedRequest, RequestTimeout, TooManyConnections
from gateway.exchange import Exchange
from gateway.live import handshake
from gateway.live.hub import Hub
from gateway.live.sockets import LiveSocket, Sockets
from gateway.proxy import Proxy
from gateway.request import Fields, RequestHead
from gateway.request_line import may_be_request_line, normalized
from gateway.wire import LingeringTransport

log = logger(__name__)
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
    """uvicorn's own protocol over a `LingeringTransport`, within `limits`. `edge` admits the requests; `open` counts
    connections by address. Requests that come at once are answered one after another. Once `drain` has begun, answers
    end their connection."""

    limits: ClassVar[Limits]
    edge: ClassVar[Edge]
    drain: ClassVar[Drain]
    open: ClassVar[Counter[str]]

    def connection_made(self, transport: Any) -> None:
        """Wait for a request, or refuse where the address has too many connections."""
        self._transport = LingeringTransport(transport)
        self.write = self._transport.write
        super().connection_made(self._transport)  # type: ignore[arg-type]  # stands in for one
        self._awaited = _Awaited.LINE
        self._pending, self._head_bytes, self._dropped_bytes = b"", 0, 0
        self._head_ended = False
        self._exchange: Exchange | None = None  # of the request that was read last, or is being read
        self._answering: Exchange | None = None
        self._queued: deque[Exchange] = deque()
        self._is_writable = True
        self._address = self.client[0] if self.client else ""
        self.due_at = 0.0
        proxy: Proxy = self.app_state["proxy"]
        self._deadlines = proxy.deadlines
        self.open[self._address] += 1
        self._arm(self.limits.head_seconds)
        if 0 < self.limits.connections_per_address < self.open[self._address]:
            self._refuse(TooManyConnections())
            self._transport.linger_seconds = 1.0  # what lingers is one connection more

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the connection off the count of its address, and let go of its requests."""
        self._deadlines.forget(self)
        self._transport.connection_lost()
        self._uncount()
        self._queued.clear()
        if self._answering is not None:
            self._answering.gone()
        super().connection_lost(exc)

    def _uncount(self) -> None:
        _uncount(self.open, self._address)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; the first line of a request only once it is whole."""
        if self._awaited is _Awaited.NOTHING or self._transport.is_closing():
            return self._drop(data)
        before, self._head_ended = self._awaited, False
        if before is _Awaited.REQUEST or before is _Awaited.LINE:
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
        parts = [memoryview(data)]  # the last is the next
        while parts:
            part = parts.pop()
            try:
                self.parser.feed_data(part)
            except HttpParserCallbackError as error:  # a fault of ours, not the client's
                log.exception("a connection was given up", exc_info=error)
                return self.transport.abort()
            except HttpParserError:
                return self._refuse(MalformedRequest())
            except HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    return self.handle_websocket_upgrade()
                parts += [part[upgrade.args[0] :], memoryview(self._head_without_upgrade())]
                self._begin_anew()
        return None

    def _begin_anew(self) -> None:
        """A new parser, as uvicorn makes it: the one before reads nothing behind a head that ends the connection."""
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

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
            case _Awaited.REQUEST if self._answering is None:
                self._arm(self.limits.keep_alive_seconds)
            case _Awaited.REQUEST | _Awaited.NOTHING:
                self._deadlines.forget(self)

    def _arm(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadlines.watch(self, seconds)

    def on_deadline(self) -> None:
        """Close a connection that was idle, refuse a request that did not come."""
        if self._awaited is _Awaited.REQUEST:
            return self._transport.close()
        if self.flow.read_paused:  # not the client's fault: a request before this one is not answered yet
            return self._arm(self._seconds)
        part = "body" if self._awaited is _Awaited.BODY else "head"
        return self._refuse(RequestTimeout(f"the {part} did not come within {self._seconds:g} s"))

    def _drop(self, data: bytes) -> None:
        self._dropped_bytes += len(data)
        if self._dropped_bytes > MAX_UNREAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first byte of a request was read."""
        self.url, self.headers = b"", []
        self._awaited = _Awaited.HEAD
        self._transport.request_unread = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect it."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Admit the request; what comes as headers from now on are trailers."""
        if self.parser.should_upgrade() and not self._should_upgrade():
            return
        self._head_ended = True
        self._awaited = _Awaited.BODY
        if self.parser.should_upgrade():
            return
        version = self.parser.get_http_version()
        request = self._head(self.parser.get_method().decode(), self.url, version)
        closes = version == "1.0" or not self.parser.should_keep_alive()
        self._take(Exchange(self, request, self.edge.admit(request), closes=closes))
        self.headers = _Trailers()

    def on_body(self, body: bytes) -> None:
        """Some of a request's body was read."""
        if self._exchange is not None:
            self._exchange.receive(body)

    def on_message_complete(self) -> None:
        """The last byte of a request was read."""
        if self.parser.should_upgrade():
            return
        self._awaited = _Awaited.REQUEST
        self._transport.request_unread = False
        if self._exchange is not None:
            self._exchange.whole()

    def _head(self, method: str, target: bytes, version: str) -> RequestHead:
        return RequestHead(
            method, target, self.headers, version=version, address=self._address, scheme=self.scheme or "http"
        )

    def _take(self, exchange: Exchange) -> None:
        """Let it begin, or wait until those before it are answered and read; nothing more is read meanwhile."""
        self._exchange = exchange
        if self._answering is None and self._is_writable:
            self._answering = exchange
            exchange.begin()
        else:
            self.flow.pause_reading()
            self._queued.append(exchange)

    def on_answered(self, *, closes: bool) -> None:
        """The next request's turn, or the end of the connection."""
        self.server_state.total_requests += 1
        self._answering = None
        if closes:
            self._transport.close()
        if self._transport.is_closing():
            return
        if self._queued:
            if self._is_writable:
                self._answer_next()
        elif self._awaited is _Awaited.REQUEST:
            self._arm(self.limits.keep_alive_seconds)

    def _answer_next(self) -> None:
        self._answering = self._queued.popleft()
        if not self._queued:
            self.flow.resume_reading()
        self.loop.call_soon(self._answering.begin)

    def pause_writing(self) -> None:
        """The client does not read."""
        self._is_writable = False
        if self._answering is not None:
            self._answering.pause()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_writable = True
        if self._answering is not None:
            self._answering.resume()
        elif self._queued:
            self._answer_next()

    @property
    def ends(self) -> bool:
        """Whether an answer that begins now is the last: what was sent behind its request is not read."""
        return self.drain.begun and not self._queued

    def shutdown(self) -> None:
        """The process ends: close, once what was asked is answered; streams end. An idle connection is told first, so
        that who sends a request just then knows that it was not read."""
        live: Hub = self.app_state["live"]
        live.end()
        if self._answering is None:
            self._transport.linger_seconds = 1.0
            return self._refuse(RequestTimeout("this copy is about to end and has read no request: send it again"))
        last = self._queued[-1] if self._queued else self._answering
        return last.close_after()

    def _should_upgrade(self) -> bool:
        """Whether the head asks for a websocket of ours, and nothing before it is still to be answered."""
        is_free = self._answering is None and not self._queued
        return is_free and handshake.is_asked(self.parser.get_method(), self.url, self.headers)

    def handle_websocket_upgrade(self) -> None:
        """Another protocol has the connection from now on; it counts for its address still."""
        self._awaited = _Awaited.NOTHING
        self._deadlines.forget(self)
        sockets: Sockets = self.app_state["sockets"]
        connections, counted, address = self.connections, self.open, self._address
        connections.discard(self)

        def on_lost() -> None:
            connections.discard(socket)
            _uncount(counted, address)

        transport = self._transport.inner
        socket = LiveSocket(sockets, transport, on_lost)
        connections.add(socket)  # type: ignore[arg-type]
        transport.write(handshake.answer(self.headers, context.request_id_of(_field(self.headers, b"x-request-id"))))
        transport.set_protocol(socket)
        socket.greet()

    def _refuse(self, problem: Problem) -> None:
        """Answer the request that is being read with `problem`, once those before it are answered, and close."""
        in_body = self._awaited is _Awaited.BODY
        self._awaited = _Awaited.NOTHING
        self._transport.request_unread = True
        self._deadlines.forget(self)
        exchange = self._exchange
        if not in_body or exchange is None:
            request = RequestHead("GET", b"/", list(self.headers or ()), address=self._address)
            self._take(Exchange(self, request, self.edge.admit(request, problem), closes=True))
        elif exchange.is_started:
            self._transport.close()
        else:
            exchange.refuse(problem)


def _uncount(counted: Counter[str], address: str) -> None:
    counted[address] -= 1
    if counted[address] <= 0:
        del counted[address]


def _field(fields: Fields, name: bytes) -> bytes:
    return dict(fields).get(name, b"")


def protocol(edge: Edge, limits: Limits, drain: Drain) -> type[asyncio.Protocol]:
    """The protocol of a server whose connections keep to `limits` and whose requests `edge` admits."""
    members = {"edge": edge, "limits": limits, "drain": drain, "open": Counter()}
    return type("Connection", (Connection,), members)
