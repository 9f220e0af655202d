"""Who sits beside whom: what the rules of a choice (no seat left alone, pairs together) need to know of a layout.

Seats are numbers here: their places in the order of maps. Two seats are neighbours in the same row, in neighbouring
columns, with no aisle between.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import orjson

from contracts.layout import Layout, Seat, row_index


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Seats `first` to `last` without a gap or an aisle between; `row` and `column` are those of the first, and all
    are of one type."""

    first: int
    last: int
    row: int
    column: int
    type: str


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The seats of a layout by their places; `partners` has both seats of each pair, `companions` the seats that are
    kept for the companions of each accessible seat, `given_last` all these."""

    seats: Sequence[Seat]
    seat_blocks: tuple[SeatBlock, ...]
    partners: Mapping[int, int]
    companions: Mapping[int, Sequence[int]]
    given_last: Sequence[int]
    description: bytes
    """The same as JSON, as `rules.lua` reads it: blocks, pairs, companions, and seats given to others last."""

    @classmethod
    def of(cls, layout: Layout, seats: Sequence[Seat], index: Mapping[str, int]) -> "Adjacency":
        """Read a layout; of a pair with a seat that is not there nothing is left."""
        starts = [0, *(at for at in range(1, len(seats)) if not _neighbours(layout, *seats[at - 1 : at + 1]))]
        seat_blocks = tuple(
            SeatBlock(first, after - 1, row_index(seats[first].row), seats[first].number, seats[first].type)
            for first, after in pairwise([*starts, len(seats)])
            if seats
        )
        partners = {
            at: index[seat.paired_with]
            for at, seat in enumerate(seats)
            if seat.paired_with is not None and seat.paired_with in index
        }
        for_companions = [at for at, seat in enumerate(seats) if seat.companion_of is not None]
        companions = {
            at: [other for other in for_companions if seats[other].companion_of == seat.seat_id]
            for at, seat in enumerate(seats)
            if seat.accessible
        }
        given_last = [*companions, *for_companions]
        described = _described(seat_blocks, partners, for_companions, given_last)
        return cls(seats, seat_blocks, partners, companions, given_last, described)

    def missing_partners(self, chosen: Collection[int]) -> list[int]:
        """The other seats of the pairs of which only one is chosen."""
        return [self.partners[at] for at in chosen if self.partners.get(at, at) not in chosen]

    def exposed(self, chosen: Collection[int]) -> dict[int, list[int]]:
        """The seats that the choice may leave alone, each with its company: while any of that is free, it is not alone.

        A companion's seat may always be left alone; the partner of a pair is company too.
        """
        beside = {other for at in chosen for other in self._beside(at)} - set(chosen)
        return {
            at: sorted({*self._beside(at), *self._partner(at)} - set(chosen))
            for at in sorted(beside)
            if self.seats[at].companion_of is None
        }

    def block_of(self, at: int) -> SeatBlock:
        """The block that a seat is in."""
        return self.seat_blocks[bisect_right(self.seat_blocks, at, key=attrgetter("first")) - 1]

    def _beside(self, at: int) -> list[int]:
        block = self.block_of(at)
        return [other for other in (at - 1, at + 1) if block.first <= other <= block.last]

    def _partner(self, at: int) -> list[int]:
        return [self.partners[at]] if at in self.partners else []


def _neighbours(layout: Layout, left: Seat, right: Seat) -> bool:
    beside = left.row == right.row and left.number + 1 == right.number
    return beside and not layout.aisle_after(left.row, left.number)


def _described(
    seat_blocks: Sequence[SeatBlock], partners: Mapping[int, int], companions: Sequence[int], given_last: Sequence[int]
) -> bytes:
    return orjson.dumps(
        {
            "seat_blocks": [[block.first, block.last, block.row, block.column] for block in seat_blocks],
            "pairs": [[at, other] for at, other in partners.items() if at < other],
            "companions": companions,
            "given_last": given_last,
        }
    )
