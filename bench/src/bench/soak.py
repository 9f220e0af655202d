"""`make soak MINUTES=60`: sales at half of what this machine does, with a fault every few minutes. Memory, descriptors,
sockets, queues and latencies are to stay flat: `bench/results/soak.md` says whether, `soak.svg` shows the curves.

A process that a fault replaced begins a new curve; its slope is that of its longest life.
"""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.cost import COLS, ROWS, seats
from bench.curves import Panel, svg
from bench.report import RESULTS, Row, table, write
from bench.soak_samples import MEASURES, Sample, lives, slope_an_hour, taken
from bench.stacks import OwnStack, own_stack
from stack.buyer import Buyer, StackClient, build, connected, schedule

MINUTES = float(os.environ.get("MINUTES", "60"))
SETTINGS = {"HOLD_SECONDS": "120", "LOG_LEVEL": "WARNING", "RECONCILE_FIRST_SECONDS": "5"}
SAMPLE_SECONDS, CALIBRATION_SECONDS, BUYERS = 5.0, 20.0, 6
FAULT_SECONDS = min(180.0, MINUTES * 60 / 6)
SHOWTIMES = max(12, int(2 * MINUTES))
BOUNDS = {"MB": 20.0, "descriptors": 20.0, "sockets": 20.0}  # that a process may rise in an hour
SERVERS_MB = 300.0  # mongod's cache fills as bookings come
_VICTIMS = ("booking", "payment", "seating", "gateway", "notify", "catalog", "identity")
_NAMES_OF_SERVERS = ("mongo", "redis", "rabbitmq")


@dataclass(slots=True)
class Run:
    """What a soak has seen so far."""

    client: StackClient
    wishes: Iterator[tuple[Buyer, tuple[str, str]]]
    ends: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)

    async def sell(self) -> None:
        """One sale; the time of its hold is noted."""
        buyer, (showtime, seat) = next(self.wishes)
        began_at = time.perf_counter()
        try:
            held = await buyer.hold(showtime, [seat])
            self.latencies.append((time.perf_counter() - began_at) * 1000)
            ordered = await buyer.order(held.body["id"])
            paid = await self.client.pay(ordered.body["orderId"])
            self.ends[str((await buyer.confirm(paid)).status)] += 1
        except Exception as error:  # noqa: BLE001  a soak counts whatever happens
            self.ends[type(error).__name__] += 1


def main() -> int:
    """0 where all is flat and the audit is clean."""
    with own_stack(**SETTINGS) as stack:
        run, rate = asyncio.run(_soak(stack))
        audit = stack.run("stack.audit")
    rows, is_flat = verdict(run.samples)
    ends = ", ".join(f"{end} {count}" for end, count in sorted(run.ends.items()))
    faults = "; ".join(f"{at / 60:.1f} min {what}" for at, what in run.marks)
    head = f"{MINUTES:g} minutes at {rate:.2f} sales a second, half of what was measured before. Ends: {ends}."
    closing = f"Faults: {faults}.\n\nAudit: {'clean' if audit.returncode == 0 else audit.stdout + audit.stderr}"
    write("soak.md", f"{head}\n\n{table(rows)}\n\n{closing}\n\n![curves](soak.svg)")
    (RESULTS / "soak.svg").write_text(drawn(run.samples, run.marks), encoding="utf-8")
    return 0 if is_flat and audit.returncode == 0 else 1


async def _soak(stack: OwnStack) -> tuple[Run, float]:
    async with connected(stack.stack_info) as client:
        stage = await build(client, rows=ROWS, cols=COLS)
        showtimes = [await schedule(client, stage, slot=slot) for slot in range(SHOWTIMES)]
        buyers = [await client.buyer() for _ in range(24)]
        run = Run(client, zip(itertools.cycle(buyers), seats(showtimes), strict=False))
        rate = await _most(run) / 2
        over, started = asyncio.Event(), time.perf_counter()
        run.ends.clear()
        watching = asyncio.create_task(_watch(run, stack, started, over))
        faults = asyncio.create_task(_faults(run, stack, started, over))
        await _sell_evenly(run, rate, started)
        over.set()
        await asyncio.gather(watching, faults)
        return run, rate


