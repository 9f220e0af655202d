"""catalog's rules without any server."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from catalog.domain.calendar import Repeat, in_utc, local_day, occurrences, shifted
from catalog.domain.geo import distance_km


def test_distances_are_those_of_the_globe() -> None:
    mumbai, dubai = (18.94, 72.83), (25.20, 55.27)
    assert distance_km(mumbai, dubai) == pytest.approx(1930, abs=10)
    assert distance_km(mumbai, mumbai) == 0
    assert distance_km((0, 179.9), (0, -179.9)) == pytest.approx(22.24, abs=0.01)
    assert distance_km((90, 0), (-90, 0)) == pytest.approx(20015, abs=1)


def test_a_repeated_local_time_keeps_its_clock_over_a_change_to_summer_time() -> None:
    repeat = Repeat((), (time(20, 0),), until=date(2026, 3, 30))
    starts = occurrences(date(2026, 3, 28), repeat, "Europe/Berlin")
    assert [start.hour for start in starts] == [19, 18, 18]


def test_a_time_that_the_clocks_skip_moves_on_and_one_shown_twice_is_the_first() -> None:
    assert in_utc(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert in_utc(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_copied_showtime_keeps_its_local_time_over_a_change_of_summer_time() -> None:
    start = datetime(2026, 3, 27, 19, 30, tzinfo=UTC)  # 20:30 in Berlin
    assert shifted(start, timedelta(days=7), "Europe/Berlin") == datetime(2026, 4, 3, 18, 30, tzinfo=UTC)
    assert shifted(start, timedelta(days=-7), "Europe/Berlin") == datetime(2026, 3, 20, 19, 30, tzinfo=UTC)
    night = datetime(2026, 3, 22, 1, 30, tzinfo=UTC)  # 02:30: skipped a week later
    assert shifted(night, timedelta(days=7), "Europe/Berlin") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_showtime_in_the_hour_shown_twice_is_copied_to_the_same_times_as_one_in_the_first_of_them() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    for day in (date(2026, 11, 1), date(2027, 3, 28), date(2027, 10, 31)):  # a plain one, one that skips the hour
        copies = {shifted(start, day - date(2026, 10, 25), "Europe/London") for start in (first, second)}
        assert copies == {in_utc(day, time(1, 30), "Europe/London")}


def test_a_repetition_takes_the_chosen_weekdays_from_the_first_day_to_the_last() -> None:
    times = time(21, 0), time(18, 30), time(18, 30)
    starts = occurrences(date(2026, 11, 23), Repeat(("mon", "fri"), times, date(2026, 11, 30)), "Asia/Kolkata")
    local = [start + timedelta(hours=5, minutes=30) for start in starts]
    assert [(start.day, start.hour) for start in local] == [(23, 18), (23, 21), (27, 18), (27, 21), (30, 18), (30, 21)]


def test_the_local_day_is_the_theaters() -> None:
    assert local_day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "Asia/Kolkata") == date(2026, 11, 24)
    assert local_day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "America/New_York") == date(2026, 11, 23)
