"""The lists of showtimes that the scripts write for each shard."""

from collections.abc import Collection, Sequence
from typing import Literal

from redis.asyncio import Redis

from contracts.ids import ShowtimeId
from seating.scripts import Scripts
from seating.shards import ListedShowtime, ListName, meta_key, shard_key, shard_of


class ShardLists:
    """`due` (something ends then by the clock alone), `changed` (since then, nobody has said their availability),
    `loaded` (known to Redis, until they are dropped then) and `waitlists` (since then something has come for those who
    wait)."""

    def __init__(self, redis: "Redis") -> None:
        self._redis, self._scripts = redis, Scripts(redis)

    async def read(
        self, name: ListName, shards: Collection[int], until: float | Literal["+inf"] = "+inf", *, first: int = 10_000
    ) -> dict[int, Sequence[ListedShowtime]]:
        """By shard the first showtimes in this list whose score is no greater than `until`."""
        if not shards:
            return {}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in shards:
                pipeline.zrangebyscore(shard_key(shard, name), "-inf", until, start=0, num=first, withscores=True)
            answers = await pipeline.execute()
        listed = [[ListedShowtime(ShowtimeId(id_.decode()), int(score)) for id_, score in each] for each in answers]
        return dict(zip(shards, listed, strict=True))

    async def remove(self, name: ListName, showtime_id: ShowtimeId) -> None:
        """Take a showtime that Redis does not know off the list."""
        await self._redis.zrem(shard_key(shard_of(showtime_id), name), showtime_id)

    async def announced(self, showtime_id: ShowtimeId, version: int, available: int) -> bool:
        """Note that this was said of a version. The showtime leaves `changed`; False where it has changed again."""
        keys = meta_key(showtime_id).encode(), shard_key(shard_of(showtime_id), "changed").encode()
        return await self._scripts("announced", keys, showtime_id, version, available) == [1]
