"""The showtimes that clients of this copy watch: heard on its own transient queue, read from seating where that is not
enough, and shown in batches."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from prometheus_client import Counter, Gauge

from chassis.calls import Peer
from chassis.logs import logger
from chassis.problems import Problem, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.ids import is_id
from contracts.seating import MapChanged
from gateway.errors import ShowtimeClosed, ShowtimeNotFound
from gateway.live import frames
from gateway.live.frames import Frame
from gateway.live.rooms import Room, SeatsNow

log = logger(__name__)
BATCH_SECONDS = 0.05
AT_ONCE = 500  # frames written before anything else gets its turn
READ_EVERY_SECONDS = 20.0  # seating says changes for 60 s after a reading
READ_WITHOUT_BROKER_SECONDS = 1.0
EMPTY_SECONDS = 30.0  # a room stays so long after its last watcher, for one who comes back
WATCHERS = Gauge("marquee_live_watchers", "Showtimes that clients watch, each counted for each client", ["transport"])
ROOMS = Gauge("marquee_live_showtimes", "Showtimes that this copy follows")
SENT = Counter("marquee_live_frames_total", "Frames written to watchers")
DROPPED = Counter("marquee_live_dropped_total", "Clients dropped that did not read what they watch", ["transport"])
Read = Callable[[str], Awaitable[SeatsNow]]


class Watcher(Protocol):
    """A client that watches showtimes. No call waits: one that does not read is dropped."""

    transport: str
    """`websocket` or `sse`."""

    def show(self, frame: Frame) -> None:
        """Seats have changed, or the show is closed."""

    def show_another(self, room: Room) -> None:
        """The map is another one."""

    def leave(self, room: Room) -> None:
        """Nothing follows: the room is closed."""


class _Followed:
    """A room with those who are in it."""

    def __init__(self, showtime_id: str, now: float) -> None:
        self.room = Room(showtime_id)
        self.watchers: set[Watcher] = set()
        self.reading: asyncio.Task[None] | None = None
        self.is_scheduled = False
        self.next_read_at, self.empty_at = 0.0, now
        self.shown_at = 0.0  # to the last watcher


class Hub:
    """Who watches what. `read` asks seating, which then says each change for a while."""

    def __init__(self, read: Read) -> None:
        self._read, self._loop = read, asyncio.get_running_loop()
        self._followed: dict[str, _Followed] = {}
        self._hears = False
        self._ending: set[Callable[[], object]] = set()

    async def join(self, showtime_id: object) -> Room:
        """The room of a showtime, as it is shown now; raises `ShowtimeNotFound`, `ShowtimeClosed`, `Unavailable`."""
        if not isinstance(showtime_id, str) or not is_id("sho", showtime_id):
            raise ShowtimeNotFound
        followed = self._followed.get(showtime_id)
        if followed is None or followed.room.version < 0:
            followed = followed or self._followed.setdefault(showtime_id, _Followed(showtime_id, self._loop.time()))
            ROOMS.set(len(self._followed))
            try:
                await asyncio.shield(self._reading(followed))
            except Problem:
                if not followed.watchers and followed.room.version < 0:
                    self._forget(followed)
                raise
        if followed.room.status != "open":
            raise ShowtimeClosed
        return followed.room

    def add(self, room: Room, watcher: Watcher) -> None:
        """Show this watcher what follows upon what is shown now; it leaves at once where the room is closed by now."""
        followed = self._followed.get(room.showtime_id)
        if followed is None or followed.room is not room:
            watcher.leave(room)
        elif watcher not in followed.watchers:
            followed.watchers.add(watcher)
            WATCHERS.labels(watcher.transport).inc()

    def remove(self, room: Room, watcher: Watcher) -> None:
        """Show this watcher nothing more of the room."""
        followed = self._followed.get(room.showtime_id)
        if followed is not None and watcher in followed.watchers:
            followed.watchers.discard(watcher)
            followed.empty_at = self._loop.time()
            WATCHERS.labels(watcher.transport).dec()

    def on_map_changed(self, change: MapChanged) -> None:
        """What seating says."""
        followed = self._followed.get(change.showtime_id)
        if followed is None:
            return
        followed.room.hear(change)
        if followed.room.lost:
            self._reading(followed)
        self._schedule(followed)

    async def catch_up(self) -> None:
        """The queue is new: whatever was said before is read."""
        for followed in self._followed.values():
            followed.next_read_at = 0.0
        await self._read_due()
        self._hears = True

    def on_lost(self) -> None:
        """Nothing is heard for now: rooms are read again and again."""
        self._hears = False
        for followed in self._followed.values():
            followed.next_read_at = 0.0

    async def step(self) -> None:
        """Read the rooms that are due, and forget those that nobody is in."""
        now = self._loop.time()
        for followed in list(self._followed.values()):
            if not followed.watchers and followed.reading is None and followed.empty_at + EMPTY_SECONDS < now:
                self._forget(followed)
        await self._read_due()

    def on_end(self, end: Callable[[], object]) -> None:
        """Have this called when the process is to end."""
        self._ending.add(end)

    def off_end(self, end: Callable[[], object]) -> None:
        """No more."""
        self._ending.discard(end)

    def end(self) -> None:
        """The process is to end: streams end, so that their clients go to another copy."""
        ending, self._ending = self._ending, set()
        for end in ending:
            end()

    async def _read_due(self) -> None:
        now = self._loop.time()
        due = [followed for followed in self._followed.values() if followed.next_read_at <= now or followed.room.lost]
        outcomes = await asyncio.gather(*(self._reading(followed) for followed in due), return_exceptions=True)
        failures = [failure for failure in outcomes if isinstance(failure, Unavailable)]
        if failures:
            raise PeerUnavailable(f"{len(failures)} rooms could not be read: {failures[0]!r}")

    def _reading(self, followed: _Followed) -> "asyncio.Task[None]":
        """The reading of a room that is under way; a new one where none is."""
        if followed.reading is None:
            followed.reading = asyncio.create_task(self._read_room(followed))
            followed.reading.add_done_callback(lambda task: _note(followed, task))
        return followed.reading

    async def _read_room(self, followed: _Followed) -> None:
        room, losses = followed.room, -1
        try:
            while losses != room.losses:  # lost meanwhile: what was read may be of before that
                losses = room.losses
                now = await self._read(room.showtime_id)
            room.read(now)
        finally:
            pause = READ_EVERY_SECONDS if self._hears and not room.lost else READ_WITHOUT_BROKER_SECONDS
            followed.next_read_at = self._loop.time() + pause
        if room.status == "cancelled":
            self._close(followed)
        else:
            self._schedule(followed)

    def _schedule(self, followed: _Followed) -> None:
        if followed.room.has_news and not followed.is_scheduled:
            followed.is_scheduled = True
            rest = followed.shown_at + BATCH_SECONDS - self._loop.time()
            self._loop.call_later(max(0.0, rest), self._show, followed)

    def _show(self, followed: _Followed) -> None:
        """Show what was heard, to all who are in the room now."""
        frame, room = followed.room.take(), followed.room
        show: Callable[[Watcher], None]
        if frame is None:

            def show(watcher: Watcher) -> None:
                watcher.show_another(room)
        else:

            def show(watcher: Watcher) -> None:
                watcher.show(frame)

        self._to_each(followed, show, list(followed.watchers), 0)

    def _to_each(
        self, followed: _Followed, show: Callable[[Watcher], None], watchers: Sequence[Watcher], first: int
    ) -> None:
        for watcher in watchers[first : first + AT_ONCE]:
            if watcher in followed.watchers:
                show(watcher)
        if first + AT_ONCE < len(watchers):
            self._loop.call_soon(self._to_each, followed, show, watchers, first + AT_ONCE)
            return
        SENT.inc(len(watchers))
        followed.is_scheduled, followed.shown_at = False, self._loop.time()
        self._schedule(followed)

    def _close(self, followed: _Followed) -> None:
        """The show was cancelled: its watchers are told, and are in no room any more."""
        frame = frames.closed(followed.room.showtime_id, followed.room.status)
        for watcher in list(followed.watchers):
            watcher.show(frame)
            watcher.leave(followed.room)
            self.remove(followed.room, watcher)
        self._forget(followed)

    def _forget(self, followed: _Followed) -> None:
        if self._followed.get(followed.room.showtime_id) is followed:
            del self._followed[followed.room.showtime_id]
        ROOMS.set(len(self._followed))


def _note(followed: _Followed, task: "asyncio.Task[None]") -> None:
    followed.reading = None
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Problem):
        log.error("a room could not be read", showtime_id=followed.room.showtime_id, exc_info=error)


def reader(seating: Peer) -> Read:
    """Asks seating for a showtime's seats; raises `ShowtimeNotFound` or `Unavailable`."""

    async def read(showtime_id: str) -> SeatsNow:
        try:
            answer = await seating.call("POST", f"/internal/showtimes/{showtime_id}/watch")
        except (PeerUnavailable, PeerTimeout) as error:
            raise Unavailable("seating cannot be reached") from error
        if answer.status == ShowtimeNotFound.status:
            raise ShowtimeNotFound
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise Unavailable(f"seating answered {answer.status}")
        body = answer.body
        return SeatsNow(body["version"], tuple(body["seatIds"]), body["state"], body["status"])

    return read
