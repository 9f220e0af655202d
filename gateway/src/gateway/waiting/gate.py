"""The gate of holds: while a showtime's room is in force a hold needs a pass. Where there is no room it costs one look
of all rooms, which every copy of the gateway remembers for half a second."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping

import orjson
from redis.exceptions import RedisError

from chassis.auth import Caller, Tokens, bearer
from chassis.bodies import read_json
from chassis.logs import logger
from chassis.problems import MalformedBody
from gateway.errors import QueueRequired
from gateway.request import Fields, RequestHead
from gateway.waiting import line, passes, room
from gateway.waiting.room import Room
from gateway.waiting.rooms import Rooms

log = logger(__name__)
LOOK_SECONDS = 0.5
PASS_HEADER = b"x-queue-pass"
_WINDOW_SECONDS = 5.0
_FEWEST = 20  # holds in a window that say something
_COME_AGAIN_SECONDS = "5"
_SLOW_SECONDS = 30  # for which holds count as slow after they were


class Latency:
    """How long holds took lately, in seconds."""

    def __init__(self) -> None:
        self._holds: deque[tuple[float, float]] = deque()

    def note(self, seconds: float, now: float) -> None:
        """A hold was answered."""
        self._holds.append((now, seconds))

    def mean(self, now: float) -> float:
        """Of the last five seconds; 0 where that are too few to say."""
        while self._holds and self._holds[0][0] < now - _WINDOW_SECONDS:
            self._holds.popleft()
        if len(self._holds) < _FEWEST:
            return 0.0
        return sum(seconds for _, seconds in self._holds) / len(self._holds)


class Gate:
    """Admits holds. `slow_seconds` is the latency beyond which automatic rooms open.

    While Redis does not answer every hold goes on: so do other limits, and seats are held in Redis anyhow."""

    def __init__(self, rooms: Rooms, tokens: Tokens, slow_seconds: float) -> None:
        self._rooms, self._tokens, self._slow_seconds = rooms, tokens, slow_seconds
        self._known: Mapping[str, Room] = {}
        self._fresh_until = 0.0
        self._looking = asyncio.Lock()
        self._latency = Latency()
        self._is_slow = self._measures = False

    @property
    def is_idle(self) -> bool:
        """Whether there is no room, as far as is known and fresh."""
        return not self._known and time.monotonic() < self._fresh_until

    def note(self, seconds: float) -> None:
        """A hold was answered after that time."""
        if self._measures:
            self._latency.note(seconds, time.monotonic())

    async def admit(self, request: RequestHead, body: bytes) -> Fields:
        """Let a hold pass, or raise `QueueRequired`; no headers."""
        try:
            known = await self._room_of(body)
        except (RedisError, OSError) as error:
            log.warning("holds need no pass: Redis does not answer", error=repr(error))
            known = None
        if known is not None:
            await self._require_pass(request, known)
        return ()

    async def _room_of(self, body: bytes) -> Room | None:
        """The room in force that a hold is for."""
        rooms = await self.rooms()
        known = rooms.get(_showtime_of(body)) if rooms else None
        if known is None or known.is_in_force:
            return known
        if known.automatic and self._is_slow:
            await self._open(known)
        return None

    async def _require_pass(self, request: RequestHead, known: Room) -> None:
        caller = await self._caller(request)
        if caller.has(known.theater_id, "staff", "manager"):
            return
        presented = request.by_name.get(PASS_HEADER, b"").decode("latin-1")
        if not passes.is_good(presented, known, caller):
            detail = f"join the waiting room by POST /api/queue/{known.showtime_id}/join, and hold with its pass"
            raise QueueRequired(detail, headers={"Retry-After": _COME_AGAIN_SECONDS})

    async def _caller(self, request: RequestHead) -> Caller:
        header = request.by_name.get(b"authorization", b"").decode("latin-1")
        return await self._tokens.verify(bearer(header))

    async def rooms(self) -> Mapping[str, Room]:
        """All rooms, as they were at most half a second ago; raises what Redis or the connection raised."""
        if time.monotonic() >= self._fresh_until:
            async with self._looking:
                if time.monotonic() >= self._fresh_until:
                    await self._look()
        return self._known

    async def _look(self) -> None:
        known: Mapping[str, Room] = {}
        began = time.monotonic()
        try:
            known = await self._rooms.all()
            self._measures = any(each.automatic for each in known.values())
            if self._measures:
                await self._watch_latency()
                known = {name: await self._closed(each) for name, each in known.items()}
        finally:
            self._known, self._fresh_until = known, began + LOOK_SECONDS

    async def _watch_latency(self) -> None:
        if self._latency.mean(time.monotonic()) > self._slow_seconds:
            await self._rooms.note_slow(_SLOW_SECONDS)
            self._is_slow = True
        else:
            self._is_slow = await self._rooms.is_slow()

    async def _open(self, known: Room) -> None:
        """Put an automatic room in force, from the next hold on."""
        if await self._rooms.write(room.opened(known, await self._rooms.now()), known.version, empties=True):
            log.warning("holds are slow: the waiting room opens", showtime_id=known.showtime_id)
        self._fresh_until = 0.0

    async def _closed(self, known: Room) -> Room:
        """The room, not in force any more where holds are fast again and nobody waits."""
        if not known.automatic or not known.is_in_force or self._is_slow:
            return known
        place = await self._rooms.look(known.showtime_id)
        if place is None or place.now < line.instant_of(known.paces, 0.0) or await self._rooms.waiting(place):
            return known
        after = room.armed(known)
        if not await self._rooms.write(after, known.version, empties=True):
            return known
        log.info("holds are fast again and nobody waits: the waiting room closes", showtime_id=known.showtime_id)
        return after


def _showtime_of(body: bytes) -> str:
    """The showtime that a hold is for, as seating reads it; empty where it says none. Raises `MalformedBody`."""
    try:
        sent = read_json(body)
    except orjson.JSONDecodeError:
        raise MalformedBody("the body is no JSON") from None
    showtime_id = sent.get("showtimeId") if isinstance(sent, dict) else None
    return showtime_id.strip() if isinstance(showtime_id, str) else ""
