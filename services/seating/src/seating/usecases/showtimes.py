"""Catalog's snapshots: kept by revision, followed by the ledger, told to Redis."""

from contracts.catalog import ShowtimeSnapshot

from seating.domain import Showtime
from seating.usecases.maps import SeatMaps
from seating.usecases.ports import ShowtimeUnknown, Word


async def follow(maps: SeatMaps, snapshot: ShowtimeSnapshot) -> None:
    """Store the snapshot first, then let ledger and Redis know of it; older ones change nothing."""
    await maps.snapshots.keep(snapshot)
    await maps.newest(snapshot.showtime_id)
    ledger = await maps.ledgers.open(snapshot) or await maps.ledgers.read(snapshot.showtime_id)
    if ledger is not None:
        try:
            await maps.holds.tell(Showtime.of(snapshot), Word(ledger, (), {}))
        except ShowtimeUnknown:
            return  # it will be loaded, with all of this, before the first answer
