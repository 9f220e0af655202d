"""`make bench`: what the system can do, measured side by side in one run and given as ratios.

Requests are measured on a stack with HTTP and work in processes apart, sales on one with both in one process, as small
hosts run it. Every rate is the median of three rounds; the rounds of what is compared take turns, so that a noisy
minute hits both sides.
"""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.measures import requests, sales
from bench.report import Row, table
from bench.stacks import OwnStack, own_stack
from stack.buyer import connected

RESULTS = Path("bench/results")
SETTINGS = {"HOLD_SECONDS": "3600", "LOG_LEVEL": "WARNING"}


def main() -> int:
    with own_stack(**SETTINGS, ROLE_SPLIT="1") as stack:
        rows = uvloop.run(_requests(stack))
    with own_stack(**SETTINGS) as stack:
        rows += uvloop.run(_sales(stack))
    text = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}\n\n{table(rows)}\n"
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "last.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


async def _requests(stack: OwnStack) -> list[Row]:
    async with connected(stack.stack_info) as client:
        return await requests(client, stack.folder)


async def _sales(stack: OwnStack) -> list[Row]:
    async with connected(stack.stack_info) as client:
        return await sales(client)


if __name__ == "__main__":
    sys.exit(main())
