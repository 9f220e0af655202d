"""What a sale asks of Redis and Mongo, counted: few commands, and as many in a full screen as in an empty one."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import bson
import pytest
from services.seating.tests.factories import a_sale, a_user
from services.seating.tests.harness import Harness

from seating.domain import Showtime


@dataclass
class Price:
    """What was asked: Redis commands, those of scripts too; Mongo operations; bytes in Mongo's answers and its log."""

    redis: Counter[str]
    mongo: list[str]
    answered: int
    logged: int

    @property
    def redis_commands(self) -> int:
        return self.redis.total()


Priced = Callable[[Awaitable[object]], Awaitable[Price]]


@pytest.fixture
async def priced(harness: Harness) -> Priced:
    """Does something and says what it asked for."""
    database = harness.process.database["ledgers"].raw.database
    oplog = database.client["local"]["oplog.rs"]

    async def redis_commands() -> Counter[str]:
        stats: Any = await harness.redis.info("commandstats")
        return Counter({name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()})

    async def price(work: Awaitable[object]) -> Price:
        before, last = await redis_commands(), await oplog.find_one(sort=[("$natural", -1)])
        async with profiling(database) as profiled:
            await work
        asked = await redis_commands() - before
        del asked["info"]
        operations = [entry async for entry in profiled.find({"ns": {"$not": {"$regex": "system.profile"}}}).sort("ts")]
        assert last is not None
        written = oplog.find({"ts": {"$gt": last["ts"]}, "ns": {"$regex": f"^{database.name}"}, "op": {"$ne": "c"}})
        return Price(
            redis=asked,
            mongo=[f"{entry['op']} {entry['ns'].rpartition('.')[2]}" for entry in operations],
            answered=sum(entry.get("responseLength", 0) for entry in operations),
            logged=sum([len(bson.encode(entry)) async for entry in written]),
        )

    return price


@asynccontextmanager
async def profiling(database: Any) -> AsyncIterator[Any]:
    await database.command("profile", 0)
    await database.drop_collection("system.profile")
    await database.command("profile", 2)
    yield database["system.profile"]
    await database.command("profile", 0)


async def a_whole_sale(harness: Harness, showtime: Showtime, seat: str) -> None:
    sale = await harness.checked_out(showtime, a_user(), seat)
    await harness.use_cases.sales.sell(sale)


async def test_a_sale_asks_for_three_writes_of_mongo_and_reads_nothing_that_it_has_written(
    harness: Harness, priced: Priced
) -> None:
    showtime = await harness.showtime()
    await a_whole_sale(harness, showtime, "A1")
    price = await priced(a_whole_sale(harness, showtime, "A2"))
    assert price.mongo == ["update checked_out_holds", "command ledgers", "command ledgers"]


async def test_a_sale_asks_for_few_commands_of_redis(harness: Harness, priced: Priced) -> None:
    showtime = await harness.showtime()
    await a_whole_sale(harness, showtime, "A1")
    price = await priced(a_whole_sale(harness, showtime, "A2"))
    assert price.redis["evalsha"] == 4, "hold, check out, tell the checkout, tell the sale"
    assert price.redis_commands <= 40, price.redis


async def test_a_hold_and_letting_it_go_cost_few_commands_each_and_nothing_of_mongo(
    harness: Harness, priced: Priced
) -> None:
    showtime, user = await harness.showtime(), a_user()
    await harness.call("DELETE", f"/api/seats/hold/{await harness.held(showtime, user, 'A1', 'A2')}", user=user)
    held: list[str] = []

    async def hold() -> None:
        held.append(await harness.held(showtime, user, "A1", "A2"))

    hold_price = await priced(hold())
    release_price = await priced(harness.call("DELETE", f"/api/seats/hold/{held[0]}", user=user))
    assert hold_price.redis_commands <= 13, hold_price.redis
    assert release_price.redis_commands <= 13, release_price.redis
    assert hold_price.mongo == release_price.mongo == []


async def test_a_sale_costs_as_much_in_a_full_screen_as_in_an_empty_one(harness: Harness, priced: Priced) -> None:
    showtime = await harness.showtime(rows=40, cols=50)
    seats = [seat.seat_id for seat in showtime.seats]
    await a_whole_sale(harness, showtime, seats[0])
    first = await priced(a_whole_sale(harness, showtime, seats[1]))
    for start in range(2, 1_990, 71):
        await harness.use_cases.sales.sell(a_sale(showtime.snapshot, a_user(), *seats[start : start + 71]))
    last = await priced(a_whole_sale(harness, showtime, seats[-1]))
    assert (last.redis, last.mongo) == (first.redis, first.mongo)
    assert last.answered <= first.answered + 100
    assert last.logged <= first.logged + 100
