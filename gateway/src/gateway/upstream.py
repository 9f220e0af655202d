"""Connections to the replicas of services: kept, one call at a time on each, answers read by llhttp."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from chassis.drain import LEAVING
from gateway.request import Fields

MAX_CONNECTIONS = 128  # to one replica; further calls wait for one that is done
CONNECT_SECONDS = 3.0  # so that a replica whose machine is gone is passed over
IDLE_SECONDS = 60.0  # services close what is idle for 75 s
_BODILESS = frozenset({204, 304})
_UNREAD = 408  # the status of `LEAVING`


class Caller(Protocol):
    """Who makes a call: hears of its connection, then of its answer, and at last of its end or failure."""

    is_over: bool
    """Whether the caller wants to hear no more."""

    def on_connected(self, connection: "Upstream") -> None:
        """A connection is free for the call, which is to be sent."""

    def on_refused(self, error: Exception) -> None:
        """The replica took no connection: nothing was sent."""

    def on_head(self, status: int, fields: Fields) -> None:
        """The answer begins."""

    def on_part(self, part: bytes) -> None:
        """Some of the answer's body, without its framing."""

    def on_end(self) -> None:
        """The answer is whole; the connection may have another call already."""

    def on_read(self) -> None:
        """All that came at once was said."""

    def on_broken(self, error: Exception) -> None:
        """The connection ended before the answer did, or what came is no HTTP."""

    def on_unread(self) -> None:
        """The replica is about to end, and never read the call."""


