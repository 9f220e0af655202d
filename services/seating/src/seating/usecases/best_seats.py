"""Best-available: the seats are chosen here, by the map of the moment, and held like any others."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from chassis.problems import InvalidInput
from chassis.unavailable import PeerUnavailable
from contracts.ids import showtime_of
from seating.best_available import SeatChoice, SeatWish, best_choice, free_seats, is_split
from seating.domain import Hold, SeatMap, Showtime
from seating.errors import (
    LeavesSingleSeat,
    NotEnoughSeats,
    SeatsUnavailable,
    ShowtimeClosed,
    SoldTogether,
    UnknownSeats,
)
from seating.usecases.holding import Holding, HoldRequest
from seating.usecases.seat_maps import SeatMaps
from seating.usecases.showtimes import Showtimes

_ATTEMPTS = 50  # each by a newer map: somebody else has had some of the seats
_OVERTAKEN = (SeatsUnavailable, LeavesSingleSeat, SoldTogether, UnknownSeats)


@dataclass(frozen=True, slots=True)
class BestSeatsRequest:
    """How many seats, of which type, and with an accessible one or not; `ticket_types` are those of the first seats,
    the others are adults'. `id_seed`, `is_retry`, `guests` and `guest_address` as in `HoldRequest`."""

    showtime_id: str
    count: int
    type: str | None = None
    accessible: bool = False
    ticket_types: Sequence[str] = ()
    id_seed: str | None = None
    is_retry: bool = False
    guests: Sequence[str] = ()
    guest_address: str = ""


class BestSeats:
    """The use case of a guest who leaves the choice to the theater."""

    def __init__(self, showtimes: Showtimes, seat_maps: SeatMaps, holding: Holding) -> None:
        self._showtimes, self._seat_maps, self._holding = showtimes, seat_maps, holding
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def hold(self, user_id: str, request: BestSeatsRequest) -> tuple[Hold, bool]:
        """Hold the best seats, and say whether they are split; who is overtaken chooses again.

        Raises `NotEnoughSeats`, `ShowtimeNotFound`, `ShowtimeClosed`, `HoldLimit`, and `InvalidInput` for a type of
        seat or ticket that there is none of; `PeerUnavailable` where others are faster again and again.
        """
        showtime = await self._showtimes.get(request.showtime_id)
        if request.is_retry and (earlier := await self._holding.earlier(user_id, showtime.id, request.id_seed)):
            return earlier, await self._is_split(earlier)
        await self._ensure_known(showtime, request)
        turn = self._turns.setdefault(showtime.id, asyncio.Lock())
        async with turn:  # guests of one process do not take each other's seats
            for _ in range(_ATTEMPTS):
                try:
                    hold = await self._hold(user_id, request)
                except _OVERTAKEN:
                    continue
                return hold, await self._is_split(hold)
        raise PeerUnavailable("these seats are in too much demand")

    async def _hold(self, user_id: str, request: BestSeatsRequest) -> Hold:
        showtime, seats = await self._seat_maps.read(request.showtime_id)
        if seats.closed:
            raise ShowtimeClosed("nothing is sold for this showtime any more")
        choice = _chosen(showtime, seats, request)
        seat_ids = [showtime.seats[place].seat_id for place in choice.places]
        hold_request = HoldRequest(
            showtime.id,
            seat_ids,
            ticket_types=dict(zip(seat_ids, request.ticket_types, strict=False)),
            id_seed=request.id_seed,
            is_retry=request.is_retry,
            guests=request.guests,
            guest_address=request.guest_address,
            is_for_need=request.accessible,
            may_leave_single_seat=choice.leaves_single_seat,
        )
        return await self._holding.hold(user_id, hold_request)

    async def _is_split(self, hold: Hold) -> bool:
        showtime = await self._showtimes.get(showtime_of(hold.id))
        places = sorted(showtime.index[seat] for seat in hold.seat_ids if seat in showtime.index)
        return bool(places) and is_split(showtime.adjacency, places)

    async def _ensure_known(self, showtime: Showtime, request: BestSeatsRequest) -> None:
        """Raise `InvalidInput` for a type of seat or of ticket that there is none of, by the newest snapshot."""
        if _fault(showtime, request):
            newest = await self._showtimes.newest(showtime.id) or showtime
            if fault := _fault(newest, request):
                raise InvalidInput(*fault)


def _chosen(showtime: Showtime, seats: SeatMap, request: BestSeatsRequest) -> SeatChoice:
    forbids = showtime.snapshot.theater.forbids_single_seats
    wish = SeatWish(request.count, request.type, request.accessible, forbids)
    choice = best_choice(showtime.snapshot.layout, showtime.adjacency, seats.letters, wish)
    if choice is None:
        left = free_seats(showtime.adjacency, seats.letters, wish)
        raise NotEnoughSeats(f"{left} such seats are left", left=left)
    return choice


def _fault(showtime: Showtime, request: BestSeatsRequest) -> tuple[str, str] | None:
    types = {block.type for block in showtime.adjacency.seat_blocks}
    if request.type is not None and request.type not in types:
        return "type", "no such type of seat here: " + ", ".join(sorted(types))
    prices = showtime.snapshot.prices
    unknown = next((name for name in request.ticket_types if prices.ticket_type(name) is None), None)
    if unknown is None:
        return None
    return "ticketTypes", "no such ticket type here: " + ", ".join(each.type for each in prices.all_ticket_types())
