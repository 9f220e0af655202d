"""Where guests sit when their seats are taken out: the nearest equal ones, together where that can be."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.layout import Layout, SeatType
from seating.placement import Group, are_neighbours, class_of, place, runs_of

TYPES = (SeatType(type="gold", rows=("B",)), SeatType(type="standard"))


def a_layout(rows: int, cols: int, accessible: int = 0) -> Layout:
    places = tuple(f"A{number}" for number in range(1, accessible + 1))
    return Layout(rows=rows, cols=cols, seat_types=TYPES, accessible=places)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    rows, cols = draw(st.integers(1, 5)), draw(st.integers(2, 7))
    aisles = tuple(draw(st.sets(st.integers(1, cols - 1), max_size=1)))
    return a_layout(rows, cols, draw(st.integers(0, 2))).model_copy(update={"aisles": aisles})


@st.composite
def parties(draw: st.DrawFn) -> tuple[Layout, list[Group], Layout, set[str]]:
    """Groups of a layout, another one, and the seats that are free there."""
    old, new = draw(layouts()), draw(layouts())
    seats = draw(st.permutations(list(old.seats())))
    taken = seats[: draw(st.integers(0, len(seats)))]
    groups: list[Group] = []
    while taken:
        size = draw(st.integers(1, 4))
        groups.append(Group(f"bkg_{len(groups)}", tuple(taken[:size])))
        taken = taken[size:]
    gone = draw(st.sets(st.sampled_from([seat.seat_id for seat in new.seats()]), max_size=4))
    return old, groups, new, {seat.seat_id for seat in new.seats()} - gone


@given(parties())
def test_nobody_shares_a_seat_and_each_is_equal_free_and_of_its_own_group(
    case: tuple[Layout, list[Group], Layout, set[str]],
) -> None:
    old, groups, new, free = case
    placement = place(groups, old, new, free)
    there = {seat.seat_id: seat for seat in new.seats()}
    given_out = [seat for places in placement.places.values() for seat in places.values()]
    assert len(given_out) == len(set(given_out))
    assert set(given_out) <= free
    for group in groups:
        if group.key in placement.unplaced:
            assert group.key not in placement.places
            continue
        places = placement.places[group.key]
        assert places.keys() == {seat.seat_id for seat in group.seats}
        assert all(class_of(there[places[seat.seat_id]]) == class_of(seat) for seat in group.seats)


@given(parties())
def test_nobody_is_left_out_while_there_are_equal_seats_enough_for_all(
    case: tuple[Layout, list[Group], Layout, set[str]],
) -> None:
    old, groups, new, free = case
    kinds = {class_of(seat) for group in groups for seat in group.seats}

    def enough(kind: object) -> bool:
        wanted = sum(class_of(seat) == kind for group in groups for seat in group.seats)
        return wanted <= sum(class_of(seat) == kind and seat.seat_id in free for seat in new.seats())

    if all(enough(kind) for kind in kinds):
        assert not place(groups, old, new, free).unplaced


@given(parties())
def test_the_same_question_has_the_same_answer(case: tuple[Layout, list[Group], Layout, set[str]]) -> None:
    old, groups, new, free = case
    assert place(groups, old, new, free) == place(groups, old, new, sorted(free, reverse=True))


@given(st.integers(2, 6), st.integers(1, 4), st.data())
def test_a_party_stays_together_in_an_empty_screen(cols: int, size: int, data: st.DataObject) -> None:
    old, new = Layout(rows=3, cols=max(cols, size)), Layout(rows=2, cols=size)
    first = data.draw(st.integers(1, old.cols - size + 1))
    seats = [seat for seat in old.seats() if seat.row == "C" and first <= seat.number < first + size]
    placement = place([Group("bkg_1", tuple(seats))], old, new, {seat.seat_id for seat in new.seats()})
    there = {seat.seat_id: seat for seat in new.seats()}
    chosen = [there[placement.places["bkg_1"][seat.seat_id]] for seat in seats]
    assert all(are_neighbours(new, one, other) for one, other in pairwise(chosen))


def moved(layout: Layout, group: Mapping[str, bool], *taken: str) -> Mapping[str, str]:
    """Where a group goes whose seats are given with whether they are taken out; `taken` are other guests' seats."""
    seats = tuple(seat for seat in layout.seats() if seat.seat_id in group)
    staying = frozenset(seat for seat, broken in group.items() if not broken)
    free = {seat.seat_id for seat in layout.seats()} - {*group, *taken}
    return place([Group("bkg_1", seats, staying)], layout, layout, free).places.get("bkg_1", {})


