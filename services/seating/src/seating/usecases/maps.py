"""A showtime's seats in Redis: loaded when it does not know them, told what the ledger says, read."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from chassis.unavailable import PeerUnavailable
from contracts.ids import HoldId, ShowtimeId, is_id, made_at
from seating.domain import HoldStatus, Ledger, SeatMap, Showtime, hold_of
from seating.errors import ShowtimeNotFound
from seating.usecases.ports import CheckedOutHolds, Ledgers, SeatHolds, ShowtimeUnknown, Snapshots, Word

T = TypeVar("T")
YOUNG_SECONDS = 10.0
WAIT_SECONDS = 2.0
MOST_WAITING = 50  # so that invented ids keep nobody from their seats
MOST_LOADS = 20
_KEPT_SHOWTIMES = 5_000


class SeatMaps:
    """The showtimes this process has seen, and the way between ledger and Redis."""

    def __init__(
        self, holds: SeatHolds, ledgers: Ledgers, snapshots: Snapshots, checked_out_holds: CheckedOutHolds
    ) -> None:
        self.holds, self.ledgers, self.snapshots, self.checked_out_holds = holds, ledgers, snapshots, checked_out_holds
        self._showtimes: dict[str, Showtime] = {}
        self._under_way: dict[str, asyncio.Future[object]] = {}
        self._waiting = 0

    async def showtime(self, showtime_id: str, *, wait_seconds: float | None = None) -> Showtime:
        """A showtime by its id; waits for its snapshot, by itself only where the id is young.

        Raises `ShowtimeNotFound`.
        """
        known = self._showtimes.get(showtime_id)
        if known is not None:
            return known
        if not is_id("sho", showtime_id):
            raise ShowtimeNotFound("no such showtime")
        if wait_seconds is None:
            young = time.time() - made_at(showtime_id) < YOUNG_SECONDS
            wait_seconds = WAIT_SECONDS if young and self._waiting < MOST_WAITING else 0
        self._waiting += 1
        try:
            return await self._awaited(ShowtimeId(showtime_id), time.monotonic() + wait_seconds)
        finally:
            self._waiting -= 1

    async def _awaited(self, showtime_id: ShowtimeId, deadline: float) -> Showtime:
        while (found := await self.newest(showtime_id)) is None:
            if time.monotonic() >= deadline:
                raise ShowtimeNotFound("no such showtime")
            await asyncio.sleep(0.05)
        return found

    async def newest(self, showtime_id: ShowtimeId) -> Showtime | None:
        """The showtime by its newest stored snapshot, whatever this process has kept."""
        await self._once(showtime_id, lambda: self._fetch(showtime_id))
        return self._showtimes.get(showtime_id)

    async def _fetch(self, showtime_id: ShowtimeId) -> None:
        snapshot = await self.snapshots.find(showtime_id)
        kept = self._showtimes.get(showtime_id)
        if snapshot is None or (kept and kept.snapshot.revision >= snapshot.revision):
            return
        if len(self._showtimes) >= _KEPT_SHOWTIMES:
            self._showtimes.pop(next(iter(self._showtimes)))
        self._showtimes[showtime_id] = Showtime.of(snapshot)

    async def _once(self, key: str, work: Callable[[], Awaitable[None]]) -> None:
        """Of many who want the same at once, one does it and all wait for it."""
        doing = self._under_way.get(key)
        if doing is None:
            doing = self._under_way[key] = asyncio.ensure_future(work())
            doing.add_done_callback(lambda _: self._under_way.pop(key, None))
        await asyncio.shield(doing)

    async def once_known(self, showtime: Showtime, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call to Redis; where it does not know the showtime, tell it all first."""
        for _ in range(MOST_LOADS):
            try:
                return await call()
            except ShowtimeUnknown as unknown:
                run = unknown.run
                await self._once(f"{showtime.id} {run}", lambda: self._load(showtime, run))  # noqa: B023  awaited here
        raise PeerUnavailable("Redis forgets the showtime again and again")

    async def _load(self, showtime: Showtime, run: str) -> None:
        """The whole ledger and the holds in checkout, to the very server that did not know the showtime."""
        try:
            await self._tell_whole(showtime, run)
        except ShowtimeUnknown:
            return  # another server answers now: ask it, and begin anew

    async def retell(self, showtime: Showtime, *, anew: bool = False) -> None:
        """Tell Redis the whole ledger again; one that does not know the showtime will ask."""
        try:
            await self._tell_whole(showtime, anew=anew)
        except ShowtimeUnknown:
            return

    async def _tell_whole(self, showtime: Showtime, run: str = "", *, anew: bool = False) -> None:
        ledger = await self._ledger(showtime)
        seats = [*ledger.sold, *ledger.checkouts] if run else list(showtime.index)
        ended = {hold_of(booking, showtime.id): verdict.hold_status for booking, verdict in ledger.verdicts.items()}
        word = await self._word(ledger, seats, ended)
        await self.holds.tell(showtime, replace(word, whole=True, anew=anew), run=run)

    async def tell(
        self,
        showtime: Showtime,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus] | None = None,
    ) -> None:
        """Tell Redis what this version of the ledger says of these seats, and how a booking's hold ended."""
        word = await self._word(ledger, list(seat_ids), ended or {})
        await self.once_known(showtime, lambda: self.holds.tell(showtime, word))

    async def _word(self, ledger: Ledger, seats: list[str], ended: Mapping[HoldId, HoldStatus]) -> Word:
        """A hold in checkout is told with all its seats, so that it stays whole."""
        hold_ids = {ledger.checkouts[seat].hold_id for seat in seats if seat in ledger.checkouts}
        holds = {hold.id: hold for hold in await self.checked_out_holds.find(sorted(hold_ids))}
        theirs = [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in holds]
        return Word(ledger, list(dict.fromkeys(seats + theirs)), holds, ended=ended)

    async def _ledger(self, showtime: Showtime) -> Ledger:
        """The ledger; a snapshot whose handling stopped half way has its ledger made now."""
        ledgers = self.ledgers
        ledger = await ledgers.read(showtime.id) or await ledgers.open(showtime.snapshot)
        ledger = ledger or await ledgers.read(showtime.id)  # another was making it meanwhile
        if ledger is None:
            raise PeerUnavailable("the ledger is being made")
        return ledger

    async def read(self, showtime_id: str, user_id: str = "") -> tuple[Showtime, SeatMap]:
        """A showtime and its seats, from one snapshot at least as new as Redis knows."""
        showtime = await self.showtime(showtime_id)
        seats = await self.once_known(showtime, lambda: self.holds.read(showtime.id, user_id))
        if seats.revision > showtime.snapshot.revision:
            showtime = await self.newest(showtime.id) or showtime
        return showtime, seats
