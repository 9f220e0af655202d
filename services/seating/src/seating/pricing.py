"""What a seat costs: the same pure functions for the map and for a hold. Money in minor units, rounded half up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contracts.catalog import ShowtimeSnapshot
from contracts.layout import Seat, row_letters
from contracts.money import share
from contracts.prices import PriceTable, PricingRule, TaxSlab, When

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST = 10**9


@dataclass(frozen=True, slots=True)
class Price:
    """A seat type's price before fees and taxes, and the rules that moved it."""

    base: int
    price: int
    rules: tuple[tuple[str, int], ...] = ()


Prices = dict[str, Price]


def half_up(value: Decimal) -> int:
    """To the minor unit."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def prices(snapshot: ShowtimeSnapshot, now: datetime, occupancy: float) -> Prices:
    """Each seat type's price at `now`; `occupancy` is sold and held over all seats, read only where a rule asks."""
    types = {snapshot.layout.type_of(row_letters(at)) for at in range(snapshot.layout.rows)}
    return {kind: _price(snapshot, kind, now, occupancy) for kind in types}


def uses_occupancy(table: PriceTable) -> bool:
    """Whether a price may depend on how full the screen is."""
    return any(rule.when.occupancy is not None for rule in table.rules)


def valid_until(snapshot: ShowtimeSnapshot, now: datetime) -> datetime | None:
    """When the prices may change by the clock alone; None for never."""
    spans = [rule.when.hours_before for rule in snapshot.prices.rules if rule.when.hours_before]
    hours = [edge for span in spans for edge in (span.gte, span.lte) if edge is not None and abs(edge) < 10**6]
    turns = [snapshot.start_at - timedelta(hours=edge) for edge in hours]
    return min((turn for turn in turns if turn >= now), default=None)


def _price(snapshot: ShowtimeSnapshot, kind: str, now: datetime, occupancy: float) -> Price:
    factor = Decimal(str(snapshot.layout.factor_of(kind)))
    base = price = min(MOST, half_up(snapshot.prices.base_price * factor))
    fired = []
    for rule in snapshot.prices.rules:
        if _holds(rule.when, snapshot, kind, now, occupancy):
            adjusted = _adjusted(rule, price)
            fired.append((rule.name, adjusted - price))
            price = adjusted
    return Price(base, price, tuple(fired))


def _adjusted(rule: PricingRule, price: int) -> int:
    adjust = rule.adjust
    if adjust.set_to is not None:
        price = adjust.set_to
    elif adjust.amount is not None:
        price += adjust.amount
    else:
        price = half_up(price * (100 + Decimal(str(adjust.percent or 0))) / 100)
    if rule.min_price is not None:
        price = max(price, rule.min_price)
    if rule.max_price is not None:
        price = min(price, rule.max_price)
    return min(MOST, max(0, price))


def _holds(when: When, snapshot: ShowtimeSnapshot, kind: str, now: datetime, occupancy: float) -> bool:
    hours = (snapshot.start_at - now).total_seconds() / 3600
    return (
        (when.format is None or when.format == snapshot.format)
        and (when.seat_type is None or when.seat_type == kind)
        and (when.hours_before is None or when.hours_before.holds(hours))
        and (when.occupancy is None or when.occupancy.holds(occupancy))
        and _starts_when(when, snapshot.start_at.astimezone(ZoneInfo(snapshot.theater.timezone)))
    )


def _starts_when(when: When, start: datetime) -> bool:
    """Weekday, date and time of the start as the theater's clock shows them."""
    if when.days_of_week is not None and WEEKDAYS[start.weekday()] not in when.days_of_week:
        return False
    if when.dates is not None and start.date() not in when.dates:
        return False
    clock = start.time().replace(tzinfo=None)
    since = when.from_ is None or clock >= when.from_.replace(tzinfo=None)
    until = when.to is None or clock <= when.to.replace(tzinfo=None)
    wraps = when.from_ is not None and when.to is not None and when.to < when.from_
    return (since or until) if wraps else (since and until)


def slab_of(slabs: Sequence[TaxSlab], price: int) -> TaxSlab | None:
    """The first slab that reaches up to the price; the last has no end."""
    return next((slab for slab in slabs if slab.up_to is None or price <= slab.up_to), None)


def quote(table: PriceTable, seats: Sequence[Seat], priced: Prices) -> dict[str, Any]:
    """The quote of these seats as `contracts.prices.Quote` shows it at the public edge."""
    amounts = [priced[seat.type].price for seat in seats]
    fees = [(fee.name, fee.per_ticket * len(seats)) for fee in table.fees]
    taxes = _taxes(table, amounts)
    subtotal, fee_total, tax_total = sum(amounts), _sum(fees), _sum(taxes)
    return {
        "lines": [_line(seat, priced[seat.type], table) for seat in seats],
        "feeLines": _charges(fees),
        "taxLines": _charges(taxes),
        "subtotal": subtotal,
        "fees": fee_total,
        "taxes": tax_total,
        "total": subtotal + fee_total + tax_total,
        "currency": table.currency,
    }


def _taxes(table: PriceTable, amounts: Iterable[int]) -> list[tuple[str, int]]:
    """Per ticket and slab, then per ticket and fee; each rounded by itself."""
    amounts = list(amounts)
    slabs = [(slab, price) for price in amounts if (slab := slab_of(table.tax_slabs, price)) is not None]
    on_tickets = [(slab.name, share(price, slab.rate)) for slab, price in slabs]
    taxed = [fee for fee in table.fees if fee.tax_rate]
    return on_tickets + [(f"{fee.name} tax", share(fee.per_ticket, fee.tax_rate) * len(amounts)) for fee in taxed]


def _line(seat: Seat, price: Price, table: PriceTable) -> dict[str, Any]:
    slab = slab_of(table.tax_slabs, price.price)
    return {
        "seatId": seat.seat_id,
        "label": {"row": seat.label.row, "number": seat.label.number},
        "type": seat.type,
        "price": price.price,
        "base": price.base,
        "tax": share(price.price, slab.rate) if slab else 0,
        "rules": [{"name": name, "amount": amount} for name, amount in price.rules],
    }


def _sum(charges: Iterable[tuple[str, int]]) -> int:
    return sum(amount for _, amount in charges)


def _charges(charges: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """One line for each name, in the order in which they came."""
    summed: dict[str, int] = {}
    for name, amount in charges:
        summed[name] = summed.get(name, 0) + amount
    return [{"name": name, "amount": amount} for name, amount in summed.items()]
