"""The way from the ledger to Redis: a showtime's seat map there is a projection of what Mongo says of it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace

from chassis.unavailable import PeerUnavailable
from contracts.ids import HoldId, ShowtimeId
from seating.domain import CheckedOutHold, HoldStatus, Ledger, Showtime, hold_of
from seating.errors import ShowtimeNotFound
from seating.holds import RedisSeatHolds, ShowtimeUnknown
from seating.seat_states import SeatStates
from seating.single_flight import SingleFlight
from seating.usecases.ports import CheckedOutHolds, Ledgers, Snapshots


class SeatMapProjection:
    """Loads a showtime that Redis does not know; tells Redis some seats' states, or those of a whole showtime."""

    def __init__(
        self,
        redis_holds: RedisSeatHolds,
        ledgers: Ledgers,
        snapshots: Snapshots,
        checked_out_holds: CheckedOutHolds,
        anybody_waits: Callable[[ShowtimeId], Awaitable[bool]],
    ) -> None:
        self._redis_holds, self._ledgers, self._snapshots = redis_holds, ledgers, snapshots
        self._checked_out_holds, self._anybody_waits = checked_out_holds, anybody_waits
        self._loads = SingleFlight()

    async def load(self, showtime_id: ShowtimeId, server_run_id: str) -> Showtime | None:
        """Make the showtime known to the very server that did not know it; if another answers by now, nothing is done.
        Returns it by its newest snapshot and plan, as far as these are stored.

        Raises `ShowtimeNotFound` before its first snapshot, `PeerUnavailable` while its ledger is being made.
        """
        await self._loads((showtime_id, server_run_id), lambda: self._load(showtime_id, server_run_id))
        return await self._snapshots.find(showtime_id)

    async def _load(self, showtime_id: ShowtimeId, server_run_id: str) -> None:
        showtime = await self._snapshots.find(showtime_id)
        if showtime is None:
            raise ShowtimeNotFound("no such showtime")
        ledger = await self._ledger(showtime)
        showtime = await self.showtime_of(ledger)
        states = await self._full_states(ledger, [*ledger.sold, *ledger.checkouts, *ledger.blocked])
        try:
            await self._redis_holds.load(showtime, states, server_run_id)
        except ShowtimeUnknown:
            return

    async def tell(
        self,
        showtime: Showtime,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus],
        entering: CheckedOutHold | None,
    ) -> Collection[HoldId]:
        """Have these seats be as this version of the ledger says; raises `ShowtimeUnknown`.

        `entering` need not be read. Returns the holds in checkout that their owners let go.
        """
        if ledger.screen_number != showtime.screen_number:
            showtime = await self.showtime_of(ledger)
        if ledger.screen_number < showtime.screen_number:
            return ()  # whoever changed the screen tells the whole ledger, which is newer
        return await self._redis_holds.tell(showtime, await self._states(ledger, list(seat_ids), ended, entering))

    async def showtime_of(self, ledger: Ledger) -> Showtime:
        """The showtime with its newest seats; a plan that stopped half way is saved first.

        Raises `ShowtimeNotFound` before its first snapshot.
        """
        showtime = await self._snapshots.find(ledger.showtime_id)
        if showtime is not None and showtime.plan_number < ledger.plan_number:
            plan = await self._ledgers.plan(ledger.showtime_id)
            if plan is not None:
                await self._snapshots.follow(ledger.showtime_id, plan)
            showtime = await self._snapshots.find(ledger.showtime_id)
        if showtime is None:
            raise ShowtimeNotFound("no such showtime")
        return showtime

    async def tell_all(self, showtime: Showtime, *, after_restart: bool) -> None:
        """Tell the whole ledger as it is now, and every verdict. A Redis that does not know the showtime will ask."""
        ledger = await self._ledger(showtime)
        if ledger.plan_number != showtime.plan_number:
            showtime = await self.showtime_of(ledger)
        states = await self._full_states(ledger, list(showtime.index))
        try:
            await self._redis_holds.tell(showtime, replace(states, after_restart=after_restart))
        except ShowtimeUnknown:
            return

    async def _full_states(self, ledger: Ledger, seat_ids: list[str]) -> SeatStates:
        verdicts = ledger.verdicts.items()
        ended = {hold_of(booking_id, ledger.showtime_id): verdict.hold_status for booking_id, verdict in verdicts}
        waits = await self._anybody_waits(ledger.showtime_id)
        return replace(await self._states(ledger, seat_ids, ended), full=True, waits=waits)

    async def _states(
        self,
        ledger: Ledger,
        seat_ids: list[str],
        ended: Mapping[HoldId, HoldStatus],
        entering: CheckedOutHold | None = None,
    ) -> SeatStates:
        """A hold in checkout is told with all its seats, so that it stays whole."""
        hold_ids = {ledger.checkouts[seat].hold_id for seat in seat_ids if seat in ledger.checkouts}
        present = [entering] if entering and entering.id in hold_ids else []
        unread = sorted(hold_ids.difference(hold.id for hold in present))
        holds = {hold.id: hold for hold in present + await self._checked_out_holds.find(unread)}
        theirs = [seat for seat, checkout in ledger.checkouts.items() if checkout.hold_id in holds]
        return SeatStates(ledger, list(dict.fromkeys(seat_ids + theirs)), holds, ended)

    async def _ledger(self, showtime: Showtime) -> Ledger:
        """The ledger; that of a snapshot whose handling stopped half way is made now."""
        ledgers = self._ledgers
        ledger = await ledgers.read(showtime.id) or await ledgers.open(showtime.snapshot)
        ledger = ledger or await ledgers.read(showtime.id)  # another process was making it meanwhile
        if ledger is None:
            raise PeerUnavailable("the ledger is being made")
        return ledger
