"""Admin calls: a room is made, changed, ended and listed. Each change is decided on one version of the room."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.auth import Caller
from chassis.conditional import IfMatch
from chassis.problems import Forbidden, InvalidInput, Unavailable
from contracts.audit import Shown
from gateway.errors import QueueNotFound, QueueOpen, ShowtimeClosed
from gateway.waiting.gate import LOOK_SECONDS
from gateway.waiting.line import SECOND
from gateway.waiting.records import Records, record
from gateway.waiting.room import Room, Wish
from gateway.waiting.rooms import Place, Rooms
from gateway.waiting.showtimes import Showtime, Showtimes

_TRIES = 10
Show = Callable[[Room, int, int], Shown]
"""What clients are shown of a room at an instant, with so many in line."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """A room at an instant of Redis' clock, with so many in line."""

    room: Room
    now: int
    waiting: int


class Admin:
    """Changes rooms. What a call did is so on every copy of the gateway when it is answered: it waits for as long as a
    copy remembers its look."""

    def __init__(self, rooms: Rooms, showtimes: Showtimes, records: Records, show: Show) -> None:
        self._rooms, self._showtimes, self._records, self._show = rooms, showtimes, records, show

    async def list(self, caller: Caller) -> list[Occupied]:
        """The rooms of the caller's theaters, in the order of their showtimes."""
        mine = [room for _, room in sorted((await self._rooms.all()).items()) if caller.has(room.theater_id, "manager")]
        places = await asyncio.gather(*(self._rooms.look(room.showtime_id) for room in mine))
        return [await self._occupied(place) for place in places if place is not None]

    async def get(self, caller: Caller, showtime_id: str) -> Occupied:
        """The room of a showtime; raises `QueueNotFound`."""
        return await self._occupied(await self._place(caller, showtime_id))

    async def set(self, caller: Caller, showtime_id: str, wish: Wish, if_match: IfMatch) -> Occupied:
        """Make the showtime's room, or change the one it has."""
        showtime = await self._showtimes.newest(showtime_id)
        _require_manager(caller, showtime.theater_id)
        if not showtime.is_open(datetime.now(UTC)):
            raise ShowtimeClosed("this showtime is not sold any more")
        if wish.opens_at is not None and wish.opens_at >= showtime.starts_at.timestamp() * SECOND:
            raise InvalidInput("opensAt", "must be before the showtime begins")
        for _ in range(_TRIES):
            if await self._set(caller, showtime, wish, if_match):
                return await self._in_force(showtime_id)
        raise Unavailable("the waiting room changes too often: try again")

    async def _set(self, caller: Caller, showtime: Showtime, wish: Wish, if_match: IfMatch) -> bool:
        place = await self._rooms.look(showtime.id)
        if place is None:
            if_match.require(0)
            now = await self._rooms.now()
            room = wish.new(showtime.id, showtime.theater_id, _ends_at(showtime), now)
            done = self._record(caller, "opened", None, Occupied(room, now, 0))
            return await self._rooms.write(room, 0, done, empties=True)
        before = await self._occupied(place)
        if_match.require(before.room.version)
        opens_at = before.room.opens_at
        if opens_at is not None and opens_at <= before.now < (wish.opens_at or 0):
            raise QueueOpen("the waiting room is open already; DELETE it to begin another")
        room = wish.changed(before.room, before.now)
        if room == before.room:
            return True
        done = self._record(caller, "changed", before, Occupied(room, before.now, before.waiting))
        return await self._rooms.write(room, before.room.version, done)

    async def remove(self, caller: Caller, showtime_id: str, if_match: IfMatch) -> None:
        """End a room: holds need no pass any more. Raises `QueueNotFound`."""
        for _ in range(_TRIES):
            place = await self._place(caller, showtime_id)
            if_match.require(place.room.version)
            before = await self._occupied(place)
            if await self._rooms.remove(place.room, self._record(caller, "ended", before, None)):
                await self._told(showtime_id)
                return
        raise Unavailable("the waiting room changes too often: try again")

    async def _place(self, caller: Caller, showtime_id: str) -> Place:
        place = await self._rooms.look(showtime_id)
        showtime = None if place else await self._showtimes.get(showtime_id)
        _require_manager(caller, place.room.theater_id if place else showtime.theater_id if showtime else "")
        if place is None:
            raise QueueNotFound("this showtime has no waiting room")
        return place

    async def _in_force(self, showtime_id: str) -> Occupied:
        await self._told(showtime_id)
        place = await self._rooms.look(showtime_id)
        if place is None:
            raise QueueNotFound("somebody has ended this waiting room meanwhile")
        return await self._occupied(place)

    async def _told(self, showtime_id: str) -> None:
        """Publish the record, and let the looks of all copies go stale."""
        await asyncio.gather(self._records.publish(showtime_id), asyncio.sleep(LOOK_SECONDS))

    async def _occupied(self, place: Place) -> Occupied:
        return Occupied(place.room, place.now, await self._rooms.waiting(place))

    def _record(self, caller: Caller, what: str, before: Occupied | None, after: Occupied | None) -> bytes:
        room = (after or before).room  # type: ignore[union-attr]  # there is one of them
        shown = [None if side is None else self._show(side.room, side.now, side.waiting) for side in (before, after)]
        return record(caller.user_id, what, room, *shown)


def _ends_at(showtime: Showtime) -> int:
    return int(showtime.ends_at.timestamp() * 1_000)


def _require_manager(caller: Caller, theater_id: str) -> None:
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this theater is not yours")
