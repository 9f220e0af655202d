"""The quote of some seats: their prices, fees per ticket, and taxes on both, each rounded by itself."""

from collections.abc import Iterable, Sequence

from contracts.layout import Seat
from contracts.money import share
from contracts.prices import ADULT, Charge, PriceTable, Quote, QuoteLine, TaxSlab
from pricing.prices import SeatTypePrice


def quote_of(table: PriceTable, seats: Sequence[Seat], prices: Sequence[SeatTypePrice]) -> Quote:
    """What these seats cost, each at its price, with the fees and taxes of the table.

    Fees are per ticket; a fee's tax is a charge of its own, named `<fee> tax`.
    """
    slabs = [_slab_of(table.tax_slabs, price.price) for price in prices]
    lines = tuple(map(_line, seats, prices, slabs))
    ticket_taxes = [(slab.name, line.tax) for line, slab in zip(lines, slabs, strict=True) if slab]
    fees = _fees(table, len(seats))
    taxes = _summed(ticket_taxes + _fee_taxes(table, len(seats)))
    subtotal = sum([line.price for line in lines])
    fee_total, tax_total = sum([fee.amount for fee in fees]), sum([tax.amount for tax in taxes])
    return Quote(
        lines=lines,
        fee_lines=fees,
        tax_lines=taxes,
        subtotal=subtotal,
        fees=fee_total,
        taxes=tax_total,
        total=subtotal + fee_total + tax_total,
        currency=table.currency,
    )


def _slab_of(slabs: Sequence[TaxSlab], price: int) -> TaxSlab | None:
    """The tax slab of a ticket: the first that reaches up to its price. None where none does: no tax is due."""
    return next((slab for slab in slabs if slab.up_to is None or price <= slab.up_to), None)


def _line(seat: Seat, price: SeatTypePrice, slab: TaxSlab | None) -> QuoteLine:
    """One ticket and the tax on it, which is rounded by itself."""
    return QuoteLine(
        seat_id=seat.seat_id,
        label=seat.label,
        type=seat.type,
        price=price.price,
        base=price.base,
        tax=share(price.price, slab.rate) if slab else 0,
        rules=price.rules,
        ticket_type=price.ticket.type if price.ticket else ADULT.type,
        tax_rate=slab.rate if slab else None,
        ticket=price.ticket,
    )


def _fee_taxes(table: PriceTable, tickets: int) -> list[tuple[str, int]]:
    """(name, amount) of the tax on each fee; rounded ticket by ticket."""
    taxed = [fee for fee in table.fees if fee.tax_rate]
    return [(f"{fee.name} tax", share(fee.per_ticket, fee.tax_rate) * tickets) for fee in taxed]


def _fees(table: PriceTable, tickets: int) -> tuple[Charge, ...]:
    """The fees of the tickets, one charge for each name; the tax on each is rounded ticket by ticket. Fees of one name
    with several rates have none together."""
    fees: dict[str, Charge] = {}
    for fee in table.fees:
        tax, amount = share(fee.per_ticket, fee.tax_rate) * tickets, fee.per_ticket * tickets
        before = fees.get(fee.name, Charge(name=fee.name, amount=0, tax=0, tax_rate=fee.tax_rate))
        rate = fee.tax_rate if before.tax_rate == fee.tax_rate else None
        fees[fee.name] = Charge(
            name=fee.name, amount=before.amount + amount, tax=(before.tax or 0) + tax, tax_rate=rate
        )
    return tuple(fees.values())


def _summed(amounts: Iterable[tuple[str, int]]) -> tuple[Charge, ...]:
    """One charge for each name, in the order in which they came."""
    totals: dict[str, int] = {}
    for name, amount in amounts:
        totals[name] = totals.get(name, 0) + amount
    return tuple(Charge(name=name, amount=total) for name, total in totals.items())
