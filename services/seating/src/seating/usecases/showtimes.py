"""Catalog's snapshots: kept by revision, followed by the ledger, told to Redis."""

from contracts.catalog import ShowtimeSnapshot
from seating.domain import Showtime
from seating.usecases.maps import SeatMaps


async def follow(maps: SeatMaps, snapshot: ShowtimeSnapshot) -> None:
    """Store the snapshot first, then let ledger and Redis know of it; older ones change nothing.

    Redis knows each showtime from then on: that its show begins is told by the clock, whether anybody looks or not.
    """
    await maps.snapshots.keep(snapshot)
    await maps.newest(snapshot.showtime_id)
    ledger = await maps.ledgers.open(snapshot) or await maps.ledgers.read(snapshot.showtime_id)
    if ledger is not None:
        await maps.tell(Showtime.of(snapshot), ledger, ())