def test_a_guest_alone_moves_to_the_nearest_equal_seat() -> None:
    layout = Layout(rows=3, cols=5)
    assert moved(layout, {"B3": True}) == {"B3": "B2"}
    assert moved(layout, {"B3": True}, "B2") == {"B3": "B4"}
    assert moved(layout, {"B3": True}, "B1", "B2", "B4", "B5") == {"B3": "A3"}


def test_two_side_by_side_stay_so_though_one_could_stay() -> None:
    assert moved(Layout(rows=2, cols=5), {"A2": True, "A3": False}) == {"A2": "A3", "A3": "A4"}


def test_they_part_sooner_than_one_stays_without_a_seat() -> None:
    assert moved(Layout(rows=2, cols=3), {"A1": True, "A2": False}, "A3", "B2") == {"A1": "B1", "A2": "A2"}


def test_a_wheelchair_place_is_given_for_one_and_for_nothing_else() -> None:
    layout = Layout(rows=2, cols=3, accessible=("A1", "B3"))
    assert moved(layout, {"A1": True}) == {"A1": "B3"}
    assert moved(layout, {"A2": True}, "A3", "B1", "B2") == {}


def test_a_couples_pair_moves_as_one() -> None:
    layout = Layout(rows=1, cols=6, pairs=(("A1", "A2"), ("A3", "A4"), ("A5", "A6")))
    assert moved(layout, {"A1": True, "A2": False}, "A3") == {"A1": "A5", "A2": "A6"}


def test_of_a_pair_that_loses_a_seat_both_move_though_the_party_parts() -> None:
    layout = Layout(rows=1, cols=6, pairs=(("A2", "A3"), ("A5", "A6")))
    assert moved(layout, {"A1": False, "A2": True, "A3": False}, "A4") == {"A1": "A1", "A2": "A5", "A3": "A6"}


def test_half_of_a_free_pair_is_taken_last() -> None:
    layout = Layout(rows=1, cols=6, pairs=(("A1", "A2"), ("A3", "A4"), ("A5", "A6")))
    assert moved(layout, {"A1": True}, "A2", "A6") == {"A1": "A5"}
    assert moved(layout, {"A1": True, "A2": False}, "A3", "A5") == {"A1": "A4", "A2": "A2"}
    assert moved(layout, {"A1": True}, "A2", "A5", "A6") == {"A1": "A3"}


def test_a_companions_seat_goes_to_somebody_else_last() -> None:
    layout = Layout(rows=2, cols=3, accessible=("A1",), companions={"A2": "A1"})
    assert moved(layout, {"A3": True}) == {"A3": "B3"}
    assert moved(layout, {"A3": True}, "B1", "B2", "B3") == {"A3": "A2"}


def test_neighbours_have_no_aisle_between_them() -> None:
    layout = Layout(rows=1, cols=4, aisles=(2,))
    assert [[seat.seat_id for seat in run] for run in runs_of(layout, layout.seats())] == [["A1", "A2"], ["A3", "A4"]]


def test_who_sits_beside_a_wheelchair_place_goes_along_from_either_side() -> None:
    one = Layout(rows=3, cols=9, accessible=("A1", "A7"), companions={"A2": "A1", "A8": "A7"})
    other = Layout(rows=4, cols=9, accessible=("D1", "D9"), companions={"D2": "D1", "D8": "D9"})
    assert moved(one, {"A1": True, "A2": False}) == {"A1": "A7", "A2": "A8"}
    seats = tuple(seat for seat in one.seats() if seat.seat_id in {"A7", "A8"})
    free = {seat.seat_id for seat in other.seats()}
    assert place([Group("bkg_1", seats)], one, other, free).places == {"bkg_1": {"A7": "D9", "A8": "D8"}}
