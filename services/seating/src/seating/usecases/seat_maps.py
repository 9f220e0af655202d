"""A showtime's seats as anyone may see them, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.unavailable import PeerUnavailable
from pricing import PricesByType
from seating.domain import SeatMap, Showtime
from seating.usecases.ports import SeatHolds
from seating.usecases.prices import PriceCache
from seating.usecases.showtimes import Showtimes

WATCH_MS = 60_000


@dataclass(frozen=True, slots=True)
class PricedSeatMap:
    """A showtime, its seats at one moment, and each seat type's price at that moment."""

    showtime: Showtime
    seats: SeatMap
    prices: PricesByType


class SeatMaps:
    """The use cases of whoever looks at seats. All calls raise `ShowtimeNotFound`."""

    def __init__(self, seat_holds: SeatHolds, showtimes: Showtimes, prices: PriceCache) -> None:
        self._seat_holds, self._showtimes, self._prices = seat_holds, showtimes, prices

    async def read(self, showtime_id: str, user_id: str = "") -> tuple[Showtime, SeatMap]:
        """A showtime and its seats; the showtime is by a snapshot at least as new as the one that Redis was told of."""
        showtime = await self._showtimes.get(showtime_id)
        seats = await self._seat_holds.read(showtime.id, user_id)
        if seats.revision > showtime.snapshot.revision or seats.screen_number != showtime.screen_number:
            showtime = await self._showtimes.newest(showtime.id) or showtime
        if seats.screen_number != showtime.screen_number:
            return await self._read_new_screen(showtime, user_id)
        return showtime, seats

    async def _read_new_screen(self, showtime: Showtime, user_id: str) -> tuple[Showtime, SeatMap]:
        """A screen was changed and Redis may not know it yet: it is told. Raises `PeerUnavailable`."""
        await self._seat_holds.tell_all(showtime)
        showtime = await self._showtimes.newest(showtime.id) or showtime
        seats = await self._seat_holds.read(showtime.id, user_id)
        if seats.screen_number != showtime.screen_number:
            raise PeerUnavailable("the show is moving to another screen")
        return showtime, seats

    async def watch(self, showtime_id: str) -> tuple[Showtime, SeatMap]:
        """The same for somebody who goes on looking: each change is said for a while from now on."""
        showtime = await self._showtimes.get(showtime_id)
        await self._seat_holds.watch(showtime.id, WATCH_MS)
        return await self.read(showtime_id)

    async def read_with_prices(self, showtime_id: str, user_ids: Sequence[str] = ()) -> PricedSeatMap:
        """The same, with the prices of the moment at which the seats were read, and with what the users hold, who are
        one person."""
        showtime, seats = await self.read(showtime_id, *user_ids[:1])
        for guest_id in user_ids[1:]:
            held = (await self._seat_holds.read(showtime.id, guest_id)).mine
            seats = replace(seats, mine={**held, **seats.mine})
        return PricedSeatMap(showtime, seats, self._prices.prices(showtime, seats.now / 1000, seats.occupancy))
