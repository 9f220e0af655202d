"""What a sale supplied: tickets and fees, each with its value and tax; and what a refund gives back of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from contracts.prices import ADULT, Charge, Quote, QuoteLine

# Services accounting codes of the Indian scheme: projection of films; support services not named elsewhere.
PROJECTION, SUPPORT = "999614", "998599"


@dataclass(frozen=True, slots=True)
class Supply:
    """One ticket, or one fee for all tickets. `value` is before tax, both in minor units; `rate` in basis points, None
    where no rate is known. `key` is the seat's id, or `fee:` and the fee's name: no two of a sale are equal."""

    key: str
    description: str
    value: int
    tax: int
    rate: int | None
    code: str

    @property
    def amount(self) -> int:
        """What was paid for it, tax included."""
        return self.value + self.tax


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """Supplies of one kind together. `tax` is the whole; in India it is due as two halves."""

    description: str
    code: str
    quantity: int
    value: int
    rate: int | None
    tax: int

    @property
    def central_tax(self) -> int:
        """CGST: half of the tax; an odd minor unit goes here."""
        return self.tax - self.state_tax

    @property
    def state_tax(self) -> int:
        """SGST, or UTGST in a union territory: the other half."""
        return self.tax // 2

    @property
    def amount(self) -> int:
        """Value and tax."""
        return self.value + self.tax


def supplies_of(quote: Quote, tickets: str = "Cinema ticket") -> tuple[Supply, ...]:
    """A sale's supplies: a ticket for each seat, then the fees. Their amounts add up to the quote's total."""
    taxes = {charge.name: charge.amount for charge in quote.tax_lines}
    seats = [_ticket(line, tickets) for line in quote.lines]
    return (*seats, *(_fee(charge, taxes) for charge in quote.fee_lines))


def _ticket(line: QuoteLine, tickets: str) -> Supply:
    kind = (line.ticket or ADULT).label
    return Supply(line.seat_id, ", ".join([tickets, line.type, kind]), line.price, line.tax, line.tax_rate, PROJECTION)


def _fee(charge: Charge, taxes: dict[str, int]) -> Supply:
    tax = charge.tax
    if tax is None:
        tax = taxes.get(f"{charge.name} tax", 0)
    return Supply(f"fee:{charge.name}", charge.name, charge.amount, tax, charge.tax_rate, SUPPORT)


def credited(supply: Supply, amount: int, before: int = 0) -> Supply:
    """The part of a supply that a refund of `amount` takes back, after refunds of `before` in all.

    The tax has its share of each refund, rounded half up on the sum so far, so that the parts of a supply that is
    given back whole add up to it. Raises `ValueError` for more than was paid.
    """
    if amount < 0 or before < 0 or before + amount > supply.amount:
        raise ValueError(f"{amount} after {before} of {supply.amount}")
    tax = _tax_within(supply, before + amount) - _tax_within(supply, before)
    return replace(supply, value=amount - tax, tax=tax)


def _tax_within(supply: Supply, amount: int) -> int:
    """The tax in the first `amount` of what was paid for a supply."""
    return (2 * amount * supply.tax + supply.amount) // (2 * supply.amount) if supply.amount else 0


def lines_of(supplies: Iterable[Supply]) -> tuple[InvoiceLine, ...]:
    """Supplies of the same kind and value in one line, in the order in which they first come."""
    groups: dict[tuple[str, str, int, int | None, int], int] = {}
    for supply in supplies:
        kind = (supply.description, supply.code, supply.value, supply.rate, supply.tax)
        groups[kind] = groups.get(kind, 0) + 1
    return tuple(
        InvoiceLine(description, code, count, value * count, rate, tax * count)
        for (description, code, value, rate, tax), count in groups.items()
    )


@dataclass(frozen=True, slots=True)
class RateTotal:
    """What is taxed at one rate, over all lines; the halves are sums of the lines' halves."""

    rate: int | None
    value: int
    central_tax: int
    state_tax: int

    @property
    def tax(self) -> int:
        """Both halves."""
        return self.central_tax + self.state_tax


def totals_by_rate(lines: Sequence[InvoiceLine]) -> tuple[RateTotal, ...]:
    """One total a rate, the lowest first; lines without a rate last."""
    return tuple(_totals(lines))


def _totals(lines: Sequence[InvoiceLine]) -> Iterator[RateTotal]:
    rates = sorted({line.rate for line in lines}, key=lambda rate: (rate is None, rate or 0))
    for rate in rates:
        taxed = [line for line in lines if line.rate == rate]
        yield RateTotal(
            rate,
            sum(line.value for line in taxed),
            sum(line.central_tax for line in taxed),
            sum(line.state_tax for line in taxed),
        )
