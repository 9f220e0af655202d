"""`make chaos`: sales for a minute while processes and servers are killed, then the audit.

`SECONDS_OF_CHAOS` and `SEED` change how long and which; the deaths are printed as they come.
"""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import aiohttp

from bench.stacks import OwnStack, own_stack
from stack.buyer import Buyer, StackClient, build, connected, schedule

SECONDS = float(os.environ.get("SECONDS_OF_CHAOS", "60"))
SEED = int(os.environ.get("SEED", "1"))
BUYERS = 12
SETTINGS = {
    "HOLD_SECONDS": "20",
    "PAYMENT_SECONDS": "10",
    "RECONCILE_FIRST_SECONDS": "3",
    "ANNOUNCE_AGAIN_SECONDS": "5",
}
SERVERS = ("mongo", "redis", "rabbitmq")


def main() -> int:
    with own_stack(**SETTINGS) as stack:
        print(f"seed {SEED}: {BUYERS} buyers for {SECONDS:.0f} s", flush=True)
        ends = asyncio.run(_chaos(stack, random.Random(SEED)))
        stack.up()
        print(", ".join(f"{end} {times}" for end, times in sorted(ends.items())), flush=True)
        audit = stack.run("stack.audit")
        print(audit.stdout + audit.stderr)
        return audit.returncode


async def _chaos(stack: OwnStack, dice: random.Random) -> Counter[str]:
    async with connected(stack.stack_info) as client:
        stage = await build(client, rows=20, cols=20)
        showtimes = [await schedule(client, stage, slot=slot) for slot in range(6)]
        over = asyncio.Event()
        ends: Counter[str] = Counter()
        buyers = [asyncio.create_task(_buy_on(client, showtimes, dice, over, ends)) for _ in range(BUYERS)]
        await _deaths(stack, dice)
        over.set()
        await asyncio.gather(*buyers)
        return ends


async def _buy_on(
    client: StackClient, showtimes: list[str], dice: random.Random, over: asyncio.Event, ends: Counter[str]
) -> None:
    while not over.is_set():
        try:
            buyer = await client.buyer()
            for _ in range(5):
                ends[await _buy(buyer, dice.choice(showtimes), dice)] += 1
        except (aiohttp.ClientError, OSError, TimeoutError, KeyError, TypeError) as error:
            ends[f"gave up ({type(error).__name__})"] += 1


async def _buy(buyer: Buyer, showtime: str, dice: random.Random) -> str:
    row, first = dice.choice("ABCDEFGHIJKLMNOPQRST"), dice.randrange(1, 19)
    wish = {"showtimeId": showtime, "seatIds": [f"{row}{first}", f"{row}{first + 1}"]}
    held = await buyer.with_retries("POST", "/api/seats/hold", wish)
    if held.status != 201:
        return f"hold: {held.code}"
    ordered = await buyer.order(held.body["id"])
    if ordered.status != 201:
        return f"order: {ordered.code}"
    webhooks = {"deliver": dice.random() < 0.8, "duplicates": dice.randrange(3), "shuffle": True}
    paid = await buyer.client.pay(ordered.body["orderId"], webhooks=webhooks)
    if dice.random() < 0.2:
        return "paid, callback lost"
    confirmed = await buyer.confirm(paid)
    if confirmed.status == 200 and dice.random() < 0.1:
        return f"cancel: {(await buyer.with_retries('POST', _cancel(confirmed.body))).status}"
    return f"confirm: {confirmed.status}"


def _cancel(booking: Mapping[str, Any]) -> str:
    return f"/api/bookings/{booking['id']}/cancel"


async def _deaths(stack: OwnStack, dice: random.Random) -> None:
    """Every few seconds somebody dies by SIGKILL, Redis with all its data; servers are started again as ops would."""
    until = asyncio.get_running_loop().time() + SECONDS
    while asyncio.get_running_loop().time() < until:
        await asyncio.sleep(dice.uniform(2, 5))
        stack_info = stack.stack_info
        victim = dice.choice([*stack_info["services"], *SERVERS])
        pid = (
            stack_info["servers"][victim]["pid"]
            if victim in SERVERS
            else dice.choice(stack_info["services"][victim])["pid"]
        )
        print(f"  kill -9 {victim}", flush=True)
        _kill(pid)
        if victim == "redis":
            for folder in (stack.folder / "data").rglob("appendonlydir"):
                shutil.rmtree(folder)
        if victim in SERVERS:
            await asyncio.to_thread(stack.up)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        print("  (it was dead already)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
