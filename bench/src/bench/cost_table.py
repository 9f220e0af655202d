"""The tables of a sale's cost: processes beside the bare endpoint, then what was counted, of sales and while idle."""

from collections.abc import Iterator

from bench.cost import Cost
from bench.counters import Counts
from bench.report import table
from bench.usage import Amounts

LEAST = 0.05  # less often than one sale in twenty, or than once in twenty seconds, is not named


def text(measured: Cost) -> str:
    """All tables."""
    head = (
        "process",
        "ms a sale",
        "least to most",
        "bare requests",
        "idle after sales, % of a core",
        "idle before any",
    )
    of_processes = table(list(_processes(measured)), head)
    of_sales = table(list(_counts(measured.median.counts)), ("counted", "a sale", "of which"))
    of_idle = table(list(_counts(measured.untouched.counts)), ("counted while idle", "a second", "of which"))
    return f"{of_processes}\n\n{of_sales}\n\n{of_idle}"


def _processes(measured: Cost) -> Iterator[tuple[str, ...]]:
    median, idle = measured.median, measured.median.idle.shares
    yield "bare FastAPI JSON endpoint, a request", f"{median.bare * 1000:.3f}", "", "1", "", ""
    single = (*measured.groups.services, *measured.groups.servers, *measured.groups.rest)
    known = sorted((name for name in single if name in median.seconds), key=lambda name: -median.seconds[name])
    for name in (*known, *measured.groups.sums):
        rounds = [each.seconds.get(name, 0) * 1000 for each in measured.rounds]
        yield (
            name,
            f"{median.seconds[name] * 1000:z.1f}",
            f"{min(rounds):z.1f} to {max(rounds):z.1f}",
            f"{median.seconds[name] / median.bare:z.0f}",
            f"{idle.get(name, 0) * 100:.1f}",
            f"{measured.untouched.shares.get(name, 0) * 100:.1f}",
        )


def _counts(counts: Counts) -> Iterator[tuple[str, str, str]]:
    for kind, amounts in counts.items():
        named = _named(amounts)
        if named:
            yield kind, f"{sum(amounts.values()):.1f}", named


def _named(amounts: Amounts) -> str:
    """The larger part of a kind, most frequent first."""
    frequent = sorted(((amount, name) for name, amount in amounts.items() if amount >= LEAST), reverse=True)
    return ", ".join(f"{name} {amount:.1f}" for amount, name in frequent)
