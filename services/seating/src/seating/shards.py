"""Redis' keys: a showtime lives in one of 64 shards for good, and all keys of a shard share a slot."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from redis.asyncio import Redis

from contracts.ids import ShowtimeId
from seating.scripts import Scripts

SHARDS = 64
LAYOUT = 2  # of what lies under the keys; where it changes, versions side by side have keys of their own
ListName = Literal["due", "changed", "loaded"]
_OF_A_SHOWTIME = ("meta", "map", "seats", "holds", "ends")
_OF_A_SHARD = ("events", "due", "changed", "loaded")


@lru_cache(maxsize=20_000)
def shard_of(showtime_id: str) -> int:
    """The number of the shard that a showtime lives in."""
    return zlib.crc32(showtime_id.encode()) % SHARDS


def shard_key(shard: int, name: str) -> str:
    """A key of a whole shard: events (a stream) with its lease; the lists due, changed and loaded."""
    return f"{{s:{shard}}}:{LAYOUT}:{name}"


def meta_key(showtime_id: str) -> str:
    """The hash with a showtime's version, revision, start, and what ends next by the clock."""
    return shard_key(shard_of(showtime_id), f"{showtime_id}:meta")


@lru_cache(maxsize=20_000)
def keys_of(showtime_id: str) -> tuple[bytes, ...]:
    """The keys of every script of a showtime, in the order that `prelude.lua` names them in."""
    shard = shard_of(showtime_id)
    own = [shard_key(shard, f"{showtime_id}:{name}") for name in _OF_A_SHOWTIME]
    return tuple(key.encode() for key in own + [shard_key(shard, name) for name in _OF_A_SHARD])


@dataclass(frozen=True, slots=True)
class ListedShowtime:
    """A showtime in a shard's list, with its score: in `due` and `loaded` an instant (milliseconds of Redis' clock), in
    `changed` the map's version."""

    showtime_id: ShowtimeId
    score: int


class ShardLists:
    """The lists of showtimes that the scripts write for each shard: `due` (something ends then by the clock alone),
    `changed` (since their availability was said last) and `loaded` (known to Redis, until they are dropped then)."""

    def __init__(self, redis: "Redis") -> None:
        self._redis, self._scripts = redis, Scripts(redis)

    async def read(self, name: ListName, until: float | Literal["+inf"] = "+inf") -> Sequence[ListedShowtime]:
        """The showtimes of all shards in this list whose score is no greater than `until`."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.zrangebyscore(shard_key(shard, name), "-inf", until, withscores=True)
            shards = await pipeline.execute()
        return [ListedShowtime(ShowtimeId(id_.decode()), int(score)) for shard in shards for id_, score in shard]

    async def remove_from_due(self, showtime_id: ShowtimeId) -> None:
        """Take a showtime that Redis does not know off the list `due`."""
        await self._redis.zrem(shard_key(shard_of(showtime_id), "due"), showtime_id)

    async def take_announcing_turn(self, showtime_id: ShowtimeId, every_ms: int) -> bool:
        """Reserve the saying of its availability for this replica and `every_ms`; False where another has it."""
        turn = shard_key(shard_of(showtime_id), f"announced:{showtime_id}")
        return bool(await self._redis.set(turn, 1, nx=True, px=every_ms))

    async def remove_from_changed(self, showtime_id: ShowtimeId, version: int) -> None:
        """The availability of this version was said: the showtime leaves `changed`, unless it has changed again."""
        keys = meta_key(showtime_id).encode(), shard_key(shard_of(showtime_id), "changed").encode()
        await self._scripts("remove_from_changed", keys, showtime_id, version)
