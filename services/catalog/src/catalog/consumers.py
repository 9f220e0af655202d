"""What catalog hears: how many seats are left."""

from functools import partial

from catalog.usecases.showtimes import count_seats
from catalog.usecases.stores import Stores
from chassis.consume import Handlers
from contracts.seating import AvailabilityChanged


async def on_availability_changed(stores: Stores, event: AvailabilityChanged) -> None:
    """Seats were held, sold or released."""
    await count_seats(stores, event)


def handlers(stores: Stores) -> Handlers:
    """One call for each event."""
    return {AvailabilityChanged: partial(on_availability_changed, stores)}
