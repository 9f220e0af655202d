"""The tables of growth: a sale on the small and on the large system, and what sales leave behind."""

from collections.abc import Iterator

from bench.growth import Growth, Stored
from bench.report import table
from bench.usage import Amounts

LEAST_MS, LEAST_COUNT, LEAST_DOCUMENTS = 0.1, 0.05, 100


def text(measured: Growth) -> str:
    """Both tables under a line that says how large the large system is."""
    head = f"{measured.showtimes} showtimes, {measured.bookings} bookings, 2,000 seats a screen"
    costs = table(list(_costs(measured)), ("a sale", "young, 200 seats", "grown", "grown / young"))
    columns = ("collection", "documents", "bytes each", "on disk", "of indexes", "ends")
    left = table([_left(stored) for stored in measured.stored if stored.documents >= LEAST_DOCUMENTS], columns)
    redis = f"Redis: {measured.redis_bytes / 1e6:,.0f} MB, {measured.redis_bytes / measured.showtimes:,.0f} a showtime."
    return f"{head}\n\n{costs}\n\n{left}\n\n{redis}"


def _costs(measured: Growth) -> Iterator[tuple[str, ...]]:
    small, large = measured.small, measured.large
    yield from _rows(_scaled(small.seconds), _scaled(large.seconds), " (ms)", LEAST_MS)
    for kind, counts in large.counts.items():
        if kind == "Mongo reads":
            yield from _rows(small.counts.get(kind, {}), counts, " looked at by Mongo", LEAST_COUNT)
        else:
            sums = {kind: sum(small.counts.get(kind, {}).values())}, {kind: sum(counts.values())}
            yield from _rows(*sums, "", LEAST_COUNT)


def _scaled(seconds: Amounts) -> Amounts:
    return {name: amount * 1000 for name, amount in seconds.items()}


def _rows(small: Amounts, large: Amounts, unit: str, least: float) -> Iterator[tuple[str, ...]]:
    for name, amount in large.items():
        before = small.get(name, 0)
        if max(amount, before) >= least:
            ratio = f"{amount / before:.2f}" if before > 0 else ""
            yield f"{name}{unit}", f"{before:z.1f}", f"{amount:z.1f}", ratio


def _left(stored: Stored) -> tuple[str, ...]:
    figures = (stored.data, stored.on_disk, stored.indexes)
    return (
        ".".join(stored.place),
        f"{stored.documents:,}",
        *(f"{figure / stored.documents:,.0f}" for figure in figures),
        "never" if stored.lasts else "by itself",
    )
