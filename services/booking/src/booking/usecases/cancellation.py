"""Cancelling a booking: by its guest, or by the theater. What it brings is decided by `domain.cancelling`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.cancelling import (
    CancelQuote,
    RefundChoice,
    TheaterCancellation,
    cancel_quote,
    cancelled_by_guest,
    cancelled_by_theater,
)
from booking.domain.facts import Facts
from booking.errors import BookingNotFound
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Decision, Ports
from booking.usecases.refusals import problems_for_refusals
from chassis.auth import Caller
from contracts.ids import UserId


class Cancellation:
    """Each decides by the newest snapshot of the show, and by the booking as it is when the decision is written."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._lookup = ports.bookings, lookup

    async def quote(self, booking_id: str, caller: Caller, seat_ids: Sequence[str]) -> CancelQuote:
        """What cancelling a booking that the caller may read, or these seats of it, would bring now.

        Raises `BookingNotFound`, `NotCancellable`, `UnknownSeats`.
        """
        booking = await self._lookup.readable(booking_id, caller)
        snapshot = await self._lookup.newest_snapshot(booking)
        with problems_for_refusals():
            return cancel_quote(booking, snapshot, datetime.now(UTC), seat_ids)

    async def cancel(
        self, booking_id: str, caller: Caller, expected_refund: int | None = None, seat_ids: Sequence[str] = ()
    ) -> Booking:
        """End the guest's confirmed booking by the theater's policy, or these seats of it; what is cancelled is given
        as it is.

        Raises `BookingNotFound`, `NotCancellable`, `UnknownSeats`, and `RefundChanged` where another refund than the
        expected one, in minor units, would go back.
        """
        snapshot = await self._lookup.newest_snapshot(await self._lookup.of_guest(booking_id, caller))

        def decision(booking: Booking | None) -> Facts:
            now = datetime.now(UTC)
            return cancelled_by_guest(booking, snapshot, now, seat_ids=seat_ids, expected_refund=expected_refund)

        return await self._decide(booking_id, decision)

    async def cancel_by_theater(self, booking_id: str, caller: Caller, note: str, refund: RefundChoice) -> Booking:
        """End a booking of a theater that the caller manages; one that a theater ended before is given as it is.

        Raises `BookingNotFound`, `NotCancellable`.
        """
        snapshot = await self._lookup.newest_snapshot(await self._lookup.of_theater(booking_id, caller))
        cancellation = TheaterCancellation(UserId(caller.user_id), note, refund)
        return await self._decide(
            booking_id, lambda booking: cancelled_by_theater(booking, snapshot, datetime.now(UTC), cancellation)
        )

    async def _decide(self, booking_id: str, decision: Decision) -> Booking:
        with problems_for_refusals():
            booking = await self._bookings.decide(booking_id, decision)
        if booking is None:
            raise BookingNotFound
        return booking
