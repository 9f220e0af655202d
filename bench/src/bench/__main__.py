"""`make bench`: what the system can do and what a sale costs, measured side by side in one run and given as ratios.

Requests are measured on a stack with HTTP and work in processes apart, sales and their cost on one with both in one
process, as small hosts run it. Every figure is the median of three rounds; the rounds of what is compared take turns,
so that a noisy minute hits both sides. `PARTS=cost` measures the cost alone, `SHORT=1` in fewer and shorter rounds;
`PARTS=papers` and `PARTS=seats` need no stack: they make tickets and invoices, and choose seats.
`PARTS=cancelled` cancels a show of 500 bookings.
`PARTS=reports` reads a year of sales, and takes some minutes. `PARTS=growth` takes half an hour and some 10 GB of disk,
`PARTS=restore` (a backup, and a system made from it) as long and twice as much.
`BOOKINGS` chooses for these how many bookings there are.
"""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import uvloop

from bench import compare, cost_table, growth_table
from bench.best_seats import best_seats
from bench.cancelled_show import cancelled_show
from bench.cost import SHORT, WHOLE, cost
from bench.growth import Growth, growth
from bench.hot import hot
from bench.live import live
from bench.measures import requests, sales
from bench.papers import papers
from bench.queue import queue
from bench.report import RESULTS, Row, table, write
from bench.reports import reports
from bench.restore import restore
from bench.stacks import OwnStack, own_stack
from bench.webhooks import webhooks
from bench.workers import SETTINGS as WORKERS_SETTINGS
from bench.workers import workers
from stack.buyer import StackClient, connected

BASELINE = RESULTS / "cost-0.1.0.json"  # what a release cost; a new one takes its place when a release is cheaper
SETTINGS = {"HOLD_SECONDS": "3600", "LOG_LEVEL": "WARNING"}
UNNAMED = ("ratios", "cost", "hot", "papers", "seats", "webhooks", "live", "queue", "workers")
PARTS = (*UNNAMED, "cancelled", "reports", "growth", "restore")  # which take long
T = TypeVar("T")


def main(parts: Sequence[str]) -> int:
    unknown = set(parts) - set(PARTS)
    if unknown:
        print(f"PARTS may be {' '.join(PARTS)}", file=sys.stderr)
        return 2
    if "ratios" in parts:
        write("last.md", _ratios())
    if "cost" in parts:
        _cost()
    if "hot" in parts:
        write("hot.md", _hot())
    if "papers" in parts:
        write("papers.md", table(papers()))
    if "seats" in parts:
        write("seats.md", table(best_seats()))
    measures: dict[str, Callable[[], str]] = {
        "webhooks": _webhooks,
        "live": _live,
        "queue": _queue,
        "workers": _workers,
        "cancelled": _cancelled,
        "reports": lambda: _reports(_bookings()),
        "growth": lambda: growth_table.text(_growth(_bookings())),
        "restore": lambda: _restore(_bookings()),
    }
    for name, measure in measures.items():
        if name in parts:
            write(f"{name}.md", measure())
    return 0


def _bookings() -> int:
    return int(os.environ.get("BOOKINGS", "1000000"))


def _ratios() -> str:
    rows: list[Row] = []
    with own_stack(**SETTINGS, ROLE_SPLIT="1") as stack:
        rows += _run(stack, lambda client: requests(client, stack.folder))
    with own_stack(**SETTINGS) as stack:
        rows += _run(stack, sales)
    return table(rows)


def _cost() -> None:
    effort = SHORT if os.environ.get("SHORT", "0") not in {"", "0"} else WHOLE
    with own_stack(**SETTINGS) as stack:
        measured = _run(stack, lambda client: cost(client, stack.folder, effort))
    result = RESULTS / "cost.json"
    RESULTS.mkdir(parents=True, exist_ok=True)
    result.write_text(compare.as_json(measured) + "\n", encoding="utf-8")
    tables = [cost_table.text(measured)]
    if BASELINE.exists():
        tables += [f"Against {BASELINE}:", compare.text(compare.read(str(BASELINE)), compare.read(str(result)))]
    write("cost.md", "\n\n".join(tables))


def _hot() -> str:
    with own_stack(**SETTINGS) as stack:
        return table(_run(stack, lambda client: hot(client, stack.folder)))


def _webhooks() -> str:
    with own_stack(**SETTINGS) as stack:
        return table(_run(stack, webhooks))


def _live() -> str:
    with own_stack(**SETTINGS, CONNECTIONS_PER_ADDRESS="0") as stack:
        return table(_run(stack, live), ("what", "gateway", "Node's socket.io"))


def _queue() -> str:
    with own_stack(**SETTINGS, CONNECTIONS_PER_ADDRESS="0") as stack:
        return table(_run(stack, queue))


def _workers() -> str:
    with own_stack(**SETTINGS, **WORKERS_SETTINGS) as stack:
        return table(_run(stack, workers))


def _cancelled() -> str:
    with own_stack(**SETTINGS) as stack:
        return table(uvloop.run(cancelled_show(stack)))


def _reports(bookings: int) -> str:
    with own_stack(**SETTINGS) as stack:
        return table(_run(stack, lambda client: reports(client, bookings)))


def _growth(bookings: int) -> Growth:
    with own_stack(**SETTINGS) as small, own_stack(**SETTINGS) as large:
        return uvloop.run(growth(small, large, bookings))


def _restore(bookings: int) -> str:
    with own_stack(**SETTINGS) as stack:
        return table(restore(stack, bookings))


def _run(stack: OwnStack, measure: Callable[[StackClient], Awaitable[T]]) -> T:
    async def connected_measure() -> T:
        async with connected(stack.stack_info) as client:
            return await measure(client)

    return uvloop.run(connected_measure())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or UNNAMED))
