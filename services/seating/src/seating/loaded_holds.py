"""Who holds what now, whatever Redis has lost: a showtime that it does not know is loaded before the first answer."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from chassis.unavailable import PeerUnavailable
from contracts.ids import HoldId, ShowtimeId, showtime_of
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, SeatMap, Showtime
from seating.holds import RedisSeatHolds, ShowtimeUnknown
from seating.projection import SeatMapProjection
from seating.usecases.ports import FOR_ANYBODY, Claim, HoldTerms

P = ParamSpec("P")
T = TypeVar("T")
MAX_LOADS = 20


class LoadedSeatHolds:
    """The port `SeatHolds` over Redis and the projection of the ledger to it."""

    def __init__(self, redis_holds: RedisSeatHolds, projection: SeatMapProjection) -> None:
        self._redis_holds, self._projection = redis_holds, projection

    async def loaded(
        self, showtime_id: ShowtimeId, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `call` returns from Redis; where Redis does not know the showtime, load it and call again."""
        for _ in range(MAX_LOADS):
            try:
                return await call(*args, **kwargs)
            except ShowtimeUnknown as unknown:
                await self._projection.load(showtime_id, unknown.server_run_id)
        raise PeerUnavailable("Redis loses the showtime again and again")

    async def _loaded_with(
        self,
        showtime: Showtime,
        call: Callable[Concatenate[Showtime, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same for a call that names places of a screen: the showtime is by its newest plan when it is called
        again."""
        for _ in range(MAX_LOADS):
            try:
                return await call(showtime, *args, **kwargs)
            except ShowtimeUnknown as unknown:
                showtime = await self._projection.load(showtime.id, unknown.server_run_id) or showtime
        raise PeerUnavailable("Redis loses the showtime again and again")

    async def hold(
        self,
        showtime: Showtime,
        hold_id: HoldId,
        user_id: str,
        seat_ids: Sequence[str],
        quote: Quote,
        *,
        terms: HoldTerms = FOR_ANYBODY,
    ) -> Hold:
        """As the port says."""
        hold = self._redis_holds.hold
        return await self.loaded(showtime.id, hold, showtime, hold_id, user_id, seat_ids, quote, terms=terms)

    async def find(self, hold_id: HoldId, user_id: str) -> Hold:
        """As the port says."""
        return await self.loaded(showtime_of(hold_id), self._redis_holds.find, hold_id, user_id)

    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold:
        """As the port says."""
        return await self.loaded(showtime_of(hold_id), self._redis_holds.refresh, hold_id, user_id)

    async def check_out(self, hold_id: HoldId, user_id: str) -> Hold:
        """As the port says."""
        return await self.loaded(showtime_of(hold_id), self._redis_holds.check_out, hold_id, user_id)

    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None:
        """As the port says."""
        release = self._redis_holds.release
        await self.loaded(showtime_of(hold_id), release, hold_id, user_id, ledger_let_go=ledger_let_go)

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        """As the port says."""
        return await self._loaded_with(showtime, self._redis_holds.claim, sale, places)

    async def tell(
        self,
        showtime: Showtime,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus] | None = None,
        *,
        entering: CheckedOutHold | None = None,
    ) -> Collection[HoldId]:
        """As the port says."""
        tell, seats = self._projection.tell, list(seat_ids)
        return await self._loaded_with(showtime, tell, ledger, seats, ended or {}, entering)

    async def tell_all(self, showtime: Showtime, *, after_restart: bool = False) -> None:
        """As the port says; a Redis that does not know the showtime is left to whoever asks next."""
        await self._projection.tell_all(showtime, after_restart=after_restart)

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        """As the port says."""
        return await self.loaded(showtime_id, self._redis_holds.read, showtime_id, user_id)

    async def watch(self, showtime_id: ShowtimeId, milliseconds: int) -> SeatMap:
        """As the port says."""
        return await self.loaded(showtime_id, self._redis_holds.watch, showtime_id, milliseconds)
