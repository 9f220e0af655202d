"""The bus in: one call for each event."""

from chassis.consume import Handlers
from contracts.booking import BookingCancelled
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.payment import PaymentSucceeded
from seating.usecases import showtimes
from seating.usecases.maps import SeatMaps
from seating.usecases.sales import Sales


def handlers(maps: SeatMaps, sales: Sales) -> Handlers:
    """What seating hears."""

    async def on_showtime(event: ShowtimeScheduled | ShowtimeChanged | ShowtimeCancelled) -> None:
        await showtimes.follow(maps, event.snapshot)

    async def on_payment_succeeded(event: PaymentSucceeded) -> None:
        await sales.sell(event.sale)

    async def on_booking_cancelled(event: BookingCancelled) -> None:
        await sales.cancel(event)

    return {
        ShowtimeScheduled: on_showtime,
        ShowtimeChanged: on_showtime,
        ShowtimeCancelled: on_showtime,
        PaymentSucceeded: on_payment_succeeded,
        BookingCancelled: on_booking_cancelled,
    }
