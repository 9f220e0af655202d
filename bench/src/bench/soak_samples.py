"""What a soak looks at every few seconds: memory, file descriptors and sockets of each process, queues, latencies."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, quantiles
from typing import Any

from stack.calls import NoAnswerError, call

_PAGE = os.sysconf("SC_PAGE_SIZE")
MEASURES = ("MB", "descriptors", "sockets")
_FEWEST = 6  # samples of one life of a process; a shorter one tells nothing


@dataclass(frozen=True, slots=True)
class Sample:
    """`processes` has by (name, pid) the `MEASURES`; `queued` messages of all queues together, None where the broker
    did not say; `latencies` are milliseconds of the calls since the sample before."""

    at: float
    processes: Mapping[tuple[str, int], Sequence[float]]
    queued: int | None
    latencies: Sequence[float]

    @property
    def percentiles(self) -> tuple[float, float] | None:
        """The middle one and that of 95 %; None where too few calls were made."""
        if len(self.latencies) < 2:
            return None
        cuts = quantiles(self.latencies, n=20)
        return cuts[9], cuts[18]


async def taken(at: float, stack_info: Mapping[str, Any], latencies: Sequence[float]) -> Sample:
    """The sample of now."""
    pids = {(name, each["pid"]) for name, several in stack_info["services"].items() for each in several}
    pids |= {(name, server["pid"]) for name, server in stack_info["servers"].items() if server["pid"]}
    measured = {key: values for key in sorted(pids) if (values := of_process(key[1]))}
    return Sample(at, measured, await asyncio.to_thread(_queued, stack_info), latencies)


def of_process(pid: int, proc: Path = Path("/proc")) -> Sequence[float] | None:
    """The `MEASURES` of a process; None where it has ended."""
    try:
        resident = int((proc / str(pid) / "statm").read_text(encoding="ascii").split()[1]) * _PAGE / 1e6
        links = list((proc / str(pid) / "fd").iterdir())
    except (OSError, IndexError):  # it has ended
        return None
    if not resident:  # it is about to end
        return None
    targets = [target for link in links if (target := _target(link))]
    return resident, len(targets), sum(target.startswith("socket:") for target in targets)


def _target(link: Path) -> str:
    """What a descriptor is; nothing where it was closed meanwhile."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _queued(stack_info: Mapping[str, Any]) -> int | None:
    try:
        queues = call("GET", f"{stack_info['servers']['rabbitmq']['management']}/api/queues", seconds=20).json
        return sum(int(queue.get("messages", 0)) for queue in queues if not queue["name"].endswith(".dead"))
    except (NoAnswerError, ValueError, KeyError, TypeError):
        return None


def lives(samples: Sequence[Sample], measure: int) -> dict[str, list[list[tuple[float, float]]]]:
    """By name of a process the curves of one of the `MEASURES`, one for each life (pid)."""
    by_life: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for sample in samples:
        for key, values in sample.processes.items():
            by_life.setdefault(key, []).append((sample.at, values[measure]))
    curves: dict[str, list[list[tuple[float, float]]]] = {}
    for (name, _), points in by_life.items():
        curves.setdefault(name, []).append(points)
    return curves


def slope_an_hour(points: Sequence[tuple[float, float]]) -> float | None:
    """How much a curve rises in an hour, by its last two thirds: what comes first warms up. None where it is short."""
    late = points[len(points) // 3 :]
    if len(late) < _FEWEST:
        return None
    return linear_regression([at for at, _ in late], [value for _, value in late]).slope * 3600
