"""The demo content holds together, and days are planned in unbroken runs."""

from datetime import date
from itertools import pairwise

from stack.demo_content import FILMS, THEATERS, TIMES
from stack.demo_data import DAYS, _runs


def test_days_fall_into_unbroken_runs() -> None:
    days = [date(2026, 11, day) for day in (3, 4, 5, 9, 11, 12)]
    first_and_last = [(first.day, last.day) for first, last in _runs(days)]
    assert first_and_last == [(3, 5), (9, 9), (11, 12)]
    assert list(_runs([])) == []


def test_the_demo_is_as_large_as_promised_and_no_larger() -> None:
    assert len(FILMS) == 8
    assert len(THEATERS) == 4
    assert {theater.about["timezone"] for theater in THEATERS} == {"Asia/Kolkata", "Asia/Dubai"}
    assert sum(len(theater.screens) for theater in THEATERS) * len(TIMES) * DAYS <= 250


def test_the_longest_film_ends_before_the_next_begins() -> None:
    hours = [int(at[:2]) for at in TIMES]
    shortest_gap = min(later - earlier for earlier, later in pairwise(hours))
    assert max(film["runtime"] for film in FILMS) + 30 <= shortest_gap * 60
