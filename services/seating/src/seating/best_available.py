"""The best seats that are free for so many guests: side by side, in the middle, about two thirds back, with nobody's
neighbour left alone where that can be; else in as few parts as can be. Pure; seats are their places in the map."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.layout import Layout
from seating.adjacency import Adjacency
from seating.seat_runs import Centre, FreeSeats
from seating.splitting import split

_FAR = float("inf")
_APART = 3  # so many accessible seats are tried where the group cannot sit together
_Ranked = tuple[tuple[int, bool, bool, float], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class SeatWish:
    """How many seats, of a type of seat or of any. `accessible`: one of them is an accessible seat, with its
    companions' beside it. `forbids_single_seats` is the theater's rule."""

    count: int
    type: str | None = None
    accessible: bool = False
    forbids_single_seats: bool = False


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """Seats that can be held, in the order of the map. `leaves_single_seat`: nothing that was wished for leaves no seat
    alone."""

    places: tuple[int, ...]
    leaves_single_seat: bool = False


def best_choice(layout: Layout, adjacency: Adjacency, letters: str, wish: SeatWish) -> SeatChoice | None:
    """The best seats for a wish, by a map's letters; None where there are not so many, or not without parting a pair.

    Seats for those who need them are given to others last, whatever that costs in comfort.
    """
    centre = Centre(row=layout.rows * 2 / 3 - 0.5, column=(layout.cols + 1) / 2)
    free = FreeSeats.of(adjacency, letters.replace("w", "a") if wish.accessible else letters, centre, wish.type)
    if wish.accessible:
        return _accessible(free, wish)
    ordinary = free.without(adjacency.given_last)
    for pool in (ordinary, free) if ordinary.total < free.total else (free,):
        if pool.total >= wish.count and (choice := _ordinary(pool, free, wish)):
            return choice
    return None


def free_seats(adjacency: Adjacency, letters: str, wish: SeatWish) -> int:
    """How many seats are left for a wish; none where it asks for an accessible one and there is none."""
    free = FreeSeats.of(adjacency, letters.replace("w", "a") if wish.accessible else letters, Centre(0, 0), wish.type)
    if wish.accessible and not _accessible_places(free, wish.count):
        return 0
    return free.total


def is_split(adjacency: Adjacency, places: Sequence[int]) -> bool:
    """Whether the seats, in the order of the map, are not all side by side."""
    block = adjacency.block_of(places[0])
    return places[-1] - places[0] != len(places) - 1 or places[-1] > block.last


def _ordinary(pool: FreeSeats, free: FreeSeats, wish: SeatWish) -> SeatChoice | None:
    """Of the seats in `pool`: side by side, else in parts. A seat is left alone only where the theater's rule lets it
    be, which is where nothing side by side among all that is `free` leaves none."""
    if together := _side_by_side(pool, wish.count, spares_single=True):
        return SeatChoice(together)
    may_leave = not wish.forbids_single_seats or not _side_by_side(free, wish.count, spares_single=True)
    if may_leave and (together := _side_by_side(pool, wish.count, spares_single=False)):
        return SeatChoice(together, leaves_single_seat=True)
    parts = split(pool, wish.count)
    if not parts:
        return None
    leaves_single = free.leaves_single_seat(parts)
    return SeatChoice(parts, leaves_single) if may_leave or not leaves_single else None


def _side_by_side(pool: FreeSeats, count: int, *, spares_single: bool) -> tuple[int, ...] | None:
    """The nearest window of so many seats to the centre; with `spares_single` one that leaves no seat alone."""
    best, distance = None, _FAR
    for run in pool.runs(count):
        if pool.row_distance(run) >= distance:
            break  # the others are in rows farther away
        window = pool.window(run, count, spares_single=spares_single)
        if window is not None and (apart := pool.window_distance(run, window, count)) < distance:
            best, distance = window, apart
    return None if best is None else tuple(range(best, best + count))


def _accessible_places(free: FreeSeats, count: int) -> list[int]:
    """The accessible seats that are free: those with most free companions' seats, as far as these are wanted, then
    those nearest to the centre first."""

    def order(at: int) -> tuple[int, float, int]:
        return -min(len(free.companions_of(at)), count - 1), free.seat_distance(at), at

    return sorted(filter(free.has, free.adjacency.companions), key=order)


def _accessible(free: FreeSeats, wish: SeatWish) -> SeatChoice | None:
    """An accessible seat with as many of its companions' as are wanted and free; what is wanted besides are ordinary
    seats, and those for others who need them last."""
    places, count = _accessible_places(free, wish.count), wish.count
    if not places or free.total < count:
        return None
    best: _Ranked | None = None
    for at in places:
        for choice in _windows_with(free, at, count):
            ranked = _ranked(free, at, choice)
            best = ranked if best is None else min(best, ranked)
        if best and best[0][1:3] == (False, False):
            break  # the others have no more companions, and are farther away
    most = min(len(free.companions_of(places[0])), count - 1)
    if best is None or -best[0][0] < most:
        best = _best_apart(free, places[:_APART], count, best)
    if best is None:
        return None
    (_, _, leaves_single, _), chosen = best
    return SeatChoice(chosen, leaves_single)


def _best_apart(free: FreeSeats, places: Sequence[int], count: int, together: _Ranked | None) -> _Ranked | None:
    """The best of these accessible seats with companions near it, or what was found `together`. Where nothing was, all
    are in parts: those that could be no better than the best so far are not tried."""
    best = together
    for at in places:
        at_best = (-min(len(free.companions_of(at)), count - 1), True, False, free.seat_distance(at))
        if together is None and best is not None and best[0] < at_best:
            break
        if parts := _apart(free, at, count):
            ranked = _ranked(free, at, parts)
            best = ranked if best is None else min(best, ranked)
    return best


def _ranked(free: FreeSeats, at: int, choice: tuple[int, ...]) -> _Ranked:
    """Most companions first, then side by side, no seat left alone, and the way to the centre."""
    companions = len(set(free.companions_of(at)).intersection(choice))
    return (
        -companions,
        is_split(free.adjacency, choice),
        free.leaves_single_seat(choice),
        free.seat_distance(at),
    ), choice


def _windows_with(free: FreeSeats, at: int, count: int) -> list[tuple[int, ...]]:
    """Each choice of neighbours around the seat: with ordinary seats, or where there is none with others'."""
    pools = (free.without(free.adjacency.given_last, but={at, *free.companions_of(at)}), free)
    for pool in pools:
        run = pool.run_around(at)
        firsts = range(max(run.first, at - count + 1), min(at, run.last - count + 1) + 1)
        windows = (tuple(range(first, first + count)) for first in firsts)
        if whole := [window for window in windows if not pool.parts_a_pair(window)]:
            return whole
    return []


def _apart(free: FreeSeats, at: int, count: int) -> tuple[int, ...] | None:
    """The seat with its nearest companions, and the others as near as can be."""
    near = free.around(Centre(*free.position(at)))
    group = (at, *sorted(free.companions_of(at), key=lambda each: (near.seat_distance(each), each))[: count - 1])
    rest = count - len(group)
    for others in (near.without([*free.adjacency.given_last, *group]), near.without(group)):
        more = _rest(others, rest)
        choice = None if more is None else tuple(sorted((*group, *more)))
        if choice and not free.parts_a_pair(choice):
            return choice
    return None


def _rest(others: FreeSeats, count: int) -> tuple[int, ...] | None:
    """So many others: side by side, else in parts."""
    if not count:
        return ()
    for spares_single in (True, False):
        if together := _side_by_side(others, count, spares_single=spares_single):
            return together
    return split(others, count)
