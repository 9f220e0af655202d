"""What support does for the bookings of its theaters, beside cancelling them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.support import SupportRefund, refunded_by_support
from booking.errors import BookingNotFound
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Books, Message, Ports
from booking.usecases.refusals import problems_for_refusals
from booking.usecases.search import BookingWithPerson
from chassis.auth import Caller


@dataclass(frozen=True, slots=True)
class SupportRecord:
    """A booking beside its show and with its guest, what payment has of its money, and where the messages about it
    stand."""

    match: BookingWithPerson
    books: Books
    messages: tuple[Message, ...]


class Support:
    """Shows all there is of a booking, and gives money back."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._payments, self._messages = ports.bookings, ports.payments, ports.messages
        self._people, self._lookup = ports.people, lookup

    async def shown(self, booking_id: str, caller: Caller) -> SupportRecord:
        """A booking that the caller may see for its theater, with its money and its messages.

        Raises `BookingNotFound`, `Forbidden`, and `Unavailable` where payment or notify cannot be asked.
        """
        booking = await self._lookup.of_theaters_staff(booking_id, caller)
        books, messages = await asyncio.gather(
            self._payments.books(booking.sale.payment_id, caller.token), self._messages.about(booking.id, caller.token)
        )
        people = await self._people.find_all({booking.user_id})
        match = BookingWithPerson(await self._lookup.with_show(booking), people.get(booking.user_id))
        return SupportRecord(match, books, messages)

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
