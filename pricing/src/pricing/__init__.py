"""What a seat costs: pure functions over contracts. Money in minor units, rounded half up."""

from pricing.prices import (
    PricesByType,
    SeatTypePrice,
    UnknownTicketType,
    price_by_rules,
    prices_change_at,
    seat_type_prices,
    seat_types,
    uses_occupancy,
)
from pricing.quotes import quote_of
from pricing.rules import Moment

__all__ = [
    "Moment",
    "PricesByType",
    "SeatTypePrice",
    "UnknownTicketType",
    "price_by_rules",
    "prices_change_at",
    "quote_of",
    "seat_type_prices",
    "seat_types",
    "uses_occupancy",
]
