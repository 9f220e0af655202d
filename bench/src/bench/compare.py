"""`python -m bench.compare BEFORE NOW`: two results of the part `cost` (`cost.json`) beside each other.

Runs of one version are given together with commas between them: each figure is then the median of their rounds.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cost import Cost, Idle, Round, median_round
from bench.counters import Counts
from bench.report import table
from bench.usage import Amounts, medians

LEAST = 0.05


def as_json(measured: Cost) -> str:
    """What `read` reads: every round, and the idle system before the first sale."""
    rounds = [asdict(each) for each in measured.rounds]
    return json.dumps({"rounds": rounds, "untouched": asdict(measured.untouched)}, indent=1)


def read(files: str) -> tuple[Round, Idle]:
    """The medians over all runs named, and the idle system before the first sale."""
    runs = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files.split(",")]
    untouched = [_idle(run["untouched"]) for run in runs]
    rounds = [_round(each) for run in runs for each in run["rounds"]]
    return median_round(rounds), Idle(medians([idle.shares for idle in untouched]), untouched[0].counts)


def text(before: tuple[Round, Idle], now: tuple[Round, Idle]) -> str:
    """Both tables. A machine that was busier now makes all that it runs dearer: the bare endpoint says how much."""
    head = ("process", "before, ms a sale", "now", "now / before", "by bare requests", "idle before, %", "idle now, %")
    of_processes = table(list(_processes(before, now)), (*head, "before any sale, %"))
    of_counts = table(list(_counts(before[0].counts, now[0].counts)), ("counted a sale", "before", "now"))
    return f"{of_processes}\n\n{of_counts}"


def _processes(before: tuple[Round, Idle], now: tuple[Round, Idle]) -> Iterator[tuple[str, ...]]:
    (was, _), (is_now, untouched) = before, now
    dearer = is_now.bare / was.bare
    yield "bare endpoint, a request", f"{was.bare * 1000:.3f}", f"{is_now.bare * 1000:.3f}", f"{dearer:.2f}", *[""] * 4
    for name in {**was.seconds, **is_now.seconds}:
        old, new = was.seconds.get(name, 0), is_now.seconds.get(name, 0)
        ratios = (f"{new / old:.2f}", f"{new / old / dearer:.2f}") if old > LEAST / 1000 else ("", "")
        shares = (was.idle.shares.get(name, 0), is_now.idle.shares.get(name, 0), untouched.shares.get(name, 0))
        yield name, f"{old * 1000:z.1f}", f"{new * 1000:z.1f}", *ratios, *(f"{share * 100:.1f}" for share in shares)


def _counts(before: Counts, now: Counts) -> Iterator[tuple[str, str, str]]:
    for kind in {**before, **now}:
        old, new = before.get(kind, {}), now.get(kind, {})
        if sum(old.values()) >= LEAST or sum(new.values()) >= LEAST:
            yield kind, _shown(old), _shown(new)


def _shown(amounts: Amounts) -> str:
    frequent = sorted(((amount, name) for name, amount in amounts.items() if amount >= LEAST), reverse=True)
    return f"{sum(amounts.values()):.1f}: " + ", ".join(f"{name} {amount:.1f}" for amount, name in frequent)


def _round(stored: Mapping[str, Any]) -> Round:
    return Round(stored["seconds"], stored["counts"], stored["bare"], _idle(stored["idle"]))


def _idle(stored: Mapping[str, Any]) -> Idle:
    return Idle(stored["shares"], stored["counts"])


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    before, now = map(read, arguments)
    print(text(before, now))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
