"""The rules of a choice of seats as plainly and slowly as can be: every choice there is, judged one by one."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from contracts.layout import Layout, Seat, row_index

Choice = frozenset[str]


@dataclass(frozen=True)
class ScreenState:
    """A layout and the seats that are free in it."""

    layout: Layout
    free: Choice

    @property
    def seats(self) -> dict[str, Seat]:
        return {seat.seat_id: seat for seat in self.layout.seats()}

    def neighbours(self, seat: Seat) -> Iterator[str]:
        for left, right in ((seat.number - 1, seat.number), (seat.number, seat.number + 1)):
            other = f"{seat.row}{left if right == seat.number else right}"
            if other in self.seats and not self.layout.aisle_after(seat.row, left):
                yield other

    def partner(self, seat_id: str) -> str | None:
        return self.seats[seat_id].paired_with

    def is_alone(self, seat_id: str, free: Choice) -> bool:
        seat = self.seats[seat_id]
        company = {*self.neighbours(seat), self.partner(seat_id)}
        return seat.companion_of is None and not company & free

    def left_alone(self, choice: Choice) -> Choice:
        rest = self.free - choice
        return frozenset(s for s in rest if self.is_alone(s, rest) and not self.is_alone(s, self.free))

    def missing_partners(self, choice: Choice) -> Choice:
        return frozenset(p for s in choice if (p := self.partner(s)) in self.free - choice and p)

    def is_legal(self, choice: Choice) -> bool:
        return choice <= self.free and not self.missing_partners(choice) and not self.left_alone(choice)

    def adjacent(self, count: int) -> Iterator[Choice]:
        """All ways to sit so many side by side, whatever is free."""
        for first in self.seats.values():
            row = [first]
            while len(row) < count:
                beside = (self.seats[s] for s in self.neighbours(row[-1]))
                following = [seat for seat in beside if seat.number > row[-1].number]
                if not following:
                    break
                row += following
            else:
                yield frozenset(seat.seat_id for seat in row)

    def best(self, choice: Choice) -> set[Choice]:
        """The legal choices of as many seats to be suggested: such as take nothing given last, then the nearest."""
        legal = [other for other in self.adjacent(len(choice)) if self.is_legal(other)]
        rank = {other: (self._takes_given_last(other - choice), self._distance(other, choice)) for other in legal}
        return {other for other in legal if rank[other] == min(rank.values())}

    def _takes_given_last(self, seats: Choice) -> bool:
        return any(self.seats[s].accessible or self.seats[s].companion_of for s in seats)

    def _distance(self, choice: Choice, other: Choice) -> float:
        (row, column), (other_row, other_column) = self._middle(choice), self._middle(other)
        return round(2 * abs(row - other_row) + abs(column - other_column), 6)

    def _middle(self, choice: Choice) -> tuple[float, float]:
        seats = [self.seats[s] for s in choice]
        rows, columns = [row_index(seat.row) for seat in seats], [seat.number for seat in seats]
        return sum(rows) / len(rows), sum(columns) / len(columns)


@st.composite
def screens(draw: st.DrawFn) -> ScreenState:
    rows, cols = draw(st.integers(1, 3)), draw(st.integers(1, 7))
    ids = [f"{'ABC'[row]}{number}" for row in range(rows) for number in range(1, cols + 1)]
    some = st.lists(st.sampled_from(ids), unique=True)
    aisle = st.integers(1, cols).flatmap(
        lambda after: st.one_of(
            st.just(after),
            st.lists(st.sampled_from("ABC"), unique=True).map(lambda named: {"after": after, "rows": named}),
        )
    )
    gaps = draw(st.lists(st.sampled_from(ids), unique=True, max_size=2))
    left = [seat for seat in ids if seat not in gaps]
    couples = draw(st.permutations(left)) if draw(st.booleans()) else left
    pairs = [pair for pair in zip(couples[::2], couples[1::2], strict=False) if draw(st.booleans())]
    accessible = draw(some)
    companions = (
        {seat: draw(st.sampled_from(accessible)) for seat in draw(some) if seat not in accessible} if accessible else {}
    )
    layout = Layout(
        rows=rows,
        cols=cols,
        aisles=draw(st.lists(aisle, max_size=2)),
        gaps=gaps,
        pairs=pairs,
        accessible=accessible,
        companions=companions,
    )
    taken = draw(st.lists(st.sampled_from(left), unique=True, max_size=1 + len(left) // 3)) if left else []
    return ScreenState(layout, frozenset(left) - frozenset(taken))
