"""What a worker watches: seats nobody touches, how many are left, restarts of Redis, seat map against ledger."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import Gauge
from redis.asyncio import Redis

from chassis.broker import Publisher
from chassis.envelope import seal
from chassis.logs import logger
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from seating.errors import ShowtimeNotFound
from seating.holds import AvailableSeats, RedisSeatHolds, ShowtimeUnknown
from seating.shard_lists import ShardLists
from seating.shards import SHARDS
from seating.touched import taken
from seating.usecases.ports import Ledgers, SeatHolds, ServerRuns
from seating.usecases.showtimes import Showtimes

log = logger(__name__)
DIFFERING = Gauge("marquee_seats_differing", "Seats that the map shows sold and the ledger does not, or the reverse")
ANNOUNCED_EVERY_MS = 1_000
VISITS = 50  # of a shard, in one sweep


class Sweeper:
    """Showtimes that nobody touches: what has expired there ends, and those long over are dropped."""

    def __init__(self, redis_holds: RedisSeatHolds, lists: ShardLists) -> None:
        self._redis_holds, self._lists, self._touched = redis_holds, lists, redis_holds.touched

    async def sweep(self) -> float | None:
        """Visit showtimes in which something has ended and nobody looked; the seconds until the next one is due."""
        due, now = self._touched.due, time.time() * 1000
        shards = [shard for shard, at in due.items() if at <= now]
        for shard in shards:
            del due[shard]
        try:
            for shard, listed in (await self._lists.read("due", shards, first=VISITS)).items():
                if listed:
                    due[shard] = min(listed[0].score, due.get(shard, math.inf))
                await self._visit([each.showtime_id for each in listed if each.score <= now])
        except BaseException:
            due.update(dict.fromkeys(shards, 0))
            raise
        return min((max(0.0, (at - now) / 1000) for at in due.values()), default=None)

    async def _visit(self, showtime_ids: Iterable[ShowtimeId]) -> None:
        """Reading ends what has expired there, and says so when something else is due next."""
        for showtime_id in showtime_ids:
            try:
                await self._redis_holds.read(showtime_id)
            except ShowtimeUnknown:
                await self._lists.remove("due", showtime_id)

    async def drop(self) -> None:
        """Drop the showtimes long over."""
        for listed in (await self._lists.read("loaded", range(SHARDS), time.time() * 1000)).values():
            for each in listed:
                await self._redis_holds.drop(each.showtime_id)


class Comparison:
    """Seats that the map shows sold and the ledger does not, or the reverse: those that stay so are told again."""

    def __init__(
        self, redis_holds: RedisSeatHolds, seat_holds: SeatHolds, ledgers: Ledgers, showtimes: Showtimes
    ) -> None:
        self._redis_holds, self._seat_holds = redis_holds, seat_holds
        self._ledgers, self._showtimes = ledgers, showtimes
        self._suspects = set[ShowtimeId]()
        self._differences = set[tuple[ShowtimeId, str]]()
        self.lasting = 0
        """How many seats differed at the last two comparisons."""

    def suspect(self, showtime_id: ShowtimeId) -> None:
        """Have this showtime compared next time."""
        self._suspects.add(showtime_id)

    async def compare(self) -> None:
        """Compare the suspects, and tell those in which a seat differed at two comparisons in a row again."""
        suspects, self._suspects = self._suspects, {showtime_id for showtime_id, _ in self._differences}
        differences = set[tuple[ShowtimeId, str]]()
        for showtime_id in suspects | self._suspects:
            differences |= {(showtime_id, seat) for seat in await self._differing_seats(showtime_id)}
        lasting = differences & self._differences
        self._differences = differences
        self.lasting = len(lasting)
        DIFFERING.set(self.lasting)
        for showtime_id in {showtime_id for showtime_id, _ in lasting}:
            await self._seat_holds.tell_all(await self._showtimes.get(showtime_id))

    async def _differing_seats(self, showtime_id: ShowtimeId) -> Iterable[str]:
        sold = await self._ledgers.sold_seats(showtime_id)
        try:
            seats, showtime = await self._redis_holds.read(showtime_id), await self._showtimes.get(showtime_id)
            if seats.screen_number != showtime.screen_number:
                showtime = await self._showtimes.newest(showtime_id) or showtime
        except (ShowtimeNotFound, ShowtimeUnknown):
            return ()
        if seats.screen_number != showtime.screen_number:
            return sorted(sold)  # of another screen: all of it is to be told
        shown = {seat.seat_id for seat, letter in zip(showtime.seats, seats.letters, strict=True) if letter == "s"}
        return shown ^ sold


class Announcer:
    """How many seats are left is said, absolute: at most once a second for a showtime that changed, and once more when
    it has settled. What changed is suspected of differing from its ledger."""

    def __init__(
        self, redis_holds: RedisSeatHolds, lists: ShardLists, comparison: Comparison, publisher: Publisher
    ) -> None:
        self._redis_holds, self._lists, self._comparison = redis_holds, lists, comparison
        self._touched, self._publisher = redis_holds.touched, publisher

    async def announce(self) -> float | None:
        """Say it of each showtime that changed; the seconds until the next look where one has to wait."""
        with taken(self._touched.changed) as shards:
            for shard, listed in (await self._lists.read("changed", shards)).items():
                if not all([await self._may_leave(each.showtime_id) for each in listed]):
                    self._touched.changed.add(shard)
        return ANNOUNCED_EVERY_MS / 2_000 if self._touched.changed else None

    async def _may_leave(self, showtime_id: ShowtimeId) -> bool:
        """Whether the showtime is off the list: said, and not changed since. One that may not be said yet stays."""
        self._comparison.suspect(showtime_id)
        try:
            seats = await self._redis_holds.availability_to_say(showtime_id, ANNOUNCED_EVERY_MS)
        except ShowtimeUnknown:
            await self._lists.remove("changed", showtime_id)
            return True
        if not isinstance(seats, AvailableSeats):
            return seats == "same"
        event = AvailabilityChanged(
            showtime_id=showtime_id, version=seats.version, total=seats.total, available=seats.available
        )
        await self._publisher.publish(seal(event))
        return await self._lists.announced(showtime_id, seats.version, seats.available)


class Restarts:
    """After a Redis restart its data may be missing or stale: every loaded showtime's whole ledger is told again."""

    def __init__(
        self, redis: "Redis", lists: ShardLists, server_runs: ServerRuns, seat_holds: SeatHolds, showtimes: Showtimes
    ) -> None:
        self._redis, self._lists, self._server_runs = redis, lists, server_runs
        self._seat_holds, self._showtimes = seat_holds, showtimes
        self._known_run = ""

    async def check(self) -> None:
        """Tell every ledger where the server's run is a new one; it may have begun while no worker ran.

        The run that knows the ledgers is in Mongo, so that one worker does it for all.
        """
        run_id = str((await self._redis.info("server"))["run_id"])
        if run_id == self._known_run:
            return
        if run_id != await self._server_runs.last_told():
            await self._tell_all_loaded()
            await self._server_runs.save(run_id)
            log.info("redis was told the ledgers", run_id=run_id)
        self._known_run = run_id

    async def _tell_all_loaded(self) -> None:
        loaded = await self._lists.read("loaded", range(SHARDS))
        for showtime_id in [each.showtime_id for listed in loaded.values() for each in listed]:
            showtime = await self._showtimes.newest(showtime_id)
            if showtime is not None:
                await self._seat_holds.tell_all(showtime, after_restart=True)


@dataclass(frozen=True, slots=True)
class Watch:
    """All that a worker watches; each part may run in any number of replicas."""

    sweeper: Sweeper
    announcer: Announcer
    restarts: Restarts
    comparison: Comparison
