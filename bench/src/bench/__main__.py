"""`make bench`: what the system can do, measured side by side in one run and given as ratios.

Runs a stack of its own: for each service one process that answers HTTP and one that works. Every figure is the median
of three rounds; the rounds of what is compared take turns, so that a noisy minute hits both sides.
"""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.measures import measure
from bench.report import Row, table
from bench.stacks import OwnStack, own_stack
from bench.visitors import visiting

RESULTS = Path("bench/results")


def main() -> int:
    with own_stack(HOLD_SECONDS="3600", LOG_LEVEL="WARNING", ROLE_SPLIT="1") as stack:
        rows = uvloop.run(_measured(stack))
    text = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}\n\n{table(rows)}\n"
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "last.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


async def _measured(stack: OwnStack) -> list[Row]:
    async with visiting(stack.facts) as house:
        return await measure(house, stack.folder)


if __name__ == "__main__":
    sys.exit(main())
