"""Showtimes, holds and the ledger as values; the clock is an argument. Instants are milliseconds of Redis' clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.layout import Seat
from contracts.prices import Quote
from seating.adjacency import Adjacency

HoldStatus = Literal["active", "released", "expired", "sold"]
VerdictWord = Literal["sold", "refused", "released"]
RefusedReason = Literal["seats_lost", "showtime_cancelled", "too_late", "booking_cancelled"]
STATUS_WORDS = {"a": "available", "h": "held", "s": "sold", "b": "blocked"}
_BLOCKED = str.maketrans("ah", "bb")


def instant(milliseconds: float) -> datetime:
    """The moment a clock's milliseconds name."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """The clock's milliseconds of a moment."""
    return round(moment.timestamp() * 1000)


def hold_of(booking_id: str, showtime_id: str) -> HoldId:
    """The hold a booking came from: the one is fixed by the other."""
    return HoldId(f"hld_{booking_id[4:]}{showtime_id[4:]}")


@dataclass(frozen=True, slots=True)
class Showtime:
    """A snapshot with its seats in the order of maps and states."""

    snapshot: ShowtimeSnapshot
    seats: tuple[Seat, ...]
    index: Mapping[str, int]
    adjacency: Adjacency

    @classmethod
    def of(cls, snapshot: ShowtimeSnapshot) -> "Showtime":
        """Number the seats."""
        seats = tuple(snapshot.layout.seats())
        index = {seat.seat_id: at for at, seat in enumerate(seats)}
        return cls(snapshot, seats, index, Adjacency.of(snapshot.layout, seats, index))

    @property
    def id(self) -> ShowtimeId:
        """The showtime's id."""
        return self.snapshot.showtime_id

    def empty_map(self) -> str:
        """The map before anything is held or sold: a byte per seat."""
        return "".join("b" if seat.blocked else "a" for seat in self.seats)

    def tokens(self, seat_ids: Iterable[str]) -> str:
        """Seats as the scripts take them: `C7:27 C8:28`."""
        return " ".join(f"{seat_id}:{self.index[seat_id]}" for seat_id in seat_ids)

    def is_closed(self, now: datetime) -> bool:
        """Whether nothing is sold any more."""
        return self.snapshot.status == "cancelled" or self.snapshot.start_at <= now

    def missing_partners(self, seat_ids: Iterable[str]) -> str:
        """Seats of pairs of which only the other one is named, as the scripts take them."""
        chosen = {self.index[seat_id] for seat_id in seat_ids}
        return " ".join(self._token(at) for at in self.adjacency.missing_partners(chosen))

    def exposed(self, seat_ids: Iterable[str]) -> str:
        """Seats that may be left alone by this choice, each with its company: `C6:26:25 C9:29:`."""
        exposed = self.adjacency.exposed({self.index[seat_id] for seat_id in seat_ids})
        return " ".join(f"{self._token(at)}:{','.join(map(str, company))}" for at, company in exposed.items())

    def _token(self, at: int) -> str:
        return f"{self.seats[at].seat_id}:{at}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as its owner sees it; `quote` is JSON in the public form."""

    id: HoldId
    user_id: str
    seat_ids: tuple[str, ...]
    status: HoldStatus
    expires_at: int
    now: int
    quote: bytes
    refreshes: int = 0
    in_checkout: bool = False


@dataclass(frozen=True, slots=True)
class SeatMap:
    """A showtime's seats at one moment; `mine` is seat → hold of the caller.

    `bytes` has one for each seat as the holds and the ledger have it, whether the showtime is `closed` or not.
    """

    version: int
    revision: int
    now: int
    bytes: str
    mine: Mapping[str, str]
    closed: bool = False

    @property
    def state(self) -> str:
        """The same as anyone may see it: what is not sold is blocked once the show was cancelled or has begun."""
        return self.bytes.translate(_BLOCKED) if self.closed else self.bytes

    @property
    def occupancy(self) -> float:
        """Sold and held over all seats."""
        return (self.bytes.count("h") + self.bytes.count("s")) / max(1, len(self.bytes))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger decided about a booking; `was_sold` tells a released one that had its seats."""

    word: VerdictWord
    seat_ids: tuple[str, ...]
    at: datetime
    reason: RefusedReason | None = None
    was_sold: bool = False

    @property
    def hold_status(self) -> HoldStatus:
        """What has become of the booking's hold."""
        return "expired" if self.word == "refused" else self.word


@dataclass(frozen=True, slots=True)
class Checkout:
    """The hold in checkout that has a seat, and until when: past that instant it keeps nobody from the seat."""

    hold_id: HoldId
    until: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is sold of a showtime, and which holds are in checkout: one document, one `rev`."""

    showtime_id: ShowtimeId
    rev: int
    revision: int
    starts_at: datetime
    closed: Literal["cancelled", "started"] | None = None
    sold: Mapping[str, BookingId] = field(default_factory=dict)
    checkouts: Mapping[str, Checkout] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def sold_to_another(self, seat_ids: Iterable[str], booking_id: str) -> list[str]:
        """Those of the seats that another booking owns."""
        return [seat for seat in seat_ids if self.sold.get(seat, booking_id) != booking_id]

    def in_checkout_by_another(self, seat_ids: Iterable[str], hold_id: str, now: datetime) -> list[str]:
        """Those of the seats that another hold has in checkout."""
        checkouts = [(seat, self.checkouts.get(seat)) for seat in seat_ids]
        return [
            seat for seat, checkout in checkouts if checkout and checkout.hold_id != hold_id and checkout.until > now
        ]

    def is_open(self, now: datetime) -> bool:
        """Whether it may still sell."""
        return self.closed is None and self.starts_at > now


@dataclass(frozen=True, slots=True)
class CheckedOutHold:
    """A hold whose payment was started and that nobody has paid yet; it is in Mongo, so that Redis may lose it."""

    id: HoldId
    showtime_id: ShowtimeId
    user_id: str
    seat_ids: tuple[str, ...]
    quote: Quote
    expires_at: datetime
    refreshes: int
