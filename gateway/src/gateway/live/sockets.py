"""A client's websocket that speaks Socket.IO (protocol 5 over Engine.IO 4): it watches showtimes.

Nothing here has a task of its own, so that a connection costs little; frames for all are written past everything.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

import orjson
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, Packet
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from chassis.logs import logger
from chassis.problems import InvalidInput, Problem, RateLimited, Unavailable
from gateway.errors import TooManyShowtimes
from gateway.live.frames import Frame, text_frame
from gateway.live.hub import DROPPED, Hub
from gateway.live.rooms import Room

log = logger(__name__)
PING_SECONDS, PONG_SECONDS, CONNECT_SECONDS = 25.0, 20.0, 20.0
MOST_SHOWTIMES = 8
MAX_MESSAGE_BYTES = 16_384
MAX_UNSENT_BYTES = 262_144  # of a client that does not read
MOST_CALLS = 16  # of one client at a time; while more wait nothing is read
MOST_WATCHES, WATCH_SECONDS = 100, 0.1  # of one client at once, and how soon it may ask once more then
_OPEN, _CLOSE, _PING, _PONG, _MESSAGE = "0", "1", "2", "3", "4"
_PING_FRAME = text_frame(_PING.encode())


class Sockets:
    """All websockets of this process, and one timer for the pings of all."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.open: set[LiveSocket] = set()
        self.now = asyncio.get_running_loop().time

    async def step(self) -> None:
        """Ping those whose time has come, and let go of those that do not answer."""
        now = self.now()
        for socket in [each for each in self.open if each.due_at <= now]:
            socket.on_due(now)


