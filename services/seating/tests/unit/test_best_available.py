"""Which seats are the best: judged by trying all others."""

from collections.abc import Iterable

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from services.seating.tests.choices import Choice, ScreenState, screens

from contracts.layout import Layout, row_index
from seating.best_available import SeatChoice, SeatWish, best_choice, free_seats, is_split
from seating.domain import NumberedSeats


def letters_of(screen: ScreenState) -> str:
    return "".join("a" if seat.seat_id in screen.free else "s" for seat in screen.layout.seats())


def chosen(screen: ScreenState, wish: SeatWish) -> tuple[SeatChoice, Choice] | None:
    numbered = NumberedSeats.of(screen.layout)
    choice = best_choice(screen.layout, numbered.adjacency, letters_of(screen), wish)
    return (choice, frozenset(numbered.seats[at].seat_id for at in choice.places)) if choice else None


def best(layout: Layout, wish: SeatWish, letters: str = "") -> list[str] | None:
    numbered = NumberedSeats.of(layout)
    choice = best_choice(layout, numbered.adjacency, letters or "a" * len(numbered.seats), wish)
    return [numbered.seats[at].seat_id for at in choice.places] if choice else None


def ordinary(screen: ScreenState) -> Choice:
    return frozenset(s for s in screen.free if not (screen.seats[s].accessible or screen.seats[s].companion_of))


def away(screen: ScreenState, choice: Iterable[str]) -> float:
    """From the middle of the screen's width, two thirds back."""
    seats = [screen.seats[s] for s in choice]
    row, column = row_index(seats[0].row), sum(seat.number for seat in seats) / len(seats)
    middle, back = (screen.layout.cols + 1) / 2, screen.layout.rows * 2 / 3 - 0.5
    return round(2 * abs(row - back) + abs(column - middle), 6)


