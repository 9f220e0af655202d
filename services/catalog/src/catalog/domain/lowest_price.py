"""What the cheapest seats of a showtime cost."""

from datetime import datetime

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
    types = [
        SeatType(type=each.type, rows=(row_letters(row),), price_factor=each.price_factor)
        for row, each in enumerate(showtime.factors or _STANDARD)
    ]
    row_by_type = Layout(rows=len(types), cols=1, seat_types=tuple(types))
    for_sale = showtime.seats_for_sale or showtime.seats_total
    occupancy = (for_sale - showtime.seats_available) / for_sale if for_sale else 0.0
    prices = seat_type_prices(snapshot_of(showtime, row_by_type), now, occupancy)
    return min(price.price for price in prices.values())
