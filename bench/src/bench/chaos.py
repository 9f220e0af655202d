"""`make chaos`: sales by all ways to pay while processes and servers are killed and providers fail, then the audit.

`SECONDS_OF_CHAOS` (60) and `SEED` change how long and which; the deaths are printed as they come. With `SERVERS=3`
it is the leaders of three of each that have trouble (`chaos_three`).
"""

import asyncio
import os
import random
import shutil
import signal
import sys
from collections import Counter

from bench import chaos_three
from bench.chaos_faults import faults_until
from bench.chaos_sales import Ground, sell_on
from bench.stacks import OwnStack, own_stack
from stack.buyer import build, connected, schedule

SECONDS = float(os.environ.get("SECONDS_OF_CHAOS", "60"))
SEED = int(os.environ.get("SEED", "1"))
BUYERS = 12
SETTINGS = {
    "HOLD_SECONDS": "20",
    "PAYMENT_SECONDS": "10",
    "RECONCILE_FIRST_SECONDS": "3",
    "RECONCILE_MAXIMUM_SECONDS": "10",
    "ANNOUNCE_AGAIN_SECONDS": "5",
    "MAIL_RETRY_SECONDS": "2",
    "MAIL_ANSWER_SECONDS": "5",
}
SERVERS = ("mongo", "redis", "rabbitmq")


def main() -> int:
    if os.environ.get("SERVERS") == "3":
        return _troubles()
    with own_stack(**SETTINGS) as stack:
        print(f"seed {SEED}: {BUYERS} buyers for {SECONDS:.0f} s", flush=True)
        ends = asyncio.run(_chaos(stack, random.Random(SEED)))
        stack.up()
        print(", ".join(f"{end} {times}" for end, times in sorted(ends.items())), flush=True)
        audit = stack.run("stack.audit")
        print(audit.stdout + audit.stderr)
        return audit.returncode


def _troubles() -> int:
    with own_stack(HOLD_SECONDS="60", PAYMENT_SECONDS="30") as stack:
        is_well = asyncio.run(chaos_three.befall(stack, random.Random(SEED)))
        stack.up()
        audit = stack.run("stack.audit")
        print(audit.stdout + audit.stderr)
        return audit.returncode or int(not is_well)


async def _chaos(stack: OwnStack, dice: random.Random) -> Counter[str]:
    async with connected(stack.stack_info) as client:
        stage = await build(client, rows=20, cols=20)
        showtimes = [await schedule(client, stage, slot=slot) for slot in range(max(6, int(SECONDS / 20)))]
        over = asyncio.Event()
        ground = Ground(client, showtimes, dice, float(SETTINGS["HOLD_SECONDS"]), Counter())
        faults = asyncio.create_task(faults_until(over, client, dice))
        buyers = [asyncio.create_task(sell_on(ground, over)) for _ in range(BUYERS)]
        await _deaths(stack, dice)
        over.set()
        await asyncio.gather(*buyers)
        ground.ends["faults"] += await faults
        return ground.ends


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
