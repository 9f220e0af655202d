"""What the seats that a ticket admits to cost: of a whole booking its quote, of some of its seats their share of it."""

from dataclasses import dataclass

from contracts.booking import TicketIssued
from contracts.prices import Charge, QuoteLine


@dataclass(frozen=True, slots=True)
class Share:
    """Seats with their prices, and the fees and taxes on them; `total` is what was paid for them."""

    lines: tuple[QuoteLine, ...]
    fees: tuple[Charge, ...]
    taxes: tuple[Charge, ...]
    total: int


def share_of(ticket: TicketIssued) -> Share:
    """The share of the seats that the ticket admits to. Fees are the same for each seat; tax is that of the prices, and
    the seats' share of the tax on fees."""
    quote = ticket.quote
    lines = tuple(line for line in quote.lines if not ticket.seat_ids or line.seat_id in ticket.seat_ids)
    if len(lines) == len(quote.lines):
        return Share(lines, quote.fee_lines, quote.tax_lines, quote.total)
    seats, of_all = len(lines), len(quote.lines)
    fees = tuple(Charge(name=fee.name, amount=fee.amount * seats // of_all) for fee in quote.fee_lines)
    tax_on_fees = quote.taxes - sum(line.tax for line in quote.lines)
    tax = sum(line.tax for line in lines) + tax_on_fees * seats // of_all
    taxes = _split(quote.tax_lines, tax)
    charges = sum(charge.amount for charge in (*fees, *taxes))
    paid = sum(line.price for line in lines) + charges
    return Share(lines, fees, taxes, paid if quote.total else 0)


def _split(charges: tuple[Charge, ...], amount: int) -> tuple[Charge, ...]:
    """An amount under the names of these charges, by their sizes; the last one takes what rounding leaves."""
    whole, left = sum(charge.amount for charge in charges), amount
    parts = list[Charge]()
    for charge in charges[:-1]:
        part = amount * charge.amount // whole if whole else 0
        parts.append(Charge(name=charge.name, amount=part))
        left -= part
    return (*parts, Charge(name=charges[-1].name, amount=left)) if charges else ()
