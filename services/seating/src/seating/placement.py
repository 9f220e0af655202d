"""Where guests sit when their seats are taken out or their show moves to another screen: the nearest equal seats.

Equal are seats of one type that are accessible alike and paired alike. Seats that were side by side stay so where that
can be; a guest is sooner moved alone than not at all. Pure: the same question has the same answer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from contracts.layout import Layout, Seat, row_index

_ROW = 2.0  # seats' widths from one row to the next
_COMPANION = 1_000.0  # a seat kept for a companion goes to a companion first, and to somebody else last
Class = tuple[str, bool, bool]


@dataclass(frozen=True, slots=True)
class Group:
    """Seats of one booking in the old layout. `staying` are those of them that need not move."""

    key: str
    seats: tuple[Seat, ...]
    staying: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """By booking where each of its seats goes, and the bookings for which there is no equal place."""

    places: Mapping[str, Mapping[str, str]]
    unplaced: Sequence[str]


def class_of(seat: Seat) -> Class:
    """What makes seats equal."""
    return seat.type, seat.accessible, seat.paired_with is not None


@dataclass(slots=True)
class _Screen:
    """The free seats of a layout, by class, and where they are."""

    layout: Layout
    seats: dict[str, Seat]
    free: set[str]
    of_class: dict[Class, list[Seat]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, layout: Layout, free: Collection[str]) -> "_Screen":
        screen = cls(layout, {seat.seat_id: seat for seat in layout.seats()}, set(free))
        for seat in screen.seats.values():
            if seat.seat_id in screen.free:
                screen.of_class[class_of(seat)].append(seat)
        return screen

    def runs(self, classes: Sequence[Class], extra: Collection[str]) -> Iterable[tuple[Seat, ...]]:
        """Each choice of neighbouring seats of these classes, from either side, that are free or among `extra`; in the
        order of the classes."""
        candidates = [
            seat
            for seat_class in set(classes)
            for seat in self.of_class[seat_class]
            if seat.seat_id in self.free or seat.seat_id in extra
        ]
        is_mixed = len(set(classes)) > 1
        if is_mixed:
            candidates.sort(key=_position)
        length, backwards = len(classes), list(reversed(classes))
        for first in range(len(candidates) - length + 1):
            chosen = candidates[first : first + length]
            if not all(are_neighbours(self.layout, *pair) for pair in pairwise(chosen)) or not _pairs_whole(chosen):
                continue
            there = [class_of(seat) for seat in chosen] if is_mixed else classes
            if there == classes:
                yield tuple(chosen)
            elif there == backwards:
                yield tuple(reversed(chosen))


def are_neighbours(layout: Layout, left: Seat, right: Seat) -> bool:
    """Whether they are side by side, without a gap or an aisle between them."""
    beside = left.row == right.row and right.number == left.number + 1
    return beside and not layout.aisle_after(left.row, left.number)


def place(groups: Sequence[Group], old: Layout, new: Layout, free: Collection[str]) -> Placement:
    """A place in the layout `new` for every group, the earlier ones first; `free` are the seats there that nobody has.

    A staying seat is its group's own already and not among `free`. Where a group cannot be placed whole it keeps what
    it has, and is unplaced.
    """
    screen = _Screen.of(new, free)
    for group in groups:
        for seat_id in group.staying:
            screen.of_class[class_of(screen.seats[seat_id])].append(screen.seats[seat_id])
    for seats in screen.of_class.values():
        seats.sort(key=_position)
    places: dict[str, dict[str, str]] = {}
    waiting = [group for group in groups if not _stay(group, screen, places)]
    waiting = [group for group in _largest_first(waiting) if not _together(group, old, screen, places)]
    unplaced = [group.key for group in waiting if not _apart(group, old, screen, places)]
    return Placement(places, unplaced)


def _stay(group: Group, screen: _Screen, places: dict[str, dict[str, str]]) -> bool:
    """Each seat as it was, where the screen has an equal one of that id."""
    ids = [seat.seat_id for seat in group.seats]
    there = [screen.seats.get(seat_id) for seat_id in ids]
    equal = all(new and class_of(new) == class_of(old) for old, new in zip(group.seats, there, strict=True))
    if not equal or not all(seat_id in screen.free or seat_id in group.staying for seat_id in ids):
        return False
    _take(group, ids, screen, places)
    return True


def _together(group: Group, old: Layout, screen: _Screen, places: dict[str, dict[str, str]]) -> bool:
    """Neighbours go to the nearest neighbouring seats, each run of them by itself."""
    chosen: dict[str, str] = {}
    for run in runs_of(old, group.seats):
        is_untouched = all(seat.seat_id in group.staying for seat in run)
        if is_untouched:
            chosen |= {seat.seat_id: seat.seat_id for seat in run}
            continue
        taken = set(chosen.values())
        own = {seat.seat_id for seat in run if seat.seat_id in group.staying}
        options = [
            option
            for option in screen.runs([class_of(seat) for seat in run], own)
            if not taken & {seat.seat_id for seat in option}
        ]
        if not options:
            return False
        best = _nearest(run, old, options, screen)
        chosen |= {before.seat_id: after.seat_id for before, after in zip(run, best, strict=True)}
    _take(group, [chosen[seat.seat_id] for seat in group.seats], screen, places)
    return True


def _apart(group: Group, old: Layout, screen: _Screen, places: dict[str, dict[str, str]]) -> bool:
    """Each seat, or each pair, that must move goes to the nearest equal one by itself. A pair of which one seat stays
    goes whole too, and where no pair is free that seat alone."""
    chosen = {seat_id: seat_id for seat_id in group.staying}
    for unit in _units(group):
        moving = tuple(seat for seat in unit if seat.seat_id not in group.staying)
        for seats in (unit, moving):
            left = set(chosen.values()) - {seat.seat_id for seat in seats}
            options = [
                option
                for option in screen.runs([class_of(seat) for seat in seats], ())
                if not left & {seat.seat_id for seat in option}
            ]
            if options:
                break
        else:
            return False
        best = _nearest(seats, old, options, screen)
        chosen |= {before.seat_id: after.seat_id for before, after in zip(seats, best, strict=True)}
    _take(group, [chosen[seat.seat_id] for seat in group.seats], screen, places)
    return True


def _nearest(
    before: Sequence[Seat], old: Layout, options: Iterable[tuple[Seat, ...]], screen: _Screen
) -> tuple[Seat, ...]:
    """Of the options the nearest; one that takes half of a free pair only where there is no other."""

    def cost(option: tuple[Seat, ...]) -> tuple[int, tuple[float, int, int]]:
        ids = {seat.seat_id for seat in option}
        halved = sum(seat.paired_with in screen.free and seat.paired_with not in ids for seat in option)
        return halved, _cost(before, old, option, screen.layout)

    return min(options, key=cost)


def _take(group: Group, new_ids: Sequence[str], screen: _Screen, places: dict[str, dict[str, str]]) -> None:
    screen.free |= group.staying
    screen.free -= set(new_ids)
    places[group.key] = {seat.seat_id: new for seat, new in zip(group.seats, new_ids, strict=True)}


def _units(group: Group) -> list[tuple[Seat, ...]]:
    """What must move of a group: whole pairs together, though one of its seats could stay, any other seat alone."""
    seats = {seat.seat_id: seat for seat in group.seats}
    moving = sorted((seat for seat in group.seats if seat.seat_id not in group.staying), key=_position)
    units: list[tuple[Seat, ...]] = []
    for seat in moving:
        if seats.pop(seat.seat_id, None) is None:
            continue
        partner = seats.pop(seat.paired_with or "", None)
        units.append(tuple(sorted((seat, partner), key=_position)) if partner else (seat,))
    return units


def runs_of(layout: Layout, seats: Iterable[Seat]) -> list[tuple[Seat, ...]]:
    """The seats as runs of neighbours, in the order of the layout."""
    runs: list[list[Seat]] = []
    for seat in sorted(seats, key=_position):
        if runs and are_neighbours(layout, runs[-1][-1], seat):
            runs[-1].append(seat)
        else:
            runs.append([seat])
    return [tuple(run) for run in runs]


def _pairs_whole(seats: Sequence[Seat]) -> bool:
    """Whether no pair is taken apart, as far as more than one seat is chosen."""
    ids = {seat.seat_id for seat in seats}
    return len(seats) == 1 or all(seat.paired_with is None or seat.paired_with in ids for seat in seats)


def _largest_first(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -len(group.seats))


def _cost(before: Sequence[Seat], old: Layout, after: Sequence[Seat], new: Layout) -> tuple[float, int, int]:
    """How far the seats are from where they were, then the order of the layout."""
    far = sum(_distance(left, old, taken, new) for left, taken in zip(before, after, strict=True))
    companions = sum((a.companion_of is None) != (b.companion_of is None) for b, a in zip(before, after, strict=True))
    return far + companions * _COMPANION, *_position(after[0])


def _distance(before: Seat, old: Layout, after: Seat, new: Layout) -> float:
    """In seats' widths: rows are counted from the screen, columns from the middle."""
    rows = row_index(before.row) - row_index(after.row)
    columns = (before.number - (old.cols + 1) / 2) - (after.number - (new.cols + 1) / 2)
    return hypot(_ROW * rows, columns)


def _position(seat: Seat) -> tuple[int, int]:
    return row_index(seat.row), seat.number
