"""The bus in: one call for each event."""

from chassis.consume import Handlers
from contracts.booking import BookingCancelled
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.payment import PaymentSucceeded
from seating.usecases.use_cases import UseCases


def handlers(use_cases: UseCases) -> Handlers:
    """What seating hears."""

    async def on_showtime(event: ShowtimeScheduled | ShowtimeChanged | ShowtimeCancelled) -> None:
        await use_cases.scheduling.follow(event.snapshot)

    async def on_payment_succeeded(event: PaymentSucceeded) -> None:
        await use_cases.sales.sell(event.sale)

    async def on_booking_cancelled(event: BookingCancelled) -> None:
        await use_cases.sales.cancel(event)

    return {
        ShowtimeScheduled: on_showtime,
        ShowtimeChanged: on_showtime,
        ShowtimeCancelled: on_showtime,
        PaymentSucceeded: on_payment_succeeded,
        BookingCancelled: on_booking_cancelled,
    }
