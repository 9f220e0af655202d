"""A show that is moved: each confirmed booking is told once for each move, and keeps its rights."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.booking.tests.factories import DAY, HOUR
from services.booking.tests.facts import SALE, a_scan, ordered, paid, seats_lost
from services.booking.tests.unit.harness import GUEST, Harness
from tests.factories import START, a_sale, a_snapshot, at

from booking.domain.facts import Extended, Facts
from booking.domain.shows import facts_of_show
from contracts.catalog import ShowtimeSnapshot


def snapshot(revision: int, starts_in: float = DAY, **more: Any) -> ShowtimeSnapshot:
    return a_snapshot(SALE.showtime_id, **{"revision": revision, "start_at": at(starts_in), **more})


def moves(harness: Harness) -> list[tuple[int, datetime, datetime]]:
    """What was said of moves: revision, the start before and after."""
    events = [event for key, event in harness.events().items() if key.startswith("rescheduled")]
    return [(event.revision, event.previous_start_at, event.show.start_at) for event in events]


async def test_a_move_is_told_once_however_often_it_is_heard() -> None:
    harness = Harness()
    await harness.confirm()
    for number in range(3):
        await harness.hear(snapshot(2, DAY + HOUR))
        await harness.record(Facts(extended=Extended(until=at(number))))
    assert moves(harness) == [(2, START, at(DAY + HOUR))]


async def test_moved_again_and_back_each_move_is_told_from_the_start_that_was_known() -> None:
    harness = Harness()
    await harness.confirm()
    for revision, hours in ((2, 2), (3, 5), (4, 5), (5, 0)):
        await harness.hear(snapshot(revision, DAY + hours * HOUR, language=f"l{revision}"))
    assert moves(harness) == [
        (2, START, at(DAY + 2 * HOUR)),
        (3, at(DAY + 2 * HOUR), at(DAY + 5 * HOUR)),
        (5, at(DAY + 5 * HOUR), START),
    ]
    booking = await harness.booking()
    assert booking.facts.moved_from == at(DAY + 5 * HOUR)


async def test_a_change_that_leaves_the_start_is_no_move_nor_is_an_older_snapshot() -> None:
    harness = Harness()
    await harness.confirm()
    await harness.hear(snapshot(3, screen=snapshot(1).screen, format="3D"))
    await harness.recording.apply_snapshot(snapshot(2, DAY + HOUR))  # due work that was held up
    assert moves(harness) == []
    booking = await harness.booking()
    assert booking.facts.show is not None
    assert booking.facts.show.revision == 3


async def test_moved_between_order_and_money_the_ticket_has_the_new_start_and_the_guest_is_after() -> None:
    harness = Harness()
    await harness.record(ordered)
    await harness.hear(snapshot(2, DAY + HOUR))
    assert harness.events() == {}
    await harness.confirm()
    assert list(harness.events()) == ["confirmed", "ticket_issued", "rescheduled:2"]
    assert harness.events()["ticket_issued"].show.start_at == at(DAY + HOUR)
    assert moves(harness) == [(2, START, at(DAY + HOUR))]


async def test_moved_to_and_fro_before_the_money_there_is_nothing_to_tell() -> None:
    harness = Harness()
    await harness.record(ordered)
    for revision, hours in ((2, 1), (3, 0)):
        await harness.hear(snapshot(revision, DAY + hours * HOUR))
    await harness.confirm()
    assert list(harness.events()) == ["confirmed", "ticket_issued"]


async def test_moved_just_before_the_verdict_it_is_told_before_it_has_reached_the_booking() -> None:
    harness = Harness()
    await harness.record(paid)
    await harness.recording.save_snapshot(snapshot(2, DAY + HOUR))
    await harness.record_sold()
    assert list(harness.events()) == ["confirmed", "ticket_issued", "rescheduled:2"]


async def test_an_order_that_came_after_the_move_is_told_of_nothing() -> None:
    sale = a_sale(showtime_id=SALE.showtime_id, showtime_revision=2, start_at=at(DAY + HOUR))
    harness = Harness()  # knows of revision 1 only: its queue is behind
    await harness.confirm(sale)
    await harness.hear(snapshot(2, DAY + HOUR))
    assert list(harness.events(sale)) == ["confirmed", "ticket_issued"]


async def test_the_sale_that_comes_last_is_told_of_a_move_too() -> None:
    harness = Harness()
    await harness.recording.save_snapshot(snapshot(2, DAY + HOUR))
    await harness.record_sold()
    await harness.record(paid)
    assert moves(harness) == [(2, START, at(DAY + HOUR))]


@pytest.mark.parametrize("end", [seats_lost, Facts(sold=True, scans=(a_scan(1),))])
async def test_who_has_no_seats_or_is_inside_is_not_after(end: Facts) -> None:
    harness = Harness()
    await harness.record(paid)
    await harness.record(end)
    await harness.hear(snapshot(2, DAY + HOUR))
    assert moves(harness) == []


async def test_who_has_cancelled_is_not_after() -> None:
    harness = Harness()
    await harness.confirm()
    await harness.cancellation.cancel(SALE.booking_id, GUEST)
    await harness.hear(snapshot(2, DAY + HOUR))
    assert moves(harness) == []


async def test_a_show_that_is_cancelled_as_it_is_moved_is_told_as_cancelled_alone() -> None:
    harness = Harness()
    await harness.confirm()
    await harness.hear(snapshot(2, DAY + HOUR, status="cancelled"))
    assert list(harness.events()) == ["confirmed", "ticket_issued", "cancelled", "refund_due"]


@pytest.mark.parametrize(
    ("before", "after", "is_told"), [(-HOUR, HOUR, True), (HOUR, -HOUR, True), (-HOUR, -2 * HOUR, False)]
)
async def test_a_show_that_is_over_either_way_is_not_told_as_moved(
    before: float, after: float, *, is_told: bool
) -> None:
    sale = a_sale(showtime_id=SALE.showtime_id, start_at=at(before))
    harness = Harness()
    harness.snapshot = snapshot(1, before)
    await harness.confirm(sale)
    await harness.hear(snapshot(2, after))
    assert ("rescheduled:2" in harness.events(sale)) == is_told


async def test_a_start_kept_to_the_millisecond_is_not_a_move() -> None:
    start_at = START + timedelta(microseconds=250)
    sale = a_sale(showtime_id=SALE.showtime_id, start_at=START)
    harness = Harness()
    booking = await harness.confirm(sale)
    assert facts_of_show(snapshot(2, start_at=start_at), booking, datetime.now(UTC)).moves == ()


NEWS = ("paid", "sold", *range(1, 6))
starts = st.lists(st.sampled_from([DAY, DAY + HOUR, DAY + 2 * HOUR, 2 * DAY]), min_size=5, max_size=5)


@settings(max_examples=150)
@given(st.permutations([*NEWS, *NEWS]), starts)
def test_in_any_order_with_duplicates_the_guest_ends_up_knowing_the_newest_start(
    news: Sequence[Any], hours: list[float]
) -> None:
    hours = [DAY, *hours[1:]]  # that of revision 1 is the sale's
    harness = asyncio.run(_after(news, hours))
    moves_said, newest = moves(harness), at(hours[-1])
    booking = asyncio.run(harness.booking())
    assert booking.facts.show is not None
    assert (booking.facts.show.revision, booking.facts.show.start_at) == (5, newest)
    revisions = [revision for revision, _, _ in moves_said]
    assert revisions == sorted(set(revisions))
    known = START
    for _, previous, start in moves_said:
        assert previous == known != start
        known = start
    assert known == newest
    assert booking.facts.moved_from == max((previous for _, previous, _ in moves_said), default=None)


async def _after(news: Sequence[Any], hours: list[float]) -> Harness:
    harness = Harness()
    harness.snapshot = snapshot(0)
    for item in news:
        if item == "paid":
            await harness.record(paid)
        elif item == "sold":
            await harness.record_sold()
        else:
            await harness.hear(snapshot(item, hours[item - 1]))
    return harness
