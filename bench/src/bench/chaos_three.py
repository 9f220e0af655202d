"""`make chaos SERVERS=3`: under load the leader of each kind of server is killed, paused and cut off.

One after the other (`LEADERS="mongo redis"`: of these kinds alone). For each it is measured how long nobody could hold
seats, how long no sale was completed, and which step of a sale waited longest. What was confirmed is asked for again at
the end, and the books are compared.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import aiohttp

from bench.report import table
from bench.stacks import OwnStack
from stack.buyer import Buyer, StackClient, build, connected, schedule
from stack.firewall import can_cut
from stack.leaders import TROUBLES, Trouble, befallen, leader

HOLDERS, BUYERS = 4, 6
BEFORE_SECONDS, UNDER_SECONDS, AFTER_SECONDS = 3.0, 10.0, 4.0
LAST_SECONDS = 150.0  # for the sales under way at the end: a guest gives up after 120
BOUND_SECONDS = 5.0
LEADERS = os.environ.get("LEADERS", "mongo rabbitmq redis").split()
_GAVE_UP = (aiohttp.ClientError, OSError, TimeoutError, KeyError, TypeError)
T = TypeVar("T")


@dataclass(slots=True)
class Load:
    """Guests at work: when holds and sales succeeded, by the clock of the loop, and what was confirmed to whom."""

    client: StackClient
    showtimes: Sequence[str]
    dice: random.Random
    holds: list[float] = field(default_factory=list)
    sales: list[float] = field(default_factory=list)
    steps: list[tuple[float, float, str]] = field(default_factory=list)
    """When a step of a sale ended, how many seconds it took, and which it was."""
    confirmed: list[tuple[Buyer, str]] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    async def hold_on(self, over: asyncio.Event) -> None:
        """Hold two seats and let them go, again and again; one call is one chance."""
        buyer = await self.client.buyer()
        while not over.is_set():
            seats = {"showtimeId": self.dice.choice(self.showtimes), "seatIds": self._seats()}
            held = await buyer.call("POST", "/api/seats/hold", seats)
            if held.status in {201, 409}:  # somebody else has them: that is an answer of Redis too
                self.holds.append(time.monotonic())
            else:
                self.failures[f"hold: {held.code}"] += 1
                await asyncio.sleep(0.1)
            if held.status == 201:
                await buyer.call("DELETE", f"/api/seats/hold/{held.body['id']}")
            await asyncio.sleep(0.02)

    async def buy_on(self, over: asyncio.Event) -> None:
        """Buy two seats, again and again, with the patience of a guest."""
        buyer = await self.client.buyer()
        while not over.is_set():
            held = await self._step("hold", buyer.hold(self.dice.choice(self.showtimes), self._seats()))
            if held.status != 201:
                continue
            ordered = await self._step("order", buyer.order(held.body["id"]))
            if ordered.status != 201:
                self.failures[f"order: {ordered.code}"] += 1  # a browsing hold may be lost with its Redis
                continue
            paid = await self._step("pay", self.client.pay(ordered.body["orderId"]))
            await self._step("confirm", buyer.confirm(paid))
            booking = await self._step("settle", buyer.settled(ordered.body["bookingId"]))
            if booking["status"] == "confirmed":
                self.sales.append(time.monotonic())
                self.confirmed.append((buyer, booking["id"]))
            else:
                self.failures[f"sale: {booking['status']}"] += 1

    async def _step(self, name: str, work: Awaitable[T]) -> T:
        begin = time.monotonic()
        try:
            return await work
        finally:
            end = time.monotonic()
            self.steps.append((end, end - begin, name))

    def _seats(self) -> list[str]:
        row, first = self.dice.choice("ABCDEFGHIJKLMNOPQRST"), self.dice.randrange(1, 39)
        return [f"{row}{first}", f"{row}{first + 1}"]


async def befall(stack: OwnStack, dice: random.Random) -> bool:
    """All troubles to all leaders; prints the gaps. Whether none was longer than its bound and nothing was lost."""
    async with connected(stack.stack_info) as client:
        stage = await build(client, rows=20, cols=40)
        showtimes = [await schedule(client, stage, slot=slot) for slot in range(16)]
        load = Load(client, showtimes, dice)
        async with _under(load):
            rows = [await _measured(stack, load, name, trouble) for name in LEADERS for trouble in TROUBLES]
        lost = [booking_id for buyer, booking_id in load.confirmed if not await _stands(buyer, booking_id)]
    print(
        table([row.cells for row in rows], ("leader of", "trouble", "no hold for, s", "no sale for, s", "longest step"))
    )
    print(f"{len(load.confirmed)} sales confirmed, {len(lost)} lost {lost or ''}")
    print(", ".join(f"{what} {times}" for what, times in sorted(load.failures.items())) or "no failures")
    too_long = [f"{row.name} {row.trouble}" for row in rows if row.longest > BOUND_SECONDS]
    if too_long:
        print(f"longer than {BOUND_SECONDS:.0f} s: {', '.join(too_long)}")
    return not lost and not too_long


@asynccontextmanager
async def _under(load: Load) -> AsyncIterator[None]:
    """Guests are at work during the block; at its end they finish what they are at."""
    over = asyncio.Event()
    work = [load.hold_on] * HOLDERS + [load.buy_on] * BUYERS
    tasks = [asyncio.create_task(_again(over, load, each)) for each in work]
    try:
        yield
        over.set()
        await asyncio.wait(tasks, timeout=LAST_SECONDS)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The longest times without a hold and without a sale, in seconds, and a sale's longest step."""

    name: str
    trouble: Trouble
    holds: float | None
    sales: float | None
    step: str = ""

    @property
    def longest(self) -> float:
        return max(self.holds or 0, self.sales or 0)

    @property
    def cells(self) -> list[str]:
        said = ["not here" if gap is None else f"{gap:.1f}" for gap in (self.holds, self.sales)]
        return [self.name, self.trouble, *said, self.step]


async def _measured(stack: OwnStack, load: Load, name: str, trouble: Trouble) -> Gaps:
    member = await leader(stack.stack_info, name)
    if trouble == "cut off" and not can_cut(member):
        return Gaps(name, trouble, None, None)
    await asyncio.sleep(BEFORE_SECONDS)
    print(f"  {name}: its leader is {trouble}", flush=True)
    begin = time.monotonic()
    with befallen(member, trouble):
        await asyncio.sleep(UNDER_SECONDS)
    await asyncio.sleep(AFTER_SECONDS)
    await asyncio.to_thread(stack.up)  # what comes back disturbs nobody either
    end = time.monotonic()
    _, seconds, step = max((each for each in load.steps if begin <= each[0] <= end), key=lambda each: each[1])
    holds, sales = _longest(load.holds, begin, end), _longest(load.sales, begin, end)
    return Gaps(name, trouble, holds, sales, f"{step}, {seconds:.1f} s")


def _longest(moments: Sequence[float], begin: float, end: float) -> float:
    """The longest time between two of the moments, of which the later is after `begin`."""
    before = max((moment for moment in moments if moment < begin), default=begin)
    marks = [before, *(moment for moment in sorted(moments) if begin <= moment <= end), end]
    return max(later - earlier for earlier, later in pairwise(marks))


async def _again(over: asyncio.Event, load: Load, work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    while not over.is_set():
        try:
            await work(over)
        except _GAVE_UP as error:
            load.failures[repr(error)[:80]] += 1


async def _stands(buyer: Buyer, booking_id: str) -> bool:
    """Whether who bought has what was confirmed."""
    answer = await buyer.booking(booking_id)
    return answer.status == 200 and bool(answer.body["status"] == "confirmed")
