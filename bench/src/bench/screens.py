"""Many clients of Socket.IO in one process, which do nothing but watch and note when they were told something.

Written by hand, since on a machine of two cores what watches takes from what is measured.
"""

import asyncio
import base64
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import orjson

from stack.waiting import until

AT_A_TIME = 100  # connections being opened
_SHORT, _MIDDLE = 126, 127
_CONNECT, _PONG = b"40", b"3"


@dataclass(slots=True)
class Tally:
    """What all of them together were told: how many watch, and when each frame with seats came, in seconds."""

    watching: int = 0
    arrivals: list[float] = field(default_factory=list)
    lost: int = 0


class _Screen(asyncio.Protocol):
    """One connection: upgrade, connect, watch; then it counts."""

    def __init__(self, authority: str, showtime_id: str, tally: Tally) -> None:
        self._authority, self._showtime_id, self._tally = authority, showtime_id, tally
        self._buffer, self._is_upgraded = b"", False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._authority}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self.transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_upgraded:
            _, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._is_upgraded = True
            self._say(_CONNECT)
        while (payload := self._next()) is not None:
            self._hear(payload)

    def connection_lost(self, _error: Exception | None) -> None:
        self._tally.lost += 1

    def _next(self) -> bytes | None:
        """The payload of the next whole frame."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size >= _SHORT:
            start = 4 if size == _SHORT else 10
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        self._buffer = buffer[start + size :]
        return buffer[start : start + size]

    def _hear(self, payload: bytes) -> None:
        if payload.startswith(b'42["seats"'):
            self._tally.arrivals.append(time.perf_counter())
        elif payload.startswith(_CONNECT):
            self._say(b'420["watch",' + orjson.dumps({"showtimeId": self._showtime_id}) + b"]")
        elif payload.startswith(b"43"):
            self._tally.watching += 1
        elif payload == b"2":
            self._say(_PONG)

    def _say(self, payload: bytes) -> None:
        """A frame, masked by zeros."""
        assert self.transport is not None  # noqa: S101  set when the connection was made
        size = len(payload)
        self.transport.write(bytes((0x81, 0x80 | size)) + bytes(4) + payload)


class Screens:
    """All clients of one server that watch one showtime."""

    def __init__(self, origin: str, showtime_id: str) -> None:
        self._host, self._port = str(urlsplit(origin).hostname), int(urlsplit(origin).port or 80)
        self._showtime_id, self.tally = showtime_id, Tally()
        self._transports: list[asyncio.BaseTransport] = []

    async def open(self, count: int) -> None:
        """Return once all watch."""
        gate, loop = asyncio.Semaphore(AT_A_TIME), asyncio.get_running_loop()
        authority = f"{self._host}:{self._port}"

        async def open_screen() -> None:
            async with gate:
                screen = _Screen(authority, self._showtime_id, self.tally)
                transport, _ = await loop.create_connection(lambda: screen, self._host, self._port)
                self._transports.append(transport)

        await asyncio.gather(*(open_screen() for _ in range(count)))
        await until(lambda: self.tally.watching == count)

    async def told(self, frames: int) -> Sequence[float]:
        """When each of so many frames came; those that come are awaited, and forgotten."""
        await until(lambda: len(self.tally.arrivals) >= frames, every=0.005)
        arrivals, self.tally.arrivals = self.tally.arrivals, []
        return arrivals

    async def quiet(self) -> Sequence[float]:
        """When each frame came, once none has come for a second; they are forgotten."""
        count = -1
        while count != len(self.tally.arrivals):
            count = len(self.tally.arrivals)
            await asyncio.sleep(1)
        arrivals, self.tally.arrivals = self.tally.arrivals, []
        return arrivals

    def close(self) -> None:
        """Hang up."""
        for transport in self._transports:
            cast("asyncio.Transport", transport).abort()
