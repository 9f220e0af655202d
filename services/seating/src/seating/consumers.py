"""The bus in: one call for each event."""

from chassis.consume import Handlers
from contracts.booking import BookingCancelled, SeatsCancelled
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.identity import UserErased
from contracts.payment import PaymentSucceeded
from seating.usecases.use_cases import UseCases
from seating.waitlist.joining import Waitlist


def handlers(use_cases: UseCases, waitlist: Waitlist) -> Handlers:
    """What seating hears."""

    async def on_showtime(event: ShowtimeScheduled | ShowtimeChanged | ShowtimeCancelled) -> None:
        await use_cases.scheduling.follow(event.snapshot)

    async def on_user_erased(event: UserErased) -> None:
        await waitlist.erase(event.user_id)

    async def on_payment_succeeded(event: PaymentSucceeded) -> None:
        await use_cases.sales.sell(event.sale)

    async def on_booking_cancelled(event: BookingCancelled) -> None:
        await use_cases.sales.cancel(event)

    async def on_seats_cancelled(event: SeatsCancelled) -> None:
        await use_cases.sales.cancel_seats(event)

    return {
        ShowtimeScheduled: on_showtime,
        ShowtimeChanged: on_showtime,
        ShowtimeCancelled: on_showtime,
        UserErased: on_user_erased,
        PaymentSucceeded: on_payment_succeeded,
        BookingCancelled: on_booking_cancelled,
        SeatsCancelled: on_seats_cancelled,
    }
