"""A show that was cancelled or has begun has nothing available any more, and everybody can see it from that instant."""

from datetime import timedelta
from typing import Any

import pytest
from services.seating.tests.house import House, a_snapshot, a_user

from contracts.ids import HoldId
from seating.domain import Showtime
from seating.holds import keys_of

STATUSES = {"a": "available", "h": "held", "s": "sold", "b": "blocked"}


async def a_busy_showtime(house: House, **wishes: Any) -> tuple[Showtime, str, HoldId]:
    """A sold seat, a held one, a blocked one and a free one; with the holder."""
    showtime, user = await house.showtime(layout={"rows": 1, "cols": 4, "blocked": ("A3",)}, **wishes), a_user()
    await house.sales.sell(await house.checked_out(showtime, a_user(), "A1"))
    hold_id = HoldId(await house.held(showtime, user, "A2"))
    assert await house.map(showtime) == "shba"
    return showtime, user, hold_id


async def changed(house: House, showtime: Showtime, **facts: Any) -> Showtime:
    snapshot = showtime.snapshot.model_copy(update={"revision": showtime.snapshot.revision + 1, **facts})
    return await house.showtime(snapshot)


async def both(house: House, showtime: Showtime, **etags: str) -> list[Any]:
    paths = [f"/api/seats/{part}?showtimeId={showtime.id}" for part in ("availability", "state")]
    headers = [{"if-none-match": etags[part]} if part in etags else {} for part in ("availability", "state")]
    return [await house.call("GET", path, headers=given) for path, given in zip(paths, headers, strict=True)]


async def the_clock_comes_to_the_start(house: House, showtime: Showtime) -> None:
    """Nothing is said to anybody: the start that Redis knows is what the clock reaches next."""
    start = await house.redis_now() + 100
    await house.redis.hset(keys_of(showtime.id)[0], "starts_at", start)
    await house.redis_reaches(start)


async def shows(house: House, showtime: Showtime, letters: str) -> int:
    """Availability and state agree on it; the version."""
    whole, live = await both(house, showtime)
    assert live.json["state"] == letters
    assert [seat["status"] for seat in whole.json["seats"]] == [STATUSES[letter] for letter in letters]
    assert whole.json["version"] == live.json["version"]
    return int(live.json["version"])


async def test_a_cancelled_show_has_nothing_available_and_what_was_sold_stays_so(house: House) -> None:
    showtime, user, hold_id = await a_busy_showtime(house)
    before = await shows(house, showtime, "shba")
    await changed(house, showtime, status="cancelled")
    assert await shows(house, showtime, "sbbb") == before + 1
    refused = await house.hold(showtime, a_user(), "A4")
    assert (refused.status, refused.json["code"]) == (409, "showtime_closed")
    assert (await house.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)).status == 204
    assert await shows(house, showtime, "sbbb") > before + 1


async def test_a_show_begins_at_its_instant_and_no_304_hides_it(house: House) -> None:
    showtime, user, hold_id = await a_busy_showtime(house)
    first = await both(house, showtime)
    known = dict(zip(("availability", "state"), (answer.headers["etag"] for answer in first), strict=True))
    assert [answer.status for answer in await both(house, showtime, **known)] == [304, 304]
    await the_clock_comes_to_the_start(house, showtime)
    whole, live = await both(house, showtime, **known)
    assert (whole.status, live.status) == (200, 200)
    assert live.json["version"] == first[1].json["version"] + 1
    assert await shows(house, showtime, "sbbb") == live.json["version"]
    again = await both(house, showtime, availability=whole.headers["etag"], state=live.headers["etag"])
    assert [answer.status for answer in again] == [304, 304]
    assert (await house.hold(showtime, a_user(), "A4")).json["code"] == "showtime_closed"
    assert (await house.holds.find(hold_id, user)).status == "active"


async def test_a_show_that_is_moved_to_later_after_it_began_shows_its_seats_again(house: House) -> None:
    begun = await house.showtime(layout={"rows": 1, "cols": 2, "blocked": ("A2",)}, starts_in=timedelta(seconds=-1))
    before = await shows(house, begun, "bb")
    later = await changed(house, begun, start_at=begun.snapshot.start_at + timedelta(hours=1))
    assert await shows(house, later, "ab") == before + 1
    assert (await house.hold(later, a_user(), "A1")).status == 201
    assert await shows(house, later, "hb") == before + 2


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"starts_in": timedelta(seconds=-1)}])
async def test_a_redis_that_lost_a_closed_show_loads_it_as_one(house: House, facts: Any) -> None:
    showtime = await house.showtime(a_snapshot(rows=1, cols=2, **facts))
    await house.redis.flushdb()
    await shows(house, showtime, "bb")
