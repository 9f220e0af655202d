"""The demo content holds together, and days are planned in unbroken runs."""

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from contracts.layout import Layout, Seat
from contracts.policy import CancellationPolicy
from stack.demo_content import MOVIES, THEATERS, TIMES
from stack.demo_data import DAYS, _runs, _terms
from stack.demo_screens import COUPLES, DOUBLE_AISLE, NO_I_NO_O, PLAIN
from stack.demo_seats import drawn, neighbours


def test_days_fall_into_unbroken_runs() -> None:
    days = [date(2026, 11, day) for day in (3, 4, 5, 9, 11, 12)]
    first_and_last = [(first.day, last.day) for first, last in _runs(days)]
    assert first_and_last == [(3, 5), (9, 9), (11, 12)]
    assert list(_runs([])) == []


def test_the_demo_is_as_large_as_promised_and_no_larger() -> None:
    assert len(MOVIES) == 8
    assert len(THEATERS) == 4
    assert {theater.about["timezone"] for theater in THEATERS} == {"Asia/Kolkata", "Asia/Dubai"}
    assert sum(len(theater.screens) for theater in THEATERS) * len(TIMES) * DAYS <= 250


def test_the_longest_film_ends_before_the_next_begins() -> None:
    hours = [int(at[:2]) for at in TIMES]
    shortest_gap = min(later - earlier for earlier, later in pairwise(hours))
    assert max(movie["runtime"] for movie in MOVIES) + 30 <= shortest_gap * 60


def seats_of(layout: dict[str, Any]) -> list[Seat]:
    return list(Layout.model_validate(layout).seats())


def availability(layout: dict[str, Any], *, sold: tuple[str, ...] = ()) -> dict[str, Any]:
    """As seating answers it, with all that is sold."""
    shape = {name: layout.get(name, []) for name in ("rows", "cols", "aisles")}
    seats = [seat.model_dump(by_alias=True, exclude_none=True) for seat in seats_of(layout)]
    status = [{"status": "sold" if seat["seatId"] in sold else "available"} for seat in seats]
    return {"layout": shape, "seats": [{**seat, **state} for seat, state in zip(seats, status, strict=True)]}


@pytest.mark.parametrize("layout", [PLAIN, NO_I_NO_O, DOUBLE_AISLE, COUPLES])
def test_every_seat_of_a_demo_hall_has_a_label_of_its_own(layout: dict[str, Any]) -> None:
    assert set(Counter(str(seat.label) for seat in seats_of(layout)).values()) == {1}


def test_one_hall_has_no_rows_i_and_o() -> None:
    rows = list(dict.fromkeys((seat.row, seat.label.row) for seat in seats_of(NO_I_NO_O)))
    assert rows[7:10] == [("H", "H"), ("I", "J"), ("J", "K")]
    assert not {"I", "O"} & {label for _, label in rows}


def test_one_halls_rows_begin_at_the_third_column_and_have_a_double_aisle() -> None:
    row = [seat for seat in seats_of(DOUBLE_AISLE) if seat.row == "C"]
    assert [(seat.number, seat.label.number) for seat in row] == [
        *((column, str(column - 2)) for column in range(3, 9)),
        *((column, str(column - 3)) for column in range(10, 16)),
    ]
    layout = Layout.model_validate(DOUBLE_AISLE)
    assert [column for column in range(1, 15) if layout.aisle_after("C", column)] == [8, 9]
    assert not layout.aisle_after("H", 8)


def test_one_hall_has_sofas_for_two_counted_from_the_right() -> None:
    sofas = {seat.seat_id: seat for seat in seats_of(COUPLES) if seat.row in {"I", "J"}}
    assert all(sofas[str(seat.paired_with)].paired_with == seat.seat_id for seat in sofas.values())
    assert (sofas["J1"].label.number, sofas["J16"].label.number) == ("16", "1")


def test_one_theater_has_tiers_and_one_screen_is_free_in_the_mornings() -> None:
    tiers = [
        theater.about["cancellationPolicy"]["tiers"] for theater in THEATERS if "cancellationPolicy" in theater.about
    ]
    assert [len(CancellationPolicy.model_validate({"tiers": each}).tiers) for each in tiers] == [2]
    shows = [_terms(theater, screen, at) for theater in THEATERS for screen in theater.screens for at in TIMES]
    assert [show["currency"] for show in shows if show["basePrice"] == 0] == ["OMR"]


def test_the_buyer_takes_both_seats_of_a_couple_and_none_over_an_aisle() -> None:
    lone = tuple(
        seat.seat_id for seat in seats_of(COUPLES) if seat.row not in {"I", "J"} or seat.seat_id in {"I5", "J9"}
    )
    chosen = set(neighbours(availability(COUPLES, sold=lone)) or ())
    assert frozenset(chosen) in {frozenset(map(str, pair)) for pair in COUPLES["pairs"]}
    left = tuple(seat.seat_id for seat in seats_of(DOUBLE_AISLE) if seat.seat_id not in {"C8", "C10", "D3", "D4"})
    assert set(neighbours(availability(DOUBLE_AISLE, sold=left)) or ()) == {"D3", "D4"}


def test_the_map_names_rows_as_they_are_painted_and_shows_aisles_where_they_are() -> None:
    lines = drawn(availability(NO_I_NO_O), []).splitlines()
    assert [line.split()[0] for line in lines[7:10]] == ["H", "J", "K"]
    front, *_, back = drawn(availability(DOUBLE_AISLE, sold=("H3",)), ["H4"]).splitlines()
    assert front == "  A    .....   ....."
    assert back == "  H   #*..........."
