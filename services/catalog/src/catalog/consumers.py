"""What catalog hears: how many seats are available, and which seats a showtime has since its theater changed them."""

from catalog.store import Store
from chassis.batches import Batches
from chassis.consume import Handlers
from contracts.seating import AvailabilityChanged, ShowtimeReplanned

_MOMENT_SECONDS = 0.05  # of the second within which a count is to be shown


def handlers(store: Store, prefetch: int) -> Handlers:
    """Counts that come within a moment are stored together; `prefetch` is how many a consumer has at most."""
    counts = Batches(store.showtimes.set_seats_available, seconds=_MOMENT_SECONDS, size=prefetch)

    async def on_availability_changed(event: AvailabilityChanged) -> None:
        """Seats were held, sold or released: how many are available now."""
        await counts.add(event)

    async def on_showtime_replanned(event: ShowtimeReplanned) -> None:
        """Seats were taken out, or the show has another screen, which may say something else of prices."""
        await store.showtimes.follow_plan(event)
        await store.screens.republish_soon(event.screen.screen_id)
        await store.change_count.increase()

    return {AvailabilityChanged: on_availability_changed, ShowtimeReplanned: on_showtime_replanned}
