"""Recording what becomes known: facts of bookings, snapshots of their shows, and that nobody has paid."""

from collections.abc import Collection
from datetime import UTC, datetime

from booking.domain.advance import EventKind
from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.reseating import LedgerMove, reseated
from booking.domain.shows import facts_of_show, show_of
from booking.domain.timeline import Entry
from booking.usecases.gathering import Gathering, News
from booking.usecases.ports import Ports
from chassis.batches import Batches
from contracts.catalog import ShowtimeSnapshot

_BATCH = 100


class Recording:
    """What a snapshot means for a booking matters once the booking is confirmed. A confirmed booking is stored first
    and its show's newest snapshot looked at afterwards; a snapshot is stored first and applied to the bookings
    afterwards. So one of the two sees the other. `tests/model` has this as a protocol."""

    def __init__(self, ports: Ports, *, look_seconds: float) -> None:
        """Bookings that are confirmed within `look_seconds` share a look at their shows."""
        self._bookings, self._showtimes = ports.bookings, ports.showtimes
        self._gathering = Gathering(self._write)
        self._confirmed = Batches(self._look_at_shows, seconds=look_seconds, size=_BATCH)

    async def record(self, booking_id: str, news: News) -> Booking | None:
        """Add facts to a booking, with what is known of its show; the booking after that write. When this returns, a
        confirmed one has been held against its show."""
        return await self._gathering.record(booking_id, news)

    async def record_soon(self, booking_id: str, news: News) -> None:
        """The same for facts that decide nothing yet: they may wait a moment for others, and be one write with them."""
        await self._gathering.record_soon(booking_id, news)

    async def _write(self, booking_id: str, news: News) -> Booking | None:
        facts = await self._with_show(news)
        booking = await self._bookings.decide(
            booking_id, lambda _: facts, order_ids=news.order_ids, heard=news.heard, likely_new=news.are_first
        )
        may_have_confirmed = facts.paid is not None or facts.sold
        if booking is None or booking.facts.ended or not may_have_confirmed:
            return booking
        if EventKind.CONFIRMED not in booking.state.events:
            return booking
        await self._confirmed.add(booking)
        return booking

    async def _look_at_shows(self, bookings: list[Booking]) -> None:
        """Hold confirmed bookings against the newest snapshots of their shows."""
        snapshots = await self._showtimes.find_newest(*{booking.sale.showtime_id for booking in bookings})
        for booking in bookings:
            if snapshot := snapshots.get(booking.sale.showtime_id):
                await self._record_show(snapshot, booking)

    async def _with_show(self, news: News) -> Facts:
        """The show goes into the same write, and so into the events of that write: as it is remembered here. Whether it
        was moved or is cancelled is for the newest snapshot to say."""
        sale = news.facts.ordered
        showtime_id = sale.showtime_id if sale else news.showtime_id
        snapshot = await self._showtimes.find(showtime_id) if showtime_id else None
        return news.facts.with_news(Facts(show=show_of(snapshot))) if snapshot else news.facts

    async def record_reseating(self, booking_id: str, move: LedgerMove, heard: Collection[Entry] = ()) -> None:
        """Record that the theater moved seats of a booking, in one write with the ticket that follows."""
        await self._bookings.decide(booking_id, lambda booking: reseated(booking, move), heard=heard)

    async def save_snapshot(self, snapshot: ShowtimeSnapshot) -> None:
        """Store a snapshot, if it is the newest; `apply_snapshot` is due then."""
        await self._showtimes.save(snapshot)

    async def apply_snapshot(self, snapshot: ShowtimeSnapshot) -> None:
        """Add to each booking of a showtime what its snapshot means for it: a move, or that the show is cancelled."""
        last_id = ""
        while bookings := await self._bookings.of_showtime(snapshot.showtime_id, last_id, _BATCH):
            for booking in bookings:
                await self._record_show(snapshot, booking)
            last_id = bookings[-1].id

    async def _record_show(self, snapshot: ShowtimeSnapshot, booking: Booking) -> Booking:
        """The booking afterwards; it is written only where the snapshot says something new."""
        if booking.facts.includes(facts_of_show(snapshot, booking, datetime.now(UTC))):
            return booking
        changed = await self._bookings.decide(
            booking.id, lambda newest: facts_of_show(snapshot, newest, datetime.now(UTC))
        )
        return changed or booking

    async def expire_unpaid(self, booking_id: str) -> None:
        """Record that the booking has lapsed, if its hold is over and nobody has paid. Decided once, here."""
        await self._bookings.decide(
            booking_id, lambda booking: Facts(lapsed=booking is not None and booking.has_lapsed(datetime.now(UTC)))
        )
