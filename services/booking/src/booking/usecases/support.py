"""What support does for the bookings of its theaters, beside cancelling them."""

from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.support import SupportRefund, refunded_by_support
from booking.errors import BookingNotFound
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Ports
from booking.usecases.refusals import problems_for_refusals
from chassis.auth import Caller


class Support:
    """Gives money back."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._lookup = ports.bookings, lookup

    async def refund(self, booking_id: str, caller: Caller, refund: SupportRefund) -> Booking:
        """Grant a refund of a booking of a theater that the caller manages; each call grants another.

        Raises `BookingNotFound`, `NothingLeftToRefund`, `NotCancellable`, `UnknownSeats`.
        """
        await self._lookup.of_theater(booking_id, caller)
        with problems_for_refusals():
            booking = await self._bookings.decide(
                booking_id, lambda newest: refunded_by_support(newest, refund, datetime.now(UTC))
            )
        if booking is None:
            raise BookingNotFound
        return booking
