"""A rolling restart of the whole system while guests buy: no call fails, and nobody tries again."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from tests.conftest import Stack

from stack.buyer import Answer, StackClient, build, schedule

SERVICES = ("identity", "catalog", "seating", "booking", "payment", "notify", "gateway")
GUESTS = 4


@dataclass(slots=True)
class Balancer(StackClient):
    """Calls the copies of the gateway in turn, as a balancer does: one that takes no connection, or says that its
    answer is the last of a connection, is passed over for two seconds, in which it says goodbye. No call is made
    twice."""

    rests_until: dict[str, float] = field(default_factory=dict)
    turn: Iterator[int] = field(default_factory=itertools.count)
    answered: Counter[int] = field(default_factory=Counter)

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        if path.startswith("http"):
            return await StackClient.call(self, method, path, body, **more)
        time = asyncio.get_running_loop().time
        now = time()
        urls = [each["url"] for each in self.stack_info["services"]["gateway"]]
        first = next(self.turn) % 2
        for url in sorted(urls[first:] + urls[:first], key=lambda url: max(now, self.rests_until.get(url, now))):
            try:
                answer = await StackClient.call(self, method, url + path, body, **more)
            except aiohttp.ClientConnectorError:
                self.rests_until[url] = time() + 2
                continue
            if answer.headers.get("Connection") == "close":
                self.rests_until[url] = time() + 2
            self.answered[answer.status] += 1
            assert answer.status < 400, (method, path, answer)
            return answer
        raise AssertionError("no copy of the gateway takes the call")

    async def with_retries(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.call(method, path, body, **more)


@pytest.fixture
async def balancer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Balancer]]:
    """A stack with two of each."""
    stack = Stack(tmp_path_factory.mktemp("two-of-each"))
    stack.environment |= {"REPLICAS": " ".join(f"{service}=2" for service in SERVICES), "DRAIN_SECONDS": "1"}
    await asyncio.to_thread(stack.up)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            yield stack, Balancer(stack.stack_info, http)
    finally:
        await asyncio.to_thread(stack.verb, "down")


async def test_while_each_process_is_replaced_no_call_fails(balancer: tuple[Stack, Balancer]) -> None:
    stack, client = balancer
    stage = await build(client, rows=GUESTS, cols=10)
    showtime = await schedule(client, stage, slot=0)
    over = asyncio.Event()

    async def sell(row: str) -> None:
        guest = await client.buyer()
        for number in itertools.cycle(range(1, 10)):
            held = await guest.hold(showtime, [f"{row}{number}"])
            await guest.call("GET", f"/api/seats/state?showtimeId={showtime}")
            await guest.call("DELETE", f"/api/seats/hold/{held.body['id']}")
            if over.is_set():
                booking = await guest.buy(showtime, [f"{row}{number}"])
                assert booking["status"] == "confirmed"
                return

    guests = [asyncio.create_task(sell(row)) for row in "ABCD"]
    rolling = asyncio.create_task(asyncio.to_thread(stack.verb, "roll"))
    await asyncio.wait([*guests, rolling], return_when=asyncio.FIRST_COMPLETED)  # a guest who fails ends it
    over.set()
    await asyncio.gather(*guests)
    rolled = await rolling
    assert rolled.returncode == 0, rolled.stdout + rolled.stderr
    assert f"{2 * len(SERVICES)} processes replaced" in rolled.stdout
    await asyncio.to_thread(stack.audit)
