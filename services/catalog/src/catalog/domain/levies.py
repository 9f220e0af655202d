"""Fees and taxes on tickets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.prices import Fee, TaxSlab


@dataclass(frozen=True, slots=True, kw_only=True)
class Levies:
    """The fees and taxes of a currency, in force from an instant until those that come next."""

    currency: str
    effective_from: datetime
    fees: tuple[Fee, ...]
    tax_slabs: tuple[TaxSlab, ...]


def levies_at(known: Iterable[Levies], moment: datetime) -> tuple[tuple[Fee, ...], tuple[TaxSlab, ...]]:
    """The fees and tax slabs in force at a moment, of those known for one currency; none where none are known."""
    past = [levies for levies in known if levies.effective_from <= moment]
    newest = max(past, key=lambda levies: levies.effective_from, default=None)
    return (newest.fees, newest.tax_slabs) if newest else ((), ())
