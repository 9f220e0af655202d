"""How seating is put together: the one private constructor, for main and for tests, which swap the edges alone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from chassis.due import whenever_due
from chassis.loops import forever, whenever
from chassis.process import Process
from seating.holds import RedisSeatHolds
from seating.loaded_holds import LoadedSeatHolds
from seating.projection import SeatMapProjection
from seating.relay import Relay
from seating.settings import Settings
from seating.shard_lists import ShardLists
from seating.store import MongoCheckedOutHolds, MongoLedgers, MongoServerRuns, MongoSnapshots
from seating.touched import LOOK_MS, Handover, TouchedShards
from seating.usecases.ports import Ports
from seating.usecases.use_cases import UseCases
from seating.waitlist.joining import Waitlist
from seating.waitlist.offering import Offering
from seating.waitlist.seats import WaitlistSeats
from seating.waitlist.store import MongoWaitlist
from seating.watch import Announcer, Comparison, Restarts, Sweeper, Watch


@dataclass(frozen=True, slots=True)
class Seating:
    """The use cases of one process, and what its worker runs."""

    ports: Ports
    use_cases: UseCases
    redis_holds: RedisSeatHolds
    handover: Handover
    relay: Relay
    watch: Watch
    waitlist: Waitlist
    entries: MongoWaitlist
    offering: Offering
    ensure_indexes: tuple[Callable[[], Awaitable[None]], ...]

    def handing_over(self) -> Awaitable[None]:
        """What a process does that only answers, for ever: those that work learn what it has touched."""
        touched = self.redis_holds.touched
        give = self.handover.give
        return whenever("handover", touched.signal, give, shortest=0.1, longest=1, urgent=touched.watched)

    def loops(self) -> list[Awaitable[None]]:
        """What a worker does beside consuming, each for ever; seats that this process touched wake it."""
        touched, watched = self.redis_holds.touched.signal, self.redis_holds.touched.watched
        watch = self.watch
        return [
            whenever("relay", touched, self.relay.step, shortest=0.1, longest=1, urgent=watched),
            whenever("sweep", touched, watch.sweeper.sweep, shortest=0.5, longest=1),
            whenever("announce", touched, watch.announcer.announce, shortest=0.5, longest=1),
            whenever("waitlists", touched, self.offering.step, shortest=0.05, longest=1),
            whenever_due("waitlist", self.entries.collection, self.offering.run_due),
            forever("handover", self.handover.receive, pause=0.3),
            forever("look", self.handover.look, pause=LOOK_MS / 1000),
            forever("drop", watch.sweeper.drop, pause=60),
            forever("restarts", watch.restarts.check, pause=1),
            forever("compare", watch.comparison.compare, pause=15),
        ]


def assemble(settings: Settings, process: Process, redis: "Redis") -> Seating:
    """Seating over the real Redis and Mongo."""
    touched = TouchedShards()
    redis_holds = RedisSeatHolds(
        redis,
        touched,
        hold_seconds=settings.hold_seconds,
        payment_seconds=settings.payment_seconds,
        guest_holds=settings.most_guest_holds,
    )
    ledgers = MongoLedgers(process.outbox("ledgers"))
    snapshots = MongoSnapshots(process.database["showtimes"])
    checked_out_holds = MongoCheckedOutHolds(process.database["checked_out_holds"])
    entries = MongoWaitlist(process.outbox("waitlist"))
    projection = SeatMapProjection(redis_holds, ledgers, snapshots, checked_out_holds, entries.anybody_waits)
    server_runs = MongoServerRuns(process.database["server_runs"])
    seat_holds = LoadedSeatHolds(redis_holds, projection)
    ports = Ports(seat_holds, ledgers, snapshots, checked_out_holds, server_runs)
    use_cases = UseCases.of(ports)
    lists = ShardLists(redis)
    comparison = Comparison(redis_holds, seat_holds, ledgers, use_cases.showtimes)
    watch = Watch(
        sweeper=Sweeper(redis_holds, lists),
        announcer=Announcer(redis_holds, lists, comparison, process.publisher),
        restarts=Restarts(redis, lists, server_runs, seat_holds, use_cases.showtimes),
        comparison=comparison,
    )
    handover = Handover(redis, touched)
    relay = Relay(redis, touched, process.publisher)
    waitlist_seats = WaitlistSeats(redis_holds, seat_holds)
    waitlist = Waitlist(entries, waitlist_seats, use_cases)
    return Seating(
        ports,
        use_cases,
        redis_holds,
        handover,
        relay,
        watch,
        waitlist,
        entries,
        Offering(
            entries=entries,
            seats=waitlist_seats,
            use_cases=use_cases,
            waitlist=waitlist,
            lists=lists,
            touched=touched,
        ),
        (checked_out_holds.ensure_indexes, entries.ensure_indexes),
    )
