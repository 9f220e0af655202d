"""How many seats a layout has, and what is wrong with one that must not be sold."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from contracts.layout import Layout, SeatLabel, row_index, row_letters

Fault = tuple[str, str]
"""Where in the layout, as a path of camelCase names, and what is wrong there."""
Place = tuple[str, int]
"""Letters of the row and number of the column, in the grid."""
_NO_SEAT = "no seat of this layout"


@dataclass(frozen=True)
class _Grid:
    """The rows of a layout, its places by their ids (`C7`), and those places that are seats: no gaps, no empty rows."""

    layout: Layout

    @cached_property
    def rows(self) -> list[str]:
        return [row_letters(index) for index in range(self.layout.rows)]

    @cached_property
    def places(self) -> dict[str, Place]:
        return {f"{row}{number}": (row, number) for row in self.rows for number in range(1, self.layout.cols + 1)}

    @cached_property
    def seats(self) -> Mapping[str, Place]:
        gaps = set(self.layout.gaps)
        empty = {row for index, row in enumerate(self.rows) if self.layout.row_label(index) is None}
        return {name: place for name, place in self.places.items() if name not in gaps and place[0] not in empty}


def seats_for_sale(layout: Layout) -> tuple[int, int]:
    """How many seats there are, and how many of them are not blocked."""
    seats = list(layout.seats())
    return len(seats), sum(not seat.blocked for seat in seats)


def faults(layout: Layout) -> Iterator[Fault]:
    """Everything that is wrong with a layout, in no particular order; nothing for a good one."""
    grid = _Grid(layout)
    yield from _outside("gaps", layout.gaps, grid.places, "no place of this layout")
    yield from _outside("blocked", layout.blocked, grid.seats, _NO_SEAT)
    yield from _outside("accessible", layout.accessible, grid.seats, _NO_SEAT)
    yield from _aisle_faults(layout, grid)
    yield from _type_faults(layout, grid)
    yield from _companion_faults(layout, grid)
    yield from _pair_faults(layout, grid)
    yield from _label_faults(layout, grid)
    if not grid.seats:
        yield "gaps", "a layout has at least one seat"


def _outside(path: str, named: Iterable[str], allowed: Mapping[str, Place], message: str) -> Iterator[Fault]:
    for at, place in enumerate(named):
        if place not in allowed:
            yield f"{path}.{at}", f"{place[:20]}: {message}"


def _aisle_faults(layout: Layout, grid: _Grid) -> Iterator[Fault]:
    for at, aisle in enumerate(layout.aisles):
        path, column, rows = (
            (f"aisles.{at}", aisle, ()) if isinstance(aisle, int) else (f"aisles.{at}.after", aisle.after, aisle.rows)
        )
        if not 1 <= column <= layout.cols - 1:
            yield path, f"{column}: an aisle follows a column from 1 to {layout.cols - 1}"
        yield from _no_rows(f"aisles.{at}.rows", rows, grid)


def _no_rows(path: str, named: Iterable[str], grid: _Grid) -> Iterator[Fault]:
    for at, row in enumerate(named):
        if row not in grid.rows:
            yield f"{path}.{at}", f"{row[:20]}: no row of this layout"


def _type_faults(layout: Layout, grid: _Grid) -> Iterator[Fault]:
    types = Counter(seat_type.type for seat_type in layout.seat_types)
    rows = Counter(row for seat_type in layout.seat_types for row in seat_type.rows)
    for at, seat_type in enumerate(layout.seat_types):
        if types[seat_type.type] > 1:
            yield f"seatTypes.{at}.type", f"{seat_type.type}: a seat type is named once"
        for of_type, row in enumerate(seat_type.rows):
            if rows[row] > 1:
                yield f"seatTypes.{at}.rows.{of_type}", f"{row[:20]}: a row has one seat type"
        yield from _no_rows(f"seatTypes.{at}.rows", seat_type.rows, grid)
    if sum(not seat_type.rows for seat_type in layout.seat_types) > 1:
        yield "seatTypes", "at most one seat type takes the rows that no other takes"


def _companion_faults(layout: Layout, grid: _Grid) -> Iterator[Fault]:
    accessible = set(layout.accessible)
    for companion, seat in layout.companions.items():
        path = f"companions.{companion}"
        if companion not in grid.seats:
            yield path, _NO_SEAT
        elif companion in accessible:
            yield path, "an accessible seat is nobody's companion"
        if seat not in accessible:
            yield path, f"{seat[:20]}: no accessible seat of this layout"


def _pair_faults(layout: Layout, grid: _Grid) -> Iterator[Fault]:
    blocked, times = set(layout.blocked), Counter(seat for pair in layout.pairs for seat in pair)
    for at, pair in enumerate(layout.pairs):
        unknown = [(f"pairs.{at}.{which}", _NO_SEAT) for which, seat in enumerate(pair) if seat not in grid.seats]
        yield from unknown
        if not unknown and not _adjacent(layout, *(grid.seats[seat] for seat in pair)):
            yield f"pairs.{at}", "the seats of a pair are neighbours in one row, without an aisle between them"
        if len(blocked.intersection(pair)) == 1:
            yield f"pairs.{at}", "of a pair both seats are blocked or none"
        for which, seat in enumerate(pair):
            if times[seat] > 1:
                yield f"pairs.{at}.{which}", f"{seat}: a seat is in one pair"


def _adjacent(layout: Layout, a: Place, b: Place) -> bool:
    (row, left), (other_row, right) = sorted([a, b])
    return row == other_row and right == left + 1 and not layout.aisle_after(row, left)


def _label_faults(layout: Layout, grid: _Grid) -> Iterator[Fault]:
    if layout.row_labels and len(layout.row_labels) != layout.rows:
        yield "rowLabels", f"one label for each of the {layout.rows} rows of the grid, null for a row without seats"
        return
    unknown = [seat for seat in layout.seat_labels if seat not in grid.seats]
    yield from ((f"seatLabels.{seat}", _NO_SEAT) for seat in unknown)
    first: dict[tuple[str, str], str] = {}
    for seat in layout.seats():
        before = first.setdefault(_as_seen(seat.label), seat.seat_id)
        if before != seat.seat_id:
            yield (
                _path_of_label(layout, before, seat.seat_id),
                (f"{before} and {seat.seat_id} would both be labelled {seat.label.row} {seat.label.number}"),
            )


def _as_seen(label: SeatLabel) -> tuple[str, str]:
    """What looks alike on a ticket is one label: composed or not, wide or narrow."""
    return unicodedata.normalize("NFKC", label.row), unicodedata.normalize("NFKC", label.number)


def _path_of_label(layout: Layout, *seats: str) -> str:
    """Where the clash of two seats can be mended."""
    own = next((seat for seat in reversed(seats) if seat in layout.seat_labels), None)
    if own is not None:
        return f"seatLabels.{own}"
    return f"rowLabels.{row_index(seats[-1].rstrip('0123456789'))}"
