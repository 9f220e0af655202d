"""Seats for a group that cannot sit side by side: as few parts as can be, in rows near each other, nobody by himself
where that can be. Pure; seats are their places in the map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby
from operator import attrgetter

from seating.seat_runs import FreeSeats, Run

_NEIGHBOURHOODS = 4  # so many equally good ones are compared
Badness = tuple[int, int, float]
"""Seats left alone, guests by themselves, and the way to the centre."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """Windows of some runs, as pairs of first seat and length."""

    badness: Badness
    windows: tuple[tuple[int, int], ...]

    def with_part(self, part: "_Parts") -> "_Parts":
        here, there = self.badness, part.badness
        badness = here[0] + there[0], here[1] + there[1], here[2] + there[2]
        return _Parts(badness, self.windows + part.windows)


def split(pool: FreeSeats, count: int) -> tuple[int, ...] | None:
    """The places of so many seats in several runs, in the order of the map; None where there are not so many, or not
    without parting a pair."""
    rows, lengths = _Rows(pool, count), pool.lengths_in(pool.blocks)
    for number in range(2, min(count, len(lengths)) + 1):
        if sum(lengths[:number]) < count:
            continue
        divided = (_divided(pool, chosen, count) for chosen in _neighbourhoods(rows, number))
        best = min((parts for parts in divided if parts), key=attrgetter("badness"), default=None)
        if best:
            return tuple(sorted(at for first, length in best.windows for at in range(first, first + length)))
    return _one_by_one(pool, count)


class _Rows:
    """The rows of a pool and their runs, read as they are asked for. A group of so many sits at most in each run."""

    def __init__(self, pool: FreeSeats, count: int) -> None:
        self.pool, self.count = pool, count
        self._runs = dict[int, list[Run]]()

    def runs(self, row: int) -> Sequence[Run]:
        """The runs of a row, the longest first, and of those the nearest to the centre."""
        if row not in self._runs:
            self._runs[row] = sorted(self.pool.runs(blocks=self.pool.rows.get(row, ())), key=self._rank)
        return self._runs[row]

    @cached_property
    def lengths(self) -> Sequence[Sequence[int]]:
        """How long the runs of each row are, the longest first, from the first row on."""
        rows = self.pool.rows
        return [self.pool.lengths_in(rows[row]) if row in rows else () for row in range(max(rows, default=-1) + 1)]

    def by_distance(self) -> Iterator[Sequence[int]]:
        """The rows that have runs, as many together as are as near to the centre, the nearest first."""
        for _, rows in groupby(self.pool.rows, lambda row: abs(row - self.pool.centre.row)):
            yield list(rows)

    def best_first(self, rows: Sequence[int]) -> Sequence[int]:
        """Rows in the order of their best runs."""
        return rows if len(rows) < 2 else sorted(rows, key=lambda row: self._rank(self.runs(row)[0]))

    def _rank(self, run: Run) -> tuple[int, float]:
        return -min(run.length, self.count), self.pool.run_distance(run)


class _Reach:
    """Within how many rows of one so many runs have the seats that are wanted."""

    def __init__(self, rows: _Rows, number: int) -> None:
        self._lengths = [lengths[:number] for lengths in rows.lengths]
        self._number, self._count, self._farthest = number, rows.count, len(rows.pool.rows)

    def of(self, row: int, most: int | None) -> int | None:
        """So many rows away, `most` at most; None where it takes more."""
        if most is None:
            return next((spread for spread in range(self._farthest + 1) if self._suffices(row, spread)), None)
        if not self._suffices(row, most):
            return None
        while most and self._suffices(row, most - 1):
            most -= 1
        return most

    def _suffices(self, row: int, spread: int) -> bool:
        near = chain.from_iterable(self._lengths[max(0, row - spread) : row + spread + 1])
        longest = sorted(near, reverse=True)[: self._number]
        return len(longest) == self._number and sum(longest) >= self._count


def _neighbourhoods(rows: _Rows, number: int) -> list[list[Run]]:
    """So many runs in rows near each other, the longest of these rows, as have the seats: where the fewest rows are
    needed, and of these choices the nearest to the centre."""
    chosen: list[int] = []
    reach, least, compared = _Reach(rows, number), None, 0
    for as_near in rows.by_distance():
        spreads = {row: spread for row in as_near if (spread := reach.of(row, least)) is not None}
        for row in rows.best_first([*spreads]):
            spread = spreads[row]
            if least is not None and spread > least:
                continue
            if spread != least:
                chosen, least = [], spread
            chosen.append(row)
            compared += 1
            if least == 0 and compared >= _NEIGHBOURHOODS:
                return _longest_around(chosen, rows, least, number)
    return _longest_around(chosen, rows, least or 0, number)


def _longest_around(chosen: Sequence[int], rows: _Rows, spread: int, number: int) -> list[list[Run]]:
    """For each of the first of these rows so many runs: the longest of the row and those as near to it, and of these
    the nearest."""
    around = []
    for row in chosen[:_NEIGHBOURHOODS]:
        others = (other for apart in range(spread + 1) for other in {row - apart, row + apart})
        near = [run for other in others for run in rows.runs(other)[:number]]
        around.append(sorted(near, key=lambda run: -run.length)[:number])
    return around


def _divided(pool: FreeSeats, runs: Sequence[Run], count: int) -> _Parts | None:
    """The best way to seat so many in all of these runs, some in each."""
    best = {0: _Parts((0, 0, 0.0), ())}
    for at, run in enumerate(runs):
        runs_after = len(runs) - at - 1
        sizes = range(1, min(run.length, count) + 1)
        windows = {size: part for size in sizes if (part := _window(pool, run, size))}
        following: dict[int, _Parts] = {}
        for seated, parts in best.items():
            for size, part in windows.items():
                total = seated + size
                if total + runs_after > count:
                    break
                both = parts.with_part(part)
                if total not in following or both.badness < following[total].badness:
                    following[total] = both
        best = following
    return best.get(count)


def _window(pool: FreeSeats, run: Run, size: int) -> _Parts | None:
    for alone, spares_single in enumerate((True, False)):
        first = pool.window(run, size, spares_single=spares_single)
        if first is not None:
            return _Parts((alone, int(size == 1), pool.window_distance(run, first, size)), ((first, size),))
    return None


def _one_by_one(pool: FreeSeats, count: int) -> tuple[int, ...] | None:
    """The nearest seats, each by itself and pairs whole: where pairs leave no other way."""
    partners = pool.adjacency.partners
    units = {tuple(sorted({at, *_partner(pool, partners.get(at))})) for run in pool.runs() for at in _places(run)}
    ways: list[tuple[float, tuple[int, ...]]] = []
    near = sorted((min(map(pool.seat_distance, unit)), unit) for unit in units if all(map(pool.has, unit)))
    singles = [unit for _, unit in near if len(unit) == 1][:count]
    pairs = [unit for _, unit in near if len(unit) > 1][:count]
    for pairs_taken in range(min(len(pairs), count // 2) + 1):
        rest = count - 2 * pairs_taken
        if rest <= len(singles):
            chosen = [*pairs[:pairs_taken], *singles[:rest]]
            places = tuple(sorted(at for unit in chosen for at in unit))
            ways.append((sum(map(pool.seat_distance, places)), places))
    return min(ways)[1] if ways else None


def _places(run: Run) -> range:
    return range(run.first, run.last + 1)


def _partner(pool: FreeSeats, partner: int | None) -> tuple[int, ...]:
    """The other seat of a pair, where it is free."""
    return (partner,) if partner is not None and pool.free[partner] == ord("a") else ()
