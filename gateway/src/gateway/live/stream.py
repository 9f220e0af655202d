"""Seats as server-sent events."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress

from gateway.live.frames import Frame
from gateway.live.hub import DROPPED, Hub
from gateway.live.rooms import Room

PATH = "/api/seats/stream"
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
COMMENT_SECONDS = 15.0
_MOST_UNSENT = 256  # frames of a client that does not read
_COMMENT = b":\n\n"
_RETRY_MILLISECONDS = range(100, 2_000)  # after which a client comes back to another copy; not all at once


class Stream:
    """One client of a showtime's stream, from its version on where that is known, else from the whole map on."""

    transport = "sse"

    def __init__(self, hub: Hub, room: Room, last_event_id: str) -> None:
        self._hub, self._room, self._last_event_id = hub, room, last_event_id
        self._unsent: list[bytes] = []
        self._news = asyncio.Event()
        self._ends = False

    def show(self, frame: Frame) -> None:
        """As a `Watcher`."""
        if self._ends:
            return None
        if len(self._unsent) >= _MOST_UNSENT:
            DROPPED.labels(self.transport).inc()
            return self.end()
        self._unsent.append(frame.sse)
        return self._news.set()

    def show_another(self, room: Room) -> None:
        """As a `Watcher`."""
        self.show(room.snapshot)

    def leave(self, _room: Room) -> None:
        """As a `Watcher`."""
        self.end()

    def end(self) -> None:
        """Nothing more is sent after this."""
        self._ends = True
        self._news.set()

    def restart(self) -> None:
        """The process is to end: the client goes on elsewhere, from the version that it has."""
        self._unsent.append(b"retry: %d\n\n" % secrets.choice(_RETRY_MILLISECONDS))
        self.end()

    async def parts(self) -> AsyncIterator[bytes]:
        """The stream's bytes, for ever, or until it ends; a comment wherever nothing was sent for 15 s."""
        self._unsent = [self._first(self._last_event_id)]
        self._hub.add(self._room, self)
        self._hub.on_end(self.restart)
        try:
            while True:
                unsent, self._unsent = self._unsent, []
                if unsent:
                    yield b"".join(unsent)
                    continue
                if self._ends:
                    return
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(COMMENT_SECONDS):
                        await self._news.wait()
                if not self._unsent and not self._ends:
                    yield _COMMENT
        finally:
            self._hub.off_end(self.restart)
            self._hub.remove(self._room, self)

    def _first(self, last_event_id: str) -> bytes:
        """What has changed since that version, or the whole map."""
        is_version = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 16
        frame = self._room.since(int(last_event_id)) if is_version else None
        if frame is None:
            return self._room.snapshot.sse
        return frame.sse if frame.data["changes"] else _COMMENT
