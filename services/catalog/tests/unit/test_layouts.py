"""Layouts of real halls, and what is wrong with a faulty one, by its exact path."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.layouts import faults, seats_for_sale
from catalog.schemas.screens import LayoutBody, NewScreen
from chassis.problems import InvalidInput
from contracts.layout import Layout, row_letters

GOOD: dict[str, Any] = {
    "rows": 3,
    "cols": 6,
    "aisles": [3, {"after": 5, "rows": ["A"]}],
    "gaps": ["A1"],
    "blocked": ["B1"],
    "accessible": ["C1"],
    "companions": {"C2": "C1"},
    "pairs": [["B5", "B6"]],
    "rowLabels": ["A", "B", "W"],
    "numbering": {"from": "right", "count": "seats"},
    "seatLabels": {"C1": {"row": "W", "number": "R1"}},
    "seatTypes": [{"type": "gold", "rows": ["A"], "priceFactor": 1.5}, {"type": "rest"}],
}


def wrong(**change: Any) -> dict[str, str]:
    return dict(faults(LayoutBody.model_validate({**GOOD, **change})))


def test_a_good_layout_has_no_faults_and_counts_its_seats() -> None:
    layout = LayoutBody.model_validate(GOOD)
    assert list(faults(layout)) == []
    assert seats_for_sale(layout) == (17, 16)


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"gaps": ["D1"]}, {"gaps.0"}),
        ({"gaps": ["A1", "A7"]}, {"gaps.1"}),
        ({"gaps": ["a1", "A01", ""]}, {"gaps.0", "gaps.1", "gaps.2"}),
        ({"blocked": ["B1", "A1"]}, {"blocked.1"}),
        ({"accessible": ["C1", "A1"]}, {"accessible.1"}),
        ({"aisles": [6]}, {"aisles.0"}),
        ({"aisles": [2, {"after": 6}]}, {"aisles.1.after"}),
        ({"aisles": [{"after": 2, "rows": ["A", "D"]}]}, {"aisles.0.rows.1"}),
        ({"seatTypes": [{"type": "x", "rows": ["D"]}]}, {"seatTypes.0.rows.0"}),
        (
            {"seatTypes": [{"type": "x", "rows": ["A"]}, {"type": "y", "rows": ["B", "A"]}]},
            {"seatTypes.0.rows.0", "seatTypes.1.rows.1"},
        ),
        ({"seatTypes": [{"type": "x", "rows": ["A", "A"]}]}, {"seatTypes.0.rows.0", "seatTypes.0.rows.1"}),
        ({"seatTypes": [{"type": "x"}, {"type": "y"}]}, {"seatTypes"}),
        (
            {"seatTypes": [{"type": "x", "rows": ["A"]}, {"type": "x", "rows": ["B"]}]},
            {"seatTypes.0.type", "seatTypes.1.type"},
        ),
        ({"companions": {"C9": "C1"}}, {"companions.C9"}),
        ({"companions": {"C2": "C9"}}, {"companions.C2"}),
        ({"companions": {"C2": "C3"}}, {"companions.C2"}),
        ({"accessible": ["C1", "C2"]}, {"companions.C2"}),
        ({"companions": {"C1": "C1"}}, {"companions.C1"}),
        ({"pairs": [["B5", "B9"]]}, {"pairs.0.1"}),
        ({"pairs": [["A1", "A2"]]}, {"pairs.0.0"}),
        ({"pairs": [["B3", "B4"]]}, {"pairs.0"}),
        ({"pairs": [["A5", "A6"]]}, {"pairs.0"}),
        ({"pairs": [["B4", "B6"]]}, {"pairs.0"}),
        ({"pairs": [["B5", "C5"]]}, {"pairs.0"}),
        ({"pairs": [["B5", "B5"]]}, {"pairs.0", "pairs.0.0", "pairs.0.1"}),
        ({"pairs": [["B4", "B5"], ["B5", "B6"]]}, {"pairs.0.1", "pairs.1.0"}),
        ({"pairs": [["B1", "B2"]]}, {"pairs.0"}),
        ({"rowLabels": ["A", "B"]}, {"rowLabels"}),
        ({"rowLabels": ["A", "B", "W", "X"]}, {"rowLabels"}),
        ({"rowLabels": ["A", None, "W"]}, {"blocked.0", "pairs.0.0", "pairs.0.1"}),
        ({"rowLabels": ["A", "A", "W"]}, {"rowLabels.1"}),
        ({"seatLabels": {"C9": {"row": "W", "number": "1"}}}, {"seatLabels.C9"}),
        ({"seatLabels": {"A1": {"row": "W", "number": "9"}}}, {"seatLabels.A1"}),
        ({"seatLabels": {"C1": {"row": "W", "number": "2"}}}, {"seatLabels.C1"}),
        ({"seatLabels": {"C1": {"row": "B", "number": "2"}}}, {"seatLabels.C1"}),
        ({"seatLabels": {"B2": {"row": "Ｂ", "number": "４"}}}, {"seatLabels.B2"}),
        (
            {
                "gaps": [f"{row}{number}" for row in "ABC" for number in range(1, 7)],
                "blocked": [],
                "accessible": [],
                "companions": {},
                "pairs": [],
                "seatLabels": {},
            },
            {"gaps"},
        ),
    ],
)
def test_a_layout_that_names_what_it_has_not_says_where(change: dict[str, Any], paths: set[str]) -> None:
    assert set(wrong(**change)) == paths


def test_repeated_row_labels_are_fine_while_the_seats_differ() -> None:
    """Two blocks of one hall, each with a row A: the balcony's seats go on where the stalls' end."""
    labels = {f"B{number}": {"row": "A", "number": str(number + 6)} for number in range(1, 7)}
    assert wrong(rowLabels=["A", "A", "W"], seatLabels={**GOOD["seatLabels"], **labels}) == {}


def test_all_that_is_wrong_with_a_screen_is_told_at_once() -> None:
    body = {"theaterId": "thr_1", "name": "One", "layout": {**GOOD, "blocked": ["Z1"], "pairs": [["Z1", "Z2"]]}}
    with pytest.raises(InvalidInput) as refused:
        NewScreen.model_validate(body).screen("scr_1")
    paths = [fault["path"] for fault in refused.value.members["errors"]]
    assert paths == ["layout.blocked.0", "layout.pairs.0.0", "layout.pairs.0.1", "layout.pairs.0"]


def labels(layout: dict[str, Any]) -> dict[str, str]:
    body = LayoutBody.model_validate(layout)
    assert list(faults(body)) == []
    return {seat.seat_id: seat.label.row + seat.label.number for seat in body.seats()}


def test_rows_that_begin_at_the_second_or_third_column_count_their_seats() -> None:
    seats = labels({"rows": 2, "cols": 6, "gaps": ["A1", "B1", "B2"], "numbering": {"count": "seats"}})
    assert (seats["A2"], seats["A6"], seats["B3"], seats["B6"]) == (
        "A1",
        "A5",
        "B1",
        "B4",
    )


def test_rows_without_i_and_o_and_beyond_z_are_called_as_they_are_painted() -> None:
    painted = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in "IO"] + ["AA", "BB", "CC"]
    seats = labels({"rows": 27, "cols": 2, "rowLabels": painted})
    assert (seats["I1"], seats["N1"], seats["Z2"], seats["AA2"]) == (
        "J1",
        "P1",
        "BB2",
        "CC2",
    )


def test_a_row_without_a_label_is_a_cross_aisle_and_its_letter_goes_to_no_seat() -> None:
    seats = labels({"rows": 3, "cols": 2, "rowLabels": ["A", None, "B"]})
    assert seats == {"A1": "A1", "A2": "A2", "C1": "B1", "C2": "B2"}


def test_seats_are_counted_from_the_right_over_double_aisles() -> None:
    """An aisle of two columns that have no seats, and one painted twice in some rows."""
    gaps = [f"{row}{number}" for row in "AB" for number in (4, 5)]
    layout = {
        "rows": 2,
        "cols": 9,
        "gaps": gaps,
        "aisles": [3, 3, {"after": 7, "rows": ["B"]}, {"after": 7, "rows": ["B"]}],
    }
    seats = labels({**layout, "numbering": {"from": "right", "count": "seats"}})
    assert (seats["A9"], seats["A6"], seats["A3"], seats["A1"]) == ("A1", "A4", "A5", "A7")
    columns = labels({**layout, "numbering": {"from": "right"}})
    assert (columns["A9"], columns["A3"], columns["A1"]) == ("A1", "A7", "A9")


def test_blocks_that_each_begin_at_a_have_names_of_their_own() -> None:
    own = {f"{row}{number}": {"row": f"Balcony {row}", "number": str(number)} for row in "CD" for number in (1, 2)}
    with pytest.raises(ValueError, match="at most 10"):
        LayoutBody.model_validate({"rows": 4, "cols": 2, "seatLabels": {**own, "C1": {"row": "x" * 11, "number": "1"}}})
    short = {seat: {**label, "row": label["row"].replace("Balcony ", "Bal ")} for seat, label in own.items()}
    assert labels({"rows": 4, "cols": 2, "seatLabels": short})["D2"] == "Bal D2"


def test_a_hall_of_ten_thousand_seats_may_name_each() -> None:
    rows = [row_letters(index) for index in range(100)]
    own = {f"{row}{number}": {"row": f"R{row}", "number": str(number)} for row in rows for number in range(1, 101)}
    body = {"theaterId": "thr_1", "name": "One", "layout": {"rows": 100, "cols": 100, "seatLabels": own}}
    screen = NewScreen.model_validate(body).screen("scr_1")
    assert (screen.seats_total, seats_for_sale(screen.layout)) == (10_000, (10_000, 10_000))


ROW_LABELS = st.sampled_from(["A", "B", "C", None])


@given(st.integers(1, 8), st.integers(1, 8), st.data())
def test_seats_of_a_good_layout_have_labels_of_their_own(rows: int, cols: int, data: st.DataObject) -> None:
    places = [f"{row_letters(row)}{col}" for row in range(rows) for col in range(1, cols + 1)]
    numbering = {
        "from": data.draw(st.sampled_from(["left", "right"])),
        "count": data.draw(st.sampled_from(["columns", "seats"])),
    }
    named = st.dictionaries(st.sampled_from(places), st.just({"row": "A", "number": "1"}), max_size=2)
    layout = Layout(
        rows=rows,
        cols=cols,
        gaps=data.draw(st.lists(st.sampled_from(places), max_size=6)),
        row_labels=data.draw(st.just([]) | st.lists(ROW_LABELS, min_size=rows, max_size=rows)),
        numbering=numbering,
        seat_labels=data.draw(named),
    )
    seats = list(layout.seats())
    distinct = len({(seat.label.row, seat.label.number) for seat in seats}) == len(seats)
    names = {seat.seat_id for seat in seats}
    assert (not list(faults(layout))) == (distinct and bool(names) and layout.seat_labels.keys() <= names)
