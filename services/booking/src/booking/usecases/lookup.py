"""Looking bookings up: a guest's own, and those of the theaters that a manager runs."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.booking import Booking
from booking.domain.facts import Show, shown_at
from booking.domain.shows import show_of
from booking.errors import BookingNotFound
from booking.usecases.ports import Ports, Showtimes
from booking.usecases.wakeups import Wakeups
from chassis.auth import Caller
from chassis.problems import Forbidden, NotAuthenticated, Unavailable
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import is_id, made_at

ARRIVAL_SECONDS = 1.0
NUMBER_SECONDS = 3.0
_SELLING_SECONDS = 3600  # within them a hold is paid for or over
_BATCH, _MOST_BOOKINGS = 200, 10_000  # of one caller, that are looked at
_STAFF = ("manager", "staff")


@dataclass(frozen=True, slots=True)
class BookingWithShow:
    """A booking beside its show as it is now; None while the show is not known."""

    booking: Booking
    show: Show | None


class Lookup:
    """Reads alone."""

    def __init__(self, ports: Ports, wakeups: Wakeups) -> None:
        self._bookings, self._showtimes, self._wakeups = ports.bookings, ports.showtimes, wakeups

    async def of_guest(self, booking_id: str, caller: Caller) -> Booking:
        """The guest's booking. Raises `BookingNotFound`."""
        booking = await self._arrived(booking_id)
        if not caller.owns(booking.user_id):
            raise BookingNotFound
        return booking

    async def _arrived(self, booking_id: str) -> Booking:
        """The booking; one that was just sold may still be on its way here, and is waited for. Raises
        `BookingNotFound`."""
        just_sold = is_id("bkg", booking_id) and time.time() - made_at(booking_id) < _SELLING_SECONDS
        with self._wakeups.watch(booking_id) as watch:
            booking = await self._bookings.find(booking_id)
            if booking is None and just_sold:
                booking = await watch.until(lambda _: True, lambda: self._bookings.find(booking_id), ARRIVAL_SECONDS)
        if booking is None:
            raise BookingNotFound
        return booking

    async def readable(self, booking_id: str, caller: Caller) -> Booking:
        """The caller's own booking, or one that was sold at the counter of a theater where the caller works. Raises
        `BookingNotFound`."""
        booking = await self._arrived(booking_id)
        if not caller.owns(booking.user_id) and not await self._is_of_counter_of(booking, caller):
            raise BookingNotFound
        return booking

    async def _is_of_counter_of(self, booking: Booking, caller: Caller) -> bool:
        if not (booking.facts.is_of_counter and caller.has_somewhere("admin", *_STAFF)):
            return False
        return caller.has(await self._theater_id(booking), *_STAFF)

    async def with_numbers(self, booking: Booking) -> Booking:
        """The booking once all its papers have their numbers, or as it is after 3 s."""
        if not booking.unnumbered:
            return booking
        with self._wakeups.watch(booking.id) as watch:
            watch.give(booking)
            wanted = await watch.until(
                lambda newest: not newest.unnumbered, lambda: self._bookings.find(booking.id), NUMBER_SECONDS
            )
        return wanted or booking

    async def by_link(self, booking_id: str, link_token: str) -> Booking:
        """The booking that a link in a mail opens. Raises `NotAuthenticated` for whatever is not its newest token."""
        booking = await self._bookings.find(booking_id)
        if booking is None or not booking.is_opened_by(link_token):
            raise NotAuthenticated("the link does not open this booking, or does not any more")
        return booking

    async def of_theater(self, booking_id: str, caller: Caller) -> Booking:
        """A booking of a theater that the caller manages; of any for an admin. Raises `BookingNotFound`."""
        booking = await self._arrived(booking_id)
        if not caller.has(await self._theater_id(booking), "manager"):
            raise BookingNotFound
        return booking

    async def of_theaters_staff(self, booking_id: str, caller: Caller) -> Booking:
        """The same, and for who works at the theater what was sold at its counter. Raises `BookingNotFound`, and
        `Forbidden` where the caller works there and it was not."""
        booking = await self._arrived(booking_id)
        theater_id = await self._theater_id(booking)
        if not caller.has(theater_id, *_STAFF):
            raise BookingNotFound
        if not (booking.facts.is_of_counter or caller.has(theater_id, "manager")):
            raise Forbidden("what was not sold at the counter is for managers to see")
        return booking

    async def references(self, booking_ids: Collection[str], caller: Caller) -> dict[str, str]:
        """The references of those of the bookings that are of theaters where the caller works, by id."""
        bookings = await self._bookings.find_all(booking_ids)
        return {booking.id: booking.reference for booking in bookings if caller.has(_known_theater(booking), *_STAFF)}

    async def _theater_id(self, booking: Booking) -> str:
        return booking.sale.theater_id or (await self.newest_snapshot(booking)).theater.theater_id

    async def page_of_guest(
        self, caller: Caller, status: str | None, *, skip: int, limit: int
    ) -> tuple[list[BookingWithShow], int]:
        """A page of the caller's bookings, also those made as a guest, newest first, and how many there are."""
        bookings, total = await self._bookings.of_users(caller.ids, status, skip=skip, limit=limit)
        return await with_shows(self._showtimes, bookings), total

    async def upcoming(self, caller: Caller, now: datetime) -> list[str]:
        """The ids of the caller's confirmed bookings whose shows have not begun, newest first. One whose show is not
        known counts."""
        upcoming: list[str] = []
        for skip in range(0, _MOST_BOOKINGS, _BATCH):
            shown, total = await self.page_of_guest(caller, "confirmed", skip=skip, limit=_BATCH)
            upcoming += [each.booking.id for each in shown if each.show is None or each.show.start_at > now]
            if skip + _BATCH >= total:
                break
        return upcoming

    async def with_show(self, booking: Booking) -> BookingWithShow:
        """The booking beside its show."""
        return _with_show(booking, await self._showtimes.find(booking.sale.showtime_id))

    async def newest_snapshot(self, booking: Booking) -> ShowtimeSnapshot:
        """The newest snapshot of the booking's showtime; raises `Unavailable` while none has come."""
        showtime_id = booking.sale.showtime_id
        snapshots = await self._showtimes.find_newest(showtime_id)
        if showtime_id not in snapshots:
            raise Unavailable("the showtime is not known here yet")
        return snapshots[showtime_id]


def _known_theater(booking: Booking) -> str:
    """The theater of the sale, or of the show where the sale does not say; empty where neither is known."""
    return booking.sale.theater_id or (booking.facts.show.theater_id if booking.facts.show else "")


async def with_shows(showtimes: Showtimes, bookings: Sequence[Booking]) -> list[BookingWithShow]:
    """The bookings, each beside its show."""
    snapshots = await showtimes.find_all([booking.sale.showtime_id for booking in bookings])
    return [_with_show(booking, snapshots.get(booking.sale.showtime_id)) for booking in bookings]


def _with_show(booking: Booking, snapshot: ShowtimeSnapshot | None) -> BookingWithShow:
    """The newer of what the snapshot and the booking's facts say of the show, on the screen where its seats are."""
    show = booking.facts.show
    if snapshot is not None and (show is None or show.revision <= snapshot.revision):
        show = show_of(snapshot)
    return BookingWithShow(booking, shown_at(booking.facts.places, show) if show else None)
