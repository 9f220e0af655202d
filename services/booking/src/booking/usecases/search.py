"""Support's search: bookings of one's theaters by reference, guest, show or status."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from booking.domain.advance import Status
from booking.domain.booking import Booking
from booking.domain.people import Person, Wanted, wanted_email, wanted_phone, wanted_words
from booking.usecases.lookup import BookingWithShow, with_shows
from booking.usecases.ports import Ports, Selection
from chassis.auth import Caller
from contracts.ids import SUFFIX_LENGTH, is_id
from tickets.references import canonical

_OF_ONE_SALE = ("bkg", "pay", "hld")  # they share what follows the prefix


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody typed into each field; all that is not None must fit. `text` is a reference, the id of a booking,
    payment or hold, or what a guest is known by."""

    reference: str | None = None
    email: str | None = None
    phone: str | None = None
    showtime_id: str | None = None
    status: Status | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class BookingWithPerson:
    """A booking beside its show, and its guest where anything is known of them."""

    shown: BookingWithShow
    person: Person | None


class Searching:
    """Reads alone."""

    def __init__(self, ports: Ports) -> None:
        self._bookings, self._people, self._showtimes = ports.bookings, ports.people, ports.showtimes

    async def page(
        self, caller: Caller, search: Search, *, skip: int, limit: int
    ) -> tuple[list[BookingWithPerson], int]:
        """A page of what fits in the theaters that the caller manages, everywhere for an admin; the newest first. And
        how many fit."""
        everything = Selection(
            theater_ids=caller.scopes("manager"), showtime_id=search.showtime_id, status=search.status
        )
        if search.reference is not None:
            everything = replace(everything, reference=canonical(search.reference) or "")
        bookings, total = await self._matching(everything, search, skip=skip, limit=limit)
        people = await self._people.find_all({booking.user_id for booking in bookings})
        shown = await with_shows(self._showtimes, bookings)
        return [BookingWithPerson(each, people.get(each.booking.user_id)) for each in shown], total

    async def _matching(
        self, everything: Selection, search: Search, *, skip: int, limit: int
    ) -> tuple[list[Booking], int]:
        """What the text names, else who it may be: a name may look like a reference."""
        wanted = [
            *([] if search.email is None else [wanted_email(search.email)]),
            *([] if search.phone is None else [wanted_phone(search.phone)]),
        ]
        text = (search.text or "").strip()
        if text and (booking_id := await self._named_by(text)):
            return await self._of(replace(everything, booking_id=booking_id), wanted, skip=skip, limit=limit)
        if text:
            words = wanted_words(text)
            return await self._of(everything, [*wanted, *words], skip=skip, limit=limit) if words else ([], 0)
        return await self._of(everything, wanted, skip=skip, limit=limit)

    async def _named_by(self, text: str) -> str | None:
        """The booking with this reference, or that the id of a booking, payment or hold names."""
        prefix, _, own = text.lower().partition("_")
        booking_id = f"bkg_{own[:SUFFIX_LENGTH]}"
        if is_id(prefix, f"{prefix}_{own}") and prefix in _OF_ONE_SALE:
            return booking_id
        if (reference := canonical(text)) is None:
            return None
        bookings, _ = await self._bookings.search(Selection(reference=reference), skip=0, limit=1)
        return bookings[0].id if bookings else None

    async def _of(
        self, selection: Selection, wanted: Collection[Wanted], *, skip: int, limit: int
    ) -> tuple[list[Booking], int]:
        """Those of the people who have all that is wanted, of all people where nothing is. Of a showtime everybody is
        looked at, however many have the same name elsewhere."""
        if wanted:
            showtime_id = selection.showtime_id
            among = await self._bookings.users_of_showtime(showtime_id) if showtime_id is not None else None
            user_ids = await self._people.with_all(wanted, among)
            if not user_ids:
                return [], 0
            selection = replace(selection, user_ids=frozenset(user_ids))
        return await self._bookings.search(selection, skip=skip, limit=limit)
