"""Finding a hold by its id: in Redis, or among those that were in checkout."""

from time import time

from contracts.ids import BookingId, HoldId, booking_of, is_id, showtime_of
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, Showtime, milliseconds
from seating.errors import HoldNotFound, ShowtimeNotFound
from seating.usecases.ports import Ports
from seating.usecases.showtimes import Showtimes


class HoldLookup:
    """Holds are their owner's alone: for anybody else there is none. All calls raise `HoldNotFound`."""

    def __init__(self, ports: Ports, showtimes: Showtimes) -> None:
        self._ports, self._showtimes = ports, showtimes

    async def showtime(self, hold_id: str) -> Showtime:
        """The showtime that a hold's id names, whoever the hold belongs to."""
        if not is_id("hld", hold_id):
            raise HoldNotFound("no such hold of yours")
        try:
            return await self._showtimes.get(showtime_of(HoldId(hold_id)), wait_seconds=0)
        except ShowtimeNotFound:
            raise HoldNotFound("no such hold of yours") from None

    async def showtime_of(self, hold: Hold, known: Showtime) -> Showtime:
        """The hold's showtime, with the screen that its seats are of: `known` may be older than a change of it."""
        if known.screen_number == hold.screen_number:
            return known
        return await self._showtimes.newest(known.id) or known

    async def find(self, user_id: str, hold_id: HoldId) -> Hold:
        """The hold by Redis, or where Redis lost it, as it is known from its checkout."""
        try:
            return await self._ports.seat_holds.find(hold_id, user_id)
        except HoldNotFound:
            return await self.checked_out(user_id, hold_id)

    async def is_of(self, user_id: str, hold_id: str) -> bool:
        """Whether the user has or had the hold."""
        if not is_id("hld", hold_id):
            return False
        try:
            await self.showtime(hold_id)
            await self.find(user_id, HoldId(hold_id))
        except HoldNotFound:
            return False
        return True

    async def checked_out(self, user_id: str, hold_id: HoldId) -> Hold:
        """A hold from its checkout in Mongo, where Redis has it no more.

        Its status follows from the verdict on its booking; without one it is `expired`.
        """
        hold = next(iter(await self._ports.checked_out_holds.find([hold_id])), None)
        if hold is None or hold.user_id != user_id:
            raise HoldNotFound("no such hold of yours")
        ledger = await self._ports.ledgers.read(hold.showtime_id)
        booking_id = booking_of(hold_id)
        places = ledger.places(booking_id, hold.seat_ids) if ledger else hold.seat_ids
        return _hold_of_checkout(hold, places, _status(ledger, booking_id))


def _hold_of_checkout(hold: CheckedOutHold, places: tuple[str, ...], status: HoldStatus) -> Hold:
    return Hold(
        id=hold.id,
        user_id=hold.user_id,
        seat_ids=places,
        status=status,
        expires_at=milliseconds(hold.expires_at),
        now=round(time() * 1000),
        quote=hold.quote,
        refreshes=hold.refreshes,
        in_checkout=True,
    )


def _status(ledger: Ledger | None, booking_id: BookingId) -> HoldStatus:
    verdict = ledger.verdicts.get(booking_id) if ledger else None
    return verdict.hold_status if verdict else "expired"
