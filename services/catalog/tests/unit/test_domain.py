"""catalog's rules without any server."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from catalog.domain.calendar import in_utc, local_date, occurrences
from catalog.domain.facts import levies, seats_for_sale
from catalog.domain.folding import fold
from catalog.domain.layouts import faults
from catalog.domain.places import distance_km
from contracts.layout import Layout
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("title", "folded"),
    [("Amélie", "amelie"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Ångström", "angstrom"), ("Łódź", "lodz"),
     ("Smørrebrød", "smorrebrod"), ("İstanbul", "istanbul"), ("कहानी", "कहानी"), ("ﬁn", "fin")],
)  # fmt: skip
def test_titles_are_searched_without_case_and_accents(title: str, folded: str) -> None:
    assert fold(title) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_distances_are_those_of_the_globe() -> None:
    mumbai, dubai = (18.94, 72.83), (25.20, 55.27)
    assert distance_km(mumbai, dubai) == pytest.approx(1930, abs=10)
    assert distance_km(mumbai, mumbai) == 0
    assert distance_km((0, 179.9), (0, -179.9)) == pytest.approx(22.24, abs=0.01)
    assert distance_km((90, 0), (-90, 0)) == pytest.approx(20015, abs=1)


def test_a_repeated_local_time_keeps_its_clock_over_a_change_to_summer_time() -> None:
    found = list(occurrences(date(2026, 3, 28), date(2026, 3, 30), (), [time(20, 0)], "Europe/Berlin"))
    assert [at.hour for at in found] == [19, 18, 18]


def test_a_time_that_the_clocks_skip_moves_on_and_one_shown_twice_is_the_first() -> None:
    assert in_utc(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert in_utc(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_repetition_takes_the_chosen_weekdays_from_the_first_day_to_the_last() -> None:
    times = [time(21, 0), time(18, 30), time(18, 30)]
    found = list(occurrences(date(2026, 11, 23), date(2026, 11, 30), ("mon", "fri"), times, "Asia/Kolkata"))
    local = [at + timedelta(hours=5, minutes=30) for at in found]
    assert [(at.day, at.hour) for at in local] == [(23, 18), (23, 21), (27, 18), (27, 21), (30, 18), (30, 21)]


def test_the_local_day_is_the_theaters() -> None:
    assert local_date(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "Asia/Kolkata") == "2026-11-24"
    assert local_date(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "America/New_York") == "2026-11-23"


GOOD = {"rows": 2, "cols": 3, "aisles": [1, 2], "gaps": ["A1"], "blocked": ["B1"], "accessible": ["B1", "B2"],
        "seat_types": [{"type": "gold", "rows": ["A"]}, {"type": "rest"}]}  # fmt: skip


def test_a_good_layout_has_no_faults_and_counts_its_seats() -> None:
    layout = Layout.model_validate(GOOD)
    assert list(faults(layout)) == []
    assert seats_for_sale(layout) == (5, 4)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"gaps": ["C1"]}, "gaps"),
        ({"gaps": ["A4"]}, "gaps"),
        ({"gaps": ["a1"]}, "gaps"),
        ({"gaps": ["A01"]}, "gaps"),
        ({"blocked": ["A1"]}, "blocked"),
        ({"accessible": ["A1"]}, "accessible"),
        ({"accessible": [""]}, "accessible"),
        ({"aisles": [0]}, "aisles"),
        ({"aisles": [3]}, "aisles"),
        ({"seat_types": [{"type": "x", "rows": ["C"]}]}, "seatTypes"),
        ({"seat_types": [{"type": "x", "rows": ["A"]}, {"type": "y", "rows": ["A"]}]}, "seatTypes"),
        ({"seat_types": [{"type": "x", "rows": ["A", "A"]}]}, "seatTypes"),
        ({"seat_types": [{"type": "x"}, {"type": "y"}]}, "seatTypes"),
        ({"seat_types": [{"type": "x", "rows": ["A"]}, {"type": "x", "rows": ["B"]}]}, "seatTypes"),
        ({"gaps": ["A1", "A2", "A3", "B1", "B2", "B3"], "blocked": [], "accessible": []}, "gaps"),
    ],
)
def test_a_layout_that_names_what_it_has_not_is_faulty(change: dict[str, object], path: str) -> None:
    assert {where for where, _ in faults(Layout.model_validate({**GOOD, **change}))} == {path}


def test_a_currency_without_a_table_has_no_fees_and_no_taxes() -> None:
    assert levies(None) == {"fees": (), "tax_slabs": ()}
