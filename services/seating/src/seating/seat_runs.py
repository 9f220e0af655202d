"""The free seats of a map as runs of neighbours, and what a window of a run costs and leaves. Pure; seats are their
places in the map."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import floor
from re import Match
from typing import NamedTuple

from seating.adjacency import Adjacency, SeatBlock

ROW_APART = 2
"""How many seats' widths lie between two rows."""
_A, _TAKEN = ord("a"), ord("-")


@cache
def _free(least: int) -> "re.Pattern[bytes]":
    """What finds so many free seats side by side, or more."""
    return re.compile(b"a{%d,}" % least)


@dataclass(frozen=True, slots=True)
class Centre:
    """What seats should be near to: a row counted from 0 at the screen, and a column counted from 1."""

    row: float
    column: float


class Run(NamedTuple):
    """Free seats `first` to `last`, all neighbours, in a block of seats; `length` is how many. A tuple, for many are
    made."""

    first: int
    last: int
    length: int
    block: SeatBlock


@dataclass(frozen=True)
class FreeSeats:
    """The seats that may be chosen (`a` in `pool`), among those that are free at all (`a` in `free`)."""

    adjacency: Adjacency
    free: bytes
    pool: bytes
    centre: Centre
    seat_type: str | None

    @classmethod
    def of(cls, adjacency: Adjacency, letters: str, centre: Centre, seat_type: str | None) -> "FreeSeats":
        """All free seats of a type, or of any; those of other types are free too, and not to be chosen."""
        free = letters.encode()
        return cls(adjacency, free, free, centre, seat_type)

    def without(self, places: Collection[int], but: Collection[int] = ()) -> "FreeSeats":
        """The same, with these not to be chosen."""
        pool = bytearray(self.pool)
        for at in places:
            if at not in but:
                pool[at] = _TAKEN
        return replace(self, pool=bytes(pool))

    def around(self, centre: Centre) -> "FreeSeats":
        """The same, seen from elsewhere."""
        return replace(self, centre=centre)

    @cached_property
    def blocks(self) -> Sequence[SeatBlock]:
        """The blocks of the type of seat, those in rows near the centre first."""
        blocks = [block for block in self.adjacency.seat_blocks if self.seat_type in {None, block.type}]
        return sorted(blocks, key=lambda block: abs(block.row - self.centre.row))

    @cached_property
    def total(self) -> int:
        """How many may be chosen."""
        return sum(self.pool.count(b"a", block.first, block.last + 1) for block in self.blocks)

    def has(self, at: int) -> bool:
        """Whether the seat may be chosen."""
        return self.pool[at] == _A and self.seat_type in {None, self.adjacency.seats[at].type}

    @cached_property
    def rows(self) -> Mapping[int, Sequence[SeatBlock]]:
        """The blocks of the type of seat in which a seat may be chosen, by row."""
        rows: dict[int, list[SeatBlock]] = {}
        for block in self.blocks:
            if self.pool.find(b"a", block.first, block.last + 1) >= 0:
                rows.setdefault(block.row, []).append(block)
        return rows

    def runs(self, least: int = 1, blocks: Sequence[SeatBlock] | None = None) -> Iterator[Run]:
        """The runs of so many seats or more, those in rows near the centre first; of some blocks, or of all. Made one
        by one, for most questions need few."""
        find = _free(least).finditer
        if blocks is None:
            blocks = self.blocks if b"a" * least in self.pool else ()
        for block in blocks:
            for first, after in map(Match.span, find(self.pool, block.first, block.last + 1)):
                yield Run(first, after - 1, after - first, block)

    def lengths_in(self, blocks: Sequence[SeatBlock]) -> Sequence[int]:
        """How long the runs of these blocks are, the longest first."""
        parted = b"-".join([self.pool[block.first : block.last + 1] for block in blocks])
        return sorted(map(len, _free(1).findall(parted)), reverse=True)

    def run_around(self, at: int) -> Run:
        """The run that the seat is in."""
        block = self.adjacency.block_of(at)
        first = last = at
        while first > block.first and self.pool[first - 1] == _A:
            first -= 1
        while last < block.last and self.pool[last + 1] == _A:
            last += 1
        return Run(first, last, last - first + 1, block)

    def companions_of(self, at: int) -> list[int]:
        """The free seats that are kept for companions of the accessible seat here."""
        return [other for other in self.adjacency.companions[at] if self.has(other)]

    def position(self, at: int) -> tuple[int, int]:
        """Row and column of a seat, as `Centre` counts them."""
        block = self.adjacency.block_of(at)
        return block.row, block.column + at - block.first

    def seat_distance(self, at: int) -> float:
        """How far a seat is from the centre, in seats' widths."""
        row, column = self.position(at)
        return abs(row - self.centre.row) * ROW_APART + abs(column - self.centre.column)

    def row_distance(self, run: Run) -> float:
        """What the row of a run alone costs."""
        return abs(run.block.row - self.centre.row) * ROW_APART

    def run_distance(self, run: Run) -> float:
        """How far the nearest seat of a run is from the centre."""
        first = run.block.column + run.first - run.block.first
        aside = max(0.0, first - self.centre.column, self.centre.column - first - run.length + 1)
        return self.row_distance(run) + aside

    def window_distance(self, run: Run, first: int, count: int) -> float:
        """How far the middle of a window is from the centre, in seats' widths."""
        middle = run.block.column + first - run.block.first + (count - 1) / 2
        return self.row_distance(run) + abs(middle - self.centre.column)

    def window(self, run: Run, count: int, *, spares_single: bool) -> int | None:
        """The first seat of the window of a run that is nearest to the centre, of those that part no pair; with
        `spares_single` of those that leave no seat alone."""
        last = run.last - count + 1
        wanted = self.centre.column - (count - 1) / 2 - run.block.column + run.block.first
        left = min(max(floor(wanted), run.first - 1), last)
        right = left + 1
        while left >= run.first or right <= last:
            if right > last or (left >= run.first and wanted - left <= right - wanted):
                first, left = left, left - 1
            else:
                first, right = right, right + 1
            if self._is_good(run, first, count, spares_single=spares_single):
                return first
        return None

    def _is_good(self, run: Run, first: int, count: int, *, spares_single: bool) -> bool:
        after = first + count
        if self.adjacency.partners and self.parts_a_pair(range(first, after)):
            return False
        if not spares_single:
            return True
        return not (
            self._is_single(run.block, first - 1, first - 2, first, after)
            or self._is_single(run.block, after, after + 1, first, after)
        )

    def _is_single(self, block: SeatBlock, at: int, beyond: int, first: int, after: int) -> bool:
        """Whether the seat here is left alone by the window beside it."""
        if not (block.first <= at <= block.last and self.free[at] == _A):
            return False
        if block.first <= beyond <= block.last and self.free[beyond] == _A:
            return False
        partner = self.adjacency.partners.get(at)
        has_partner = partner is not None and self.free[partner] == _A and not first <= partner < after
        return not has_partner and self.adjacency.seats[at].companion_of is None

    def parts_a_pair(self, places: Collection[int]) -> bool:
        """Whether one seat of a pair is chosen and the other left, though it is free."""
        return any(self.free[other] == _A for other in self.adjacency.missing_partners(places))

    def leaves_single_seat(self, places: Iterable[int]) -> bool:
        """Whether a seat is left alone that was not."""
        exposed = self.adjacency.exposed(set(places))
        return any(
            self.free[at] == _A and not any(self.free[other] == _A for other in company)
            for at, company in exposed.items()
        )
