"""Sending a ticket's messages once more, for its guest or for who runs the theater."""

import math
from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.resending import NothingToSend, TooManyResends, resend
from booking.errors import BookingNotFound, NoTicket
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Ports
from chassis.auth import Caller
from chassis.problems import RateLimited
from contracts.ids import UserId


class Resending:
    """The three an hour are counted in the booking, whoever asks."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._lookup = ports.bookings, lookup

    async def of_guest(self, booking_id: str, caller: Caller) -> Booking:
        """Raises `BookingNotFound`, `NoTicket`, `RateLimited`."""
        return await self._resend(await self._lookup.of_guest(booking_id, caller))

    async def of_theater(self, booking_id: str, caller: Caller) -> Booking:
        """Of a theater that the caller manages. Raises `BookingNotFound`, `NoTicket`, `RateLimited`."""
        return await self._resend(await self._lookup.of_theater(booking_id, caller), by=UserId(caller.user_id))

    async def _resend(self, booking: Booking, *, by: UserId | None = None) -> Booking:
        try:
            changed = await self._bookings.decide(booking.id, lambda newest: resend(newest, datetime.now(UTC), by))
        except NothingToSend:
            raise NoTicket(f"the booking is {booking.state.status}: it has no ticket") from None
        except TooManyResends as refusal:
            seconds = max(1, math.ceil(refusal.seconds))
            raise RateLimited(
                "three times an hour is the most for one booking", headers={"Retry-After": str(seconds)}
            ) from None
        if changed is None:
            raise BookingNotFound
        return changed
