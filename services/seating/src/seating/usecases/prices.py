"""Prices per showtime, kept until the clock or a new snapshot may change them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cachetools import FIFOCache

from chassis.problems import Fault, InvalidInput
from contracts.prices import ADULT, Quote
from pricing import PricesByType, prices_change_at, quote_of, seat_type_prices, uses_occupancy
from seating.domain import Showtime, instant
from seating.usecases.ports import SeatHolds

_CACHED = 5_000
_NOTHING: Mapping[str, PricesByType] = {}


@dataclass(frozen=True, slots=True)
class _CachedPrices:
    """Prices by the snapshot of `revision`, good before the instant `until` (seconds), by the type of ticket."""

    revision: int
    until: float
    prices: Mapping[str, PricesByType]


class PriceCache:
    """Each seat type's price at a moment, by the type of ticket; moments are Unix seconds."""

    def __init__(self) -> None:
        self._cache: FIFOCache[str, _CachedPrices] = FIFOCache(_CACHED)

    def prices(
        self, showtime: Showtime, moment: float, occupancy: float, ticket_type: str = ADULT.type
    ) -> PricesByType:
        """The prices at `moment` of a type of ticket that the showtime has; `occupancy` matters only where a rule asks
        for it, and then nothing is cached."""
        cached = self.cached(showtime, moment).get(ticket_type)
        if cached is not None:
            return cached
        snapshot, now = showtime.snapshot, instant(moment * 1000)
        prices = seat_type_prices(snapshot, now, occupancy, ticket_type)
        if not uses_occupancy(snapshot.prices):
            change_at = prices_change_at(snapshot, now)
            until = change_at.timestamp() if change_at else float("inf")
            others = self.cached(showtime, moment)
            self._cache[showtime.id] = _CachedPrices(snapshot.revision, until, {**others, ticket_type: prices})
        return prices

    def cached(self, showtime: Showtime, moment: float) -> Mapping[str, PricesByType]:
        """The prices at `moment` that are known without asking for the occupancy, by the type of ticket."""
        cached = self._cache.get(showtime.id)
        is_good = cached and cached.revision == showtime.snapshot.revision and moment < cached.until
        return cached.prices if cached and is_good else _NOTHING


class Quotes:
    """What seats cost at a moment."""

    def __init__(self, seat_holds: SeatHolds, prices: PriceCache) -> None:
        self._seat_holds, self._prices = seat_holds, prices

    async def quote(
        self, showtime: Showtime, seat_ids: Sequence[str], ticket_types: Mapping[str, str], moment: float
    ) -> Quote:
        """The quote of these seats of the showtime, an adult's where `ticket_types` names none; `moment` is in Unix
        seconds. Raises `InvalidInput` for a type that the showtime has no tickets of."""
        if ticket_types:
            _require_known(showtime, ticket_types)
        seats, wanted = showtime.seats_of(seat_ids), {ADULT.type, *ticket_types.values()}
        prices = self._prices.cached(showtime, moment)
        if not wanted <= prices.keys():
            occupancy = await self._occupancy(showtime)
            prices = {ticket: self._prices.prices(showtime, moment, occupancy, ticket) for ticket in wanted}
        chosen = [prices[ticket_types.get(seat.seat_id, ADULT.type)][seat.type] for seat in seats]
        return quote_of(showtime.snapshot.prices, seats, chosen)

    async def _occupancy(self, showtime: Showtime) -> float:
        """Sold and held over the seats that are not blocked, 0 to 1; read from Redis only where a price depends on
        it."""
        if not uses_occupancy(showtime.snapshot.prices):
            return 0.0
        return (await self._seat_holds.read(showtime.id)).occupancy


def _require_known(showtime: Showtime, ticket_types: Mapping[str, str]) -> None:
    prices = showtime.snapshot.prices
    unknown = [seat_id for seat_id, ticket in ticket_types.items() if prices.ticket_type(ticket) is None]
    if unknown:
        message = "no such ticket type here: " + ", ".join(ticket.type for ticket in prices.all_ticket_types())
        raise InvalidInput.of([Fault(path=f"ticketTypes.{seat_id}", message=message) for seat_id in unknown])
