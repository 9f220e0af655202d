"""10,000 messages wait in a queue of notify: how fast one worker works them off, and how fast eight do.

The workers exist from the start and are stopped (SIGSTOP); they go on, first one and then all.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from bench.report import Row
from chassis.broker import publishing
from chassis.envelope import seal
from contracts.identity import UserRegistered
from contracts.ids import UserId
from stack.buyer import StackClient
from stack.waiting import until

MESSAGES, WORKERS, ALONE_SECONDS = 10_000, 8, 8.0
AGAINST_SECONDS = 60
SETTINGS = {"REPLICAS": f"notify={WORKERS}", "ROLE_SPLIT": "1"}
_PREFIX = "usr_queued"


async def workers(client: StackClient) -> list[Row]:
    """On a stack with `SETTINGS`. Raises `TimeoutError` when the messages are not worked off in ten minutes."""
    pids = [each["pid"] for each in client.stack_info["services"]["notify"] if each["role"] == "worker"]
    async with AsyncMongoClient[Any](client.stack_info["servers"]["mongo"]["uri"]) as mongo:
        recipients = mongo["notify"]["recipients"]
        _signal(pids, signal.SIGSTOP)
        try:
            await _publish(client.stack_info["servers"]["rabbitmq"]["url"])
            started = time.perf_counter()
            _signal(pids[:1], signal.SIGCONT)
            await asyncio.sleep(ALONE_SECONDS)
            by_one, one_seconds = await _done(recipients), time.perf_counter() - started
            _signal(pids, signal.SIGCONT)
            await until(lambda: _all_done(recipients), seconds=600, every=0.2)
            seconds = time.perf_counter() - started
        finally:
            _signal(pids, signal.SIGCONT)
    rates = by_one / one_seconds, (MESSAGES - by_one) / (seconds - one_seconds)
    return [
        (f"{MESSAGES:,} queued messages: by one worker", f"{rates[0]:.0f}/s", ""),
        (f"… by {WORKERS} on {os.cpu_count()} cores", f"{rates[1]:.0f}/s", f"{rates[1] / rates[0]:.1f} times one"),
        (f"… all, from one to {WORKERS} after {one_seconds:.0f} s", f"{seconds:.1f} s", f"{AGAINST_SECONDS} s"),
    ]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


async def _publish(url: str) -> None:
    users = [
        UserRegistered(user_id=UserId(f"{_PREFIX}{number}"), revision=1, name=f"Guest {number}")
        for number in range(MESSAGES)
    ]
    async with publishing(url, "identity") as publisher:
        await publisher.ready.wait()
        safe = await publisher.publish_all(seal(user) for user in users)
    if len(safe) < MESSAGES:
        raise RuntimeError(f"the broker took {len(safe)} of {MESSAGES} messages")


async def _done(recipients: AsyncCollection[Any]) -> int:
    return await recipients.count_documents({"_id": {"$regex": f"^{_PREFIX}"}})


async def _all_done(recipients: AsyncCollection[Any]) -> bool:
    return await _done(recipients) == MESSAGES
