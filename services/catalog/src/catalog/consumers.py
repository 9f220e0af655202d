"""What catalog hears: how many seats are left."""

from functools import partial

from catalog.store import Store
from catalog.usecases.showtimes import count_seats
from chassis.consume import Handlers
from contracts.seating import AvailabilityChanged


async def on_availability_changed(store: Store, event: AvailabilityChanged) -> None:
    """Seats were held, sold or released."""
    await count_seats(store, event)


def handlers(store: Store) -> Handlers:
    """One call for each event."""
    return {AvailabilityChanged: partial(on_availability_changed, store)}
