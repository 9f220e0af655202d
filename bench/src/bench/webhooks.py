"""A burst of webhooks, each several times and in no order: how fast payment answers, and that all sales end booked."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from pymongo import AsyncMongoClient

from bench.load_generator import Result, generate_load, request
from bench.report import Row
from stack.buyer import StackClient, build, schedule

SALES, TIMES = 170, 4  # three webhooks a sale: 2,040 in all
ALONE = 22  # more sales, whose webhooks come one after another, each once
AT_A_TIME, HOLDS_A_GUEST = 64, 3
_MOST_SECONDS = 120.0
_ANSWER_MILLISECONDS = 50
Delivery = dict[str, Any]


async def webhooks(client: StackClient) -> list[Row]:
    """The provider withholds them until all sales are paid; then they come at payment itself, all at once."""
    orders = await _paid(client)
    sent: list[Delivery] = (await client.call("GET", f"{client.simulator}/_sim/deliveries")).body
    single = [_request(client, delivery) for delivery in _about(orders[SALES:], sent)]
    alone = await generate_load(_payment(client), iter(single), connections=1, seconds=_MOST_SECONDS)
    burst = [_request(client, delivery) for delivery in _about(orders[:SALES], sent) for _ in range(TIMES)]
    random.Random(7).shuffle(burst)
    started = time.perf_counter()
    result = await generate_load(_payment(client), iter(burst), connections=AT_A_TIME, seconds=_MOST_SECONDS)
    await _booked(client, [order["bookingId"] for order in orders])
    seconds = time.perf_counter() - started
    lost = len(burst) - result.statuses[200]
    return [
        (f"{len(burst)} webhooks of {SALES} sales, {AT_A_TIME} at a time", _shown(result), f"{lost} without a 200"),
        ("… answered in time", f"{_share(result):.1f} %", f"within {_ANSWER_MILLISECONDS} ms"),
        (f"… until all {SALES} are confirmed", f"{seconds:.1f} s", "none is lost"),
        ("a webhook that comes alone", _shown(alone), f"within {_ANSWER_MILLISECONDS} ms: {_share(alone):.1f} %"),
    ]


def _about(orders: Sequence[Delivery], sent: Sequence[Delivery]) -> list[Delivery]:
    known = {order["orderId"] for order in orders}
    return [delivery for delivery in sent if any(order_id in delivery["body"] for order_id in known)]


async def _paid(client: StackClient) -> list[Delivery]:
    """The orders of sales whose money was captured, and of which nobody was told."""
    showtime = await schedule(client, await build(client, rows=10, cols=20))
    seats = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, 21)]
    buyers = [await client.buyer() for _ in range((SALES + ALONE) // HOLDS_A_GUEST + 1)]
    gate = asyncio.Semaphore(16)

    async def pay(number: int) -> Delivery:
        async with gate:
            buyer = buyers[number // HOLDS_A_GUEST]
            held = await buyer.hold(showtime, [seats[number]])
            ordered: Delivery = (await buyer.order(held.body["id"])).body
            await client.pay(ordered["orderId"], webhooks={"deliver": False})
            return ordered

    return await asyncio.gather(*(pay(number) for number in range(SALES + ALONE)))


def _payment(client: StackClient) -> str:
    return str(client.stack_info["services"]["payment"][0]["url"])


def _request(client: StackClient, delivery: Delivery) -> bytes:
    url = f"{_payment(client)}/api/payments/webhook"
    return request("POST", url, body=delivery["body"].encode(), headers=delivery["headers"])


async def _booked(client: StackClient, booking_ids: Sequence[str]) -> None:
    """Wait until all are confirmed; raises `TimeoutError`."""
    query = {"_id": {"$in": list(booking_ids)}, "status": "confirmed"}
    async with (
        asyncio.timeout(_MOST_SECONDS),
        AsyncMongoClient[Any](client.stack_info["servers"]["mongo"]["uri"]) as mongo,
    ):
        while await mongo["booking"]["bookings"].count_documents(query) < len(booking_ids):
            await asyncio.sleep(0.05)


def _shown(result: Result) -> str:
    most = max(result.latencies) * 1000
    return f"{result.rate:.0f}/s, p50 {result.percentile(50):.1f}, p99 {result.percentile(99):.1f}, most {most:.1f} ms"


def _share(result: Result) -> float:
    within = sum(latency * 1000 <= _ANSWER_MILLISECONDS for latency in result.latencies)
    return 100 * within / len(result.latencies)
