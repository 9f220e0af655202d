"""Confirming: the guest's page says that it has paid, and waits until the booking is decided."""

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.errors import BookingNotFound, PaymentFailed, PaymentPending
from booking.usecases.gathering import News
from booking.usecases.ports import Ports, Receipt
from booking.usecases.recording import Recording
from booking.usecases.wakeups import Wakeups
from chassis.auth import Caller
from chassis.problems import Unavailable

CONFIRM_SECONDS = 5.0


class Confirmation:
    """Payment is asked to settle; money and seats then come as events, which other use cases record."""

    def __init__(self, ports: Ports, recording: Recording, wakeups: Wakeups) -> None:
        self._bookings, self._payments = ports.bookings, ports.payments
        self._recording, self._wakeups = recording, wakeups

    async def confirm(self, receipt: Receipt, caller: Caller) -> Booking:
        """The caller's booking of an order, as soon as it is decided, or as it is after 5 s at most.

        Raises `InvalidSignature`, `BookingNotFound`, `PaymentFailed`, `PaymentPending`, and `Unavailable` when payment
        does not answer and the order is not known here.
        """
        settled = await self._payments.settle(receipt, caller.token)
        if settled is None:
            return await self._known_by_events(receipt.order_id, caller)
        if not caller.owns(settled.sale.user_id):
            raise BookingNotFound
        booking_id, news = settled.sale.booking_id, News(Facts(ordered=settled.sale), frozenset({receipt.order_id}))
        with self._wakeups.watch(booking_id) as watch:
            watch.give(self._undecided(booking_id, receipt.order_id) if settled.status == "succeeded" else None)
            if watch.newest is None:
                watch.give(await self._recording.record(booking_id, news))
            if watch.newest is None or not (_is_decided(watch.newest) or watch.newest.facts.paid):
                _raise_unpaid(settled.status)
            booking = await watch.until(_is_decided, lambda: self._bookings.find(booking_id), CONFIRM_SECONDS)
        if booking is None:
            raise BookingNotFound
        return booking

    def _undecided(self, booking_id: str, order_id: str) -> Booking | None:
        """The booking of the order as it is remembered, if it waits for its verdict: that comes by itself, or is found
        by the next look. What was decided may have been decided otherwise since, and is read."""
        booking = self._bookings.remembered(booking_id)
        return booking if booking and order_id in booking.order_ids and not _is_decided(booking) else None

    async def _known_by_events(self, order_id: str, caller: Caller) -> Booking:
        """Payment does not say: what booking itself knows of the order, or comes to know."""

        async def read() -> Booking | None:
            return await self._bookings.of_order(order_id, caller.ids)

        with self._wakeups.watch(order_id) as watch:
            watch.give(await read())
            booking = await watch.until(_is_decided, read, CONFIRM_SECONDS)
        if booking is None or not caller.owns(booking.user_id):
            raise Unavailable("payment cannot be asked about this order now")
        return booking


def _is_decided(booking: Booking) -> bool:
    return booking.state.status not in {"pending", "expired"}


def _raise_unpaid(status: str) -> None:
    if status == "failed":
        raise PaymentFailed("the payment failed; it may be tried again on the same order")
    if status == "pending":
        raise PaymentPending("nothing has been paid on this order yet")