@given(rows=st.integers(1, 40), cols=st.integers(1, 50), count=st.integers(1, 10))
def test_in_an_empty_screen_they_are_central_and_two_thirds_back(rows: int, cols: int, count: int) -> None:
    assume(count <= cols)
    seats = best(Layout(rows=rows, cols=cols), SeatWish(count, forbids_single_seats=True))
    assert seats is not None
    letters = {seat.rstrip("0123456789") for seat in seats}
    numbers = [int(seat.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for seat in seats]
    assert len(letters) == 1
    assert numbers == list(range(numbers[0], numbers[0] + count))
    at_wall = numbers[0] == 1 or numbers[-1] == cols  # beside a single seat's place there is none nearer
    assert abs((numbers[0] + numbers[-1]) / 2 - (cols + 1) / 2) <= 1.5 or at_wall
    assert abs(row_index(letters.pop()) + 0.5 - rows * 2 / 3) <= max(0.5, rows * 0.15)


@settings(max_examples=100)
@given(screen=screens(), count=st.integers(1, 6), forbids=st.booleans())
def test_they_are_free_and_side_by_side_and_leave_no_seat_alone_where_that_can_be(
    screen: ScreenState, count: int, *, forbids: bool
) -> None:
    answer = chosen(screen, SeatWish(count, forbids_single_seats=forbids))
    if answer is None:
        assert len(screen.free) < count or screen.layout.pairs
        return
    choice, seats = answer
    assert len(seats) == count
    assert seats <= screen.free
    assert not screen.missing_partners(seats)
    assert choice.leaves_single_seat == bool(screen.left_alone(seats))
    legal = [other for other in screen.adjacent(count) if screen.is_legal(other)]
    if forbids and legal:
        assert screen.is_legal(seats)
    unreserved = [other for other in legal if other <= ordinary(screen)]
    if unreserved:
        event("side by side")
        assert seats in unreserved
        assert away(screen, seats) == min(away(screen, other) for other in unreserved)


@settings(max_examples=100)
@given(screen=screens(), count=st.integers(2, 7))
def test_a_group_is_split_in_as_few_parts_as_can_be_and_has_others_seats_last(screen: ScreenState, count: int) -> None:
    assume(not screen.layout.pairs)
    answer = chosen(screen, SeatWish(count))
    assert (answer is None) == (len(screen.free) < count)
    if answer is None:
        return
    pool = ordinary(screen) if len(ordinary(screen)) >= count else screen.free
    assert answer[1] <= pool
    lengths = sorted((len(run) for run in runs(screen, pool)), reverse=True)
    least = next(number for number in range(1, len(lengths) + 1) if sum(lengths[:number]) >= count)
    event(f"{least} parts")
    assert len(runs(screen, answer[1])) == least
    assert is_split(NumberedSeats.of(screen.layout).adjacency, sorted(answer[0].places)) == (least > 1)


def runs(screen: ScreenState, pool: Choice) -> list[set[str]]:
    """The seats as groups of neighbours."""
    groups: list[set[str]] = []
    for seat in screen.seats.values():
        if seat.seat_id in pool:
            beside = groups and groups[-1] & set(screen.neighbours(seat))
            groups = [*groups[:-1], groups[-1] | {seat.seat_id}] if beside else [*groups, {seat.seat_id}]
    return groups


@settings(max_examples=100)
@given(screen=screens(), count=st.integers(1, 4))
def test_who_needs_an_accessible_seat_has_one_with_as_many_companions_as_there_are(
    screen: ScreenState, count: int
) -> None:
    assume(not screen.layout.pairs)
    answer = chosen(screen, SeatWish(count, accessible=True))
    free = [s for s in screen.layout.accessible if s in screen.free]
    numbered = NumberedSeats.of(screen.layout)
    left = free_seats(numbered.adjacency, letters_of(screen), SeatWish(count, accessible=True))
    assert left == (len(screen.free) if free else 0)
    assert (answer is None) == (left < count)
    if answer is None:
        return
    _, seats = answer
    assert len(seats) == count
    assert seats <= screen.free

    def companions(of: str, among: Choice) -> int:
        return sum(screen.layout.companions.get(other) == of for other in among)

    most = max(min(companions(at, screen.free), count - 1) for at in free)
    assert max(companions(at, seats) for at in free if at in seats) >= most


def test_companions_sit_beside_and_the_others_of_the_group_too() -> None:
    layout = Layout(rows=3, cols=8, accessible=("A1", "C1"), companions={"A2": "A1", "C2": "C1"})
    assert best(layout, SeatWish(2, accessible=True)) == ["C1", "C2"]
    assert best(layout, SeatWish(4, accessible=True)) == ["C1", "C2", "C3", "C4"]
    taken = "a" * 16 + "asaaaaaa"
    assert best(layout, SeatWish(2, accessible=True), taken) == ["A1", "A2"]
    assert best(layout, SeatWish(1, accessible=True), taken) == ["C1"]


def test_withheld_seats_are_for_those_who_need_them() -> None:
    layout = Layout(rows=1, cols=4, accessible=("A1",), companions={"A2": "A1"})
    assert best(layout, SeatWish(2), "wwaa") == ["A3", "A4"]
    assert best(layout, SeatWish(3), "wwaa") is None
    assert best(layout, SeatWish(3, accessible=True), "wwaa") == ["A1", "A2", "A3"]


def test_the_seats_are_of_the_type_asked_for() -> None:
    layout = Layout.model_validate({"rows": 3, "cols": 4, "seatTypes": [{"type": "sofa", "rows": ["A"]}]})
    assert best(layout, SeatWish(2, "sofa")) == ["A1", "A2"]
    assert best(layout, SeatWish(5, "sofa")) is None
    assert free_seats(NumberedSeats.of(layout).adjacency, "a" * 12, SeatWish(5, "sofa")) == 4


def test_nobody_of_a_split_group_sits_alone_where_that_can_be() -> None:
    layout = Layout(rows=3, cols=5)
    assert best(layout, SeatWish(5), "aaaas" + "sssss" + "saaas") == ["A3", "A4", "C2", "C3", "C4"]
