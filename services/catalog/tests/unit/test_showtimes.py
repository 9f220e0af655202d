"""What a showtime shows by the clock, what is published of it, and which showtimes would overlap on a screen."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from services.catalog.tests.factories import LAYOUT, a_stored_showtime, at

from catalog.domain.changes import changed_by
from catalog.domain.lowest_price import factors_of, lowest_price
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.scopes import Said, Scopes
from catalog.domain.seat_changes import SeatChange
from catalog.domain.showtimes import Showtime, next_start_or_end, snapshot_event
from catalog.schemas.screens import LayoutBody
from catalog.schemas.showtimes import ShowtimePatch
from chassis.problems import InvalidInput
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled
from contracts.layout import Layout
from contracts.prices import Adjust, PricingRule, SeatTypeFactor, Span, TaxSlab, TicketType, When

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


CHILD = TicketType(type="child", label="Child", percent=60, proof=True)
RULE = PricingRule(name="late", when=When.model_validate({"from": "22:00"}), adjust=Adjust(percent=-10.0))


def test_a_showtime_is_the_same_when_it_was_plain_data_in_between() -> None:
    scopes = Scopes(theater=Said(base_price=1, rules=(RULE,), fees=()), showtime=Said(ticket_types=(CHILD,)))
    showtime = a_stored_showtime(scopes=scopes, tax_slabs=(TaxSlab(name="GST", rate=500),))
    assert from_plain(Showtime, {**to_plain(showtime), "outbox": []}) == showtime


def test_a_change_that_differs_has_the_next_version_and_one_that_does_not_has_none() -> None:
    showtime = a_stored_showtime(version=7)
    change = ShowtimePatch.model_validate({"format": "IMAX", "basePrice": 1})
    changed = changed_by(showtime, change.revised)
    assert (changed.fields, changed.after.version, changed.after.prices.base_price) == (["format", "scopes"], 8, 1)
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
    for other in ({"movieId": "mov_2"}, {"theaterId": "thr_2"}, {"currency": "AED"}):
        with pytest.raises(InvalidInput):
            ShowtimePatch.model_validate(other).require_same(showtime)


def test_seats_are_changed_by_themselves() -> None:
    showtime = a_stored_showtime()

    def wish(**sent: Any) -> SeatChange | None:
        return ShowtimePatch.model_validate(sent).seat_change(showtime)

    assert wish(format="3D") is None
    assert wish(screenId="scr_1", currency="INR") is None
    assert wish(screenId="scr_1") == SeatChange(screen_id="scr_1"), "a repeat is answered alike"
    assert wish(screenId="scr_2", currency="INR") == SeatChange(screen_id="scr_2")
    assert wish(screenId="scr_1", dryRun=True) == SeatChange(dry_run=True)
    assert wish(blockedSeats=["A1"], reseat=True) == SeatChange(blocked=("A1",), reseat=True)
    why = {"A1": "broken", "A2": None}
    assert wish(blockedSeats=["A1"], blockedReasons=why) == SeatChange(blocked=("A1",), reasons=why)
    mixed: list[dict[str, Any]] = [
        {"screenId": "scr_2", "format": "3D"},
        {"screenId": "scr_2", "blockedSeats": ["A1"]},
        {"screenId": "scr_2", "reseat": True},
        {"blockedSeats": ["A1"], "basePrice": 1},
        {"blockedSeats": ["A1"], "blockedReasons": {"A2": "broken"}},
        {"screenId": "scr_2", "blockedReasons": {"A1": "broken"}},
        {"dryRun": True},
        {"reseat": True, "format": "3D"},
    ]
    for sent in mixed:
        with pytest.raises(InvalidInput):
            wish(**sent)


def test_a_showtime_costs_from_what_its_cheapest_seats_do_by_now() -> None:
    layout = from_plain(Layout, LayoutBody.model_validate(LAYOUT).model_dump())
    factors = factors_of(layout)
    assert {each.type for each in factors} == {seat.type for seat in layout.seats()}
    assert lowest_price(a_stored_showtime(factors=factors), at(0)) == 25_000
    front = (SeatTypeFactor(type="front", price_factor=0.8), *factors)
    assert lowest_price(a_stored_showtime(factors=front), at(0)) == 20_000
    assert lowest_price(a_stored_showtime(), at(0)) == 25_000
    fuller = PricingRule(name="Full", when=When(occupancy=Span(gte=0.5)), adjust=Adjust(percent=10))
    said = Said(base_price=25_000, rules=(fuller,))
    half_full = a_stored_showtime(scopes=Scopes(showtime=said), seats_for_sale=10, seats_available=5)
    assert lowest_price(half_full, at(0)) == 27_500
    assert lowest_price(replace(half_full, seats_available=6), at(0)) == 25_000
