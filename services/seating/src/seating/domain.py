"""Showtimes, holds and the ledger as values; the clock is an argument. Instants in whole numbers are milliseconds of
Redis' clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.layout import Layout, Seat
from contracts.prices import Quote
from seating.adjacency import Adjacency

HoldStatus = Literal["active", "released", "expired", "sold"]
VerdictOutcome = Literal["sold", "refused", "released"]
RefusalReason = Literal["seats_lost", "showtime_cancelled", "too_late", "booking_cancelled"]
SEAT_STATUSES = {"a": "available", "h": "held", "s": "sold", "b": "blocked"}  # by a seat's letter in maps
_CLOSED = str.maketrans("ah", "bb")
_LAYOUTS = 256  # of a large screen the seats take 5 MB and a fifth of a second to make


def instant(milliseconds: float) -> datetime:
    """The moment that milliseconds of a clock name."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """The clock's milliseconds of a moment."""
    return round(moment.timestamp() * 1000)


def hold_of(booking_id: str, showtime_id: str) -> HoldId:
    """The hold that a booking of this showtime came from: their ids share the unique part."""
    return HoldId(f"hld_{booking_id[4:]}{showtime_id[4:]}")


@dataclass(frozen=True, slots=True)
class NumberedSeats:
    """The seats of a layout in the order of a map's letters; `index` has each seat id's place in that order."""

    seats: tuple[Seat, ...]
    index: Mapping[str, int]
    adjacency: Adjacency

    @classmethod
    def of(cls, layout: Layout) -> "NumberedSeats":
        """Those of this layout. Many showtimes have it: its seats are made once, and shared."""
        return _numbered(layout.model_dump_json())


@lru_cache(maxsize=_LAYOUTS)
def _numbered(layout_json: str) -> NumberedSeats:
    layout = Layout.model_validate_json(layout_json)
    seats = tuple(layout.seats())
    index = {seat.seat_id: place for place, seat in enumerate(seats)}
    return NumberedSeats(seats, index, Adjacency.of(layout, seats, index))