class LiveSocket(asyncio.Protocol):
    """One client. `on_lost` is called once, when the connection is gone."""

    __slots__ = (
        "_buffer",
        "_calls",
        "_frames",
        "_is_connected",
        "_is_pinged",
        "_on_lost",
        "_rooms",
        "_sid",
        "_sockets",
        "_transport",
        "_waiting",
        "_watched_until",
        "_wishes",
        "due_at",
    )
    transport = "websocket"

    def __init__(self, sockets: Sockets, transport: asyncio.Transport, on_lost: Callable[[], None]) -> None:
        self._sockets, self._transport, self._on_lost = sockets, transport, on_lost
        self._frames = Connection(ConnectionType.SERVER)
        self._buffer = ""
        self._sid = secrets.token_urlsafe(15)
        self._is_connected = self._is_pinged = False
        self._rooms: dict[str, Room] = {}
        self._wishes: dict[str, object] = {}  # showtimes that are to be watched once their rooms are known
        self._calls: set[asyncio.Task[None]] = set()
        self._waiting = deque[Packet]()
        self._watched_until = 0.0
        self.due_at = sockets.now() + CONNECT_SECONDS
        sockets.open.add(self)

    def greet(self) -> None:
        """The first packet, behind the answer to the upgrade."""
        hello = {
            "sid": self._sid,
            "upgrades": [],
            "pingInterval": int(PING_SECONDS * 1000),
            "pingTimeout": int(PONG_SECONDS * 1000),
            "maxPayload": MAX_MESSAGE_BYTES,
        }
        self._say(_OPEN + orjson.dumps(hello).decode())

    def data_received(self, data: bytes) -> None:
        """Frames, or parts of them."""
        try:
            self._frames.receive_data(data)
            for event in self._frames.events():
                self._on_frame(event)
        except (RemoteProtocolError, LocalProtocolError):
            self.close(CloseReason.PROTOCOL_ERROR)
        except Exception:
            log.exception("a websocket was given up")
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: it watches nothing any more."""
        self._sockets.open.discard(self)
        self._waiting.clear()
        for task in self._calls:
            task.cancel()
        for room in self._rooms.values():
            self._sockets.hub.remove(room, self)
        self._rooms.clear()
        self._on_lost()

    def show(self, frame: Frame) -> None:
        """As a `Watcher`."""
        self._write(frame.websocket)

    def show_another(self, room: Room) -> None:
        """As a `Watcher`: a change whose `since` nobody has makes the client watch anew."""
        data = {"showtimeId": room.showtime_id, "version": room.version, "since": room.version, "changes": []}
        self._write(Frame("seats", data, room.version).websocket)

    def leave(self, room: Room) -> None:
        """As a `Watcher`."""
        self._rooms.pop(room.showtime_id, None)

    def on_due(self, now: float) -> None:
        """Ping, or give up a client that has not answered, or never said what it wants."""
        if self._is_pinged or not self._is_connected:
            return self._transport.abort()
        self._is_pinged, self.due_at = True, now + PONG_SECONDS
        return self._write(_PING_FRAME)

    def shutdown(self) -> None:
        """The process is to end: clients go to another copy."""
        self.close(CloseReason.SERVICE_RESTART)

    def close(self, code: CloseReason) -> None:
        """Say goodbye, and close."""
        if self._transport.is_closing():
            return
        if self._frames.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            self._transport.write(self._frames.send(CloseConnection(code)))
        self._transport.close()

    def _write(self, frame: bytes) -> None:
        transport = self._transport
        if transport.is_closing():
            return None
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            DROPPED.labels(self.transport).inc()
            return transport.abort()
        return transport.write(frame)

    def _say(self, packet: str) -> None:
        self._write(text_frame(packet.encode()))

    def _send(self, kind: int, data: Any, namespace: str | None = None, id_: int | None = None) -> None:
        packet = Packet(kind, data=data, namespace=namespace, id=id_, binary=False)
        self._say(_MESSAGE + str(packet.encode()))

    def _on_frame(self, event: object) -> None:
        match event:
            case TextMessage(data=data, message_finished=is_whole):
                self._buffer += data
                if len(self._buffer) > MAX_MESSAGE_BYTES:
                    return self.close(CloseReason.MESSAGE_TOO_BIG)
                if is_whole:
                    text, self._buffer = self._buffer, ""
                    self._on_packet(text)
            case BytesMessage():
                self.close(CloseReason.UNSUPPORTED_DATA)
            case Ping():
                self._write(self._frames.send(event.response()))
            case CloseConnection():
                self.close(CloseReason.NORMAL_CLOSURE)
        return None

    def _on_packet(self, text: str) -> None:
        """A packet of Engine.IO."""
        match text[:1]:
            case "2":
                self._say(_PONG + text[1:])
            case "3":
                self._is_pinged, self.due_at = False, self._sockets.now() + PING_SECONDS
            case "4":
                self._on_message(text[1:])
            case "1":
                self.close(CloseReason.NORMAL_CLOSURE)
            case _:
                self.close(CloseReason.POLICY_VIOLATION)

    def _on_message(self, text: str) -> None:
        """A packet of Socket.IO."""
        try:
            packet = Packet(encoded_packet=text)
        except (ValueError, RecursionError):
            return self.close(CloseReason.POLICY_VIOLATION)
        namespace = packet.namespace or "/"
        match packet.packet_type:
            case kind if kind == CONNECT and namespace != "/":
                self._send(CONNECT_ERROR, {"message": "Invalid namespace"}, namespace)
            case kind if kind == CONNECT:
                self._is_connected, self.due_at = True, self._sockets.now() + PING_SECONDS
                self._send(CONNECT, {"sid": self._sid})
            case kind if kind == EVENT and self._is_connected and namespace == "/":
                self._on_event(packet)
            case kind if kind == DISCONNECT:
                self.close(CloseReason.NORMAL_CLOSURE)
            case kind if kind == ACK:
                pass
            case _:
                self.close(CloseReason.POLICY_VIOLATION)
        return None

    def _on_event(self, packet: Packet) -> None:
        """An event that the client emitted; it is answered wherever it asks for that."""
        if not isinstance(packet.data, list) or not packet.data:
            return self.close(CloseReason.POLICY_VIOLATION)
        self._waiting.append(packet)
        return self._begin_calls()

    def _begin_calls(self) -> None:
        """Those that wait begin in their order, as many as may be at a time."""
        while self._waiting and len(self._calls) < MOST_CALLS:
            packet = self._waiting.popleft()
            name, *arguments = packet.data
            task = asyncio.get_running_loop().create_task(self._answer(name, arguments, packet.id))
            self._calls.add(task)
            task.add_done_callback(self._on_called)
        if self._waiting:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _on_called(self, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        self._begin_calls()

    async def _answer(self, name: object, arguments: list[Any], id_: int | None) -> None:
        room = None
        try:
            room = await self._done(name, arguments)
            answer: dict[str, object] = {"version": room.version, "state": room.state} if room else {}
        except Problem as problem:
            answer = {"error": problem.code}
        except Exception:
            log.exception("a client's event could not be answered")
            answer = {"error": Unavailable.code}
        if id_ is not None:
            self._send(ACK, [answer], id_=id_)
        if room is not None and room.showtime_id in self._rooms:  # at the very version that it was told
            self._sockets.hub.add(room, self)

    async def _done(self, name: object, arguments: list[Any]) -> Room | None:
        """Do what an event asks for; the room of one that asks to watch."""
        match name:
            case "watch":
                return await self._watch(_showtime_id(arguments))
            case "unwatch":
                self._unwatch(_showtime_id(arguments))
                return None
            case _:
                raise InvalidInput("event", "there is no such event")

    async def _watch(self, showtime_id: str) -> Room:
        """The room of the showtime; raises `TooManyShowtimes`, `RateLimited` and what `Hub.join` raises. An `unwatch`
        that came while the room was read counts."""
        self._require_space(showtime_id)
        self._count_watch()
        wish = self._wishes[showtime_id] = object()
        try:
            room = await self._sockets.hub.join(showtime_id)
            if showtime_id in self._wishes:
                self._require_space(showtime_id)
                self._rooms[showtime_id] = room
            return room
        finally:
            if self._wishes.get(showtime_id) is wish:
                del self._wishes[showtime_id]

    def _require_space(self, showtime_id: str) -> None:
        if showtime_id not in self._rooms and len(self._rooms) >= MOST_SHOWTIMES:
            raise TooManyShowtimes

    def _count_watch(self) -> None:
        """Each may cost seating a reading: what was used comes back evenly, and all of it may be used at once."""
        now = self._sockets.now()
        used_until = max(now, self._watched_until) + WATCH_SECONDS
        if used_until - now > MOST_WATCHES * WATCH_SECONDS:
            raise RateLimited
        self._watched_until = used_until

    def _unwatch(self, showtime_id: str) -> None:
        self._wishes.pop(showtime_id, None)
        room = self._rooms.pop(showtime_id, None)
        if room is not None:
            self._sockets.hub.remove(room, self)


def _showtime_id(arguments: list[Any]) -> str:
    """`{showtimeId}`, the first argument."""
    first = arguments[0] if arguments else None
    showtime_id = first.get("showtimeId") if isinstance(first, dict) else None
    if not isinstance(showtime_id, str) or not showtime_id:
        raise InvalidInput("showtimeId", "is needed")
    return showtime_id
