"""How a showtime is priced, and what a hold was quoted."""

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.event import Value
from contracts.layout import SeatLabel
from contracts.money import Currency, MinorUnits

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
BasisPoints = Annotated[int, Field(strict=True, ge=0, le=10_000, description="1800 = 18 %")]


class Span(Value):
    """A closed interval; an end that is left out is open."""

    gte: float | None = Field(default=None, strict=True, allow_inf_nan=False)
    lte: float | None = Field(default=None, strict=True, allow_inf_nan=False)

    def holds(self, value: float) -> bool:
        """Whether `value` lies inside."""
        return (self.gte is None or value >= self.gte) and (self.lte is None or value <= self.lte)


class When(Value):
    """All that is given must hold. `from_`/`to` are local times at the theater (`to` before `from_` wraps midnight);
    `hours_before` counts from now to the start; `occupancy` is sold and held over all seats, 0 to 1."""

    days_of_week: tuple[Weekday, ...] | None = None
    from_: time | None = Field(default=None, alias="from")
    to: time | None = None
    dates: tuple[date, ...] | None = None
    hours_before: Span | None = None
    occupancy: Span | None = None
    format: str | None = None
    seat_type: str | None = None


class Adjust(Value):
    """Exactly one of: a percentage of the price so far, an amount on top (minor units), a price."""

    percent: float | None = Field(default=None, strict=True, ge=-100, le=1000, allow_inf_nan=False)
    amount: int | None = Field(default=None, strict=True, ge=-(10**9), le=10**9)
    set_to: int | None = Field(default=None, strict=True, ge=0, le=10**9)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if [self.percent, self.amount, self.set_to].count(None) != 2:
            raise ValueError("exactly one of percent, amount, setTo")
        return self


class PricingRule(Value):
    """A dynamic pricing rule; rules apply in order, and the result is clamped to `min_price` and `max_price`."""

    name: str = Field(min_length=1, max_length=80)
    when: When = When()
    adjust: Adjust
    min_price: int | None = Field(default=None, strict=True, ge=0, le=10**9)
    max_price: int | None = Field(default=None, strict=True, ge=0, le=10**9)


class TaxSlab(Value):
    """A tax rate for tickets up to and including a price; the last slab has no `up_to`."""

    name: str
    rate: BasisPoints
    up_to: MinorUnits | None = None


class Fee(Value):
    """A fee per ticket with its own tax rate."""

    name: str
    per_ticket: MinorUnits
    tax_rate: BasisPoints = 0


class PriceTable(Value):
    """All that is needed to price a showtime without asking anyone."""

    base_price: MinorUnits
    currency: Currency
    rules: tuple[PricingRule, ...] = ()
    fees: tuple[Fee, ...] = ()
    tax_slabs: tuple[TaxSlab, ...] = ()


class AppliedRule(Value):
    """A rule that fired, and by how much it moved the price."""

    name: str
    amount: int


class QuoteLine(Value):
    """One seat's price before fees and taxes, how it came about, and the tax on this price (not on the fees) with its
    rate."""

    seat_id: str
    label: SeatLabel
    type: str
    price: MinorUnits
    base: MinorUnits
    tax: MinorUnits
    rules: tuple[AppliedRule, ...] = ()
    ticket_type: str = "adult"
    tax_rate: BasisPoints | None = None


class Charge(Value):
    """A fee or a tax, summed over the tickets; of a fee also the tax on it, which is a charge of its own too, and its
    rate."""

    name: str
    amount: MinorUnits
    tax: MinorUnits | None = None
    tax_rate: BasisPoints | None = None


class Quote(Value):
    """What a hold was quoted; kept for the hold. total = subtotal + fees + taxes."""

    lines: tuple[QuoteLine, ...]
    fee_lines: tuple[Charge, ...] = ()
    tax_lines: tuple[Charge, ...] = ()
    subtotal: MinorUnits
    fees: MinorUnits
    taxes: MinorUnits
    total: MinorUnits
    currency: Currency
