"""Which choices of seats are refused where no seat may be left alone, and where seats are sold in pairs."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from services.seating.tests.choices import ScreenState, screens
from services.seating.tests.factories import a_quote, a_user
from services.seating.tests.harness import Answer, Harness
from tests.factories import a_snapshot

from contracts.ids import new_hold_id
from seating.domain import Showtime, milliseconds
from seating.errors import LeavesSingleSeat, SoldTogether
from seating.shards import keys_of


async def a_row(harness: Harness, state: str, **layout: Any) -> Showtime:
    """A row of seats in a theater that forbids single seats: `a` free, `h` held."""
    whole = {"rows": 1, "cols": len(state), **layout}
    showtime = await harness.showtime(layout=whole, theater={"forbids_single_seats": True})
    await take(
        harness,
        showtime,
        "".join("b" if seat.blocked else byte for seat, byte in zip(showtime.seats, state, strict=True)),
    )
    return showtime


async def take(harness: Harness, showtime: Showtime, state: str) -> None:
    """Have the map show this, whoever holds what."""
    await harness.map(showtime)
    (key,) = await harness.redis.keys(f"*{showtime.id}:map")
    await harness.redis.set(key, state)


def refused(answer: Answer) -> tuple[list[str], list[str]]:
    assert (answer.status, answer.json["code"]) == (409, "leaves_single_seat"), answer.body
    return answer.json["seatIds"], answer.json["suggestion"]


async def test_a_choice_that_leaves_a_seat_alone_is_refused_with_the_nearest_that_does_not(harness: Harness) -> None:
    showtime = await a_row(harness, "aaaaaa")
    alone, suggestion = refused(await harness.hold(showtime, a_user(), "A2", "A3"))
    assert (alone, suggestion) == (["A1"], ["A1", "A2"])
    assert await harness.map(showtime) == "aaaaaa"
    assert (await harness.hold(showtime, a_user(), *suggestion)).status == 201
    assert refused(await harness.hold(showtime, a_user(), "A4")) == (["A3"], ["A3"])


async def test_the_last_seats_of_a_show_can_always_be_sold(harness: Harness) -> None:
    showtime = await a_row(harness, "hhhaaa")
    assert (await harness.hold(showtime, a_user(), "A4", "A5")).status == 201
    assert (await harness.hold(showtime, a_user(), "A6")).status == 201


async def test_a_choice_of_many_is_free_where_no_other_row_has_room_for_so_many(harness: Harness) -> None:
    showtime = await harness.showtime(rows=2, cols=5, theater={"forbids_single_seats": True})
    await take(harness, showtime, "aaaaaahaaa")
    assert (await harness.hold(showtime, a_user(), "A1", "A2", "A3", "A4")).status == 201


async def test_a_seat_that_was_alone_before_counts_nothing(harness: Harness) -> None:
    showtime = await a_row(harness, "ahaaaa")
    assert (await harness.hold(showtime, a_user(), "A3", "A4", "A5", "A6")).status == 201


async def test_ones_own_holds_count_as_taken(harness: Harness) -> None:
    showtime, user = await a_row(harness, "aaaaaa"), a_user()
    await harness.held(showtime, user, "A1", "A2")
    alone, suggestion = refused(await harness.hold(showtime, user, "A4", "A5"))
    assert alone == ["A3", "A6"]
    assert suggestion in (["A3", "A4"], ["A5", "A6"])


async def test_an_aisle_or_a_gap_is_a_wall_and_aisles_may_differ_by_row(harness: Harness) -> None:
    layout = {"rows": 2, "cols": 6, "aisles": [{"after": 3, "rows": ["B"]}], "gaps": ["A4"]}
    showtime = await harness.showtime(layout=layout, theater={"forbids_single_seats": True})
    assert refused(await harness.hold(showtime, a_user(), "A1", "A2"))[0] == ["A3"]
    assert refused(await harness.hold(showtime, a_user(), "B2", "B3"))[0] == ["B1"]
    assert (await harness.hold(showtime, a_user(), "B1", "B2", "B3")).status == 201


async def test_a_companions_seat_beside_an_accessible_one_may_be_left_alone(harness: Harness) -> None:
    showtime = await a_row(harness, "aaaa", accessible=["A1"], companions={"A2": "A1"}, aisles=[2])
    assert (await harness.hold(showtime, a_user(), "A1")).status == 201
    showtime = await a_row(harness, "haaa", accessible=["A1"], companions={"A2": "A1"})
    assert refused(await harness.hold(showtime, a_user(), "A2", "A3")) == (["A4"], ["A3", "A4"])
    ordinary = await a_row(harness, "aaaa", accessible=["A1"], aisles=[2])
    assert refused(await harness.hold(ordinary, a_user(), "A2", "A3"))[0] == ["A1", "A4"]


async def test_seats_given_last_are_suggested_last(harness: Harness) -> None:
    layout = {"rows": 2, "cols": 4, "accessible": ["A1"], "companions": {"A2": "A1"}}
    showtime = await harness.showtime(layout=layout, theater={"forbids_single_seats": True})
    await take(harness, showtime, "aaaaaaaa")
    assert refused(await harness.hold(showtime, a_user(), "A3"))[1] == ["A4"]
    await take(harness, showtime, "aaaaaaaa")
    assert refused(await harness.hold(showtime, a_user(), "B2", "B3"))[1] in (["B1", "B2"], ["B3", "B4"])


async def test_half_a_pair_is_refused_with_the_seat_that_is_missing(harness: Harness) -> None:
    showtime = await harness.showtime(layout={"rows": 1, "cols": 6, "pairs": [["A1", "A2"], ["A5", "A6"]]})
    answer = await harness.hold(showtime, a_user(), "A2", "A3", "A5")
    assert (answer.status, answer.json["code"], answer.json["seatIds"]) == (409, "sold_together", ["A1", "A6"])
    assert await harness.map(showtime) == "aaaaaa"
    assert (await harness.hold(showtime, a_user(), "A1", "A2", "A3")).status == 201


async def test_the_other_half_of_a_pair_is_sold_alone_where_its_partner_cannot_be(harness: Harness) -> None:
    showtime = await harness.showtime(
        layout={"rows": 1, "cols": 4, "pairs": [["A1", "A2"], ["A3", "A4"]], "blocked": ["A1"]}
    )
    assert (await harness.hold(showtime, a_user(), "A2")).status == 201
    await take(harness, showtime, "bhha")
    assert (await harness.hold(showtime, a_user(), "A4")).status == 201


async def test_what_is_suggested_parts_no_pair_and_a_pair_may_leave_a_seat_alone_where_nothing_else_can_be_held(
    harness: Harness,
) -> None:
    showtime = await a_row(harness, "aaaaa", pairs=[["A1", "A2"]])
    assert refused(await harness.hold(showtime, a_user(), "A3", "A4")) == (["A5"], ["A4", "A5"])
    showtime = await a_row(harness, "aaah", pairs=[["A2", "A3"]])
    assert (await harness.hold(showtime, a_user(), "A2", "A3")).status == 201


def wishes(screen: ScreenState) -> st.SearchStrategy[list[str]]:
    """Free seats anywhere, or side by side with both seats of each pair: what guests ask for."""
    anywhere = st.lists(st.sampled_from(sorted(screen.free)), min_size=1, max_size=4, unique=True)
    together = [
        sorted(c) for n in (1, 2, 3) for c in screen.adjacent(n) if c <= screen.free and not screen.missing_partners(c)
    ]
    return st.one_of(st.sampled_from(together), anywhere) if together else anywhere


async def known_to_redis(harness: Harness, screen: ScreenState) -> Showtime:
    """A showtime of this screen with these seats free, which no ledger stands behind."""
    snapshot = a_snapshot(layout=screen.layout.model_dump(by_alias=True), theater={"forbids_single_seats": True})
    showtime = Showtime.of(snapshot)
    meta, seats, *_ = keys_of(showtime.id)
    starts_at = milliseconds(snapshot.start_at)
    fields: dict[Any, Any] = {"version": 1, "rev": 1, "revision": 1, "starts_at": starts_at, "closed": ""}
    await harness.redis.hset(meta, mapping=fields)
    await harness.redis.set(seats, "".join("a" if seat.seat_id in screen.free else "h" for seat in showtime.seats))
    return showtime


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(screen=screens(), data=st.data())
async def test_whatever_the_screen_a_choice_is_judged_as_by_trying_all_others(
    harness: Harness, screen: ScreenState, data: st.DataObject
) -> None:
    assume(screen.free)
    showtime = await known_to_redis(harness, screen)
    wish = data.draw(wishes(screen))
    choice, best = frozenset(wish), screen.best(frozenset(wish))

    async def hold(seats: Iterable[str]) -> None:
        await harness.seat_holds.hold(
            showtime, new_hold_id(showtime.id), a_user(), list(seats), a_quote(showtime, *seats)
        )

    if missing := screen.missing_partners(choice):
        event("parted")
        with pytest.raises(SoldTogether) as parted:
            await hold(wish)
        assert set(parted.value.members["seatIds"]) == missing
    elif not screen.left_alone(choice) or not best:
        event("held")
        await hold(wish)
    else:
        event("refused")
        with pytest.raises(LeavesSingleSeat) as single:
            await hold(wish)
        assert set(single.value.members["seatIds"]) == screen.left_alone(choice)
        assert frozenset(single.value.members["suggestion"]) in best
        await hold(single.value.members["suggestion"])
