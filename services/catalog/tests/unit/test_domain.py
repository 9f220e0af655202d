"""catalog's rules without any server."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from catalog.domain.calendar import Repeat, in_utc, local_day, occurrences
from catalog.domain.geo import distance_km
from catalog.domain.levies import Levies, levies_at
from contracts.prices import Fee


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


def test_a_repetition_takes_the_chosen_weekdays_from_the_first_day_to_the_last() -> None:
    times = time(21, 0), time(18, 30), time(18, 30)
    starts = occurrences(date(2026, 11, 23), Repeat(("mon", "fri"), times, date(2026, 11, 30)), "Asia/Kolkata")
    local = [start + timedelta(hours=5, minutes=30) for start in starts]
    assert [(start.day, start.hour) for start in local] == [(23, 18), (23, 21), (27, 18), (27, 21), (30, 18), (30, 21)]


def test_the_local_day_is_the_theaters() -> None:
    assert local_day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "Asia/Kolkata") == date(2026, 11, 24)
    assert local_day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC), "America/New_York") == date(2026, 11, 23)


def test_the_newest_fees_and_taxes_whose_day_has_come_are_in_force_and_none_before_the_first() -> None:
    fees = [Fee(name="Fee", per_ticket=amount) for amount in (1, 2, 3)]
    known = [
        Levies(currency="INR", effective_from=datetime(2026, month, 1, tzinfo=UTC), fees=(fee,), tax_slabs=())
        for month, fee in zip((7, 1, 4), fees, strict=True)
    ]
    for moment, fee in (
        (datetime(2026, 1, 1, tzinfo=UTC), fees[1]),
        (datetime(2026, 6, 30, 23, tzinfo=UTC), fees[2]),
        (datetime(2026, 7, 1, tzinfo=UTC), fees[0]),
    ):
        assert levies_at(known, moment) == ((fee,), ())
    assert levies_at(known, datetime(2025, 12, 31, 23, tzinfo=UTC)) == levies_at((), datetime.now(UTC)) == ((), ())
