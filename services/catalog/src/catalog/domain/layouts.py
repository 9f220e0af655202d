"""What a layout must hold to before seats are sold from it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from contracts.layout import Layout, row_letters


def faults(layout: Layout) -> Iterator[tuple[str, str]]:
    """What is wrong, as (path, message); nothing for a good layout."""
    rows = {row_letters(index) for index in range(layout.rows)}
    places = {f"{row}{number}" for row in rows for number in range(1, layout.cols + 1)}
    seats = places - set(layout.gaps)
    yield from _outside("gaps", layout.gaps, places, "no place of this layout")
    yield from _outside("blocked", layout.blocked, seats, "no seat of this layout")
    yield from _outside("accessible", layout.accessible, seats, "no seat of this layout")
    yield from _aisle_faults(layout)
    yield from _type_faults(layout, rows)
    if not seats:
        yield "gaps", "a layout has at least one seat"


def _outside(path: str, given: Iterable[str], allowed: set[str], message: str) -> Iterator[tuple[str, str]]:
    for place in given:
        if place not in allowed:
            yield path, f"{place[:20]}: {message}"


def _aisle_faults(layout: Layout) -> Iterator[tuple[str, str]]:
    for aisle in layout.aisles:
        column = aisle if isinstance(aisle, int) else aisle.after
        if not 1 <= column <= layout.cols - 1:
            yield "aisles", f"{column}: an aisle follows a column from 1 to {layout.cols - 1}"


def _type_faults(layout: Layout, rows: set[str]) -> Iterator[tuple[str, str]]:
    named = [row for kind in layout.seat_types for row in kind.rows]
    yield from _outside("seatTypes", named, rows, "no row of this layout")
    for row in _twice(named):
        yield "seatTypes", f"{row[:20]}: a row has one seat type"
    for kind in layout.seat_types:
        if not kind.type.isprintable():
            yield "seatTypes", "a seat type's name has no control characters"
    for name in _twice([kind.type for kind in layout.seat_types]):
        yield "seatTypes", f"{name}: a seat type is named once"
    if sum(not kind.rows for kind in layout.seat_types) > 1:
        yield "seatTypes", "at most one seat type takes the rows that no other takes"


def _twice(given: Sequence[str]) -> list[str]:
    return [one for one, count in Counter(given).items() if count > 1]
