"""Recording what becomes known: facts of bookings, snapshots of their shows, and that nobody has paid."""

from datetime import UTC, datetime

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.shows import facts_of_show
from booking.usecases.ports import Ports
from contracts.catalog import ShowtimeSnapshot

_BATCH = 100


class Recording:
    """A booking is stored first and its show's snapshot read afterwards; a snapshot is stored first and applied to the
    bookings afterwards. So one of the two sees the other."""

    def __init__(self, ports: Ports) -> None:
        self._bookings, self._showtimes = ports.bookings, ports.showtimes

    async def record_facts(
        self, booking_id: str, news: Facts, *, order_id: str | None = None, showtime_id: str | None = None
    ) -> Booking | None:
        """Add facts to a booking, with what is known of its show; the booking afterwards. `order_id` is the provider's
        order that pays for it, `showtime_id` its showtime where `news` do not hold the sale."""
        showtime_id = news.ordered.showtime_id if news.ordered else showtime_id
        snapshot = await self._showtimes.find(showtime_id) if showtime_id else None

        def news_with_show(booking: Booking | None) -> Facts:
            """The show goes into the same write, and so into the events of that write."""
            return news.with_news(facts_of_show(snapshot, booking, datetime.now(UTC))) if snapshot else news

        booking = await self._bookings.decide(booking_id, news_with_show, order_id=order_id)
        if booking is None or booking.facts.ended:
            return booking
        newer_snapshot = await self._showtimes.find(booking.sale.showtime_id)
        return await self._record_show(newer_snapshot, booking) if newer_snapshot else booking

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
