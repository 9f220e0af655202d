"""What a worker watches: seats nobody touches, how many are left, restarts of Redis, seat map against ledger."""

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
from seating.holds import RedisSeatHolds, ShowtimeUnknown
from seating.shards import ShardLists
from seating.usecases.ports import Ledgers, SeatHolds, ServerRuns
from seating.usecases.showtimes import Showtimes

log = logger(__name__)
DIFFERING = Gauge("marquee_seats_differing", "Seats that the map shows sold and the ledger does not, or the reverse")
ANNOUNCED_EVERY_MS = 1_000
LOOK_AHEAD_MS = 2_000


class Sweeper:
    """Showtimes that nobody touches: what has expired there ends, and those long over are dropped."""

    def __init__(self, redis_holds: RedisSeatHolds, lists: ShardLists) -> None:
        self._redis_holds, self._lists = redis_holds, lists

    async def sweep(self) -> float | None:
        """Visit showtimes in which something has ended and nobody looked; the seconds until the next one is due."""
        now = time.time() * 1000
        due = await self._lists.read("due", now + LOOK_AHEAD_MS)
        for listed in due:
            if listed.score > now:
                continue
            try:
                await self._redis_holds.read(listed.showtime_id)
            except ShowtimeUnknown:
                await self._lists.remove_from_due(listed.showtime_id)
        return min(((listed.score - now) / 1000 for listed in due if listed.score > now), default=None)

    async def drop(self) -> None:
        """Drop the showtimes long over."""
        for listed in await self._lists.read("loaded", time.time() * 1000):
            await self._redis_holds.drop(listed.showtime_id)


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
        showtime, ledger = await self._showtimes.newest(showtime_id), await self._ledgers.read(showtime_id)
        if showtime is None or ledger is None:
            return ()
        try:
            seats = await self._redis_holds.read(showtime_id)
        except ShowtimeUnknown:
            return ()
        shown = {seat.seat_id for seat, letter in zip(showtime.seats, seats.letters, strict=True) if letter == "s"}
        return shown ^ set(ledger.sold)


class Announcer:
    """How many seats are left is said, absolute: at most once a second for a showtime that changed, and once more when
    it has settled. What changed is suspected of differing from its ledger."""

    def __init__(
        self, redis_holds: RedisSeatHolds, lists: ShardLists, comparison: Comparison, publisher: Publisher
    ) -> None:
        self._redis_holds, self._lists, self._comparison = redis_holds, lists, comparison
        self._publisher = publisher

    async def announce(self) -> float | None:
        """Say it of each showtime that changed; the seconds until the next look where one has to wait."""
        rest = None
        for listed in await self._lists.read("changed"):
            if await self._lists.take_announcing_turn(listed.showtime_id, ANNOUNCED_EVERY_MS):
                await self._announce(listed.showtime_id)
            else:
                rest = ANNOUNCED_EVERY_MS / 2_000
        return rest

    async def _announce(self, showtime_id: ShowtimeId) -> None:
        self._comparison.suspect(showtime_id)
        try:
            seats = await self._redis_holds.read(showtime_id)
        except ShowtimeUnknown:
            return
        available = seats.state.count("a")
        event = AvailabilityChanged(
            showtime_id=showtime_id, version=seats.version, total=len(seats.state), available=available
        )
        await self._publisher.publish(seal(event))
        await self._lists.remove_from_changed(showtime_id, seats.version)


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
        for listed in await self._lists.read("loaded"):
            showtime = await self._showtimes.newest(listed.showtime_id)
            if showtime is not None:
                await self._seat_holds.tell_all(showtime, after_restart=True)


@dataclass(frozen=True, slots=True)
class Watch:
    """All that a worker watches; each part may run in any number of replicas."""

    sweeper: Sweeper
    announcer: Announcer
    restarts: Restarts
    comparison: Comparison