async def _most(run: Run) -> float:
    """Sales a second of some buyers without a pause."""
    until = time.perf_counter() + CALIBRATION_SECONDS

    async def sell_on() -> int:
        count = 0
        while time.perf_counter() < until:
            await run.sell()
            count += 1
        return count

    return sum(await asyncio.gather(*(sell_on() for _ in range(BUYERS)))) / CALIBRATION_SECONDS


async def _sell_evenly(run: Run, rate: float, started: float) -> None:
    under_way = set[asyncio.Task[None]]()
    for number in itertools.count():
        at = started + number / rate
        if at > started + MINUTES * 60:
            break
        await asyncio.sleep(at - time.perf_counter())
        task = asyncio.create_task(run.sell())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def _watch(run: Run, stack: OwnStack, started: float, over: asyncio.Event) -> None:
    while not over.is_set():
        latencies, run.latencies = run.latencies, []
        run.samples.append(await taken(time.perf_counter() - started, stack.stack_info, latencies))
        await _pause(over, SAMPLE_SECONDS)


async def _faults(run: Run, stack: OwnStack, started: float, over: asyncio.Event) -> None:
    """In turn: a process is killed, a provider fails for some calls, a process is asked to end."""
    for number, victim in enumerate(itertools.cycle(_VICTIMS)):
        await _pause(over, FAULT_SECONDS)
        if over.is_set():
            return
        pid = stack.stack_info["services"][victim][0]["pid"]
        match number % 3:
            case 0:
                os.kill(pid, signal.SIGKILL)
                what = f"kill -9 {victim}"
            case 1:
                fault = {"kind": "status", "value": 503, "times": 10}
                await run.client.call("POST", f"{run.client.simulator}/_sim/faults", fault)
                what = "the provider fails ten times"
            case _:
                os.kill(pid, signal.SIGTERM)
                what = f"{victim} is replaced"
        run.marks.append((time.perf_counter() - started, what))


async def _pause(over: asyncio.Event, seconds: float) -> None:
    await asyncio.wait([asyncio.ensure_future(over.wait())], timeout=seconds)


def verdict(samples: Sequence[Sample]) -> tuple[list[Row], bool]:
    """A row for each process and measure that can be judged, and whether all keep to their bounds."""
    rows, is_flat = list[Row](), True
    for place, measure in enumerate(MEASURES):
        for name, several in lives(samples, place).items():
            longest = max(several, key=len)
            slope = slope_an_hour(longest)
            bound = SERVERS_MB if measure == "MB" and name in _NAMES_OF_SERVERS else BOUNDS[measure]
            if slope is None:
                rows.append((f"{name}, {measure}", "lived too briefly", ""))
                continue
            shown = f"{longest[0][1]:.0f} to {longest[-1][1]:.0f}, {slope:+.1f} an hour"
            rows.append((f"{name}, {measure}", shown, f"{'within' if slope <= bound else 'BEYOND'} {bound:g}"))
            is_flat = is_flat and slope <= bound
    queued = [sample.queued for sample in samples if sample.queued is not None]
    if queued:
        rows.append(("queued messages: most, at the end", f"{max(queued)}, {queued[-1]}", "0 at the end"))
    halves = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    middles = [_middle([each.percentiles[0] for each in half if each.percentiles]) for half in halves]
    rows.append(("a hold's p50, first and second half", f"{middles[0]:.0f}, {middles[1]:.0f} ms", "level"))
    return rows, is_flat


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def drawn(samples: Sequence[Sample], marks: Sequence[tuple[float, str]]) -> str:
    """The curves as SVG."""
    names = {"MB": "resident memory, MB", "descriptors": "file descriptors", "sockets": "sockets among them"}
    panels = [Panel(names[measure], lives(samples, place)) for place, measure in enumerate(MEASURES)]
    queued = [(each.at, float(each.queued)) for each in samples if each.queued is not None]
    panels.append(Panel("messages in queues", {"queued": [queued]}))
    cuts = [(each.at, each.percentiles) for each in samples if each.percentiles]
    latencies = {"p50": [[(at, both[0]) for at, both in cuts]], "p95": [[(at, both[1]) for at, both in cuts]]}
    panels.append(Panel("a hold through the gateway, ms", latencies))
    return svg(panels, max(1.0, samples[-1].at if samples else 1.0), marks)


if __name__ == "__main__":
    sys.exit(main())
