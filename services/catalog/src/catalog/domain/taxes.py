"""Taxes on tickets: entries by currency, each in force from a day on until those of a later day take over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.prices import TaxSlab


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxEntry:
    """A rate in basis points for tickets up to and including a price in minor units; without `up_to` for all others.

    It counts for showtimes that start on the day `since`, by the theater's clock, or later.
    """

    name: str
    rate: int
    up_to: int | None = None
    since: date
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxes:
    """All entries, in the order in which they are looked at, and how often they were replaced."""

    version: int
    entries: tuple[TaxEntry, ...]

    def slabs(self, currency: str, day: date) -> tuple[TaxSlab, ...]:
        """The taxes of a showtime that starts on this day: the entries of the newest day that has come; none where the
        currency has none."""
        known = [entry for entry in self.entries if entry.currency == currency and entry.since <= day]
        newest = max((entry.since for entry in known), default=None)
        return tuple(_slab(entry) for entry in known if entry.since == newest)


def _slab(entry: TaxEntry) -> TaxSlab:
    return TaxSlab(name=entry.name, rate=entry.rate, up_to=entry.up_to)


def _first(entries: Iterable[tuple[str, int, int | None, str, str]]) -> tuple[TaxEntry, ...]:
    return tuple(
        TaxEntry(name=name, rate=rate, up_to=up_to, since=date.fromisoformat(since), currency=currency)
        for name, rate, up_to, since, currency in entries
    )


# India: GST on cinema tickets since 2025-09-22; the United Arab Emirates: VAT since 2018.
FIRST_TAXES = Taxes(
    version=0,
    entries=_first(
        [
            ("GST 5 %", 500, 10_000, "2025-09-22", "INR"),
            ("GST 18 %", 1_800, None, "2025-09-22", "INR"),
            ("VAT 5 %", 500, None, "2018-01-01", "AED"),
        ]
    ),
)
"""What holds until somebody replaces it."""
