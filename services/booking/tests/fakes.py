"""Stand-ins in memory for what the use cases need from outside; `contract/` holds them to what the real ones do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from services.booking.tests.factories import TICKET_SEED

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.people import Person, Wanted
from booking.domain.record import Record, Step
from booking.domain.timeline import Entry
from booking.errors import BookingNotFound, InvalidSignature
from booking.usecases.ports import (
    MOST_PEOPLE,
    Books,
    Decision,
    Message,
    ProviderCall,
    Receipt,
    Recorded,
    Selection,
    Settled,
)
from chassis.problems import Unavailable
from contracts.catalog import ShowtimeSnapshot
from contracts.event import Event
from contracts.sale import Sale
from tickets.code import TicketSigner
from tickets.references import References


class FakeBookings:
    """Bookings in memory, with the events that were said, by id.

    `after_write` runs once, after the next write; `after_miss` runs after each look that found nothing. A
    booking in `older` is remembered as it is there: another process may have recorded more.
    """

    def __init__(self, on_change: Callable[[Booking], None] = lambda _: None) -> None:
        self.records: dict[str, Record] = {}
        self.events: dict[str, Event] = {}
        self.older: dict[str, Booking] = {}
        self.after_write: Callable[[], None] = lambda: None
        self.after_miss: Callable[[], None] = lambda: None
        self._on_change = on_change
        self._sign, self._refer = TicketSigner(TICKET_SEED).sign, References(TICKET_SEED).of

    async def decide(
        self,
        booking_id: str,
        decision: Decision,
        *,
        order_ids: Collection[str] = (),
        heard: Collection[Entry] = (),
        likely_new: bool = False,
    ) -> Booking | None:
        before = self.records.get(booking_id, Record(booking_id))
        news = decision(before.booking)
        after = before.with_news(news, step=Step(datetime.now(UTC), self._sign, self._refer, order_ids, heard))
        if after:
            self.records[booking_id] = after
            self.events |= after.events(without=before.event_versions)
        after_write, self.after_write = self.after_write, lambda: None
        after_write()
        booking = self._newest(booking_id)
        if booking is not None:
            self._on_change(booking)
        return booking

    async def record_each(self, news: Mapping[str, Facts]) -> None:
        for booking_id, facts in news.items():
            await self.decide(booking_id, lambda _, facts=facts: facts)  # type: ignore[misc]

    def remembered(self, booking_id: str) -> Booking | None:
        return self.older.get(booking_id) or self._newest(booking_id)

    async def find(self, booking_id: str) -> Booking | None:
        booking = self._newest(booking_id)
        if booking is None:
            self.after_miss()
        return booking

    async def timeline(self, booking_id: str) -> list[Entry]:
        return self.records.get(booking_id, Record(booking_id)).detailed_timeline

    async def find_all(self, booking_ids: Collection[str]) -> list[Booking]:
        return [booking for booking in self._all() if booking.id in booking_ids]

    async def of_order(self, order_id: str, user_ids: Collection[str]) -> Booking | None:
        bookings = (booking for booking in self._of_users(user_ids) if order_id in self.records[booking.id].order_ids)
        return next(bookings, None)

    async def of_references(self, references: Collection[str]) -> list[Booking]:
        return [booking for booking in self._all() if booking.reference in references]

    async def of_users(
        self, user_ids: Collection[str], status: str | None, *, skip: int, limit: int
    ) -> tuple[list[Booking], int]:
        bookings = [booking for booking in self._of_users(user_ids) if status in {None, booking.state.status}]
        return bookings[skip : skip + limit], len(bookings)

    async def search(self, selection: Selection, *, skip: int, limit: int) -> tuple[list[Booking], int]:
        bookings = [booking for booking in reversed(self._all()) if _fits(booking, selection)]
        return bookings[skip : skip + limit], len(bookings)

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        bookings = [booking for booking in self._all() if booking.sale.showtime_id == showtime_id]
        return [booking for booking in bookings if booking.id > after][:limit]

    async def users_of_showtime(self, showtime_id: str) -> frozenset[str]:
        return frozenset(booking.user_id for booking in self._all() if booking.sale.showtime_id == showtime_id)

    def _newest(self, booking_id: str) -> Booking | None:
        return self.records[booking_id].booking if booking_id in self.records else None

    def _of_users(self, user_ids: Collection[str]) -> list[Booking]:
        """Newest first."""
        return [booking for booking in reversed(self._all()) if booking.sale.user_id in user_ids]

    def _all(self) -> list[Booking]:
        """In the order of their ids."""
        bookings = [self.records[booking_id].booking for booking_id in sorted(self.records)]
        return [booking for booking in bookings if booking]


def _fits(booking: Booking, selection: Selection) -> bool:
    show = booking.facts.show
    theater_id = show.theater_id if show else booking.sale.theater_id
    has = (
        (selection.booking_id, booking.id),
        (selection.reference, booking.reference),
        (selection.showtime_id, booking.sale.showtime_id),
        (selection.status, booking.state.status),
    )
    in_any = ((selection.theater_ids, theater_id), (selection.user_ids, booking.user_id))
    return all(wanted in {None, own} for wanted, own in has) and all(
        wanted is None or own in wanted for wanted, own in in_any
    )


class FakePeople:
    """People in memory, with the revision of what is known of each."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, Person]] = {}

    async def save(self, person: Person, revision: int) -> None:
        if revision > self.known.get(person.user_id, (-1, person))[0]:
            self.known[person.user_id] = revision, person

    async def find_all(self, user_ids: Collection[str]) -> dict[str, Person]:
        return {user_id: person for user_id, (_, person) in self.known.items() if user_id in user_ids}

    async def with_all(self, wanted: Collection[Wanted], among: Collection[str] | None = None) -> list[str]:
        people = (person for _, person in self.known.values() if among is None or person.user_id in among)
        ids = [person.user_id for person in people if all(each.is_met_by(person.keys) for each in wanted)]
        return ids[:MOST_PEOPLE] if among is None else ids


