"""One showtime that everybody wants: sales on it against as many on eight, in turns, and what a sale takes of each."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pymongo import AsyncMongoClient

from bench.cost import COLS, ROWS, Groups, Meter, Shop, Stretch, Wish, seats
from bench.report import Row
from bench.usage import with_sums
from stack.buyer import Buyer, StackClient, build, schedule

AT_A_TIME, SALES, ROUNDS = 16, 48, 3
WARM_UP_SALES = 32
COLD_SHOWTIMES = 8
ASKED = ("Mongo commands", "Mongo, seating.ledgers")


@dataclass(frozen=True, slots=True)
class Turn:
    """Sales a second, milliseconds of processor time a sale of services and servers, commands a sale by kind."""

    rate: float
    milliseconds: float
    commands: dict[str, float]


async def hot(client: StackClient, folder: Path) -> list[Row]:
    """Both sides on one stack."""
    stage = await build(client, rows=ROWS, cols=COLS)
    showtimes = [await schedule(client, stage, slot=slot) for slot in range(COLD_SHOWTIMES + 1)]
    buyers = [await client.buyer() for _ in range(SALES)]
    sides = [_wishes(buyers, showtimes[:1]), _wishes(buyers, showtimes[1:])]
    meter, groups = Meter.of(client, folder), Groups.of(client)
    async with AsyncMongoClient[Any](client.stack_info["servers"]["mongo"]["uri"]) as mongo:
        shop = Shop(mongo["notify"]["deliveries"], AT_A_TIME)
        for wishes in sides:
            await shop.sell(list(itertools.islice(wishes, WARM_UP_SALES)))
        rounds = [[await _turn(meter, groups, shop, wishes) for wishes in sides] for _ in range(ROUNDS)]
    return rows(*([each[side] for each in rounds] for side in (0, 1)))


def rows(on_one: Sequence[Turn], on_eight: Sequence[Turn]) -> list[Row]:
    """Medians of both sides, and their ratios round by round."""
    ratio = median(hot.rate / cold.rate for hot, cold in zip(on_one, on_eight, strict=True))
    dearer = median(hot.milliseconds / cold.milliseconds for hot, cold in zip(on_one, on_eight, strict=True))
    against = (f"{ratio:.2f} of the rate, {dearer:.2f} of the processor time on eight", "")
    named = (f"sales on one showtime, {AT_A_TIME} at a time", f"sales on {COLD_SHOWTIMES}, {AT_A_TIME} at a time")
    return [(name, _shown(turns), said) for name, turns, said in zip(named, (on_one, on_eight), against, strict=True)]


def _shown(turns: Sequence[Turn]) -> str:
    commands = ", ".join(f"{median(turn.commands[kind] for turn in turns):.1f} {kind}" for kind in ASKED)
    rate, milliseconds = median(turn.rate for turn in turns), median(turn.milliseconds for turn in turns)
    return f"{rate:.1f}/s, {milliseconds:.1f} ms a sale, {commands}"


async def _turn(meter: Meter, groups: Groups, shop: Shop, wishes: Iterator[Wish]) -> Turn:
    took: list[float] = []

    async def sell() -> None:
        took.append(await shop.sell(list(itertools.islice(wishes, SALES))))

    stretch = await meter.use(sell)
    seconds = with_sums(stretch.processor.amounts, groups.sums)["services and servers"]
    return Turn(SALES / took[0], seconds / SALES * 1000, {kind: _commands(stretch, kind) for kind in ASKED})


def _commands(stretch: Stretch, kind: str) -> float:
    return sum(stretch.counted[kind].amounts.values()) / SALES


def _wishes(buyers: Sequence[Buyer], showtimes: Sequence[str]) -> Iterator[Wish]:
    return zip(itertools.cycle(buyers), seats(showtimes), strict=False)
