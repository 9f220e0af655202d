"""The timeline of one booking over all services, put together when somebody reads it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.timeline import Entry
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Message, Ports, ProviderCall
from chassis.auth import Caller
from contracts.ids import made_at


class Timelines:
    """Reads alone: what the booking heard and said is in its document, the rest is asked for."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._payments, self._messages = ports.bookings, ports.payments, ports.messages
        self._lookup = lookup

    async def of(self, booking_id: str, caller: Caller) -> list[Entry]:
        """All that is known of a booking of a theater that the caller manages, oldest first.

        Raises `BookingNotFound`, and `Unavailable` where payment or notify cannot be asked.
        """
        booking = await self._lookup.of_theater(booking_id, caller)
        entries, calls, messages = await asyncio.gather(
            self._bookings.timeline(booking.id),
            self._payments.calls(booking.sale.payment_id, caller.token),
            self._messages.about(booking.id, caller.token),
        )
        all_entries = [_held(booking), *entries, *map(_of_call, calls), *_of_messages(messages)]
        return sorted(all_entries, key=lambda entry: entry.at)


def _held(booking: Booking) -> Entry:
    """The hold that the booking began with: its id says when."""
    sale = booking.sale
    at = datetime.fromtimestamp(made_at(sale.hold_id), UTC)
    return Entry("seating:seats_held", at, "seating", "seats_held", f"seats {', '.join(sale.seat_ids)}")


def _of_call(call: ProviderCall) -> Entry:
    detail = f"{call.provider} {call.call}: {call.outcome}, {call.milliseconds} ms"
    key = f"payment:provider_call:{call.at.isoformat()}"
    return Entry(key, call.at, "payment", "provider_call", detail, call.trace_id)


def _of_messages(messages: tuple[Message, ...]) -> Iterator[Entry]:
    for message in messages:
        key = f"notify:{message.channel}:{message.kind}:{message.at.isoformat()}"
        detail = f"{message.kind}: {message.status}"
        yield Entry(key, message.at, "notify", message.channel, detail, message.trace_id)
