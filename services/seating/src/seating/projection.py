"""The way from the ledger to Redis: a showtime's seat map there is a projection of what Mongo says of it."""

from collections.abc import Collection, Iterable, Mapping
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
    ) -> None:
        self._redis_holds, self._ledgers, self._snapshots = redis_holds, ledgers, snapshots
        self._checked_out_holds = checked_out_holds
        self._loads = SingleFlight()

    async def load(self, showtime_id: ShowtimeId, server_run_id: str) -> None:
        """Make the showtime known to the very server that did not know it; if another answers by now, nothing is done.

        Raises `ShowtimeNotFound` before its first snapshot, `PeerUnavailable` while its ledger is being made.
        """
        await self._loads((showtime_id, server_run_id), lambda: self._load(showtime_id, server_run_id))

    async def _load(self, showtime_id: ShowtimeId, server_run_id: str) -> None:
        snapshot = await self._snapshots.find(showtime_id)
        if snapshot is None:
            raise ShowtimeNotFound("no such showtime")
        showtime = Showtime.of(snapshot)
        ledger = await self._ledger(showtime)
        states = await self._full_states(ledger, [*ledger.sold, *ledger.checkouts])
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
        return await self._redis_holds.tell(showtime, await self._states(ledger, list(seat_ids), ended, entering))

    async def tell_all(self, showtime: Showtime, *, after_restart: bool) -> None:
        """Tell the whole ledger as it is now, and every verdict. A Redis that does not know the showtime will ask."""
        states = await self._full_states(await self._ledger(showtime), list(showtime.index))
        try:
            await self._redis_holds.tell(showtime, replace(states, after_restart=after_restart))
        except ShowtimeUnknown:
            return

    async def _full_states(self, ledger: Ledger, seat_ids: list[str]) -> SeatStates:
        verdicts = ledger.verdicts.items()
        ended = {hold_of(booking_id, ledger.showtime_id): verdict.hold_status for booking_id, verdict in verdicts}
        return replace(await self._states(ledger, seat_ids, ended), full=True)

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
