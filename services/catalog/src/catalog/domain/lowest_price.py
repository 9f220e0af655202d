"""What the cheapest seats of a showtime cost."""

from datetime import datetime
from functools import lru_cache

from catalog.domain.showtimes import Showtime, snapshot_of
from contracts.layout import Layout, SeatType, row_letters
from contracts.prices import SeatTypeFactor
from pricing import seat_type_prices

_STANDARD = (SeatTypeFactor(type="standard", price_factor=1.0),)


def factors_of(layout: Layout) -> tuple[SeatTypeFactor, ...]:
    """The factor of each type that a layout has seats of, those nearest to the screen first."""
    types = dict.fromkeys(seat.type for seat in layout.seats())
    return tuple(SeatTypeFactor(type=name, price_factor=layout.factor_of(name)) for name in types)


def lowest_price(showtime: Showtime, now: datetime) -> int:
    """What an adult pays at `now` for a seat of the cheapest type, before fees and taxes, in minor units."""
    for_sale = showtime.seats_for_sale or showtime.seats_total
    occupancy = (for_sale - showtime.seats_available) / for_sale if for_sale else 0.0
    prices = seat_type_prices(snapshot_of(showtime, _row_for_each(showtime.factors or _STANDARD)), now, occupancy)
    return min(price.price for price in prices.values())


@lru_cache(maxsize=1000)
def _row_for_each(factors: tuple[SeatTypeFactor, ...]) -> Layout:
    """A layout of which prices are the same: a row for each type."""
    types = [
        SeatType(type=each.type, rows=(row_letters(row),), price_factor=each.price_factor)
        for row, each in enumerate(factors)
    ]
    return Layout(rows=len(types), cols=1, seat_types=tuple(types))
