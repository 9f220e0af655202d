"""Which seats of a showtime are taken out, and why: said beside the list, read by those who work there alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from services.catalog.tests.conftest import Answer, Harness, token
from services.catalog.tests.factories import SHOWTIME_LAYOUT, at
from services.catalog.tests.integration.test_audit import records

from catalog.assembly import assemble
from catalog.settings import Settings
from catalog.store import Store
from chassis.broker import publishing
from chassis.envelope import seal
from chassis.resources import resources as opened
from chassis.settings import load
from contracts.ids import ScreenId, ShowtimeId, UserId
from contracts.layout import ScreenDetails
from contracts.seating import ShowtimeReplanned
from stack.waiting import until


@pytest.fixture
async def store(environment: str) -> AsyncIterator[Store]:
    """The store of another process beside the running one, which polls no outbox and hears nothing."""
    async with opened(load(Settings), "catalog") as resources:
        store = assemble(load(Settings), resources).store
        await resources.prepare(store.prepare)
        await resources.publisher.ready.wait()
        yield store


def _plan(showtime: str, screen: str, *blocked: str) -> ShowtimeReplanned:
    return ShowtimeReplanned(
        showtime_id=ShowtimeId(showtime),
        number=1,
        layout=SHOWTIME_LAYOUT.model_copy(update={"blocked": blocked}),
        screen=ScreenDetails(screen_id=ScreenId(screen), name="One"),
        at=datetime.now(UTC),
        changed_by=UserId("usr_2"),
    )


async def _read(catalog: Harness, showtime: str, caller: str) -> Answer:
    return await catalog.call("GET", f"/api/admin/showtimes/{showtime}/blocked-seats", caller=caller)


async def test_the_list_is_read_by_those_who_work_there_and_follows_a_change_of_the_seats(catalog: Harness) -> None:
    ids, foreign = await catalog.a_screen(), await catalog.a_screen()
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    for role in ("staff", "manager"):
        shown = await _read(catalog, showtime, token("user", grants={ids["theaterId"]: [role]}))
        assert (shown.status, shown.body) == (200, {"items": [{"seatId": "B1"}]})
        refused = await _read(catalog, showtime, token("user", grants={foreign["theaterId"]: [role]}))
        assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert (await _read(catalog, showtime, token("user"))).status == 403
    assert (await catalog.call("GET", f"/api/admin/showtimes/{showtime}/blocked-seats")).status == 401
    nowhere = await _read(catalog, "sho_x", token("admin"))
    assert (nowhere.status, nowhere.body["code"]) == (404, "showtime_not_found")
    async with publishing(catalog.broker_url, "seating") as publisher:
        await publisher.ready.wait()
        await publisher.publish(seal(_plan(showtime, ids["screenId"], "B1", "C2")))

    async def has_followed() -> bool:
        items = (await _read(catalog, showtime, token("admin"))).body["items"]
        return bool(items == [{"seatId": "B1"}, {"seatId": "C2"}])

    await until(has_followed)


async def test_why_seats_are_taken_out_is_read_and_recorded_and_nobody_else_is_told(
    catalog: Harness, store: Store
) -> None:
    ids = await catalog.a_screen()
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    await store.showtimes.follow_plan(_plan(showtime, ids["screenId"], "B1", "C2"), {"C2": "broken"})
    shown = await _read(catalog, showtime, token("admin"))
    assert shown.body == {"items": [{"seatId": "B1"}, {"seatId": "C2", "reason": "broken"}]}
    for _ in range(2):  # the second changes nothing
        await store.showtimes.give_reasons(showtime, {"C2": None, "B1": "broken arm"}, "usr_3")
    shown = await _read(catalog, showtime, token("admin"))
    assert shown.body == {"items": [{"seatId": "B1", "reason": "broken arm"}, {"seatId": "C2"}]}
    changes = [each for each in await records(catalog, showtime, 3) if each["action"] == "showtimes.changed"]
    first, second = sorted(changes, key=lambda each: str(each["user_id"]))
    assert first["before"] == {"blockedSeats": ["B1"], "blockedReasons": {}}
    assert first["after"] == {"blockedSeats": ["B1", "C2"], "blockedReasons": {"C2": "broken"}}
    assert second["before"] == {"blockedReasons": {"C2": "broken"}}
    assert second["after"] == {"blockedReasons": {"B1": "broken arm"}}
    assert (second["user_id"], second["theater_id"]) == ("usr_3", ids["theaterId"])
    public = await catalog.call("GET", f"/api/showtimes/{showtime}")
    snapshots = await catalog.heard("catalog.showtime_changed.v1", 2)
    assert "broken" not in f"{public.body}{snapshots}"


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"blockedReasons": {"B1": "broken"}}, "blockedReasons"),
        ({"blockedReasons": {}, "format": "3D"}, "blockedReasons"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B2": "broken"}}, "blockedReasons.B2"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"Z9": "broken"}}, "blockedReasons.Z9"),
        ({"blockedSeats": ["Z9"], "blockedReasons": {"Z9": "broken"}}, "blockedSeats.0"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B1": "x" * 121}}, "blockedReasons.B1"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B1": " "}}, "blockedReasons.B1"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B1": 5}}, "blockedReasons.B1"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B1": "two\nlines"}}, "blockedReasons.B1"),
        ({"blockedSeats": ["B1"], "blockedReasons": {"B" * 11: "broken"}}, f"blockedReasons.{'B' * 11}"),
        ({"blockedSeats": ["B1"], "blockedReasons": None}, "blockedReasons"),
        ({"blockedSeats": ["B1"], "blockedReasons": ["broken"]}, "blockedReasons"),
        ({"status": "cancelled", "blockedSeats": ["B1"], "blockedReasons": {"B1": "broken"}}, "status"),
    ],
)
async def test_a_wrong_reason_is_refused_where_it_stands(catalog: Harness, sent: dict[str, Any], path: str) -> None:
    showtime = (await catalog.a_showtime(await catalog.a_screen(), at(1)))["id"]
    answer = await catalog.admin("PATCH", f"/showtimes/{showtime}", sent)
    assert (answer.status, answer.body["code"]) == (422, "validation_error"), answer.body
    assert answer.body["errors"][0]["path"] == path
    assert (await _read(catalog, showtime, token("admin"))).body == {"items": [{"seatId": "B1"}]}
