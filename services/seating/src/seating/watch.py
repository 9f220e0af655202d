"""What a worker keeps an eye on: seats nobody touches, how many are left, Redis' run, map against ledger."""

import time

from prometheus_client import Gauge
from redis.asyncio import Redis

from chassis.broker import Publisher
from chassis.envelope import seal
from chassis.logs import logger
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from seating.holds import SHARDS, RedisSeatHolds, shard_key
from seating.usecases.maps import SeatMaps
from seating.usecases.ports import Runs, ShowtimeUnknown

log = logger(__name__)
DIFFERING = Gauge("marquee_seats_differing", "Seats that the map shows sold and the ledger does not, or the reverse")
SAID_MS = 1_000
LOOK_AHEAD_MS = 2_000


class Watch:
    """The steps of a worker's loops; each may run in any number of replicas."""

    def __init__(self, redis: "Redis", holds: RedisSeatHolds, maps: SeatMaps, runs: Runs, publisher: Publisher) -> None:
        self._redis, self._holds, self._maps, self._runs, self._publisher = redis, holds, maps, runs, publisher
        self._run = ""
        self._lasting = 0
        self._touched: set[ShowtimeId] = set()
        self._differed: set[tuple[str, str]] = set()

    async def _listed(self, name: str, upto: float | str) -> list[tuple[int, ShowtimeId, int]]:
        """Shard, showtime and score of a list that every shard keeps."""
        async with self._redis.pipeline(transaction=False) as asking:
            for shard in range(SHARDS):
                asking.zrangebyscore(shard_key(shard, name), "-inf", upto, withscores=True)
            found = await asking.execute()
        return [(n, ShowtimeId(id_.decode()), int(score)) for n, listed in enumerate(found) for id_, score in listed]

    async def sweep(self) -> float | None:
        """Visit showtimes in which something ended and nobody looked; the seconds until the next one comes."""
        now = time.time() * 1000
        soon = await self._listed("soon", now + LOOK_AHEAD_MS)
        for shard, showtime_id, at in soon:
            if at > now:
                continue
            try:
                await self._holds.read(showtime_id)
            except ShowtimeUnknown:
                await self._redis.zrem(shard_key(shard, "soon"), showtime_id)
        return min(((at - now) / 1000 for *_, at in soon if at > now), default=None)

    async def forget(self) -> None:
        """Drop the showtimes long over."""
        for _, showtime_id, _ in await self._listed("open", time.time() * 1000):
            await self._holds.run("drop", showtime_id)

    async def say_how_many_are_left(self) -> float | None:
        """At most once a second for a showtime that changed, and once more when it has settled; the seconds until then
        where one waits."""
        rest = None
        for shard, showtime_id, _ in await self._listed("changed", "+inf"):
            turn = f"{shard_key(shard, 'said')}:{showtime_id}"
            if not await self._redis.set(turn, 1, nx=True, px=SAID_MS):
                rest = SAID_MS / 2_000
                continue
            self.touch(showtime_id)
            try:
                seats = await self._holds.read(showtime_id)
            except ShowtimeUnknown:
                continue
            event = AvailabilityChanged(
                showtime_id=showtime_id, version=seats.version, total=len(seats.state), available=seats.state.count("a")
            )
            await self._publisher.publish(seal(event))
            await self._settled(shard, showtime_id, seats.version)
        return rest

    async def _settled(self, shard: int, showtime_id: ShowtimeId, version: int) -> None:
        """Nothing more to say unless it changed again meanwhile."""
        listed = shard_key(shard, "changed")
        script = "if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end"
        await self._redis.eval(script, 1, listed, showtime_id, version)

    async def heed_run(self) -> None:
        """A server that began anew may know too little or too old: every showtime's ledger is told again.

        It may have begun while no worker ran: the run told last is remembered, by whichever worker told it.
        """
        run = str((await self._redis.info("server"))["run_id"])
        if run == self._run:
            return
        if run != await self._runs.told():
            await self._tell_anew()
            await self._runs.keep(run)
            log.info("redis was told the ledgers", run=run)
        self._run = run

    async def _tell_anew(self) -> None:
        for _, showtime_id, _ in await self._listed("open", "+inf"):
            showtime = await self._maps.newest(showtime_id)
            if showtime is not None:
                await self._maps.retell(showtime, anew=True)

    def touch(self, showtime_id: ShowtimeId) -> None:
        """Have this showtime compared."""
        self._touched.add(showtime_id)

    def differing(self) -> int:
        """How many seats differed at the last two looks."""
        return self._lasting

    async def compare(self) -> None:
        """Seats on which map and ledger differed at two looks in a row; those showtimes are told again."""
        touched, self._touched = self._touched, {ShowtimeId(id_) for id_, _ in self._differed}
        found = set[tuple[str, str]]()
        for showtime_id in touched | self._touched:
            found |= await self._differences(showtime_id)
        lasting = found & self._differed
        self._differed = found
        self._lasting = len(lasting)
        DIFFERING.set(self._lasting)
        for showtime_id in {ShowtimeId(id_) for id_, _ in lasting}:
            await self._maps.retell(await self._maps.showtime(showtime_id))

    async def _differences(self, showtime_id: ShowtimeId) -> set[tuple[str, str]]:
        showtime = await self._maps.newest(showtime_id)
        ledger = await self._maps.ledgers.read(showtime_id)
        if showtime is None or ledger is None:
            return set()
        try:
            seats = await self._holds.read(showtime_id)
        except ShowtimeUnknown:
            return set()
        shown = {seat.seat_id for seat, byte in zip(showtime.seats, seats.state, strict=True) if byte == "s"}
        return {(showtime_id, seat) for seat in shown ^ set(ledger.sold)}
