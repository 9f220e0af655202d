"""Each seat type's price before fees and taxes: the base price, the type's factor, then the rules in their order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.catalog import ShowtimeSnapshot
from contracts.layout import row_letters
from contracts.prices import AppliedRule, PriceTable
from pricing.rules import MAX_PRICE, adjusted, applies, half_up

_FAR_HOURS = 10**6  # a rule that asks for more hours before the start has no instant that a datetime can name


@dataclass(frozen=True, slots=True)
class SeatTypePrice:
    """A seat type's `price` before fees and taxes, its `base` before the rules, and the rules that moved it."""

    base: int
    price: int
    rules: tuple[AppliedRule, ...] = ()


PricesByType = dict[str, SeatTypePrice]


def seat_type_prices(snapshot: ShowtimeSnapshot, now: datetime, occupancy: float) -> PricesByType:
    """The price of each seat type of the layout at `now`.

    `occupancy` is sold and held over all seats, 0 to 1; it matters only where `uses_occupancy`.
    """
    seat_types = {snapshot.layout.type_of(row_letters(row)) for row in range(snapshot.layout.rows)}
    return {seat_type: _price(snapshot, seat_type, now, occupancy) for seat_type in seat_types}


def uses_occupancy(table: PriceTable) -> bool:
    """Whether a price may depend on how full the screen is."""
    return any(rule.when.occupancy is not None for rule in table.rules)


def prices_change_at(snapshot: ShowtimeSnapshot, now: datetime) -> datetime | None:
    """The next instant, `now` or later, after which the clock alone may change the prices; None where it never does."""
    spans = [rule.when.hours_before for rule in snapshot.prices.rules if rule.when.hours_before]
    edges = [edge for span in spans for edge in (span.gte, span.lte) if edge is not None and abs(edge) < _FAR_HOURS]
    instants = [snapshot.start_at - timedelta(hours=edge) for edge in edges]
    return min((instant for instant in instants if instant >= now), default=None)


def _price(snapshot: ShowtimeSnapshot, seat_type: str, now: datetime, occupancy: float) -> SeatTypePrice:
    factor = Decimal(str(snapshot.layout.factor_of(seat_type)))
    base = price = min(MAX_PRICE, half_up(snapshot.prices.base_price * factor))
    applied = []
    for rule in snapshot.prices.rules:
        if applies(rule.when, snapshot, seat_type, now, occupancy):
            price_before, price = price, adjusted(rule, price)
            applied.append(AppliedRule(name=rule.name, amount=price - price_before))
    return SeatTypePrice(base, price, tuple(applied))
