"""What the use cases need from outside: stored bookings, stored snapshots of showtimes, payment and notify."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from booking.domain.advance import RefundStatus
from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.people import Person, Wanted
from booking.domain.timeline import Entry
from contracts.catalog import ShowtimeSnapshot
from contracts.event import UtcTime, Value
from contracts.money import Currency, MinorUnits
from contracts.payment import Tender
from contracts.sale import Sale

Recorded = Callable[[Collection[str]], Awaitable[dict[str, int]]]
Decision = Callable[[Booking | None], Facts]
MOST_PEOPLE = 500
"""How many people a search without a showtime looks at: who types more of a name finds the others."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which bookings are looked for: all that is not None must fit. `booking_id` and `reference` name one alone."""

    theater_ids: frozenset[str] | None = None
    booking_id: str | None = None
    reference: str | None = None
    user_ids: frozenset[str] | None = None
    showtime_id: str | None = None
    status: str | None = None


class Bookings(Protocol):
    """The stored bookings. One whose sale is not known yet has facts, but is None to whoever reads it."""

    async def decide(
        self,
        booking_id: str,
        decision: Decision,
        *,
        order_ids: Collection[str] = (),
        heard: Collection[Entry] = (),
        likely_new: bool = False,
    ) -> Booking | None:
        """Add the facts that `decision` makes of the booking as it is now, the provider's orders that pay for it and
        what was `heard`, in one write with the events that follow; the booking afterwards.

        After a write by somebody else `decision` runs again, on the newer booking. What it raises of the newest is
        raised here, and nothing is written. `likely_new` spares a read where nothing is stored of the booking yet.
        """

    async def record_each(self, news: Mapping[str, Facts]) -> None:
        """Add these facts to each booking, many in one write where the process has seen them as they are."""

    def remembered(self, booking_id: str) -> Booking | None:
        """As this process last saw it; others may have recorded more since. Facts that it has are facts for good."""

    async def find(self, booking_id: str) -> Booking | None: ...

    async def find_all(self, booking_ids: Collection[str]) -> list[Booking]:
        """Those of the bookings whose sale is known, as a majority has them."""

    async def of_order(self, order_id: str, user_ids: Collection[str]) -> Booking | None:
        """The booking of one of the users that a provider's order pays for."""

    async def of_references(self, references: Collection[str]) -> list[Booking]:
        """Those of the bookings that have one of these references."""

    async def of_users(
        self, user_ids: Collection[str], status: str | None, *, skip: int, limit: int
    ) -> tuple[list[Booking], int]:
        """A page of the users' bookings, newest first, and how many there are; with `status` of those that have it."""

    async def timeline(self, booking_id: str) -> list[Entry]:
        """What was heard and said of the booking, in the order in which it was recorded, and all scans."""

    async def search(self, selection: Selection, *, skip: int, limit: int) -> tuple[list[Booking], int]:
        """A page of the bookings that fit, newest first, and how many fit."""

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        """The next bookings of a showtime in the order of their ids, from the one that follows the id `after`."""

    async def users_of_showtime(self, showtime_id: str) -> frozenset[str]:
        """The ids of all who have a booking of it, of whatever status."""


class People(Protocol):
    """Who guests are, for support alone."""

    async def save(self, person: Person, revision: int) -> None:
        """Store it, unless what is known of this user has as high a revision."""

    async def find_all(self, user_ids: Collection[str]) -> dict[str, Person]:
        """Those that are known, by user id."""

    async def with_all(self, wanted: Collection[Wanted], among: Collection[str] | None = None) -> list[str]:
        """The ids of users who have all that is wanted: all of them that are `among` the given ones, else some, where
        there are more than `MOST_PEOPLE`."""


class Showtimes(Protocol):
    """The newest snapshot of each showtime."""

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """Store it, unless one with as high a revision is stored."""

    async def find(self, showtime_id: str) -> ShowtimeSnapshot | None:
        """As this process remembers it, at no cost; a newer one may be stored. What is decided by it has to be held
        against `find_newest` after it was written."""

    async def find_newest(self, *showtime_ids: str) -> dict[str, ShowtimeSnapshot]:
        """Those that are known, by id; none is older than what was stored when this was called."""

    async def find_all(self, showtime_ids: Sequence[str]) -> dict[str, ShowtimeSnapshot]:
        """Those that are known, by id; as `find` gives them."""


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


class Money(Value):
    """A capture that payment has of a booking, or the order that waits for one; `at` the counter with its terms."""

    id: str
    provider: str
    provider_ref: str | None = None
    tender: Tender | None = None
    sold_by: str | None = None
    received: MinorUnits | None = None
    change: MinorUnits | None = None
    reference: str | None = None
    amount: MinorUnits
    currency: Currency
    status: str
    at: UtcTime


class MoneyBack(Value):
    """A refund that payment has of a booking's captures, under its key."""

    key: str
    provider: str | None = None
    amount: MinorUnits
    currency: Currency
    status: RefundStatus
    reason: str


class Books(Value):
    """All that payment has of a booking's money."""

    payments: tuple[Money, ...] = ()
    refunds: tuple[MoneyBack, ...] = ()


class Message(Value):
    """A message about a booking, and how far it is since `at`."""

    channel: str
    kind: str
    status: str
    at: UtcTime
    trace_id: str | None = None


class ProviderCall(Value):
    """One call of payment's to a provider about a booking's money, how it ended and how long it took."""

    at: UtcTime
    provider: str
    call: str
    outcome: str
    milliseconds: int
    trace_id: str | None = None


class Messages(Protocol):
    """The service notify, as far as support needs it."""

    async def about(self, booking_id: str, token: str) -> tuple[Message, ...]:
        """The messages about a booking, oldest first, asked with the access token of who works at its theater. Raises
        `Unavailable` when notify does not say."""


class Payments(Protocol):
    """The service payment, as far as `confirm` and support need it."""

    async def books(self, payment_id: str, token: str) -> Books:
        """All money of a payment, none where it is not known; asked with the access token of who works at its theater.
        Raises `Unavailable` when payment does not say."""

    async def calls(self, payment_id: str, token: str) -> tuple[ProviderCall, ...]:
        """The calls to providers about a payment, oldest first; asked and raising as `books`."""

    async def settle(self, receipt: Receipt, token: str) -> Settled | None:
        """What payment knows now, asked with the guest's access token; None when it does not say.

        Raises `InvalidSignature`, and `BookingNotFound` for an order that is not the guest's.
        """


class Series(Protocol):
    """The series of numbers: gapless, and no number twice."""

    async def take(self, series: str, papers: Mapping[str, float], recorded: Recorded) -> dict[str, int]:
        """A number for each paper: the one it was given before, else the next of the series. `recorded` reads which of
        some papers have a number in their bookings. Of each paper `papers` says when what showed it without a number,
        a read or a write of its booking, began: the time by `monotonic`."""

    def note_recorded(self, series: str, papers: Collection[str]) -> None:
        """The papers' bookings have their numbers: the series need not remember whose they are."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them."""

    bookings: Bookings
    people: People
    showtimes: Showtimes
    payments: Payments
    messages: Messages
    series: Series
