"""What happens to showtimes after they were scheduled, and what is told of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.read_concern import ReadConcern
from services.catalog.tests.conftest import Harness
from services.catalog.tests.factories import LAYOUT, a_showtime, at

from catalog.resync import main as resync
from catalog.usecases import scheduling
from chassis.broker import publishing
from chassis.envelope import seal
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")


CHANGED, CANCELLED = "catalog.showtime_changed.v1", "catalog.showtime_cancelled.v1"


async def test_each_change_is_a_full_snapshot_with_the_next_revision(catalog: Harness) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1))
    path = f"/showtimes/{showtime['id']}"
    for number, change in enumerate([{"basePrice": 30_000}, {"format": "IMAX"}, {"startAt": at(2).isoformat()}], 2):
        answer = await catalog.admin("PATCH", path, change)
        assert answer.status == 200, answer.body
        await catalog.heard(CHANGED, number - 1)
    events = await catalog.heard(CHANGED, 3)
    assert [event["snapshot"]["revision"] for event in events] == [2, 3, 4]
    last = events[-1]["snapshot"]
    assert (last["prices"]["base_price"], last["format"]) == (30_000, "IMAX")
    assert datetime.fromisoformat(last["end_at"]) == at(2) + timedelta(minutes=120)
    assert (await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body == answer.body


async def test_what_is_the_same_already_is_not_told(catalog: Harness) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1))
    same = {name: showtime[name] for name in ("startAt", "language", "basePrice", "currency", "screenId", "status")}
    answer = await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", same)
    assert (answer.status, answer.body) == (200, showtime)
    assert (await catalog.db.showtimes.find_one())["version"] == 1


@pytest.mark.parametrize("change", [{"theaterId": "thr_x"}, {"currency": "AED"}, {"basePrice": "1"}, {"status": "x"}])
async def test_what_stays_as_it_was_scheduled_is_refused(catalog: Harness, change: dict[str, Any]) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1))
    answer = await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", change)
    assert (answer.status, answer.body["code"]) == (422, "validation_error")


async def test_a_showtime_moves_only_to_where_its_screen_is_free(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    first, second = await catalog.a_showtime(ids, at(1)), await catalog.a_showtime(ids, at(2))
    path = f"/showtimes/{second['id']}"
    clash = await catalog.admin("PATCH", path, {"startAt": (at(1) + timedelta(hours=2)).isoformat()})
    assert (clash.status, clash.body["code"]) == (409, "screen_busy")
    own = await catalog.admin("PATCH", path, {"startAt": (at(2) + timedelta(hours=1)).isoformat()})
    assert own.status == 200
    await catalog.admin("DELETE", f"/showtimes/{first['id']}")
    assert (await catalog.admin("PATCH", path, {"startAt": at(1).isoformat()})).status == 200


async def test_cancelling_is_told_once_and_keeps_the_showtime(catalog: Harness) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1))
    answers = await asyncio.gather(*(catalog.admin("DELETE", f"/showtimes/{showtime['id']}") for _ in range(4)))
    assert [answer.status for answer in answers] == [204] * 4
    again = await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", {"status": "cancelled"})
    assert (again.status, again.body["status"]) == (200, "cancelled")
    (event,) = await catalog.heard(CANCELLED, 1)
    assert (event["snapshot"]["revision"], event["snapshot"]["status"]) == (2, "cancelled")
    stored = await catalog.db.showtimes.find_one()
    assert stored["version"] == 2
    for change in ({"basePrice": 1}, {"status": "scheduled"}, {"startAt": at(3).isoformat()}):
        closed = await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", change)
        assert (closed.status, closed.body["code"]) == (409, "showtime_closed")


async def test_a_showtime_that_has_begun_cannot_be_changed_and_one_that_is_over_is_finished(catalog: Harness) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1))
    now = datetime.now(UTC)
    past = {"start_at": now - timedelta(hours=3), "end_at": now - timedelta(hours=1)}
    await catalog.db.showtimes.update_one({}, {"$set": past})
    assert (await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body["status"] == "finished"
    for method, body in (("PATCH", {"basePrice": 1}), ("PATCH", {"startAt": at(3).isoformat()}), ("DELETE", None)):
        answer = await catalog.admin(method, f"/showtimes/{showtime['id']}", body)
        assert (answer.status, answer.body["code"]) == (409, "showtime_closed")


async def test_what_tickets_name_is_told_to_every_future_showtime(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtimes = [await catalog.a_showtime(ids, at(day)) for day in (1, 2, 3)]
    await catalog.admin("DELETE", f"/showtimes/{showtimes[2]['id']}")
    await catalog.admin(
        "PATCH",
        f"/theaters/{ids['theaterId']}",
        {
            "name": "Roxy Grand",
            "city": "Pune",
            "timezone": "America/New_York",
            "amenities": ["Parking"],
            "cancellationPolicy": {"tiers": [{"hoursBefore": 1, "refundPercent": 50}], "feesRefunded": False},
        },
    )
    events = await catalog.heard(CHANGED, 2)
    assert {event["showtime_id"] for event in events} == {showtime["id"] for showtime in showtimes[:2]}
    theater = events[0]["snapshot"]["theater"]
    assert (theater["name"], theater["cancellation_policy"]["tiers"][0]["refund_percent"]) == ("Roxy Grand", 50)
    assert {event["snapshot"]["revision"] for event in events} == {2}
    in_pune = await catalog.call("GET", "/api/movies?city=pune")
    assert in_pune.body["total"] == 1
    await catalog.admin("PATCH", f"/movies/{ids['movieId']}", {"title": "Other"})
    await catalog.admin("PATCH", f"/screens/{ids['screenId']}", {"name": "Two"})
    events = await catalog.heard(CHANGED, 6)
    newest = max(events, key=lambda event: event["snapshot"]["revision"])["snapshot"]
    assert (newest["revision"], newest["movie"]["title"], newest["screen"]["name"]) == (4, "Other", "Two")


async def test_a_walk_that_a_crash_ended_is_taken_up_again(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await catalog.a_showtime(ids, at(1))
    lapsed = {"due_at": datetime.now(UTC) - timedelta(seconds=1), "title": "Renamed before the crash"}
    await catalog.db.movies.update_one({}, {"$set": lapsed, "$inc": {"version": 1}})
    (event,) = await catalog.heard(CHANGED, 1)
    assert event["snapshot"]["movie"]["title"] == "Renamed before the crash"

    async def done() -> bool:
        return "due_at" not in await catalog.db.movies.find_one()

    await until(done)


async def _waits(catalog: Harness) -> bool:
    """Whether a change of a movie meets a transaction that has touched it, and is tried again and again."""
    pipeline = [{"$currentOp": {}}, {"$match": {"ns": f"{catalog.db.name}.movies", "writeConflicts": {"$gt": 0}}}]
    admin = catalog.db.client.get_database("admin", read_concern=ReadConcern("local"))
    return bool(await (await admin.aggregate(pipeline)).to_list())


async def test_a_film_renamed_while_it_is_scheduled_leaves_no_showtime_with_the_old_name(
    catalog: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, taken_spans = await catalog.a_screen(), scheduling.taken_spans
    read, go_on = asyncio.Event(), asyncio.Event()

    async def taken_spans_later(*given: Any, **more: Any) -> Any:
        read.set()
        await go_on.wait()
        return await taken_spans(*given, **more)

    async def rename_and_walk() -> None:
        await catalog.admin("PATCH", f"/movies/{ids['movieId']}", {"title": "New"})
        await until(lambda: catalog.db.movies.find_one({"due_at": {"$exists": False}}))

    monkeypatch.setattr(scheduling, "taken_spans", taken_spans_later)
    scheduled = asyncio.create_task(catalog.a_showtime(ids, at(1)))
    await asyncio.wait_for(read.wait(), 60)
    renamed = asyncio.create_task(rename_and_walk())
    await until(lambda: renamed.done() or _waits(catalog))
    go_on.set()
    await scheduled
    await renamed
    await until(lambda: catalog.db.showtimes.find_one({"movie.title": "New"}))


async def test_a_showtime_keeps_the_layout_it_was_scheduled_with(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    old = await catalog.a_showtime(ids, at(1))
    one_row = {"rows": 1, "gaps": [], "blocked": [], "accessible": [], "seatTypes": [], "cols": 2, "aisles": []}
    small = await catalog.admin("PATCH", f"/screens/{ids['screenId']}", {"layout": one_row})
    assert small.body["seatsTotal"] == 2
    new = await catalog.a_showtime(ids, at(2))
    assert (new["seatsTotal"], (await catalog.call("GET", f"/api/showtimes/{old['id']}")).body["seatsTotal"]) == (2, 11)
    events = await catalog.heard("catalog.showtime_scheduled.v1", 2)
    assert {event["snapshot"]["layout"]["rows"] for event in events} == {LAYOUT["rows"], 1}


async def test_what_future_showtimes_need_is_not_taken_out(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = await catalog.a_showtime(ids, at(1))
    paths = [f"/movies/{ids['movieId']}", f"/screens/{ids['screenId']}", f"/theaters/{ids['theaterId']}"]
    for path in paths:
        answer = await catalog.admin("DELETE", path)
        assert (answer.status, answer.body["code"]) == (409, "in_use")
    await catalog.admin("DELETE", f"/showtimes/{showtime['id']}")
    assert [(await catalog.admin("DELETE", path)).status for path in paths] == [204] * 3
    assert [(await catalog.admin("DELETE", path)).status for path in paths] == [404] * 3
    assert (await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body["movie"]["title"] == "Amélie Returns"


async def test_taking_out_a_film_and_scheduling_it_at_once_never_both_succeed(catalog: Harness) -> None:
    for day in range(1, 6):
        ids = await catalog.a_screen()
        body = a_showtime(ids, at(day))
        added, removed = await asyncio.gather(
            catalog.admin("POST", "/showtimes", body), catalog.admin("DELETE", f"/movies/{ids['movieId']}")
        )
        assert (added.status, removed.status) in {(201, 409), (404, 204)}


async def test_a_resync_says_every_live_showtime_again(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtimes = [await catalog.a_showtime(ids, at(day)) for day in (1, 2, 3)]
    await catalog.admin("DELETE", f"/showtimes/{showtimes[0]['id']}")
    now = datetime.now(UTC)
    over = {"start_at": now - timedelta(hours=2), "end_at": now - timedelta(hours=1)}
    await catalog.db.showtimes.update_one({"_id": showtimes[1]["id"]}, {"$set": over})
    await resync()
    cancelled = await catalog.heard(CANCELLED, 2)
    (changed,) = await catalog.heard(CHANGED, 1)
    assert (changed["showtime_id"], changed["snapshot"]["revision"]) == (showtimes[2]["id"], 2)
    assert [event["snapshot"]["revision"] for event in cancelled] == [2, 3]


async def test_how_many_seats_are_left_is_what_the_highest_version_said(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    first, last = await catalog.a_showtime(ids, at(1)), await catalog.a_showtime(ids, at(2))
    async with publishing(catalog.broker_url, "seating") as publisher:
        await publisher.ready.wait()
        for showtime, version, available in ((first, 7, 5), (first, 9, 3), (first, 8, 4), (last, 1, 2)):
            event = AvailabilityChanged(
                showtime_id=ShowtimeId(showtime["id"]), version=version, available=available, total=11
            )
            await publisher.publish(seal(event))

    async def left(showtime: Any, count: int) -> bool:
        return bool((await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body["seatsAvailable"] == count)

    await until(lambda: left(last, 2))  # behind all the others in the one queue
    await until(lambda: left(first, 3))
    assert (await catalog.db.showtimes.find_one({"_id": first["id"]}))["version"] == 1


async def test_a_screen_stays_in_its_theater(catalog: Harness) -> None:
    ids, other = await catalog.a_screen(), await catalog.a_screen()
    path = f"/screens/{ids['screenId']}"
    moved = await catalog.admin("PATCH", path, {"theaterId": other["theaterId"], "name": "B"})
    assert (moved.status, moved.body["errors"][0]["path"]) == (422, "theaterId")
    same = await catalog.admin("PATCH", path, {"theaterId": ids["theaterId"], "name": "B"})
    assert (same.status, same.body["name"]) == (200, "B")
