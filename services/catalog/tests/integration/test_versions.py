"""ETags of what admins change: the same wherever a version is shown; of two changes that rest on one, one is made."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.catalog.tests.conftest import Answer, Harness, token
from services.catalog.tests.factories import a_movie, a_screen, a_showtime, a_theater, at

CHANGES: dict[str, dict[str, Any]] = {
    "movies": {"title": "New"},
    "theaters": {"name": "New"},
    "screens": {"name": "New"},
    "showtimes": {"format": "New"},
}


async def created(catalog: Harness, kind: str) -> Answer:
    """A new thing of that kind, as its POST was answered."""
    if kind in {"movies", "theaters"}:
        return await catalog.admin("POST", f"/{kind}", a_movie() if kind == "movies" else a_theater())
    ids = await catalog.a_screen()
    if kind == "screens":
        return await catalog.admin("POST", "/screens", a_screen(ids["theaterId"]))
    return await catalog.admin("POST", "/showtimes", a_showtime(ids, at(1)))


async def change(catalog: Harness, path: str, body: Any, if_match: str, method: str = "PATCH") -> Answer:
    return await catalog.call(method, f"/api/admin/{path}", body, caller=token("admin"), If_Match=if_match)


@pytest.mark.parametrize("kind", ["movies", "theaters", "showtimes"])
async def test_a_version_has_one_strong_etag_wherever_it_is_shown(catalog: Harness, kind: str) -> None:
    answers = [await created(catalog, kind)]
    resource_id = answers[0].body["id"]
    answers.append(await catalog.call("GET", f"/api/{kind}/{resource_id}"))
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    changed = await catalog.admin("PATCH", f"/{kind}/{resource_id}", CHANGES[kind])
    read = await catalog.call("GET", f"/api/{kind}/{resource_id}")
    assert changed.headers["ETag"] == read.headers["ETag"] != answers[0].headers["ETag"]
    assert not read.headers["ETag"].startswith("W/")


@pytest.mark.parametrize("kind", CHANGES)
async def test_a_change_that_rests_on_an_old_version_is_stale(catalog: Harness, kind: str) -> None:
    answer = await created(catalog, kind)
    resource_id, etag = answer.body["id"], answer.headers["ETag"]
    first = await change(catalog, f"{kind}/{resource_id}", CHANGES[kind], etag)
    assert first.status == 200, first.body
    for method, body in (("PATCH", CHANGES[kind]), ("DELETE", None)):
        stale = await change(catalog, f"{kind}/{resource_id}", body, etag, method)
        assert (stale.status, stale.body["code"]) == (412, "stale_version")
    newest = first.headers["ETag"]
    for met in (newest, f"W/{newest}", f'"other", {newest}', "*"):
        same = await change(catalog, f"{kind}/{resource_id}", CHANGES[kind], met)
        assert (same.status, same.headers["ETag"]) == (200, newest)
    assert (await catalog.admin("PATCH", f"/{kind}/{resource_id}", CHANGES[kind])).status == 200
    assert (await change(catalog, f"{kind}/{resource_id}", None, newest, "DELETE")).status == 204


@pytest.mark.parametrize("kind", CHANGES)
async def test_of_many_who_change_one_version_at_once_one_wins(catalog: Harness, kind: str) -> None:
    answer = await created(catalog, kind)
    resource_id, etag = answer.body["id"], answer.headers["ETag"]
    name = next(iter(CHANGES[kind]))
    bodies = [{name: f"by {number}"} for number in range(12)]
    answers = await asyncio.gather(*(change(catalog, f"{kind}/{resource_id}", body, etag) for body in bodies))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 11
    assert (await catalog.db[kind].find_one({"_id": resource_id}))["version"] == 2


async def test_of_many_who_move_one_version_at_once_one_wins(catalog: Harness) -> None:
    answer = await created(catalog, "showtimes")
    bodies: list[dict[str, Any]] = [{"startAt": at(2 + number).isoformat(), "basePrice": number} for number in range(8)]
    etag, resource_id = answer.headers["ETag"], answer.body["id"]
    answers = await asyncio.gather(*(change(catalog, f"showtimes/{resource_id}", body, etag) for body in bodies))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    (won,) = [body for answer, body in zip(answers, bodies, strict=True) if answer.status == 200]
    read = (await catalog.call("GET", f"/api/showtimes/{resource_id}")).body
    assert (datetime.fromisoformat(read["startAt"]), read["basePrice"]) == (
        datetime.fromisoformat(won["startAt"]),
        won["basePrice"],
    )


async def test_a_change_and_a_removal_that_rest_on_one_version_are_never_both_made(catalog: Harness) -> None:
    for _ in range(4):
        answer = await created(catalog, "movies")
        etag, resource_id = answer.headers["ETag"], answer.body["id"]
        changed, removed = await asyncio.gather(
            change(catalog, f"movies/{resource_id}", {"title": "New"}, etag),
            change(catalog, f"movies/{resource_id}", None, etag, "DELETE"),
        )
        assert (changed.status, removed.status) in {(200, 412), (404, 204)}


async def test_a_theaters_etag_tells_that_its_screens_changed_and_a_change_still_rests_on_the_theater(
    catalog: Harness,
) -> None:
    theater = await created(catalog, "theaters")
    path, etags = f"/api/theaters/{theater.body['id']}", [theater.headers["ETag"]]
    screens = [await catalog.added("/screens", a_screen(theater.body["id"])) for _ in range(2)]
    changes: list[tuple[str, str, Any] | None] = [
        None,
        ("PATCH", f"/screens/{screens[0]['id']}", {"name": "T"}),
        ("DELETE", f"/screens/{screens[1]['id']}", None),
    ]
    for screen_change in changes:
        if screen_change:
            await catalog.admin(*screen_change)
        read = await catalog.call("GET", path, If_None_Match=", ".join(etags))
        assert (read.status, read.headers["ETag"] in etags) == (200, False)
        etags.append(read.headers["ETag"])
    for etag in etags:
        same = await change(catalog, f"theaters/{theater.body['id']}", {"name": a_theater()["name"]}, etag)
        assert (same.status, same.headers["ETag"]) == (200, etags[-1])


async def test_seats_left_change_what_is_read_and_not_what_a_change_rests_on(catalog: Harness) -> None:
    answer = await created(catalog, "showtimes")
    resource_id, etag = answer.body["id"], answer.headers["ETag"]
    await catalog.db.showtimes.update_one({}, {"$set": {"seats_available": 3}})
    read = await catalog.call("GET", f"/api/showtimes/{resource_id}", If_None_Match=etag)
    assert (read.status, read.body["seatsAvailable"]) == (200, 3)
    assert (await change(catalog, f"showtimes/{resource_id}", {"format": "3D"}, etag)).status == 200


@pytest.mark.parametrize("begun", [False, True])
async def test_of_a_show_that_has_begun_or_was_cancelled_no_seat_is_available(catalog: Harness, begun: bool) -> None:
    answer = await created(catalog, "showtimes")
    path, etag = f"/api/showtimes/{answer.body['id']}", answer.headers["ETag"]
    if begun:
        now = datetime.now(UTC)
        span = {"start_at": now - timedelta(minutes=1), "end_at": now + timedelta(hours=2)}
        await catalog.db.showtimes.update_one({}, {"$set": span})
    else:
        await catalog.admin("DELETE", f"/showtimes/{answer.body['id']}")
    read = await catalog.call("GET", path, If_None_Match=etag)
    assert (read.status, read.body["seatsAvailable"]) == (200, 0)
    assert read.body["status"] == ("scheduled" if begun else "cancelled")
    listed = (await catalog.call("GET", "/api/showtimes")).body["items"]
    assert [(showtime["seatsAvailable"], showtime["seatsTotal"]) for showtime in listed] == [(0, 11)]
