"""The tables of a sale's cost: processes beside the bare endpoint, then what was counted."""

from collections.abc import Iterator

from bench.cost import Cost
from bench.report import table
from bench.usage import Amounts

LEAST = 0.05  # less often than one sale in twenty is not named


def text(measured: Cost) -> str:
    """Both tables."""
    head = ("process", "ms a sale", "bare requests", "idle after sales, % of a core", "idle before any")
    of_processes = table(list(_processes(measured)), head)
    of_counts = table(list(_counts(measured)), ("counted", "a sale", "of which"))
    return f"{of_processes}\n\n{of_counts}"


def _processes(measured: Cost) -> Iterator[tuple[str, str, str, str, str]]:
    median = measured.median
    yield "bare FastAPI JSON endpoint, a request", f"{median.bare * 1000:.3f}", "1", "", ""
    single = (*measured.groups.services, *measured.groups.servers, *measured.groups.rest)
    known = sorted((name for name in single if name in median.seconds), key=lambda name: -median.seconds[name])
    for name in (*known, *measured.groups.sums):
        seconds, after, before = median.seconds[name], median.idle.get(name, 0), measured.untouched.get(name, 0)
        yield (
            name,
            f"{seconds * 1000:z.1f}",
            f"{seconds / median.bare:z.0f}",
            f"{after * 100:.1f}",
            f"{before * 100:.1f}",
        )


def _counts(measured: Cost) -> Iterator[tuple[str, str, str]]:
    for kind, amounts in measured.median.counts.items():
        named = _named(amounts)
        if named:
            yield kind, f"{sum(amounts.values()):.1f}", named


def _named(amounts: Amounts) -> str:
    """The larger part of a kind, most frequent first."""
    frequent = sorted(((amount, name) for name, amount in amounts.items() if amount >= LEAST), reverse=True)
    return ", ".join(f"{name} {amount:.1f}" for amount, name in frequent)
