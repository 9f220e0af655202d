"""Showtimes, holds and the ledger as values; the clock is an argument. Instants in whole numbers are milliseconds of
Redis' clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.layout import Layout, ScreenDetails, Seat, row_index
from contracts.prices import Quote
from contracts.release import released_at
from seating.adjacency import Adjacency

HoldStatus = Literal["active", "released", "expired", "sold"]
VerdictOutcome = Literal["sold", "refused", "released"]
RefusalReason = Literal["seats_lost", "showtime_cancelled", "too_late", "booking_cancelled"]
SEAT_STATUSES = {"a": "available", "h": "held", "s": "sold", "b": "blocked"}  # by a seat's letter in maps
_WITHHELD = str.maketrans("w", "b")
_CLOSED = str.maketrans("ahw", "bbb")
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
class Plan:
    """The seats of a showtime since the theater changed them last: its layout with what is blocked, and its screen.

    `number` counts the changes of a showtime, `screen_number` those of its screen.
    """

    number: int
    screen_number: int
    layout: Layout
    screen: ScreenDetails


@dataclass(frozen=True, slots=True)
class Showtime:
    """A snapshot with its seats in the order of a map's letters; `index` has each seat id's place in that order.

    `plan_number` and `screen_number` are those of the plan that layout and screen are of, 0 before the first.
    `withheld` has the accessible seats, and those of their companions, that are for everybody only from an instant on.
    """

    snapshot: ShowtimeSnapshot
    seats: tuple[Seat, ...]
    index: Mapping[str, int]
    adjacency: Adjacency
    plan_number: int = 0
    screen_number: int = 0
    withheld: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: ShowtimeSnapshot, plan: Plan | None = None) -> "Showtime":
        """Number the seats of the plan's layout, or without one of the snapshot's."""
        if plan is not None:
            snapshot = snapshot.model_copy(update={"layout": plan.layout, "screen": plan.screen})
        numbered = NumberedSeats.of(snapshot.layout)
        numbers = (plan.number, plan.screen_number) if plan else (0, 0)
        withheld = _withheld(snapshot, numbered.seats)
        return cls(snapshot, numbered.seats, numbered.index, numbered.adjacency, *numbers, withheld)

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

    def withheld_tokens(self) -> str:
        """Seats that are withheld, as the scripts take them: `C1:20:1732900000000`."""
        return " ".join(f"{seat_id}:{self.index[seat_id]}:{until}" for seat_id, until in self.withheld.items())

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


def _withheld(snapshot: ShowtimeSnapshot, seats: Sequence[Seat]) -> dict[str, int]:
    """Until when each seat is withheld: those nearest to the screen longest, companions' seats with their own."""
    stages = snapshot.theater.accessible_release
    if not stages:
        return {}
    accessible = [seat for seat in seats if seat.accessible]
    accessible.sort(key=lambda seat: row_index(seat.row), reverse=True)
    total, start_at = len(accessible), snapshot.start_at
    ends = {seat.seat_id: milliseconds(released_at(stages, start_at, at, total)) for at, seat in enumerate(accessible)}
    return {seat.seat_id: ends[of] for seat in seats if (of := seat.companion_of or seat.seat_id) in ends}


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as its owner sees it at the instant `now`; `in_checkout` once its payment was started.

    `expires_at` and `now` are milliseconds of Redis' clock. `refreshes` is how often its owner has refreshed it.
    `screen_number` is that of the screen that the seats are of.
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
    screen_number: int = 0

    @property
    def sold_as(self) -> tuple[str, ...]:
        """The seats by the ids that were quoted, wherever the theater has moved them since."""
        return tuple(line.seat_id for line in self.quote.lines)


@dataclass(frozen=True, slots=True)
class SeatMap:
    """A showtime's seats at the instant `now`.

    `letters` has one for each seat as holds and ledger have it, whether the showtime is `closed` or not; `w` is one
    that is withheld for those who need it. `mine` are the
    caller's held seats, each with its hold. `version` rises with each change; `revision` is that of the newest snapshot
    that Redis was told of, `screen_number` that of the screen that the letters are of.
    """

    version: int
    revision: int
    now: int
    letters: str
    mine: Mapping[str, str]
    closed: bool = False
    screen_number: int = 0

    @property
    def state(self) -> str:
        """The letters as anyone may see them: what is withheld is blocked, and once the show was cancelled or has begun
        all that is not sold."""
        return self.letters.translate(_CLOSED if self.closed else _WITHHELD)

    @property
    def state_for_staff(self) -> str:
        """The same as the theater's own people see it: what is withheld is available."""
        return self.state if self.closed else self.letters.replace("w", "a")

    @property
    def occupancy(self) -> float:
        """Sold and held over the seats that are not blocked, 0 to 1."""
        letters = self.letters
        return (letters.count("h") + letters.count("s")) / max(1, len(letters) - letters.count("b"))


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
class MovedSeats:
    """Where the seats are that a booking still has, by the ids they were sold as. `number` counts its moves."""

    number: int
    seats: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is sold of a showtime, and which holds are in checkout: one document, whose every change raises `rev`.

    `sold` and `checkouts` are by seat id, `verdicts` by booking id, and so is `moved`, of bookings that the theater has
    moved. `revision` is that of the newest snapshot, `plan_number` and `screen_number` those of the newest plan.
    """

    showtime_id: ShowtimeId
    rev: int
    revision: int
    starts_at: datetime
    closed: Literal["cancelled"] | None = None
    sold: Mapping[str, BookingId] = field(default_factory=dict)
    checkouts: Mapping[str, SeatCheckout] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    plan_number: int = 0
    screen_number: int = 0
    screen_changed_at: datetime | None = None
    blocked: frozenset[str] = frozenset()
    moved: Mapping[str, MovedSeats] = field(default_factory=dict)
    fenced_until: datetime | None = None
    """Until then those who write seats wait for a change of the theater's that was overtaken."""

    def places(self, booking_id: str, sold_as: Iterable[str]) -> tuple[str, ...]:
        """Where the seats are now that were sold to the booking, or may be; those that it gave up since are left out
        of one that was moved."""
        moved = self.moved.get(booking_id)
        return tuple(sold_as) if moved is None else tuple(moved.seats[seat] for seat in sold_as if seat in moved.seats)

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

    def is_fenced(self, now: datetime) -> bool:
        """Whether nobody but the theater may change its seats at the moment."""
        return self.fenced_until is not None and self.fenced_until > now

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
    screen_number: int = 0
    """Of the hold at hand, that of the screen that its seats are of; it is not stored."""
