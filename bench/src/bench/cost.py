"""The price of a sale: processor time by process and what is asked of servers and provider, idle share taken off.

A round is a stretch of sales until their mails are out, an idle stretch of the same length, and a stretch of calls of
the bare endpoint, so that a noisy minute hits all three. Every figure is the median of all rounds.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Self

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from bench import counters
from bench.counters import Counts
from bench.load_generator import generate_load
from bench.processor_time import processes, seconds_by_name
from bench.usage import Amounts, Usage, difference, medians, per_unit, with_a_part_apart, with_sums
from bench.yardstick import BareEndpoint, bare_endpoint
from stack.buyer import Buyer, StackClient, build, schedule
from stack.state import State

AT_A_TIME, SHOWTIMES = 12, 8
SALES_A_BUYER = 3
LOOK_SECONDS = 0.5  # how often we look whether all mails are out
MAILS_SECONDS = 120  # on a machine that is busy with something else, too
SETTLE_SECONDS = 6.0  # for what follows the last mail; the broker counts its messages every five seconds
ROWS, COLS = 10, 20
Wish = tuple[Buyer, tuple[str, str]]  # who buys, of which showtime which seat
ATTACHMENTS = "notify: tickets as PDF and calendar"
"""A line of its own, with a budget of its own: the line of notify is without it."""
SERVERS = {"mongo": "mongod", "rabbitmq": "RabbitMQ", "redis": "Redis"}


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `untouched`: seconds of the idle system before its first sale."""

    rounds: int
    sales: int
    warm_up_sales: int
    untouched: float


WHOLE = Effort(rounds=5, sales=120, warm_up_sales=96, untouched=30)
SHORT = Effort(rounds=2, sales=96, warm_up_sales=72, untouched=10)


@dataclass(frozen=True, slots=True)
class Idle:
    """What a system that sells nothing takes: shares of a core by process, and counts a second."""

    shares: Amounts
    counts: Counts


@dataclass(frozen=True, slots=True)
class Round:
    """`seconds` of processor time a sale by process and `counts` of one sale; `bare`: seconds a bare request."""

    seconds: Amounts
    counts: Counts
    bare: float
    idle: Idle


@dataclass(frozen=True, slots=True)
class Groups:
    """The names of the processes, as they are summed."""

    services: tuple[str, ...]
    servers: tuple[str, ...]
    rest: tuple[str, ...]

    @classmethod
    def of(cls, client: StackClient) -> Self:
        """Those of a stack."""
        rest = (ATTACHMENTS, *client.stack_info["pids"], "supervisor")
        return cls(tuple(client.stack_info["services"]), tuple(SERVERS.values()), rest)

    @property
    def sums(self) -> dict[str, tuple[str, ...]]:
        """Name and members of each sum."""
        return {
            "services together": self.services,
            "services with tickets": (*self.services, ATTACHMENTS),
            "services and servers": self.services + self.servers,
            "the whole stack": self.services + self.servers + self.rest,
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """All rounds with their medians; `untouched`: the idle system before its first sale."""

    groups: Groups
    rounds: Sequence[Round]
    median: Round
    untouched: Idle


@dataclass(frozen=True, slots=True)
class Stretch:
    """What processes used and what was counted over the same seconds."""

    processor: Usage
    counted: Mapping[str, Usage]

    def idle(self) -> Idle:
        """The same a second."""
        return Idle(self.processor.a_second(), {kind: usage.a_second() for kind, usage in self.counted.items()})


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads a stack's processor time and counts around a piece of work."""

    stack_info: Mapping[str, Any]
    names: Mapping[int, str]

    @classmethod
    def of(cls, client: StackClient, folder: Path) -> Self:
        """Of the stack in that folder."""
        return cls(client.stack_info, process_names(client.stack_info, State(folder).supervisor()))

    async def use(self, work: Callable[[], Awaitable[object]]) -> Stretch:
        """Do it and say what that took; reading the counts is no part of the processor time."""
        counts = await asyncio.to_thread(counters.read, self.stack_info)
        before, started = await self._processor_seconds(), time.perf_counter()
        await work()
        after, seconds = await self._processor_seconds(), time.perf_counter() - started
        counted = await asyncio.to_thread(counters.read, self.stack_info)
        return Stretch(
            Usage(seconds, difference(after, before)),
            {kind: Usage(seconds, difference(counted[kind], counts.get(kind, {}))) for kind in counted},
        )

    async def _processor_seconds(self) -> dict[str, float]:
        replicas = self.stack_info["services"]["notify"]
        attachments = await asyncio.to_thread(counters.attachments, [replica["url"] for replica in replicas])
        return with_a_part_apart(seconds_by_name(processes(), self.names), "notify", ATTACHMENTS, attachments)


@dataclass(slots=True)
class Shop:
    """Sells, and waits until the mails are out; while it rests it looks for mails as often as it did when it sold."""

    deliveries: AsyncCollection[Any]
    at_a_time: int = AT_A_TIME
    looks: int = 0

    async def sell(self, wishes: Sequence[Wish]) -> float:
        """Buy one seat for each wish. How many seconds it took until the last was confirmed."""
        gate = asyncio.Semaphore(self.at_a_time)

        async def sale(wish: Wish) -> None:
            buyer, (showtime, seat) = wish
            async with gate:
                booking = await buyer.buy(showtime, [seat])
            if booking["status"] != "confirmed":
                raise RuntimeError(f"a sale ended as {booking['status']}")

        wanted = await self.deliveries.estimated_document_count() + len(wishes)
        self.looks = 0
        started = time.perf_counter()
        await asyncio.gather(*map(sale, wishes))
        confirmed = time.perf_counter() - started
        async with asyncio.timeout(MAILS_SECONDS):
            while not await self._sent(wanted):
                self.looks += 1
                await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)
        return confirmed

    async def rest(self, seconds: float) -> None:
        """Sell nothing for that long."""
        until = time.perf_counter() + seconds
        for _ in range(self.looks + 1):
            await self._sent(0)
        await asyncio.sleep(until - time.perf_counter())

    async def _sent(self, wanted: int) -> bool:
        unsent = await self.deliveries.count_documents({"status": "queued"})
        return not unsent and await self.deliveries.estimated_document_count() >= wanted


