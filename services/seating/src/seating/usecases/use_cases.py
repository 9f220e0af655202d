"""All use cases of seating, put together over the ports."""

from dataclasses import dataclass

from seating.usecases.best_seats import BestSeats
from seating.usecases.checkouts import Checkouts
from seating.usecases.holding import Holding
from seating.usecases.lookup import HoldLookup
from seating.usecases.ports import Ports
from seating.usecases.prices import PriceCache, Quotes
from seating.usecases.replans import Replans
from seating.usecases.sales import Sales
from seating.usecases.scheduling import Scheduling
from seating.usecases.seat_maps import SeatMaps
from seating.usecases.showtimes import Showtimes


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases of seating, over whatever implements the ports."""

    showtimes: Showtimes
    scheduling: Scheduling
    seat_maps: SeatMaps
    holding: Holding
    best_seats: BestSeats
    checkouts: Checkouts
    sales: Sales
    replans: Replans
    quotes: Quotes

    @classmethod
    def of(cls, ports: Ports) -> "UseCases":
        """Put them together."""
        showtimes, prices = Showtimes(ports.snapshots), PriceCache()
        lookup = HoldLookup(ports, showtimes)
        checkouts = Checkouts(ports, lookup)
        scheduling = Scheduling(ports, showtimes)
        quotes = Quotes(ports.seat_holds, prices)
        seat_maps = SeatMaps(ports.seat_holds, showtimes, prices)
        holding = Holding(ports.seat_holds, showtimes, quotes, lookup, checkouts)
        return cls(
            showtimes=showtimes,
            scheduling=scheduling,
            seat_maps=seat_maps,
            holding=holding,
            best_seats=BestSeats(showtimes, seat_maps, holding),
            checkouts=checkouts,
            sales=Sales(ports, showtimes),
            replans=Replans(ports, showtimes, scheduling),
            quotes=quotes,
        )
