"""Redis' keys: a showtime lives in one of 64 shards for good, and all keys of a shard share a slot."""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from contracts.ids import ShowtimeId

SHARDS = 64
LAYOUT = 2  # of what lies under the keys; where it changes, versions side by side have keys of their own
ListName = Literal["due", "changed", "loaded", "waitlists"]
_OF_A_SHOWTIME = ("meta", "map", "seats", "holds", "ends")
_OF_A_SHARD = ("events", "due", "changed", "loaded", "waitlists")


@lru_cache(maxsize=20_000)
def shard_of(showtime_id: str) -> int:
    """The number of the shard that a showtime lives in."""
    return zlib.crc32(showtime_id.encode()) % SHARDS


def shard_key(shard: int, name: str) -> str:
    """A key of a whole shard: events (a stream) with its lease; the lists due, changed, loaded, waitlists."""
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
    """A showtime in a shard's list. Its score is in milliseconds of Redis' clock: when something ends there, since when
    it has changed, or until when it is loaded."""

    showtime_id: ShowtimeId
    score: int
