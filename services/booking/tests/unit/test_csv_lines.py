"""CSV that spreadsheets read and never run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.reports.csv_lines import csv_lines

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


def read(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(), newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"])
def test_what_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert read(csv_lines([[cell, "x"]])) == [["'" + cell, "x"]]
    assert read(csv_lines([["x", cell], ["y", "z"]])) == [["x", "'" + cell], ["y", "z"]]
    assert read(csv_lines([["x", "y"], [cell, "z"]])) == [["x", "y"], ["'" + cell, "z"]]


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert csv_lines([[-500, 0.25, None, 0, ""]]) == b"-500,0.25,,0,\r\n"


def test_rows_are_those_of_rfc_4180() -> None:
    assert csv_lines([['a"b', "a,b", "a\r\nb"]]) == b'"a""b","a,b","a\r\nb"\r\n'


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5))
def test_whatever_is_written_is_read_again_and_no_cell_is_a_formula(rows: list[list[str]]) -> None:
    after = read(csv_lines(rows))
    assert [[cell.removeprefix("'") for cell in row] for row in after] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in after for cell in row)
