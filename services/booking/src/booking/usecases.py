"""What booking does: record what it hears, confirm, cancel, and end what was not paid or will not be shown."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from booking import cancelling
from booking.cancelling import CancelQuote, RefundChoice, TheaterCancellation, by_guest, by_theater
from booking.errors import BookingNotFound, PaymentFailed, PaymentPending
from booking.following import facts_of_show
from booking.records import Booking
from booking.saga import Facts
from booking.wakeups import Wakeups
from chassis.auth import Caller
from chassis.backoff import backoff_seconds
from chassis.problems import Unavailable
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import UserId, is_id, made_at
from contracts.sale import Sale

CONFIRM_SECONDS = 5.0
ARRIVAL_SECONDS = 1.0
_SELLING_SECONDS = 3600  # within them a hold is paid for or over
_FIRST_PAUSE, _LONGEST_PAUSE = 0.025, 0.25  # seconds between two reads of a booking
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider's checkout handed to the guest's page. `proof` is for payment alone, which knows the providers:
    it is passed on as it came."""

    order_id: str
    proof: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settled:
    """What payment knows of a receipt: `succeeded`, `failed`, `pending`, `authorized`, or `unknown` for now."""

    sale: Sale
    status: str


class Payments(Protocol):
    """Payment, as far as `confirm` needs it."""

    async def settle(self, receipt: Receipt, token: str) -> Settled | None: ...


class Bookings(Protocol):
    """The bookings that are stored."""

    async def decide(
        self, booking_id: str, decision: Callable[[Booking | None], Facts], *, order_id: str | None = None
    ) -> Booking | None: ...
    async def find(self, booking_id: str) -> Booking | None: ...
    async def of_order(self, order_id: str, user_id: str) -> Booking | None: ...
    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]: ...


class Showtimes(Protocol):
    """The newest snapshots."""

    async def save(self, snapshot: ShowtimeSnapshot) -> None: ...
    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None: ...
    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]: ...


