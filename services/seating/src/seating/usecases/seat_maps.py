"""A showtime's seats as anyone may see them, and what they cost."""

from dataclasses import dataclass

from pricing import PricesByType
from seating.domain import SeatMap, Showtime
from seating.usecases.ports import SeatHolds
from seating.usecases.prices import PriceCache
from seating.usecases.showtimes import Showtimes


@dataclass(frozen=True, slots=True)
class PricedSeatMap:
    """A showtime, its seats at one moment, and each seat type's price at that moment."""

    showtime: Showtime
    seats: SeatMap
    prices: PricesByType


class SeatMaps:
    """The use cases of whoever looks at seats. Both calls raise `ShowtimeNotFound`."""

    def __init__(self, seat_holds: SeatHolds, showtimes: Showtimes, prices: PriceCache) -> None:
        self._seat_holds, self._showtimes, self._prices = seat_holds, showtimes, prices

    async def read(self, showtime_id: str, user_id: str = "") -> tuple[Showtime, SeatMap]:
        """A showtime and its seats; the showtime is by a snapshot at least as new as the one that Redis was told of."""
        showtime = await self._showtimes.get(showtime_id)
        seats = await self._seat_holds.read(showtime.id, user_id)
        if seats.revision > showtime.snapshot.revision:
            showtime = await self._showtimes.newest(showtime.id) or showtime
        return showtime, seats

    async def read_with_prices(self, showtime_id: str, user_id: str = "") -> PricedSeatMap:
        """The same, with the prices of the moment at which the seats were read."""
        showtime, seats = await self.read(showtime_id, user_id)
        return PricedSeatMap(showtime, seats, self._prices.prices(showtime, seats.now / 1000, seats.occupancy))