class Upstream(asyncio.Protocol):
    """A connection to a replica. It goes back to its pool after an answer, or closes."""

    transport: asyncio.Transport

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self.authority = pool.authority
        self._caller: Caller | None = None
        self._parser = HttpResponseParser(self)
        self.used = False
        """Whether it had a call before the present one: a service may have closed it meanwhile."""
        self.idle_since = 0.0
        self._fields: list[tuple[bytes, bytes]] = []
        self._has_head = self._head_only = self._has_length = self._keeps = self._ends_with_connection = (
            self._parser_waits
        ) = False

    def send(self, request: bytes, caller: Caller, *, head_only: bool) -> None:
        """Send a request; `head_only` says that its answer has no body whatever the head says (HEAD)."""
        self._caller, self._head_only = caller, head_only
        self._has_head = self._ends_with_connection = False
        self.transport.write(request)

    def abort(self) -> None:
        """Give up the call: the service sees its connection end."""
        self._caller = None
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a call."""
        self.transport = transport  # type: ignore[assignment]  # a stream's

    def data_received(self, data: bytes) -> None:
        """Read on; tell the caller once all is read."""
        caller = self._caller
        if caller is None:  # nothing was asked
            if data.startswith(LEAVING):
                self._pool.on_leaving()
            return self.transport.abort()
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._keeps = False
            self._break(error)
        caller.on_read()
        if self._caller is None:
            self._let_go()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer without a length ends with its connection; any other is broken."""
        self._parser = None  # type: ignore[assignment]  # it refers to us
        caller = self._caller
        if caller is not None and self._ends_with_connection and exc is None:
            self._caller = None
            caller.on_end()
            caller.on_read()
        else:
            self._break(exc or ConnectionResetError("the service closed the connection"))
        self._pool.on_lost(self)

    def _break(self, error: Exception) -> None:
        caller, self._caller = self._caller, None
        self.transport.abort()
        if caller is not None:
            caller.on_broken(error)

    def on_message_begin(self) -> None:
        """Of an answer, or of an informational one before it. One that nobody asked for is no HTTP."""
        if self._caller is None:
            raise ValueError("an answer too many")
        self._fields, self._has_length = [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect it."""
        name = name.lower()
        if name in {b"content-length", b"transfer-encoding"}:
            self._has_length = True
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Tell the caller; informational answers are not for it."""
        status = self._parser.get_status_code()
        if status < 200 or self._caller is None:
            return None
        self._has_head, self._keeps = True, self._parser.should_keep_alive()
        if (b"connection", b"close") in self._fields:
            self._pool.on_leaving()
            if status == _UNREAD:
                caller, self._caller = self._caller, None
                return caller.on_unread()
        bodiless = self._head_only or status in _BODILESS
        self._parser_waits = bodiless and self._has_length
        self._ends_with_connection = not bodiless and not self._has_length
        self._caller.on_head(status, self._fields)
        if bodiless:
            self._end()
        return None

    def on_body(self, body: bytes) -> None:
        """Pass it on; what belongs to an earlier answer is nobody's."""
        if self._caller is not None:
            if not self._has_head:
                raise ValueError("the body of another answer")
            self._caller.on_part(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._has_head:
            self._end()

    def _end(self) -> None:
        caller, self._caller = self._caller, None
        if caller is not None:
            caller.on_end()

    def _let_go(self) -> None:
        """The answer was read to its end: into the pool again, or close."""
        self.used = True
        if self._keeps and not self.transport.is_closing():
            if self._parser_waits:
                self._parser = HttpResponseParser(self)  # the old one may wait for the body of that length
            self.transport.resume_reading()
            self._pool.release(self)
        else:
            self.transport.abort()


class Pool:
    """The connections to one replica, at `origin` such as `http://127.0.0.1:41001`. Who waits for one is served in the
    order of coming. `note_leaving` is called when the replica says that it is about to end."""

    def __init__(self, origin: str, loop: asyncio.AbstractEventLoop, note_leaving: Callable[[], None]) -> None:
        self._loop, self._note_leaving = loop, note_leaving
        parts = urlsplit(origin)
        if parts.scheme != "http":
            raise ValueError(f"{origin}: services are called over http")
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.authority = parts.netloc.encode()
        self._open: set[Upstream] = set()
        self._idle: list[Upstream] = []
        self._opening = 0
        self._waiting: deque[Caller] = deque()
        self._connecting: set[asyncio.Task[None]] = set()
        self._retired = False

    def connect(self, caller: Caller, *, new: bool = False) -> None:
        """Give the caller a connection as soon as there is one; `new`: none that had a call before."""
        oldest = self._loop.time() - IDLE_SECONDS
        while self._idle and not new:
            connection = self._idle.pop()
            if connection.idle_since > oldest and not connection.transport.is_closing():
                return caller.on_connected(connection)
            connection.transport.abort()
        if len(self._open) + self._opening < MAX_CONNECTIONS:
            self._start_connecting(caller)
        else:
            self._waiting.append(caller)
        return None

    def release(self, connection: Upstream) -> None:
        """Its call is done."""
        caller = self._next_waiting()
        if caller is not None:
            return caller.on_connected(connection)
        if self._retired:
            return connection.transport.abort()
        connection.idle_since = self._loop.time()
        return self._idle.append(connection)

    def on_lost(self, connection: Upstream) -> None:
        """It is closed: there is room for another."""
        if connection in self._idle:
            self._idle.remove(connection)
        if connection in self._open:
            self._open.remove(connection)
            self._make_room()

    def retire(self) -> None:
        """The replica is known no more: close idle connections now, the others when their calls are done."""
        self._retired = True
        self._close_idle()

    def on_leaving(self) -> None:
        """The replica is about to end: what is idle would be closed by it, perhaps while a call is on its way."""
        self._note_leaving()
        self._close_idle()

    def _close_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.transport.abort()

    def close(self) -> None:
        """Close all connections, and open no more."""
        for task in self._connecting:
            task.cancel()
        for connection in self._open:
            connection.transport.abort()

    def _next_waiting(self) -> Caller | None:
        while self._waiting:
            caller = self._waiting.popleft()
            if not caller.is_over:
                return caller
        return None

    def _make_room(self) -> None:
        caller = self._next_waiting()
        if caller is not None:
            self._start_connecting(caller)

    def _start_connecting(self, caller: Caller) -> None:
        self._opening += 1
        task = self._loop.create_task(self._connect(caller))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, caller: Caller) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await self._loop.create_connection(lambda: Upstream(self), self._host, self._port)
        except OSError as error:  # a TimeoutError too
            self._opening -= 1
            if not caller.is_over:
                caller.on_refused(error)
            self._make_room()
        else:
            self._opening -= 1
            self._open.add(connection)
            if caller.is_over:
                self.release(connection)
            else:
                caller.on_connected(connection)