@dataclass(frozen=True, slots=True)
class Showtime:
    """A snapshot with its seats in the order of a map's letters; `index` has each seat id's place in that order."""

    snapshot: ShowtimeSnapshot
    seats: tuple[Seat, ...]
    index: Mapping[str, int]
    adjacency: Adjacency

    @classmethod
    def of(cls, snapshot: ShowtimeSnapshot) -> "Showtime":
        """Number the seats of the snapshot's layout."""
        numbered = NumberedSeats.of(snapshot.layout)
        return cls(snapshot, numbered.seats, numbered.index, numbered.adjacency)

    @property
    def id(self) -> ShowtimeId:
        """The showtime's id."""
        return self.snapshot.showtime_id

    def empty_map(self) -> str:
        """The map before anything is held or sold: a letter per seat, `a` or `b`."""
        return "".join("b" if seat.blocked else "a" for seat in self.seats)

    def tokens(self, seat_ids: Iterable[str]) -> str:
        """Seats with their places in the map, as the scripts take them: `C7:27 C8:28`."""
        return " ".join(f"{seat_id}:{self.index[seat_id]}" for seat_id in seat_ids)

    def seats_of(self, seat_ids: Iterable[str]) -> list[Seat]:
        """The seats with these ids, in the same order."""
        return [self.seats[self.index[seat_id]] for seat_id in seat_ids]

    def is_closed(self, now: datetime) -> bool:
        """Whether it was cancelled or has begun, so that nothing is sold any more."""
        return self.snapshot.status == "cancelled" or self.snapshot.start_at <= now

    def missing_partners(self, seat_ids: Iterable[str]) -> str:
        """The other seats of the pairs of which only one seat is named, as the scripts take them: `C9:29`."""
        chosen = {self.index[seat_id] for seat_id in seat_ids}
        return " ".join(self._token(place) for place in self.adjacency.missing_partners(chosen))

    def exposed(self, seat_ids: Iterable[str]) -> str:
        """Seats that may be left alone by this choice, each with the places of its company: `C6:26:25 C9:29:`."""
        exposed = self.adjacency.exposed({self.index[seat_id] for seat_id in seat_ids})
        return " ".join(f"{self._token(place)}:{','.join(map(str, company))}" for place, company in exposed.items())

    def _token(self, place: int) -> str:
        return f"{self.seats[place].seat_id}:{place}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as its owner sees it at the instant `now`; `in_checkout` once its payment was started.

    `expires_at` and `now` are milliseconds of Redis' clock. `refreshes` is how often its owner has refreshed it.
    """

    id: HoldId
    user_id: str
    seat_ids: tuple[str, ...]
    status: HoldStatus
    expires_at: int
    now: int
    quote: Quote
    refreshes: int = 0
    in_checkout: bool = False


@dataclass(frozen=True, slots=True)
class SeatMap:
    """A showtime's seats at the instant `now`.

    `letters` has one for each seat as holds and ledger have it, whether the showtime is `closed` or not. `mine` are the
    caller's held seats, each with its hold. `version` rises with each change; `revision` is that of the newest snapshot
    that Redis was told of.
    """

    version: int
    revision: int
    now: int
    letters: str
    mine: Mapping[str, str]
    closed: bool = False

    @property
    def state(self) -> str:
        """The letters as anyone may see them: once the show was cancelled or has begun, what is not sold is blocked."""
        return self.letters.translate(_CLOSED) if self.closed else self.letters

    @property
    def occupancy(self) -> float:
        """Sold and held over all seats, 0 to 1."""
        return (self.letters.count("h") + self.letters.count("s")) / max(1, len(self.letters))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger decided about a booking; `was_sold`: it is released now, and had its seats before."""

    outcome: VerdictOutcome
    seat_ids: tuple[str, ...]
    at: datetime
    reason: RefusalReason | None = None
    was_sold: bool = False

    @property
    def hold_status(self) -> HoldStatus:
        """What has become of the booking's hold."""
        return "expired" if self.outcome == "refused" else self.outcome


@dataclass(frozen=True, slots=True)
class SeatCheckout:
    """The hold that has a seat in checkout, and until when: past that instant it keeps nobody from the seat."""

    hold_id: HoldId
    until: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is sold of a showtime, and which holds are in checkout: one document, whose every change raises `rev`.

    `sold` and `checkouts` are by seat id, `verdicts` by booking id. `revision` is that of the newest snapshot.
    """

    showtime_id: ShowtimeId
    rev: int
    revision: int
    starts_at: datetime
    closed: Literal["cancelled"] | None = None
    sold: Mapping[str, BookingId] = field(default_factory=dict)
    checkouts: Mapping[str, SeatCheckout] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def sold_to_another(self, seat_ids: Iterable[str], booking_id: str) -> list[str]:
        """Those of the seats that another booking owns."""
        return [seat for seat in seat_ids if self.sold.get(seat, booking_id) != booking_id]

    def in_checkout_by_another(self, seat_ids: Iterable[str], hold_id: str, now: datetime) -> list[str]:
        """Those of the seats that another hold has in checkout."""
        checkouts = [(seat, self.checkouts.get(seat)) for seat in seat_ids]
        return [seat for seat, other in checkouts if other and other.hold_id != hold_id and other.until > now]

    def seats_in_checkout(self, hold_id: str) -> list[str]:
        """The seats that the hold has in checkout, be its time over or not."""
        return [seat for seat, checkout in self.checkouts.items() if checkout.hold_id == hold_id]

    def is_open(self, now: datetime) -> bool:
        """Whether it may still sell."""
        return self.closed is None and self.starts_at > now


@dataclass(frozen=True, slots=True)
class CheckedOutHold:
    """A hold whose checkout began, as Mongo has it: there it stays, so that Redis may lose it."""

    id: HoldId
    showtime_id: ShowtimeId
    user_id: str
    seat_ids: tuple[str, ...]
    quote: Quote
    expires_at: datetime
    refreshes: int
