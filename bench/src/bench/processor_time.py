"""Processor time of named processes and all their descendants, from the system's own accounting in /proc."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """`seconds` of processor time, of all threads and of children that have ended."""

    pid: int
    parent: int
    seconds: float


def processes(proc: Path = Path("/proc")) -> Iterator[Process]:
    """All that run now."""
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            try:
                yield parsed((folder / "stat").read_text(encoding="utf-8", errors="replace"))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile


def parsed(stat: str) -> Process:
    """One line of /proc/<pid>/stat, as proc(5) describes it; the name may hold spaces and brackets."""
    start, _, end = stat.rpartition(")")
    fields = end.split()  # the third field of the line is the first here
    return Process(int(start.split(" ", 1)[0]), int(fields[1]), sum(map(int, fields[11:15])) / TICKS_A_SECOND)


def seconds_by_name(running: Iterable[Process], names: Mapping[int, str]) -> dict[str, float]:
    """Seconds by name; a process without a name counts for its nearest ancestor that has one, or not at all."""
    known = {process.pid: process for process in running}
    seconds: defaultdict[str, float] = defaultdict(float)
    for process in known.values():
        ancestor: Process | None = process
        while ancestor and ancestor.pid not in names:
            ancestor = known.get(ancestor.parent)
        if ancestor:
            seconds[names[ancestor.pid]] += process.seconds
    return dict(seconds)
