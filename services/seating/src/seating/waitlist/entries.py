"""Who waits, and which seats suit them. Pure: seats are their places in the order of maps."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.ids import HoldId, ShowtimeId, TheaterId, UserId
from seating.adjacency import SeatBlock
from seating.domain import Showtime

Status = Literal["waiting", "offering", "offered", "taken", "lapsed", "left"]
_TWO_THIRDS = 2 / 3  # of the rows lie before the best one
_ROW = 2  # how many seats' widths lie between two rows


@dataclass(frozen=True, slots=True)
class Offer:
    """Seats for one who waits: the hold that they get, which may be made until the instant `made_by` alone.
    `expires_at` is the hold's, None while it is not made."""

    hold_id: HoldId
    seat_ids: tuple[str, ...]
    made_by: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One who waits for `count` adjacent seats, of a type or of any. `number` counts the offers."""

    id: str
    showtime_id: ShowtimeId
    theater_id: TheaterId
    user_id: UserId
    count: int
    type: str | None
    status: Status
    created_at: datetime
    number: int = 0
    offer: Offer | None = None

    @property
    def is_open(self) -> bool:
        """Whether the user may still get seats by it, or has just been offered some."""
        return self.status in ("waiting", "offering", "offered")


def offer_of(entry: Entry) -> Offer:
    """The offer of one who has one."""
    if entry.offer is None:
        raise ValueError(f"{entry.id} is offered nothing")
    return entry.offer


def first_offer(
    showtime: Showtime, available: Collection[int], entries: Sequence[Entry]
) -> tuple[Entry, tuple[str, ...]] | None:
    """The first of those who wait, in their order, whom available seats suit, and these; None where nobody is.

    Seats that are under offer to somebody are nobody else's. Those who wish alike are suited alike: the seats are
    looked through once for each wish, however many wait.
    """
    offers = [entry.offer for entry in entries if entry.status == "offering" and entry.offer]
    offered = {showtime.index[seat] for offer in offers for seat in offer.seat_ids if seat in showtime.index}
    free = frozenset(available) - offered
    unsuited = set[tuple[int, str | None]]()
    for entry in entries:
        wish = entry.count, entry.type
        if entry.status != "waiting" or wish in unsuited:
            continue
        places = best_places(showtime, free, *wish)
        if places is not None:
            return entry, tuple(showtime.seats[at].seat_id for at in places)
        unsuited.add(wish)
    return None


def best_places(showtime: Showtime, free: Collection[int], count: int, type_: str | None) -> range | None:
    """The best of as many adjacent free seats of the type; None where there are none.

    No pair is parted. Seats for those who need them come last, then what leaves a seat alone, then what is far from the
    middle of a row two thirds back.
    """
    choices = list(_choices(showtime, free, count, type_))
    return min(choices, key=lambda places: _rank(showtime, free, places)) if choices else None


def _choices(showtime: Showtime, free: Collection[int], count: int, type_: str | None) -> Iterator[range]:
    partners, seats = showtime.adjacency.partners, showtime.seats
    for block in showtime.adjacency.seat_blocks:
        for first in range(block.first, block.last - count + 2):
            places = range(first, first + count)
            suits = all(at in free and type_ in (None, seats[at].type) for at in places)
            if suits and not any(partners.get(at, at) in free and partners.get(at, at) not in places for at in places):
                yield places


def _rank(showtime: Showtime, free: Collection[int], places: range) -> tuple[int, int, float]:
    chosen = [showtime.seats[at] for at in places]
    exposed = showtime.adjacency.exposed(places)
    alone = [at for at, company in exposed.items() if at in free and not any(other in free for other in company)]
    block = next(b for b in showtime.adjacency.seat_blocks if b.first <= places[0] <= b.last)
    given_last = sum(seat.accessible or seat.companion_of is not None for seat in chosen)
    return given_last, len(alone), _distance(showtime, block, places)


def _distance(showtime: Showtime, block: SeatBlock, places: range) -> float:
    layout = showtime.snapshot.layout
    column = block.column + places[0] - block.first + (len(places) - 1) / 2
    return abs(block.row - _TWO_THIRDS * (layout.rows - 1)) * _ROW + abs(column - (layout.cols + 1) / 2)
