"""The use cases over fakes of all that they need from outside."""

from typing import Any

from services.booking.tests.facts import ORDER_ID, SALE, money_of
from services.booking.tests.fakes import FakeBookings, FakeMessages, FakePayments, FakePeople, FakeSeries, FakeShowtimes
from tests.factories import a_snapshot

from booking.assembly import assemble
from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.usecases.gathering import News
from booking.usecases.ports import Ports
from booking.usecases.wakeups import OF_WORKERS, Pauses, Wakeups
from chassis.auth import Caller
from contracts.catalog import ShowtimeSnapshot
from contracts.sale import Sale

GUEST = Caller("usr_1", frozenset(), {}, token="token", expires_at=0)
"""Whose `SALE` is."""


class Harness:
    """The use cases, and levers at their edges. The show of `SALE` is known, and payment says that it was paid."""

    def __init__(self, pauses: Pauses = OF_WORKERS) -> None:
        wakeups = Wakeups(pauses)
        self.bookings, self.payments = FakeBookings(wakeups.wake), FakePayments()
        self.people = FakePeople()
        self.showtimes = FakeShowtimes(a_snapshot(SALE.showtime_id))
        self.payments.knows(ORDER_ID, SALE, "succeeded")
        ports = Ports(self.bookings, self.people, self.showtimes, self.payments, FakeMessages(), FakeSeries())
        use_cases = assemble(ports, wakeups, look_seconds=0)
        self.recording, self.lookup = use_cases.recording, use_cases.lookup
        self.searching = use_cases.searching
        self.confirmation, self.cancellation = use_cases.confirmation, use_cases.cancellation

    @property
    def snapshot(self) -> ShowtimeSnapshot:
        """The newest of the show."""
        return self.showtimes.snapshots[SALE.showtime_id]

    @snapshot.setter
    def snapshot(self, snapshot: ShowtimeSnapshot) -> None:
        self.showtimes.snapshots[SALE.showtime_id] = snapshot

    def cancel_show(self) -> None:
        """The cancelled show is stored, and has not reached the bookings yet."""
        self.snapshot = self.snapshot.model_copy(update={"status": "cancelled"})

    def events(self, sale: Sale = SALE) -> dict[str, Any]:
        """The booking's events by their keys, in the order in which they went out."""
        of_sale = f"{sale.booking_id}:"
        return {key.removeprefix(of_sale): event for key, event in self.bookings.events.items() if of_sale in key}

    async def booking(self, sale: Sale = SALE) -> Booking:
        booking = await self.bookings.find(sale.booking_id)
        assert booking is not None
        return booking

    async def record(self, facts: Facts, sale: Sale = SALE) -> Booking | None:
        return await self.recording.record(sale.booking_id, News(facts))

    async def record_sold(self, sale: Sale = SALE) -> None:
        """The seats are sold to the booking, as seating says it: with the showtime."""
        await self.recording.record(sale.booking_id, News(Facts(sold=True), showtime_id=sale.showtime_id))

    async def confirm(self, sale: Sale = SALE, amount: int | None = None) -> Booking:
        """The sale is paid, as it was quoted or with `amount`, and sold."""
        await self.record(money_of(sale, amount), sale)
        await self.record_sold(sale)
        return await self.booking(sale)

    async def hear(self, snapshot: ShowtimeSnapshot) -> None:
        """A snapshot comes; then the newest is applied to its bookings, as due work."""
        await self.recording.save_snapshot(snapshot)
        await self.recording.apply_snapshot(self.snapshot)
