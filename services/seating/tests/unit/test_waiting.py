"""Which seats suit those who wait: adjacent, of the type, no half of a pair; and who comes first."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.seating.tests.factories import a_showtime, a_user

from contracts.ids import TheaterId, new_hold_id
from seating.domain import Showtime
from seating.waitlist.entries import Entry, Offer, best_places, first_offer

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def an_entry(showtime: Showtime, count: int, **fields: Any) -> Entry:
    entry = Entry("wtl_1", showtime.id, TheaterId("thr_1"), a_user(), count, None, "waiting", NOW)
    return replace(entry, **fields)


def suits(showtime: Showtime, *seats: str, count: int) -> list[str] | None:
    places = best_places(showtime, {showtime.index[seat] for seat in seats}, count, None)
    return None if places is None else [showtime.seats[at].seat_id for at in places]


@pytest.mark.parametrize(
    ("layout", "free", "count", "best"),
    [
        ({"rows": 1, "cols": 6}, ("A1", "A3"), 2, None),
        ({"rows": 1, "cols": 6, "aisles": [2]}, ("A2", "A3"), 2, None),
        ({"rows": 2, "cols": 2}, ("A2", "B1"), 2, None),
        ({"rows": 3, "cols": 4}, ("A1", "A2", "C2", "C3"), 2, ["C2", "C3"]),
        ({"rows": 1, "cols": 4, "pairs": [("A1", "A2")]}, ("A1", "A2", "A3"), 1, ["A3"]),
        ({"rows": 1, "cols": 4, "pairs": [("A1", "A2")]}, ("A2", "A3"), 1, ["A2"]),
        ({"rows": 1, "cols": 3, "accessible": ["A2"]}, ("A1", "A2"), 1, ["A1"]),
        ({"rows": 1, "cols": 3, "accessible": ["A2"]}, ("A2",), 1, ["A2"]),
        ({"rows": 1, "cols": 6}, ("A2", "A3", "A4"), 2, ["A3", "A4"]),
    ],
)
def test_the_best_seats_are_adjacent_and_part_no_pair(
    layout: dict[str, Any], free: tuple[str, ...], count: int, best: list[str] | None
) -> None:
    assert suits(a_showtime(layout=layout), *free, count=count) == best


def test_seats_under_offer_are_nobody_elses_and_the_first_whom_they_suit_comes_first() -> None:
    showtime = a_showtime(layout={"rows": 1, "cols": 4})
    offer = Offer(new_hold_id(showtime.id), ("A1",), NOW)
    asked = an_entry(showtime, 1, id="wtl_0", status="offering", offer=offer)
    three, two, one = (an_entry(showtime, count, id=f"wtl_{count}") for count in (3, 2, 1))
    assert first_offer(showtime, {0}, [asked, one]) is None
    assert first_offer(showtime, {0, 1, 2}, [asked, three, two, one]) == (two, ("A2", "A3"))


@settings(max_examples=60, deadline=None)
@given(free=st.frozensets(st.integers(0, 39)), count=st.integers(1, 10))
def test_seats_are_found_where_as_many_are_free_side_by_side(free: frozenset[int], count: int) -> None:
    showtime = a_showtime(layout={"rows": 4, "cols": 10})
    rows = ["".join("x" if row * 10 + col in free else " " for col in range(10)) for row in range(4)]
    places = best_places(showtime, free, count, None)
    assert (places is not None) == any("x" * count in row for row in rows)
    assert places is None or (len(places) == count and set(places) <= free)
