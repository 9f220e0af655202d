"""What some seats of a quote cost: their prices, their part of the fees, and the taxes on both."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from contracts.prices import Charge, Quote, QuoteLine


@dataclass(frozen=True, slots=True)
class Share:
    """Seats with their prices, and the fees and taxes on them; `total` is what they cost with all of it."""

    lines: tuple[QuoteLine, ...]
    fees: tuple[Charge, ...]
    taxes: tuple[Charge, ...]
    total: int


def share_of(quote: Quote, seat_ids: Collection[str]) -> Share:
    """The share of these seats: of fees and their taxes each seat of the quote bears as much as any other."""
    lines = tuple(line for line in quote.lines if line.seat_id in seat_ids)
    if len(lines) == len(quote.lines):
        return Share(lines, quote.fee_lines, quote.tax_lines, quote.total)
    of_tickets = sum(line.tax for line in lines)
    names = {f"{fee.name} tax" for fee in quote.fee_lines}
    taxes_of_tickets = [charge for charge in quote.tax_lines if charge.name not in names]
    taxes_of_fees = [charge for charge in quote.tax_lines if charge.name in names]
    borne = quote.fees + quote.taxes - sum(line.tax for line in quote.lines)
    part = _part_of(borne, quote, seat_ids)
    even = _even(quote, (*quote.fee_lines, *taxes_of_fees), seat_ids, part)
    name = " / ".join(charge.name for charge in taxes_of_tickets)
    fees, of_fees = even[: len(quote.fee_lines)], even[len(quote.fee_lines) :]
    taxes = (Charge(name=name, amount=of_tickets), *of_fees) if name else of_fees
    return Share(lines, fees, taxes, sum(line.price for line in lines) + of_tickets + part)


def even_parts(total: int, parts: int) -> Iterator[int]:
    """`total` in parts that differ by one at most."""
    return (total * (part + 1) // parts - total * part // parts for part in range(parts))


def _even(quote: Quote, charges: tuple[Charge, ...], seat_ids: Collection[str], part: int) -> tuple[Charge, ...]:
    """The seats' parts of charges that every seat bears alike; the largest take what rounding leaves of
    `part`."""
    parts = [_part_of(charge.amount, quote, seat_ids) for charge in charges]
    for _ in range(abs(left := part - sum(parts)) if parts else 0):
        parts[parts.index(max(parts))] += 1 if left > 0 else -1
    return tuple(Charge(name=charge.name, amount=amount) for charge, amount in zip(charges, parts, strict=True))


def _part_of(amount: int, quote: Quote, seat_ids: Collection[str]) -> int:
    parts = zip(quote.lines, even_parts(amount, len(quote.lines)), strict=True)
    return sum(part for line, part in parts if line.seat_id in seat_ids)
