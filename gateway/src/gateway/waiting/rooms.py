"""Waiting rooms in Redis. The keys of one showtime share a hash tag, and each change of them is one script.

`queue:rooms` is a sorted set of the showtimes that have or had a room, by when it is not needed any more: it is written
before the room and says nothing alone.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from redis.asyncio import Redis

from chassis.auto_pipeline import AutoPipeline
from chassis.scripts import Script, ScriptRunner
from gateway.waiting import room as rules
from gateway.waiting.room import Room

_INDEX, _SLOW = "queue:rooms", "queue:slow"
_LOT_BITS = 53  # a score of a sorted set is exact so far
_BIGGEST_LOOK = 10_000


def _script(name: str) -> Script:
    return Script((resources.files("gateway.waiting") / "lua" / f"{name}.lua").read_text(encoding="utf-8"))


_PLACE, _WRITE, _REMOVE = _script("place"), _script("write"), _script("remove")


@dataclass(frozen=True, slots=True)
class Place:
    """What a look into a room shows at an instant (microseconds): the turn of who looked, None without one, and the
    turn after the last one of the line where somebody came after the opening."""

    room: Room
    now: int
    turn: float | None
    last: float | None


class Rooms:
    """The rooms of all showtimes. Every call raises what Redis or the connection raised."""

    def __init__(self, redis: "Redis") -> None:
        self._redis, self._run, self._execute = redis, ScriptRunner(redis), AutoPipeline(redis)

    async def now(self) -> int:
        """The time of Redis in microseconds."""
        seconds, microseconds = await self._execute("TIME")
        return int(seconds) * 1_000_000 + int(microseconds)

    async def all(self) -> dict[str, Room]:
        """Every room there is, by showtime."""
        now = await self.now() // 1_000
        names = await self._execute("ZRANGEBYSCORE", _INDEX, now, "+inf", "LIMIT", 0, _BIGGEST_LOOK)
        showtimes = [name.decode() for name in names]
        hashes = await asyncio.gather(*(self._execute("HGETALL", _key(name)) for name in showtimes))
        return {
            name: rules.stored(name, _texts(fields)) for name, fields in zip(showtimes, hashes, strict=True) if fields
        }

    async def look(self, showtime_id: str, ids: Sequence[str] = (), lapsed: float = -1.0) -> Place | None:
        """The place of a person with these ids, whose turns up to `lapsed` do not count; None without a room."""
        return await self._place(showtime_id, "", ids, lapsed)

    async def join(self, showtime_id: str, ids: Sequence[str], lapsed: float = -1.0) -> Place | None:
        """The same, with a place for who had none: a lot before the opening, else behind the last one."""
        return await self._place(showtime_id, str(secrets.randbits(_LOT_BITS)), ids, lapsed)

    async def _place(self, showtime_id: str, lot: str, ids: Sequence[str], lapsed: float) -> Place | None:
        answer = await self._run(_PLACE, _keys(showtime_id)[:3], lot, repr(lapsed), *ids)
        if not answer:
            return None
        now, turn, *pairs = (part.decode() for part in answer)
        fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
        last = fields.get("last", "")
        room = rules.stored(showtime_id, fields)
        return Place(room, int(now), float(turn) if turn else None, float(last) if last else None)

    async def waiting(self, place: Place) -> int:
        """How many wait in the room."""
        last = place.last
        if last is None:
            last = float(await self._execute("ZCARD", _keys(place.room.showtime_id)[1]))
        return rules.waiting(place.room, last, place.now)

    async def write(self, room: Room, replaced: int, record: bytes = b"", *, empties: bool = False) -> bool:
        """Store a room in place of the version `replaced` (0: there was none), with the record of an admin's change;
        False where there is another version. `empties`: nobody is in line after that."""
        now = await self.now() // 1_000
        await self._execute("ZREMRANGEBYSCORE", _INDEX, "-inf", now)
        await self._execute("ZADD", _INDEX, room.ends_at, room.showtime_id)
        fields = room.fields() | ({"last": ""} if empties else {})
        pairs = [part for pair in fields.items() for part in pair]
        keys = _keys(room.showtime_id)
        (is_written,) = await self._run(_WRITE, keys, replaced, record, room.ends_at, int(empties), *pairs)
        return bool(is_written)

    async def remove(self, room: Room, record: bytes) -> bool:
        """Remove a room and its line; False where there is another version by now."""
        (is_removed,) = await self._run(_REMOVE, _keys(room.showtime_id), room.version, record)
        return bool(is_removed)

    async def note_slow(self, seconds: int) -> None:
        """Holds are slow at one of the gateways: so it is for all of them, for this long."""
        await self._execute("SET", _SLOW, "1", "EX", seconds)

    async def is_slow(self) -> bool:
        """Whether holds have been slow at any of the gateways lately."""
        return bool(await self._execute("EXISTS", _SLOW))

    async def indexed(self) -> list[str]:
        """The showtimes that may have records to be published."""
        return [name.decode() for name in await self._execute("ZRANGE", _INDEX, 0, -1)]

    async def records(self, showtime_id: str) -> list[bytes]:
        """The records of admin calls that are not known to be published."""
        return list(await self._execute("LRANGE", _keys(showtime_id)[3], 0, -1))

    async def forget_record(self, showtime_id: str, record: bytes) -> None:
        """It is published."""
        await self._execute("LREM", _keys(showtime_id)[3], 0, record)


def _key(showtime_id: str) -> str:
    return f"queue:{{{showtime_id}}}"


def _keys(showtime_id: str) -> tuple[bytes, bytes, bytes, bytes]:
    """The room, early comers, later ones, and records to be published."""
    tag = _key(showtime_id).encode()
    return tag, tag + b":early", tag + b":late", tag + b":records"


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}
