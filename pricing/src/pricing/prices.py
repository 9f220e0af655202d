"""Each seat type's price before fees and taxes: the base price, the type's factor, the rules in their order, and the
share of it that the type of ticket pays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.catalog import ShowtimeSnapshot
from contracts.layout import row_letters
from contracts.prices import ADULT, AppliedRule, PriceTable, PricingRule, TicketType
from pricing.rules import MAX_PRICE, Moment, adjusted, applies, half_up

_FAR_HOURS = 10**6  # a rule that asks for more hours before the start has no instant that a datetime can name


@dataclass(frozen=True, slots=True)
class SeatTypePrice:
    """A seat type's `price` before fees and taxes, its `base` before the rules, and the rules that moved it.

    `ticket` is the type of ticket that it is for, None for an adult's of which the price table says nothing.
    """

    base: int
    price: int
    rules: tuple[AppliedRule, ...] = ()
    ticket: TicketType | None = None


PricesByType = dict[str, SeatTypePrice]


class UnknownTicketType(Exception):
    """The price table has no tickets of this type."""


def seat_type_prices(
    snapshot: ShowtimeSnapshot, now: datetime, occupancy: float, ticket_type: str = ADULT.type
) -> PricesByType:
    """The price of each seat type of the layout at `now`, for a type of ticket; raises `UnknownTicketType`.

    `occupancy` is sold and held over the seats that are not blocked, 0 to 1; it matters only where `uses_occupancy`.
    """
    ticket = snapshot.prices.ticket_type(ticket_type)
    if ticket is None:
        raise UnknownTicketType(ticket_type)
    moment = Moment(snapshot, ticket_type, now, occupancy)
    return {seat_type: _price(moment, seat_type, ticket) for seat_type in seat_types(snapshot)}


def seat_types(snapshot: ShowtimeSnapshot) -> list[str]:
    """The seat types of the layout's rows, those nearest to the screen first."""
    return list(dict.fromkeys(snapshot.layout.type_of(row_letters(row)) for row in range(snapshot.layout.rows)))


def uses_occupancy(table: PriceTable) -> bool:
    """Whether a price may depend on how full the screen is."""
    return any(rule.when.occupancy is not None for rule in table.rules)


def prices_change_at(snapshot: ShowtimeSnapshot, now: datetime) -> datetime | None:
    """The next instant, `now` or later, after which the clock alone may change the prices; None where it never does."""
    spans = [rule.when.hours_before for rule in snapshot.prices.rules if rule.when.hours_before]
    edges = [edge for span in spans for edge in (span.gte, span.lte) if edge is not None and abs(edge) < _FAR_HOURS]
    instants = [snapshot.start_at - timedelta(hours=edge) for edge in edges]
    return min((instant for instant in instants if instant >= now), default=None)


def _price(moment: Moment, seat_type: str, ticket: TicketType) -> SeatTypePrice:
    table = moment.snapshot.prices
    base = min(MAX_PRICE, half_up(table.base_price * _factor(moment.snapshot, seat_type)))
    return price_by_rules(table.rules, base, moment, seat_type, ticket)


def price_by_rules(
    rules: Iterable[PricingRule], base: int, moment: Moment, seat_type: str, ticket: TicketType
) -> SeatTypePrice:
    """What rules make of a base price, for a seat of this type and a type of ticket."""
    price, applied = base, []
    for rule in rules:
        if applies(rule.when, moment, seat_type):
            price_before, price = price, adjusted(rule, price)
            applied.append(AppliedRule(name=rule.name, amount=price - price_before))
    price = min(MAX_PRICE, half_up(Decimal(price * ticket.percent) / 100))
    return SeatTypePrice(base, price, tuple(applied), None if ticket is ADULT else ticket)


def _factor(snapshot: ShowtimeSnapshot, seat_type: str) -> Decimal:
    """The seat type's factor by the price table, else by the layout."""
    said = (named.price_factor for named in snapshot.prices.seat_types if named.type == seat_type)
    return Decimal(str(next(said, snapshot.layout.factor_of(seat_type))))
