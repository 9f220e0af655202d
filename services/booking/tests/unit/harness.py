"""The use cases over fakes of their stores and of payment."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from services.booking.tests.conftest import TICKET_SEED
from services.booking.tests.factories import a_sale, a_snapshot, capture_of
from services.booking.tests.unit.test_saga import applied

from booking import records
from booking.records import Booking
from booking.saga import Facts, Paid
from booking.tickets import Signer
from booking.usecases import Receipt, Settled, UseCases
from booking.wakeups import Wakeups
from chassis.mongo import Document
from contracts.catalog import ShowtimeSnapshot
from contracts.sale import Sale

SALE = a_sale()


def paid(sale: Sale, amount: int | None = None) -> Facts:
    """The money of a sale; as much as was quoted where nothing else is said."""
    captured = sale.quote.total if amount is None else amount
    capture = Paid(payment_id=sale.payment_id, capture_id=capture_of(sale), amount=captured, currency="INR")
    return Facts(ordered=sale, paid=capture)


PAID = paid(SALE)


class FakeBookings:
    """Bookings in memory; `between` runs once, right after the next write, `missed` after a look that found nothing."""

    def __init__(self, wakeups: Wakeups) -> None:
        self.documents: dict[str, Document] = {}
        self.between: Callable[[], None] = lambda: None
        self.missed: Callable[[], None] = lambda: None
        self._wakeups = wakeups

    async def decide(
        self, booking_id: str, decision: Callable[[Booking | None], Facts], *, order_id: str | None = None
    ) -> Booking | None:
        document = self.documents.get(booking_id)
        news, sign = decision(records.booking_in(document)), Signer(TICKET_SEED).text
        update = records.change(document, news, order_id=None, now=datetime.now(UTC), sign=sign)
        if update:
            self.documents[booking_id] = applied(document or {"_id": booking_id}, update)
        between, self.between = self.between, lambda: None
        between()
        self._wakeups.wake(booking_id)
        return await self.find(booking_id)

    async def find(self, booking_id: str) -> Booking | None:
        booking = records.booking_in(self.documents.get(booking_id))
        if booking is None:
            self.missed()
        return booking

    async def of_order(self, order_id: str, user_id: str) -> Booking | None:
        return None

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        later = [booking_id for booking_id in sorted(self.documents) if booking_id > after]
        return [booking for booking_id in later if (booking := records.booking_in(self.documents[booking_id]))]


class FakeShowtimes:
    """One showtime's newest snapshot."""

    def __init__(self) -> None:
        self.snapshot = a_snapshot(SALE.showtime_id)

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        if snapshot.revision > self.snapshot.revision:
            self.snapshot = snapshot

    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None:
        return self.snapshot

    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]:
        return {}

    def move(self) -> None:
        self.snapshot = a_snapshot(SALE.showtime_id, revision=2, starts_in=172_800)

    def cancel(self) -> None:
        self.snapshot = self.snapshot.model_copy(update={"status": "cancelled"})


class FakePayments:
    """Says the same of any receipt."""

    def __init__(self, status: str) -> None:
        self.status = status

    async def settle(self, receipt: Receipt, token: str) -> Settled | None:
        return Settled(SALE, self.status)


class Harness:
    """The use cases over fakes."""

    def __init__(self, status: str = "succeeded") -> None:
        wakeups = Wakeups()
        self.bookings, self.showtimes = FakeBookings(wakeups), FakeShowtimes()
        self.usecases = UseCases(self.bookings, self.showtimes, FakePayments(status), wakeups)

    def said(self, sale: Sale = SALE) -> dict[str, dict[str, Any]]:
        """The data of the booking's events by what they say, in the order in which they went out."""
        outbox = self.bookings.documents[sale.booking_id].get("outbox", [])
        return {entry["id"].partition(":")[2]: json.loads(entry["data"]) for entry in outbox}

    async def booking(self, sale: Sale = SALE) -> Booking:
        booking = await self.bookings.find(sale.booking_id)
        assert booking is not None
        return booking

    async def confirmed(self, sale: Sale = SALE) -> Booking:
        """Paid and sold, with the show as it is known now."""
        await self.usecases.record_facts(sale.booking_id, paid(sale))
        await self.usecases.record_facts(sale.booking_id, Facts(sold=True), showtime_id=sale.showtime_id)
        return await self.booking(sale)

    async def hear(self, snapshot: ShowtimeSnapshot) -> None:
        """A snapshot comes, and the due work of the newest."""
        await self.showtimes.save(snapshot)
        await self.usecases.apply_snapshot(self.showtimes.snapshot)
