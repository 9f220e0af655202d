"""Redis is full, or busy with somebody else's work: holds fail or are slow, and a sold seat is shown free."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Gone
from redis.retry import Retry
from tests.alerts.conftest import Watch
from tests.conftest import until

from stack.buyer import Buyer, build, schedule

_BUSY = """
local function now() local time = redis.call('TIME') return time[1] * 1e6 + time[2] end
local busy_until = now() + 3e5
while now() < busy_until do end
"""
"""A script that keeps Redis to itself for 300 ms: holds take longer than the 250 ms they may."""


@pytest.fixture
def redis(watch: Watch) -> Iterator[Redis]:
    """The stack's Redis; as large as it likes afterwards."""
    with Redis.from_url(watch.stack.stack_info["servers"]["redis"]["url"]) as server:
        yield server
        server.config_set("maxmemory", "0")


async def _showtime(watch: Watch, slots: Iterator[int]) -> str:
    return await schedule(watch.client, await build(watch.client, rows=1, cols=20), slot=next(slots))


@asynccontextmanager
async def _holding(watch: Watch, buyer: Buyer, showtime: str) -> AsyncIterator[None]:
    """Meanwhile a guest tries to hold a seat, again whenever the last attempt was seen."""

    async def hold() -> None:
        while True:
            await buyer.call("POST", "/api/seats/hold", {"showtimeId": showtime, "seatIds": ["A3"]})
            await watch.read_again()

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()


async def test_redis_is_full_and_holds_fail(watch: Watch, redis: Redis, slots: Iterator[int]) -> None:
    showtime, buyer = await _showtime(watch, slots), await watch.client.buyer()
    redis.config_set("maxmemory", "1mb")
    async with _holding(watch, buyer, showtime):
        await watch.fires("SaleBudgetBurnsFast")
        await watch.fires("SaleBudgetBurns")
        watch.follow("SaleBudgetBurnsFast")
        await watch.clears("SaleBudgetBurnsFast")
        await watch.clears("SaleBudgetBurns")


async def test_redis_is_full_and_cannot_be_told_of_a_sale(watch: Watch, redis: Redis, slots: Iterator[int]) -> None:
    showtime, buyer = await _showtime(watch, slots), await watch.client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    order = (await buyer.order(held.body["id"])).body
    await buyer.hold(showtime, ["A3"])  # just now: that the map has changed is still to be announced
    redis.config_set("maxmemory", "1mb")
    await watch.client.pay(order["orderId"])
    await watch.fires("SeatsDiffer")
    watch.follow("SeatsDiffer")
    await watch.clears("SeatsDiffer")


async def test_somebody_elses_work_makes_redis_slow(watch: Watch, redis: Redis, slots: Iterator[int]) -> None:
    showtime, buyer = await _showtime(watch, slots), await watch.client.buyer()
    report = Redis.from_url(
        watch.stack.stack_info["servers"]["redis"]["url"],
        client_name="report",
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
    )
    client_id, ended = report.client_id(), threading.Event()
    busy = threading.Thread(target=_keep_busy, args=(report, ended), daemon=True)
    async with _holding(watch, buyer, showtime):
        busy.start()
        await watch.fires("HoldBudgetBurnsFast")
        await watch.fires("HoldBudgetBurns")
        said = watch.follow("HoldBudgetBurnsFast", CLIENT=str(client_id))
        assert "busy_until" in said, "the slow log shows what took Redis its time"
        assert "name=report" in said, "the list of clients shows whose it is"
        await until(ended.is_set)
        await watch.clears("HoldBudgetBurnsFast")
        await watch.clears("HoldBudgetBurns")
    report.close()


def _keep_busy(report: Redis, ended: threading.Event) -> None:
    """Until the server ends the connection."""
    try:
        while True:
            report.eval(_BUSY, 0)
    except Gone:
        ended.set()
