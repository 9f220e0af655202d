"""catalog's rules without any server."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from catalog.domain.calendar import in_utc, local_date, occurrences
from catalog.domain.details import levies
from catalog.domain.geo import distance_km


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


def test_a_currency_without_a_table_has_no_fees_and_no_taxes() -> None:
    assert levies(None) == {"fees": (), "tax_slabs": ()}
