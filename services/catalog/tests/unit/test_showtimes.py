"""What a showtime shows by the clock, what is published of it, and which showtimes would overlap on a screen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.catalog.tests.factories import LAYOUT, a_stored_showtime, at

from catalog.domain.changes import changed_by
from catalog.domain.overlaps import Span, clashes
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.showtimes import Showtime, next_start_or_end, snapshot_event
from catalog.schemas.screens import LayoutBody
from catalog.schemas.showtimes import ShowtimePatch
from chassis.problems import InvalidInput
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.layout import Layout
from contracts.prices import Adjust, PricingRule, When

START, END = at(1), at(1) + timedelta(hours=2)
TICK = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("now", "status", "available", "turn"),
    [
        (START - TICK, "scheduled", 10, START),
        (START, "scheduled", 0, END),
        (END - TICK, "scheduled", 0, END),
        (END, "finished", 0, None),
    ],
)
def test_the_clock_alone_ends_the_sale_and_then_the_show(
    now: datetime, status: str, available: int, turn: datetime | None
) -> None:
    showtime = a_stored_showtime()
    assert (showtime.status_at(now), showtime.seats_available_at(now)) == (status, available)
    assert next_start_or_end([showtime], now) == turn


def test_a_cancelled_showtime_stays_cancelled_and_has_no_seat() -> None:
    showtime = a_stored_showtime(status="cancelled")
    for now in (START - TICK, START, END):
        assert (showtime.status_at(now), showtime.seats_available_at(now)) == ("cancelled", 0)


def test_the_next_turn_of_many_is_the_first_that_comes() -> None:
    later = a_stored_showtime(start_at=START + timedelta(hours=1), end_at=END + timedelta(hours=1))
    assert next_start_or_end([later, a_stored_showtime()], START) == later.start_at
    assert next_start_or_end([], START) is None


def test_what_is_published_follows_from_version_and_status_and_carries_everything() -> None:
    layout = from_plain(Layout, LayoutBody.model_validate(LAYOUT).model_dump())
    for showtime, kind in (
        (a_stored_showtime(), ShowtimeScheduled),
        (a_stored_showtime(version=2), ShowtimeChanged),
        (a_stored_showtime(version=3, status="cancelled"), ShowtimeCancelled),
    ):
        event = snapshot_event(showtime, layout)
        assert type(event) is kind
        assert (event.snapshot.revision, event.snapshot.layout) == (showtime.version, layout)
        assert {
            name: getattr(event.snapshot, name) for name in ("start_at", "movie", "theater", "screen", "prices")
        } == {name: getattr(showtime, name) for name in ("start_at", "movie", "theater", "screen", "prices")}


RULE = PricingRule(name="late", when=When.model_validate({"from": "22:00"}), adjust=Adjust(percent=-10.0))


def test_a_showtime_is_the_same_when_it_was_plain_data_in_between() -> None:
    prices = a_stored_showtime().prices.model_copy(update={"rules": (RULE,)})
    showtime = a_stored_showtime(prices=prices)
    assert from_plain(Showtime, {**to_plain(showtime), "outbox": []}) == showtime


def test_a_change_that_differs_has_the_next_version_and_one_that_does_not_has_none() -> None:
    showtime = a_stored_showtime(version=7)
    change = ShowtimePatch.model_validate({"format": "IMAX", "basePrice": 1})
    changed = changed_by(showtime, change.revised)
    assert (changed.fields, changed.after.version, changed.after.prices.base_price) == (["format", "prices"], 8, 1)
    same = changed_by(changed.after, change.revised)
    assert (same.fields, same.after) == ([], changed.after)


def test_a_showtime_that_moves_keeps_its_length() -> None:
    change = ShowtimePatch.model_validate({"startAt": at(3).isoformat()})
    revised = change.revised(a_stored_showtime())
    assert (change.moves, revised.start_at, revised.end_at) == (True, at(3), at(3) + (END - START))


def test_a_showtime_is_cancelled_or_changed_and_what_stays_may_be_sent_back() -> None:
    showtime = a_stored_showtime()
    assert ShowtimePatch.model_validate({"status": "cancelled", "movieId": "mov_1"}).cancels()
    assert not ShowtimePatch.model_validate({"status": "scheduled", "format": "3D"}).cancels()
    with pytest.raises(InvalidInput):
        ShowtimePatch.model_validate({"status": "cancelled", "format": "3D"}).cancels()
    ShowtimePatch.model_validate({"movieId": "mov_1", "screenId": "scr_1", "currency": "INR"}).require_same(showtime)
    for other in ({"movieId": "mov_2"}, {"theaterId": "thr_2"}, {"screenId": "scr_2"}, {"currency": "AED"}):
        with pytest.raises(InvalidInput):
            ShowtimePatch.model_validate(other).require_same(showtime)


MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def a_span(start: int, length: int) -> Span:
    """From so many minutes after midnight on, for so many minutes."""
    return MIDNIGHT + timedelta(minutes=start), MIDNIGHT + timedelta(minutes=start + length)


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90)), max_size=5),
    st.integers(1, 60),
    st.integers(0, 20),
)
def test_without_a_clash_each_showtime_has_the_screen_and_its_cleaning_to_itself(
    starts: list[int], taken: list[tuple[int, int]], length: int, cleaning: int
) -> None:
    spans, busy = [a_span(start, length) for start in starts], [a_span(*span) for span in taken]
    pause = timedelta(minutes=cleaning)

    def are_apart(a: Span, b: Span) -> bool:
        return a[1] + pause <= b[0] or b[1] + pause <= a[0]

    free = all(are_apart(span, other) for span in spans for other in busy)
    apart = all(are_apart(a, b) for at_a, a in enumerate(spans) for b in spans[:at_a])
    clashing = clashes(spans, busy, pause)
    assert (not clashing) == (free and apart)
    assert set(clashing) <= {start for start, _ in spans}
    assert clashing == sorted(set(clashing))
