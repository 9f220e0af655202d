"""A show that was cancelled or has begun has nothing available any more, and everybody can see it from that instant."""

from datetime import timedelta
from typing import Any

import pytest
from services.seating.tests.factories import a_user
from services.seating.tests.harness import Harness
from tests.factories import a_snapshot, at

from contracts.ids import HoldId
from seating.domain import Showtime
from seating.shards import keys_of

STATUSES = {"a": "available", "h": "held", "s": "sold", "b": "blocked"}


async def a_busy_showtime(harness: Harness, **wishes: Any) -> tuple[Showtime, str, HoldId]:
    """A sold seat, a held one, a blocked one and a free one; with the holder."""
    showtime, user = await harness.showtime(layout={"rows": 1, "cols": 4, "blocked": ("A3",)}, **wishes), a_user()
    await harness.use_cases.sales.sell(await harness.checked_out(showtime, a_user(), "A1"))
    hold_id = HoldId(await harness.held(showtime, user, "A2"))
    assert await harness.map(showtime) == "shba"
    return showtime, user, hold_id


async def changed(harness: Harness, showtime: Showtime, **facts: Any) -> Showtime:
    snapshot = showtime.snapshot.model_copy(update={"revision": showtime.snapshot.revision + 1, **facts})
    return await harness.showtime(snapshot)


async def both(harness: Harness, showtime: Showtime, **etags: str) -> list[Any]:
    paths = [f"/api/seats/{part}?showtimeId={showtime.id}" for part in ("availability", "state")]
    headers = [{"if-none-match": etags[part]} if part in etags else {} for part in ("availability", "state")]
    return [await harness.call("GET", path, headers=known) for path, known in zip(paths, headers, strict=True)]


async def the_clock_comes_to_the_start(harness: Harness, showtime: Showtime) -> None:
    """Nothing is said to anybody: the start that Redis knows is what the clock reaches next."""
    start = await harness.redis_now() + 100
    await harness.redis.hset(keys_of(showtime.id)[0], "starts_at", start)
    await harness.redis_reaches(start)


async def shows(harness: Harness, showtime: Showtime, letters: str) -> int:
    """Availability and state agree on it; the version."""
    whole, live = await both(harness, showtime)
    assert live.json["state"] == letters
    assert [seat["status"] for seat in whole.json["seats"]] == [STATUSES[letter] for letter in letters]
    assert whole.json["version"] == live.json["version"]
    return int(live.json["version"])


async def test_a_cancelled_show_has_nothing_available_and_what_was_sold_stays_so(harness: Harness) -> None:
    showtime, user, hold_id = await a_busy_showtime(harness)
    before = await shows(harness, showtime, "shba")
    await changed(harness, showtime, status="cancelled")
    assert await shows(harness, showtime, "sbbb") == before + 1
    refused = await harness.hold(showtime, a_user(), "A4")
    assert (refused.status, refused.json["code"]) == (409, "showtime_closed")
    assert (await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)).status == 204
    assert await shows(harness, showtime, "sbbb") > before + 1


async def test_a_show_begins_at_its_instant_and_no_304_hides_it(harness: Harness) -> None:
    showtime, user, hold_id = await a_busy_showtime(harness)
    first = await both(harness, showtime)
    known = dict(zip(("availability", "state"), (answer.headers["etag"] for answer in first), strict=True))
    assert [answer.status for answer in await both(harness, showtime, **known)] == [304, 304]
    await the_clock_comes_to_the_start(harness, showtime)
    whole, live = await both(harness, showtime, **known)
    assert (whole.status, live.status) == (200, 200)
    assert live.json["version"] == first[1].json["version"] + 1
    assert await shows(harness, showtime, "sbbb") == live.json["version"]
    again = await both(harness, showtime, availability=whole.headers["etag"], state=live.headers["etag"])
    assert [answer.status for answer in again] == [304, 304]
    assert (await harness.hold(showtime, a_user(), "A4")).json["code"] == "showtime_closed"
    assert (await harness.seat_holds.find(hold_id, user)).status == "active"


async def test_a_show_that_is_moved_to_later_after_it_began_shows_its_seats_again(harness: Harness) -> None:
    begun = await harness.showtime(layout={"rows": 1, "cols": 2, "blocked": ("A2",)}, start_at=at(-1))
    before = await shows(harness, begun, "bb")
    later = await changed(harness, begun, start_at=begun.snapshot.start_at + timedelta(hours=1))
    assert await shows(harness, later, "ab") == before + 1
    assert (await harness.hold(later, a_user(), "A1")).status == 201
    assert await shows(harness, later, "hb") == before + 2


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"start_at": at(-1)}])
async def test_a_redis_that_lost_a_closed_show_loads_it_as_one(harness: Harness, facts: Any) -> None:
    showtime = await harness.showtime(a_snapshot(rows=1, cols=2, **facts))
    await harness.redis.flushdb()
    await shows(harness, showtime, "bb")
