"""What a seat costs: pure functions over contracts. Money in minor units, rounded half up."""

from pricing.prices import PricesByType, SeatTypePrice, prices_change_at, seat_type_prices, uses_occupancy
from pricing.quotes import quote_of

__all__ = ["PricesByType", "SeatTypePrice", "prices_change_at", "quote_of", "seat_type_prices", "uses_occupancy"]
