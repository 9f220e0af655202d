"""What catalog says of a showtime: its snapshot is saved, then followed by the ledger and told to Redis."""

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import ShowtimeId
from seating.usecases.ports import Ports
from seating.usecases.showtimes import Showtimes


class Scheduling:
    """The use case of catalog's events."""

    def __init__(self, ports: Ports, showtimes: Showtimes) -> None:
        self._ports, self._showtimes = ports, showtimes

    async def follow(self, snapshot: ShowtimeSnapshot) -> None:
        """Save the snapshot first, then let ledger and Redis know of it; one as old as what is known changes nothing.

        Redis knows each showtime from then on: that its show begins is noticed by the clock, whether anybody looks or
        not.
        """
        await self._ports.snapshots.save(snapshot)
        showtime = await self._showtimes.newest(snapshot.showtime_id)
        ledgers = self._ports.ledgers
        ledger = await ledgers.open(snapshot) or await ledgers.read(snapshot.showtime_id)
        if showtime is None or ledger is None:
            return
        if showtime.plan_number < ledger.plan_number:
            await self.finish_plan(showtime.id)
        else:
            await self._ports.seat_holds.tell(showtime, ledger, ())

    async def finish_plan(self, showtime_id: ShowtimeId) -> None:
        """What follows from a change of seats that is in the ledger: the showtime has them, then Redis is told all of
        it. Whoever finds it half done does it."""
        plan = await self._ports.ledgers.plan(showtime_id)
        if plan is not None:
            await self._ports.snapshots.follow(showtime_id, plan)
        showtime = await self._showtimes.newest(showtime_id)
        if showtime is not None:
            await self._ports.seat_holds.tell_all(showtime)
