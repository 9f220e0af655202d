"""What admins change is recorded by the write that changes it, under the names that clients know."""

from typing import Any

from services.catalog.tests.conftest import Harness, token
from services.catalog.tests.factories import a_movie, a_showtime, a_theater, at

from chassis.envelope import seal
from contracts.catalog import AuditRecorded

RECORDED = "catalog.audit_recorded.v1"


async def records(catalog: Harness, subject_id: str, count: int) -> list[dict[str, Any]]:
    """That many records about a subject, in the order in which they were made."""
    total = len([event for event in catalog.events if event["type"] == RECORDED and event["subject_id"] != subject_id])
    heard = await catalog.heard(RECORDED, total + count)
    about = [event for event in heard if event["subject_id"] == subject_id]
    return sorted(about, key=lambda record: str(record["audit_id"]))


async def test_a_movie_is_recorded_from_its_beginning_to_its_end(catalog: Harness) -> None:
    movie = await catalog.added("/movies", a_movie())
    path = f"/movies/{movie['id']}"
    assert (await catalog.admin("PATCH", path, {"title": "B", "genres": ["Drama"]})).status == 200
    assert (await catalog.admin("PATCH", path, {"title": "B"})).status == 200  # which changes nothing
    assert (await catalog.admin("DELETE", path)).status == 204
    made, changed, removed = await records(catalog, movie["id"], 3)
    assert [record["action"] for record in (made, changed, removed)] == [
        "movies.created",
        "movies.changed",
        "movies.deleted",
    ]
    assert {record["user_id"] for record in (made, changed, removed)} == {"usr_1"}
    assert (made["before"], made["after"], made["theater_id"]) == (None, movie, None)
    assert (changed["before"], changed["after"]) == ({"title": movie["title"]}, {"title": "B"})
    assert (removed["before"], removed["after"]) == ({**movie, "title": "B"}, None)


async def test_what_belongs_to_a_theater_says_so_and_has_the_names_of_public_documents(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    manager = token(grants={ids["theaterId"]: ["manager"]})
    path = f"/api/admin/screens/{ids['screenId']}"
    assert (await catalog.call("PATCH", path, {"layout": {"blocked": ["C2"]}}, caller=manager)).status == 200
    _, changed = await records(catalog, ids["screenId"], 2)
    assert (changed["theater_id"], changed["before"], changed["after"]) == (
        ids["theaterId"],
        {"layout": {"blocked": ["B1"]}},
        {"layout": {"blocked": ["C2"]}},
    )
    (theater,) = await records(catalog, ids["theaterId"], 1)
    assert (theater["theater_id"], theater["after"]["forbidsSingleSeats"]) == (ids["theaterId"], False)


async def test_each_showtime_of_a_repetition_is_recorded_and_what_becomes_of_it(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    repeat = {"days": [], "times": ["10:00", "15:00"], "until": at(1).date().isoformat()}
    scheduled = await catalog.a_showtime(ids, at(1, hour=1), repeat=repeat)
    first, second = scheduled["items"]
    path = f"/showtimes/{first['id']}"
    assert (await catalog.admin("PATCH", path, {"basePrice": 30_000})).status == 200
    assert (await catalog.admin("PATCH", path, {"startAt": at(3).isoformat()})).status == 200
    assert (await catalog.admin("DELETE", path)).status == 204
    assert (await catalog.admin("DELETE", path)).status == 204  # again, which changes nothing
    made, priced, moved, cancelled = await records(catalog, first["id"], 4)
    assert (made["before"], made["after"]["basePrice"]) == (None, 25_000)
    assert (priced["before"], priced["after"]) == ({"basePrice": 25_000}, {"basePrice": 30_000})
    assert (moved["before"].keys(), moved["action"]) == ({"startAt", "endAt"}, "showtimes.changed")
    assert (cancelled["before"], cancelled["after"]) == ({"status": "scheduled"}, {"status": "cancelled"})
    assert (cancelled["theater_id"], cancelled["action"]) == (ids["theaterId"], "showtimes.cancelled")
    assert len(await records(catalog, second["id"], 1)) == 1


async def test_what_is_refused_is_not_recorded(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await catalog.a_showtime(ids, at(1))
    assert (await catalog.admin("POST", "/showtimes", a_showtime(ids, at(1)))).status == 409
    assert (await catalog.admin("DELETE", f"/theaters/{ids['theaterId']}")).status == 409
    stale = await catalog.call(
        "PATCH", f"/api/admin/movies/{ids['movieId']}", {"title": "B"}, caller=token("admin"), If_Match='"0"'
    )
    assert stale.status == 412
    await catalog.added("/movies", a_movie(title="last"))
    actions = [event["action"] for event in await catalog.heard(RECORDED, 5)]
    assert sorted(actions) == sorted(
        ["movies.created", "theaters.created", "screens.created", "showtimes.created", "movies.created"]
    )


async def test_what_was_unsent_of_a_removed_thing_is_published_all_the_same(catalog: Harness) -> None:
    """While the broker is away a thing may be made and removed: its document is gone then."""
    theater = await catalog.added("/theaters", a_theater())
    screen = await catalog.added(
        "/screens", {"theaterId": theater["id"], "name": "One", "layout": {"rows": 1, "cols": 2}}
    )
    unsent = {
        collection: AuditRecorded.of("usr_2", f"{collection}.changed", thing["id"], {}, {})
        for collection, thing in (("theaters", theater), ("screens", screen))
    }
    for collection, record in unsent.items():
        entry = {"$push": {"outbox": seal(record).document()}}
        await catalog.db[collection].update_one({"_id": record.subject_id}, entry)
    assert (await catalog.admin("DELETE", f"/theaters/{theater['id']}")).status == 204
    heard = await catalog.heard(RECORDED, 5)
    assert {record.audit_id for record in unsent.values()} <= {event["audit_id"] for event in heard}
