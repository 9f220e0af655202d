"""What theaters, screens and showtimes say of prices: field by field the narrowest scope that says something wins."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Literal

from contracts.prices import Fee, PriceTable, PricingRule, SeatTypeFactor, TaxSlab, TicketType

Scope = Literal["theater", "screen", "showtime"]
FIRST_FEES: dict[str, tuple[Fee, ...]] = {
    "INR": (Fee(name="Convenience fee", per_ticket=3_000, tax_rate=1_800),),
    "AED": (Fee(name="Convenience fee", per_ticket=200, tax_rate=500),),
}
"""The fees by currency where no scope says any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a scope says of prices; None where it says nothing, while an empty list says that there is none.

    `base_price` is in minor units of the showtime's currency; the factors of `seat_types` win over the layout's.
    """

    base_price: int | None = None
    seat_types: tuple[SeatTypeFactor, ...] | None = None
    ticket_types: tuple[TicketType, ...] | None = None
    rules: tuple[PricingRule, ...] | None = None
    fees: tuple[Fee, ...] | None = None


NOTHING = Said()


def narrowest(said: Iterable[Said]) -> Said:
    """Of each field what the first says that says something."""
    scopes = list(said)
    values = {field.name: [getattr(scope, field.name) for scope in scopes] for field in fields(Said)}
    return Said(**{name: next((value for value in said if value is not None), None) for name, said in values.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """What each scope of a showtime says."""

    theater: Said = NOTHING
    screen: Said = NOTHING
    showtime: Said = NOTHING

    @property
    def effective(self) -> Said:
        """What counts for the showtime."""
        return narrowest((self.showtime, self.screen, self.theater))

    def saying(self, scope: Scope, said: Said) -> "Scopes":
        """With what a scope says now. A base price that no scope says any more stays, as the showtime's own."""
        after = replace(self, **{scope: said})
        if after.effective.base_price is not None:
            return after
        return replace(after, showtime=replace(after.showtime, base_price=self.effective.base_price))

    def prices(self, currency: str, tax_slabs: tuple[TaxSlab, ...]) -> PriceTable:
        """The whole price table of the showtime; raises `ValueError` where no scope says a base price."""
        said = self.effective
        if said.base_price is None:
            raise ValueError("no scope says a base price")
        return PriceTable(
            base_price=said.base_price,
            currency=currency,
            rules=said.rules or (),
            fees=FIRST_FEES.get(currency, ()) if said.fees is None else said.fees,
            tax_slabs=tax_slabs,
            ticket_types=said.ticket_types or (),
            seat_types=said.seat_types or (),
        )
