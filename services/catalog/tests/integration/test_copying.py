"""Copying a week: local times stay, what cannot be scheduled is skipped and named."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.catalog.tests.conftest import Answer, Harness, token
from services.catalog.tests.factories import a_movie, a_screen, at

ZONE = ZoneInfo("Asia/Kolkata")
FIRST = at(3).date()


def days_later(showtime: Any, days: int) -> str:
    moved = datetime.fromisoformat(showtime["startAt"]) + timedelta(days=days)
    return moved.isoformat().replace("+00:00", "Z")


async def copied(catalog: Harness, ids: dict[str, str], days: int = 7, **changes: Any) -> Answer:
    to = FIRST + timedelta(days=days)
    body = {"theaterId": ids["theaterId"], "from": FIRST.isoformat(), "to": to.isoformat(), **changes}
    return await catalog.admin("POST", "/showtimes/copy-week", body)


async def test_a_week_is_copied_on_its_terms_and_only_once(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    second = await catalog.added("/screens", a_screen(ids["theaterId"], name="Two"))
    rule = {"name": "eve", "when": {"from": "18:00:00"}, "adjust": {"percent": 10}}
    shown = [
        await catalog.a_showtime(ids, at(3), basePrice=111, format="3D", dynamicPricingRules=[rule]),
        await catalog.a_showtime({**ids, "screenId": second["id"]}, at(3, hour=13)),
        await catalog.a_showtime(ids, at(9)),
    ]
    await catalog.a_showtime(ids, at(10))  # the eighth day
    gone = await catalog.a_showtime(ids, at(5))
    await catalog.admin("DELETE", f"/showtimes/{gone['id']}")
    answer = await copied(catalog, ids, 14)
    assert (answer.status, answer.body["total"], answer.body["skipped"]) == (201, 3, [])
    assert [one["startAt"] for one in answer.body["items"]] == [days_later(one, 14) for one in shown]
    new = {"id", "startAt", "endAt"}
    for copy, source in zip(answer.body["items"], shown, strict=True):
        assert {name: copy[name] for name in copy.keys() - new} == {name: source[name] for name in source.keys() - new}
    await catalog.heard("catalog.showtime_scheduled.v1", 8)
    again = await copied(catalog, ids, 14)
    assert (again.status, again.body["items"], again.body["total"]) == (201, [], 0)
    assert again.body["skipped"][0] == {
        "startAt": days_later(shown[0], 14),
        "screenId": ids["screenId"],
        "reason": "screen_busy",
        "showtimeId": shown[0]["id"],
        "existingId": answer.body["items"][0]["id"],
    }


async def test_what_cannot_be_copied_is_skipped_and_named(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    removed, unknown = [await catalog.added("/movies", a_movie(title=title)) for title in ("Removed", "Unknown")]
    shown = [
        await catalog.a_showtime({**ids, "movieId": movie_id}, at(day))
        for day, movie_id in ((3, ids["movieId"]), (4, removed["id"]), (5, unknown["id"]))
    ]
    await catalog.db.movies.delete_one({"_id": removed["id"]})
    await catalog.db.movies.update_one({"_id": unknown["id"]}, {"$set": {"runtime": None}})
    answer = await copied(catalog, ids)
    assert [one["startAt"] for one in answer.body["items"]] == [days_later(shown[0], 7)]
    assert [(one["showtimeId"], one["reason"]) for one in answer.body["skipped"]] == [
        (shown[1]["id"], "movie_not_found"),
        (shown[2]["id"], "runtime_unknown"),
    ]
    past = await copied(catalog, ids, -28)
    assert ({one["reason"] for one in past.body["skipped"]}, past.body["total"]) == (
        {"past", "movie_not_found", "runtime_unknown"},
        0,
    )


async def test_local_times_stay_over_a_change_of_summer_time(catalog: Harness) -> None:
    zone = ZoneInfo("America/New_York")
    ids = await catalog.a_screen(timezone="America/New_York")
    shown = await catalog.a_showtime(ids, at(3))
    here = datetime.fromisoformat(shown["startAt"]).astimezone(zone)
    offsets = {}
    for weeks in (26, 30, 40, 52):
        answer = await copied(catalog, ids, 7 * weeks)
        start = datetime.fromisoformat(answer.body["items"][0]["startAt"]).astimezone(zone)
        assert (start.date() - here.date(), start.time()) == (timedelta(weeks=weeks), here.time())
        offsets[start.utcoffset()] = weeks
    assert len(offsets) == 2


async def test_of_two_who_copy_a_week_at_once_one_schedules_it(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    for day in range(3, 8):
        await catalog.a_showtime(ids, at(day))
    answers = await asyncio.gather(*(copied(catalog, ids) for _ in range(4)))
    assert [answer.status for answer in answers] == [201] * 4
    assert sorted(answer.body["total"] for answer in answers) == [0, 0, 0, 5]
    assert await catalog.db.showtimes.count_documents({}) == 10


async def test_who_may_copy_and_what_is_refused(catalog: Harness) -> None:
    ids, foreign = await catalog.a_screen(), await catalog.a_screen()
    manager = token("user", grants={ids["theaterId"]: ["manager"], foreign["theaterId"]: ["staff"]})
    body = {"theaterId": ids["theaterId"], "from": FIRST.isoformat(), "to": at(10).date().isoformat()}
    for theater_id, status in ((ids["theaterId"], 201), (foreign["theaterId"], 403)):
        sent = {**body, "theaterId": theater_id}
        answer = await catalog.call("POST", "/api/admin/showtimes/copy-week", sent, caller=manager)
        assert answer.status == status
    for change, path in (
        ({"from": "tomorrow"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "9999-12-31"}, "from"),
        ({"weeks": 2}, "weeks"),
    ):
        refused = await copied(catalog, ids, **change)
        assert (refused.status, refused.body["errors"][0]["path"]) == (422, path)
    unknown = await copied(catalog, {"theaterId": f"thr_{'0' * 26}"})
    assert (unknown.status, unknown.body["code"]) == (404, "theater_not_found")
