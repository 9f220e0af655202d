"""A show with 500 bookings is cancelled while its provider lets few refunds a second through, and booking and payment
are killed on the way: how long until all is told and all money is back, and that each refund was made once."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from typing import Any

from pymongo import AsyncMongoClient

from bench.report import Row
from bench.stacks import OwnStack
from stack.buyer import StackClient, build, connected, schedule

ROWS, COLUMNS = 20, 25
BOOKINGS = ROWS * COLUMNS
REFUNDS_A_SECOND = 25
HOLDS_A_GUEST, AT_A_TIME = 3, 12
_KILLED_AFTER = {"booking": 0.2, "payment": 0.4}  # of all refunds made
_MOST_SECONDS = 900.0
Json = Any


async def cancelled_show(stack: OwnStack) -> list[Row]:
    """Raises `TimeoutError` when money is not back in 15 minutes, `RuntimeError` when the audit finds something."""
    async with connected(stack.stack_info) as client:
        showtime = await schedule(client, await build(client, rows=ROWS, cols=COLUMNS))
        await _sold(client, showtime)
        calls_before = len(await _refund_calls(client))
        fault = {"route": "POST /v1/payments/*/refund", "kind": "rate", "value": REFUNDS_A_SECOND}
        await client.call("POST", f"{client.simulator}/_sim/faults", fault)
        started = time.perf_counter()
        deleted = await client.call("DELETE", f"/api/admin/showtimes/{showtime}", token=await client.admin())
        if deleted.status != 204:
            raise RuntimeError(f"the show is not cancelled: {deleted.status} {deleted.body}")
        cancelled, _ = await asyncio.gather(_until_cancelled(client), _killing(stack, client, started))
        await _until_all(client, "payment", "payments", "refunded")
        seconds = time.perf_counter() - started
        calls = (await _refund_calls(client))[calls_before:]
        refunds = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body["refunds"]
    audit = stack.run("stack.audit")
    if audit.returncode:
        raise RuntimeError(audit.stdout + audit.stderr)
    times = len({refund["payment_id"] for refund in refunds}), len(refunds)
    throttled = sum(call["status"] == 429 for call in calls)
    least, elapsed = BOOKINGS / REFUNDS_A_SECOND, cancelled - started
    return [
        (
            f"a show of {BOOKINGS} bookings: until all are cancelled",
            f"{elapsed:.1f} s",
            "booking killed once",
        ),
        ("… until all refunds are made", f"{seconds:.1f} s", f"{least:.0f} s at {REFUNDS_A_SECOND} a second"),
        ("… captures refunded, refunds made", f"{times[0]}, {times[1]}", "each once; payment killed once"),
        ("… calls to the provider, throttled ones", f"{len(calls)}, {throttled}", "the audit is clean"),
    ]


async def _sold(client: StackClient, showtime: str) -> None:
    """A booking for each seat."""
    seats = [f"{chr(ord('A') + row)}{number}" for row in range(ROWS) for number in range(1, COLUMNS + 1)]
    gate = asyncio.Semaphore(AT_A_TIME)

    async def buy(some: Sequence[str]) -> None:
        async with gate:
            buyer = await client.buyer()
            for seat in some:
                await buyer.buy(showtime, [seat])

    await asyncio.gather(*(buy(seats[at : at + HOLDS_A_GUEST]) for at in range(0, BOOKINGS, HOLDS_A_GUEST)))


async def _refund_calls(client: StackClient) -> list[Json]:
    calls = (await client.call("GET", f"{client.simulator}/_sim/calls")).body
    return [call for call in calls if call["method"] == "POST" and call["path"].endswith("/refund")]


async def _killing(stack: OwnStack, client: StackClient, started: float) -> None:
    """kill -9 of each process once, when so many refunds are made; the stack starts it again."""
    for service, share in _KILLED_AFTER.items():
        while await _refunded(client) < share * BOOKINGS:
            _check_time(started)
            await asyncio.sleep(0.2)
        os.kill(stack.stack_info["services"][service][0]["pid"], signal.SIGKILL)


async def _refunded(client: StackClient) -> int:
    return len((await client.call("GET", f"{client.simulator}/_sim/ledger")).body["refunds"])


async def _until_cancelled(client: StackClient) -> float:
    """When the last booking is cancelled."""
    await _until_all(client, "booking", "bookings", "cancelled")
    return time.perf_counter()


async def _until_all(client: StackClient, service: str, collection: str, status: str) -> None:
    """The stack is the bench's own: it has no other bookings."""
    started = time.perf_counter()
    async with AsyncMongoClient[Json](client.stack_info["servers"]["mongo"]["uri"]) as mongo:
        while await mongo[service][collection].count_documents({"status": status}) < BOOKINGS:
            _check_time(started)
            await asyncio.sleep(0.2)


def _check_time(started: float) -> None:
    if time.perf_counter() - started > _MOST_SECONDS:
        raise TimeoutError(f"not done after {_MOST_SECONDS:.0f} s")
