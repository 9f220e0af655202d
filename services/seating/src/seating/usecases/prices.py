"""Prices per showtime, kept until the clock or a new snapshot may change them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cachetools import FIFOCache

from contracts.prices import Quote
from pricing import PricesByType, prices_change_at, quote_of, seat_type_prices, uses_occupancy
from seating.domain import Showtime, instant
from seating.usecases.ports import SeatHolds

_CACHED = 5_000


@dataclass(frozen=True, slots=True)
class _CachedPrices:
    """Prices by the snapshot of `revision`, good before the instant `until` (seconds)."""

    revision: int
    until: float
    prices: PricesByType


class PriceCache:
    """Each seat type's price at a moment; moments are Unix seconds."""

    def __init__(self) -> None:
        self._cache: FIFOCache[str, _CachedPrices] = FIFOCache(_CACHED)

    def prices(self, showtime: Showtime, moment: float, occupancy: float) -> PricesByType:
        """The prices at `moment`; `occupancy` matters only where a rule asks for it, and then nothing is cached."""
        cached = self.cached(showtime, moment)
        if cached is not None:
            return cached
        snapshot, now = showtime.snapshot, instant(moment * 1000)
        prices = seat_type_prices(snapshot, now, occupancy)
        if not uses_occupancy(snapshot.prices):
            change_at = prices_change_at(snapshot, now)
            until = change_at.timestamp() if change_at else float("inf")
            self._cache[showtime.id] = _CachedPrices(snapshot.revision, until, prices)
        return prices

    def cached(self, showtime: Showtime, moment: float) -> PricesByType | None:
        """The prices at `moment` where they are known without asking for the occupancy."""
        cached = self._cache.get(showtime.id)
        is_good = cached and cached.revision == showtime.snapshot.revision and moment < cached.until
        return cached.prices if cached and is_good else None


class Quotes:
    """What seats cost at a moment."""

    def __init__(self, seat_holds: SeatHolds, prices: PriceCache) -> None:
        self._seat_holds, self._prices = seat_holds, prices

    async def quote(self, showtime: Showtime, seat_ids: Sequence[str], moment: float) -> Quote:
        """The quote of these seats of the showtime; `moment` is in Unix seconds."""
        prices = self._prices.cached(showtime, moment)
        if prices is None:
            prices = self._prices.prices(showtime, moment, await self._occupancy(showtime))
        return quote_of(showtime.snapshot.prices, showtime.seats_of(seat_ids), prices)

    async def _occupancy(self, showtime: Showtime) -> float:
        """Sold and held over all seats, 0 to 1; read from Redis only where a price depends on it."""
        if not uses_occupancy(showtime.snapshot.prices):
            return 0.0
        return (await self._seat_holds.read(showtime.id)).occupancy
