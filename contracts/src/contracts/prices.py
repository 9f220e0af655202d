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
    `hours_before` counts from now to the start; `occupancy` is sold and held over the seats that are not blocked, 0 to
    1."""

    days_of_week: tuple[Weekday, ...] | None = None
    from_: time | None = Field(default=None, alias="from")
    to: time | None = None
    dates: tuple[date, ...] | None = None
    hours_before: Span | None = None
    occupancy: Span | None = None
    format: str | None = None
    seat_type: str | None = None
    ticket_type: str | None = None


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


class TicketType(Value):
    """Who a ticket is for, and the share of the price after all rules that is paid: 60 of 100.

    `proof` is asked for at the gate: true, or a text that says which.
    """

    type: str = Field(min_length=1, max_length=40)
    label: str = Field(min_length=1, max_length=80)
    percent: int = Field(strict=True, ge=0, le=200)
    proof: Annotated[bool, Field(strict=True)] | str | None = None


ADULT = TicketType(type="adult", label="Adult", percent=100)
"""The type of a ticket for which none is named, where the price table has no other terms for it."""


class SeatTypeFactor(Value):
    """A seat type's factor on the base price."""

    type: str = Field(min_length=1, max_length=40)
    price_factor: float = Field(strict=True, ge=0, le=100, allow_inf_nan=False)


class PriceTable(Value):
    """All that is needed to price a showtime without asking anyone. The factors of `seat_types` win over those of the
    layout; there is always an adult's ticket."""

    base_price: MinorUnits
    currency: Currency
    rules: tuple[PricingRule, ...] = ()
    fees: tuple[Fee, ...] = ()
    tax_slabs: tuple[TaxSlab, ...] = ()
    ticket_types: tuple[TicketType, ...] = ()
    seat_types: tuple[SeatTypeFactor, ...] = ()

    def ticket_type(self, name: str) -> TicketType | None:
        """The type of ticket with this name, if there is one."""
        named = next((ticket for ticket in self.ticket_types if ticket.type == name), None)
        return named or (ADULT if name == ADULT.type else None)

    def all_ticket_types(self) -> tuple[TicketType, ...]:
        """All that can be bought, the adult's first where the table does not name it."""
        named = any(ticket.type == ADULT.type for ticket in self.ticket_types)
        return self.ticket_types if named else (ADULT, *self.ticket_types)


class AppliedRule(Value):
    """A rule that fired, and by how much it moved the price."""

    name: str
    amount: int


class QuoteLine(Value):
    """One seat's price before fees and taxes, how it came about, and the tax on this price (not on the fees) with its
    rate.

    `base` is the price before the rules. `ticket` is the type that the price table names, whose `percent` of what the
    rules made of it is the `price`; None where it names none: all of it.
    """

    seat_id: str
    label: SeatLabel
    type: str
    price: MinorUnits
    base: MinorUnits
    tax: MinorUnits
    rules: tuple[AppliedRule, ...] = ()
    ticket_type: str = "adult"
    tax_rate: BasisPoints | None = None
    ticket: TicketType | None = None


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
