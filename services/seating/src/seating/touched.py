"""Which shards have something for a worker to do, so that nobody asks all of them again and again.

A script's answer says what it did to its shard. A process that works follows it up itself; one that only answers hands
it over through a set in Redis. What a crash leaves behind is found by a look at all shards, every 5 s by one worker.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import time
from typing import Any

from redis.asyncio import Redis

from chassis.loops import Signal
from seating.shards import SHARDS, shard_key

EMITTED, LISTED, SCHEDULED, WATCHED, CAME = 1, 2, 4, 8, 16  # as `finish.lua` sums them
HANDED_OVER = "{seating}:touched"
LOOK_TURN = "{seating}:look"
LOOK_MS = 5_000
LEFT_BEHIND_MS = 2_000  # younger ones are in the hands of whoever touched them


class TouchedShards:
    """Shards that this process has to look at.

    `events` have something to publish, `changed` a showtime to announce, `waitlists` something for those who wait.
    `due` has the instant (milliseconds) at which something ends in a shard by the clock alone, as far as known; 0
    where its list is to be read first. `watched` is given when somebody waits for what there is to publish.
    """

    def __init__(self) -> None:
        self.signal, self.watched = Signal(), Signal()
        self.events, self.changed, self.waitlists = set[int](), set[int](), set[int]()
        self.due = dict[int, float]()

    def note(self, shard: int, what: int) -> None:
        """A script did this to the shard: the sum of `EMITTED`, `LISTED`, `SCHEDULED`, `WATCHED` and `CAME`."""
        if what & EMITTED:
            self.events.add(shard)
        if what & LISTED:
            self.changed.add(shard)
        if what & SCHEDULED:
            self.due[shard] = 0
        if what & CAME:
            self.waitlists.add(shard)
        if what:
            self.signal.give()
        if what & WATCHED:
            self.watched.give()

    def note_all(self, shards: Iterable[int]) -> None:
        """Anything may have happened to these shards."""
        for shard in shards:
            self.note(shard, EMITTED | LISTED | SCHEDULED | CAME)

    def take_all(self) -> set[int]:
        """All shards that are known here; none is afterwards."""
        shards = self.events | self.changed | self.waitlists | self.due.keys()
        self.events.clear()
        self.changed.clear()
        self.waitlists.clear()
        self.due.clear()
        return shards


@contextmanager
def taken(shards: set[int]) -> Iterator[set[int]]:
    """What the set has, taken out of it for the block; an error puts it back."""
    out = set(shards)
    shards.clear()
    try:
        yield out
    except BaseException:
        shards |= out
        raise


class Handover:
    """From processes that only answer to those that work."""

    def __init__(self, redis: "Redis", touched: TouchedShards) -> None:
        self._redis, self._touched = redis, touched

    async def give(self) -> None:
        """Hand over what this process has touched."""
        shards = self._touched.take_all()
        if not shards:
            return
        try:
            await self._redis.sadd(HANDED_OVER, *map(str, shards))
        except BaseException:
            self._touched.note_all(shards)
            raise

    async def receive(self) -> None:
        """Take over what others have handed over; each shard goes to one worker."""
        shards: Any = await self._redis.spop(HANDED_OVER, SHARDS)
        self._touched.note_all(map(int, shards))

    async def look(self) -> None:
        """Find what nobody has in hand: one worker at a time looks at all shards."""
        if not await self._redis.set(LOOK_TURN, 1, nx=True, px=LOOK_MS):
            return
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.xrange(shard_key(shard, "events"), count=1)
                pipeline.zrange(shard_key(shard, "changed"), 0, 0, withscores=True)
                pipeline.zrange(shard_key(shard, "due"), 0, 0, withscores=True)
                pipeline.zrange(shard_key(shard, "waitlists"), 0, 0, withscores=True)
            answers = await pipeline.execute()
        left_behind = time() * 1000 - LEFT_BEHIND_MS
        for shard in range(SHARDS):
            events, changed, due, waitlists = answers[4 * shard : 4 * shard + 4]
            old_events = bool(events) and int(events[0][0].partition(b"-")[0]) < left_behind
            old_changes = bool(changed) and changed[0][1] < left_behind
            is_new = bool(due) and due[0][1] < self._touched.due.get(shard, math.inf)
            came = bool(waitlists) and waitlists[0][1] < left_behind
            self._touched.note(shard, EMITTED * old_events + LISTED * old_changes + SCHEDULED * is_new + CAME * came)