class UseCases:
    """The use cases, over the stores and payment."""

    def __init__(self, bookings: Bookings, showtimes: Showtimes, payments: Payments, wakeups: Wakeups) -> None:
        self._bookings, self._showtimes, self._payments, self._wakeups = bookings, showtimes, payments, wakeups

    async def record_facts(
        self, booking_id: str, news: Facts, *, order_id: str | None = None, showtime_id: str | None = None
    ) -> Booking | None:
        """Add facts to a booking. It is stored first and its showtime read afterwards, while a cancelled showtime
        stores its snapshot first and walks the bookings afterwards: one of the two sees the other."""
        showtime_id = news.ordered.showtime_id if news.ordered else showtime_id
        snapshot = await self._showtimes.find(showtime_id) if showtime_id else None

        def with_show(booking: Booking | None) -> Facts:
            """What is known of the show goes into the same write, and into what that write says."""
            return news.joined(facts_of_show(snapshot, booking, datetime.now(UTC))) if snapshot else news

        booking = await self._bookings.decide(booking_id, with_show, order_id=order_id)
        if booking is None or booking.facts.ended:
            return booking
        snapshot = await self._showtimes.find(booking.sale.showtime_id)
        return await self._follow(booking, snapshot) if snapshot else booking

    async def _follow(self, booking: Booking, snapshot: ShowtimeSnapshot) -> Booking:
        """The booking with what the snapshot of its show means for it."""
        if not facts_of_show(snapshot, booking, datetime.now(UTC)).beyond(booking.facts):
            return booking
        followed = await self._bookings.decide(booking.id, lambda now: facts_of_show(snapshot, now, datetime.now(UTC)))
        return followed or booking

    async def confirm(self, receipt: Receipt, user_id: str, token: str) -> Booking:
        """The caller's booking of an order, as soon as it is decided, or as it is after 5 s at most.

        Raises `InvalidSignature`, `BookingNotFound`, `PaymentFailed`, `PaymentPending`.
        """
        settled = await self._payments.settle(receipt, token)
        if settled is None:
            return await self._decided_by_events(receipt.order_id, user_id)
        if settled.sale.user_id != user_id:
            raise BookingNotFound
        booking_id = settled.sale.booking_id
        booking = await self.record_facts(booking_id, Facts(ordered=settled.sale), order_id=receipt.order_id)
        if booking is None or (booking.state.status in {"pending", "expired"} and not booking.facts.paid):
            _raise_unpaid(settled.status)
        return await self._decided(booking_id, lambda: self._bookings.find(booking_id)) or _missing()

    async def _decided_by_events(self, order_id: str, user_id: str) -> Booking:
        """Payment does not say: what our own book knows of the order, or becomes to know."""
        booking = await self._decided(order_id, lambda: self._bookings.of_order(order_id, user_id))
        if booking is None:
            raise Unavailable("payment cannot be asked about this order now")
        return booking

    async def _decided(self, key: str, read: Callable[[], Awaitable[Booking | None]]) -> Booking | None:
        """Read until the booking is no longer pending."""
        return await self._awaited(key, read, _is_decided, CONFIRM_SECONDS)

    async def _awaited(
        self, key: str, read: Callable[[], Awaitable[Booking | None]], wanted: Callable[[Booking], bool], seconds: float
    ) -> Booking | None:
        """Read until it is as wanted, woken by news or at growing distances; what it is at last."""
        ends, reads = datetime.now(UTC) + timedelta(seconds=seconds), 0
        while True:
            waiter = self._wakeups.expect(key)
            booking = await read()
            left = (ends - datetime.now(UTC)).total_seconds()
            if (booking and wanted(booking)) or left <= 0:
                self._wakeups.forget(key, waiter)
                return booking
            reads += 1
            pause = backoff_seconds(reads, first=_FIRST_PAUSE, maximum=_LONGEST_PAUSE, factor=1.5)
            await self._wakeups.wait(key, waiter, min(pause, left))

    async def cancel_quote(self, booking_id: str, user_id: str, seat_ids: Sequence[str]) -> CancelQuote:
        """What cancelling the caller's booking, or these seats of it, would bring now.

        Raises `BookingNotFound`, `NotCancellable`, `UnknownSeats`.
        """
        booking = await self.of_guest(booking_id, user_id)
        return cancelling.cancel_quote(booking, await self._show(booking), datetime.now(UTC), seat_ids)

    async def cancel(self, booking_id: str, user_id: str, expected_refund: int | None = None) -> Booking:
        """End the caller's confirmed booking by the theater's policy; a cancelled one is given as it is.

        Raises `BookingNotFound`, `NotCancellable`, `RefundChanged`.
        """
        snapshot = await self._show(await self.of_guest(booking_id, user_id))
        cancelled = await self._bookings.decide(
            booking_id,
            lambda booking: by_guest(booking, snapshot, datetime.now(UTC), expected_refund=expected_refund),
        )
        return cancelled or _missing()

    async def of_theater(self, booking_id: str, caller: Caller) -> Booking:
        """A booking of a theater that the caller manages, or any for an admin. Raises `BookingNotFound`."""
        booking = await self._bookings.find(booking_id)
        if booking is None or not caller.has((await self._show(booking)).theater.theater_id, "manager"):
            raise BookingNotFound
        return booking

    async def cancel_by_theater(self, booking_id: str, caller: Caller, note: str, refund: RefundChoice) -> Booking:
        """End a booking of the caller's theaters; one that a theater ended before is given as it is.

        Raises `BookingNotFound`, `NotCancellable`.
        """
        snapshot = await self._show(await self.of_theater(booking_id, caller))
        wish = TheaterCancellation(UserId(caller.user_id), note, refund)
        cancelled = await self._bookings.decide(
            booking_id, lambda booking: by_theater(booking, snapshot, datetime.now(UTC), wish)
        )
        return cancelled or _missing()

    async def _show(self, booking: Booking) -> ShowtimeSnapshot:
        snapshot = await self._showtimes.find(booking.sale.showtime_id)
        if snapshot is None:
            raise Unavailable("the showtime is not known here yet")
        return snapshot

    async def of_guest(self, booking_id: str, user_id: str) -> Booking:
        """The caller's booking; one just ordered may still be on its way here. Raises `BookingNotFound`."""
        just_ordered = is_id("bkg", booking_id) and time.time() - made_at(booking_id) < _SELLING_SECONDS
        booking = await self._awaited(
            booking_id, lambda: self._bookings.find(booking_id), lambda _: True, ARRIVAL_SECONDS if just_ordered else 0
        )
        if booking is None or booking.sale.user_id != user_id:
            raise BookingNotFound
        return booking

    async def expire_unpaid(self, booking_id: str) -> None:
        """The hold is over, unless it was refreshed just now: what was not paid has lapsed. Decided once, here."""
        await self._bookings.decide(
            booking_id, lambda booking: Facts(lapsed=booking is not None and booking.has_lapsed(datetime.now(UTC)))
        )

    async def apply_snapshot(self, snapshot: ShowtimeSnapshot) -> None:
        """Tell each booking of a showtime what its snapshot says, the cancelled show above all."""
        after = ""
        while bookings := await self._bookings.of_showtime(snapshot.showtime_id, after, _BATCH):
            for booking in bookings:
                await self._follow(booking, snapshot)
            after = bookings[-1].id


def _is_decided(booking: Booking) -> bool:
    return booking.state.status not in {"pending", "expired"}


def _raise_unpaid(status: str) -> None:
    if status == "failed":
        raise PaymentFailed("the payment failed; it may be tried again on the same order")
    if status == "pending":
        raise PaymentPending("nothing has been paid on this order yet")


def _missing() -> Booking:
    raise BookingNotFound