class FakeShowtimes:
    """The newest snapshots in memory, by their showtimes' ids. A snapshot that is in `remembered` too is found as it is
    there: another process may have stored the newest."""

    def __init__(self, *snapshots: ShowtimeSnapshot) -> None:
        self.snapshots: dict[str, ShowtimeSnapshot] = {snapshot.showtime_id: snapshot for snapshot in snapshots}
        self.remembered: dict[str, ShowtimeSnapshot] = {}

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        newest = self.snapshots.get(snapshot.showtime_id)
        if newest is None or snapshot.revision > newest.revision:
            self.snapshots[snapshot.showtime_id] = snapshot
            self.remembered.pop(snapshot.showtime_id, None)

    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None:
        return self.remembered.get(showtime_id) or self.snapshots.get(showtime_id)

    async def find_newest(self, *showtime_ids: str) -> dict[str, ShowtimeSnapshot]:
        for showtime_id in showtime_ids:
            self.remembered.pop(showtime_id, None)
        return await self.find_all(showtime_ids)

    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]:
        return {
            known: self.remembered.get(known, newest)
            for known, newest in self.snapshots.items()
            if known in showtime_ids
        }


class FakeSeries:
    """Series in memory."""

    def __init__(self) -> None:
        self.numbers: dict[str, dict[str, int]] = {}

    async def take(self, series: str, papers: Mapping[str, float], recorded: Recorded) -> dict[str, int]:
        given = self.numbers.setdefault(series, {})
        for paper in papers:
            given.setdefault(paper, len(given) + 1)
        return {paper: given[paper] for paper in papers}

    def note_recorded(self, series: str, papers: Collection[str]) -> None:
        """Nothing is forgotten here."""


class FakePayments:
    """A payment that knows some orders, and calls the proofs of others forged; a silent one does not answer."""

    def __init__(self) -> None:
        self.settled: dict[str, Settled] = {}
        self.forged: set[str] = set()
        self.known_books: dict[str, Books] = {}
        self.known_calls: dict[str, tuple[ProviderCall, ...]] = {}
        self.is_silent = False

    def knows(self, order_id: str, sale: Sale, status: str) -> None:
        self.settled[order_id] = Settled(sale, status)

    def calls_forged(self, order_id: str) -> None:
        self.forged.add(order_id)

    async def settle(self, receipt: Receipt, token: str) -> Settled | None:
        if self.is_silent:
            return None
        if receipt.order_id in self.forged:
            raise InvalidSignature
        if receipt.order_id not in self.settled:
            raise BookingNotFound
        return self.settled[receipt.order_id]

    def has_books(self, payment_id: str, books: Books) -> None:
        self.known_books[payment_id] = books

    def has_calls(self, payment_id: str, *calls: ProviderCall) -> None:
        self.known_calls[payment_id] = calls

    async def calls(self, payment_id: str, token: str) -> tuple[ProviderCall, ...]:
        if self.is_silent:
            raise Unavailable("silent")
        return self.known_calls.get(payment_id, ())

    async def books(self, payment_id: str, token: str) -> Books:
        if self.is_silent:
            raise Unavailable("silent")
        return self.known_books.get(payment_id, Books())


class FakeMessages:
    """A notify that knows some messages; a silent one does not answer."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Message, ...]] = {}
        self.is_silent = False

    def has_messages(self, booking_id: str, *messages: Message) -> None:
        self.known[booking_id] = messages

    async def about(self, booking_id: str, token: str) -> tuple[Message, ...]:
        if self.is_silent:
            raise Unavailable("silent")
        return self.known.get(booking_id, ())
