"""What catalog hears: how many seats are left."""

from functools import partial

from catalog.store import Store
from catalog.usecases.showtimes import set_seats_available
from chassis.consume import Handlers
from contracts.seating import AvailabilityChanged


async def on_availability_changed(store: Store, event: AvailabilityChanged) -> None:
    """Seats were held, sold or released: how many are available now."""
    await set_seats_available(store, event)


def handlers(store: Store) -> Handlers:
    """One call for each event."""
    return {AvailabilityChanged: partial(on_availability_changed, store)}