async def cost(client: StackClient, folder: Path, effort: Effort) -> Cost:
    """Measure sales on a stack of our own that does nothing else."""
    meter, groups = Meter.of(client, folder), Groups.of(client)
    stage = await build(client, rows=ROWS, cols=COLS)
    showtimes = [await schedule(client, stage, slot=slot) for slot in range(SHOWTIMES)]
    buyers = [await client.buyer() for _ in range(effort.sales // SALES_A_BUYER)]
    wishes = zip(itertools.cycle(buyers), seats(showtimes), strict=False)
    async with bare_endpoint(client) as bare, AsyncMongoClient[Any](client.stack_info["servers"]["mongo"]["uri"]) as db:
        shop = Shop(db["notify"]["deliveries"])
        untouched = (await meter.use(lambda: shop.rest(effort.untouched))).idle()
        await shop.sell(list(itertools.islice(wishes, effort.warm_up_sales)))
        rounds = [
            summed(await measured_round(meter, shop, list(itertools.islice(wishes, effort.sales)), bare), groups)
            for _ in range(effort.rounds)
        ]
    return Cost(groups, rounds, median_round(rounds), Idle(with_sums(untouched.shares, groups.sums), untouched.counts))


async def measured_round(meter: Meter, shop: Shop, wishes: Sequence[Wish], bare: BareEndpoint) -> Round:
    """One round that buys these seats."""
    sold = await meter.use(lambda: shop.sell(wishes))
    idle = await meter.use(lambda: shop.rest(sold.processor.seconds))
    started = seconds_by_name(processes(), {bare.pid: "bare"})["bare"]
    load = await generate_load(bare.url, itertools.repeat(bare.request))
    ended = seconds_by_name(processes(), {bare.pid: "bare"})["bare"]
    units = len(wishes)
    return Round(
        per_unit(sold.processor, idle.processor, units),
        {kind: per_unit(usage, idle.counted[kind], units) for kind, usage in sold.counted.items()},
        (ended - started) / sum(load.statuses.values()),
        idle.idle(),
    )


def summed(measured: Round, groups: Groups) -> Round:
    """The round with the sums of its groups."""
    seconds, shares = with_sums(measured.seconds, groups.sums), with_sums(measured.idle.shares, groups.sums)
    return replace(measured, seconds=seconds, idle=replace(measured.idle, shares=shares))


def seats(showtimes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Showtime and seat, each once, one showtime after the other."""
    for row, number in itertools.product("ABCDEFGHIJ"[:ROWS], range(1, COLS + 1)):
        for showtime in showtimes:
            yield showtime, f"{row}{number}"


def process_names(stack_info: Mapping[str, Any], supervisor: int | None) -> dict[int, str]:
    """Names by pid; replicas and roles of a service share one. Servers that were given have no process of ours."""
    names = {replica["pid"]: service for service, replicas in stack_info["services"].items() for replica in replicas}
    names |= {server["pid"]: SERVERS[name] for name, server in stack_info["servers"].items() if server["pid"]}
    names |= {pid: name for name, pid in stack_info["pids"].items()}
    return names | ({supervisor: "supervisor"} if supervisor else {})


def median_round(rounds: Sequence[Round]) -> Round:
    """Each figure's median, sums too: they are made round by round."""
    return Round(
        medians([each.seconds for each in rounds]),
        _median_counts([each.counts for each in rounds]),
        median(each.bare for each in rounds),
        Idle(medians([each.idle.shares for each in rounds]), _median_counts([each.idle.counts for each in rounds])),
    )


def _median_counts(rounds: Sequence[Counts]) -> Counts:
    kinds = {kind: None for counts in rounds for kind in counts}  # in the order of their first appearance
    return {kind: medians([counts.get(kind, {}) for counts in rounds]) for kind in kinds}
