"""Accessible seats that a theater keeps for those who need them, and releases in stages before the show."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.seating.tests.factories import SIGNER, a_payment, a_user
from services.seating.tests.harness import Answer, Harness
from tests.factories import a_snapshot

from contracts.ids import new_id
from seating.domain import Showtime

LAYOUT = {"rows": 2, "cols": 5, "accessible": ["A1", "B1"], "companions": {"A2": "A1", "B2": "B1"}}
HALF_THEN_ALL: list[dict[str, float]] = [{"hours_before": 48, "share": 0.5}, {"hours_before": 2, "share": 1}]


def a_show(hours: float, stages: list[dict[str, float]] = HALF_THEN_ALL, **fields: Any) -> Any:
    """The snapshot of a show so many hours from now, in a theater with these stages."""
    start_at = datetime.now(UTC) + timedelta(hours=hours)
    return a_snapshot(start_at=start_at, layout=LAYOUT, theater={"accessible_release": stages}, **fields)


async def availability(harness: Harness, showtime: Showtime, token: str | None = None) -> Answer:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await harness.call("GET", f"/api/seats/availability?showtimeId={showtime.id}", headers=headers)


async def hold_as(harness: Harness, token: str, showtime: Showtime, *seats: str) -> Answer:
    body = {"showtimeId": showtime.id, "seatIds": list(seats)}
    return await harness.call("POST", "/api/seats/hold", json=body, headers={"authorization": f"Bearer {token}"})


async def test_each_stage_releases_its_share_with_the_companions_from_the_back(harness: Harness) -> None:
    for hours, state in ((72, "bbaaabbaaa"), (24, "bbaaaaaaaa"), (1, "aaaaaaaaaa")):
        assert await harness.map(await harness.showtime(a_show(hours))) == state
    assert await harness.map(await harness.showtime(a_show(72, []))) == "aaaaaaaaaa"


async def test_a_guest_is_refused_what_is_not_released_and_may_have_the_rest(harness: Harness) -> None:
    showtime = await harness.showtime(a_show(24))
    answer = await harness.hold(showtime, a_user(), "A1", "A2", "A3")
    assert (answer.status, answer.json["code"], answer.json["seatIds"]) == (409, "seats_unavailable", ["A1", "A2"])
    assert (await harness.hold(showtime, a_user(), "B1", "B2", "A3")).status == 201


async def test_the_theaters_staff_see_them_and_may_give_them_out(harness: Harness) -> None:
    showtime = await harness.showtime(a_show(72))
    theater_id = showtime.snapshot.theater.theater_id
    staff = SIGNER.token(a_user(), "user", grants={theater_id: ["staff"]})
    stranger = SIGNER.token(a_user(), "user", grants={new_id("thr"): ["staff"]})
    shown = {who: await availability(harness, showtime, token) for who, token in (("s", staff), ("o", stranger))}
    assert [shown[who].json["seats"][0]["status"] for who in "so"] == ["available", "blocked"]
    assert (await hold_as(harness, stranger, showtime, "A1")).status == 409
    answer = await hold_as(harness, staff, showtime, "A1", "A2")
    assert answer.status == 201
    assert await harness.map(showtime) == "hhaaabbaaa"
    assert (await harness.call("DELETE", f"/api/seats/hold/{answer.json['id']}", user="usr_x")).status == 404


async def test_a_hold_that_ends_leaves_them_withheld_and_its_late_money_still_gets_them(harness: Harness) -> None:
    showtime, user = await harness.showtime(a_show(72)), a_user()
    token = SIGNER.token(user, "user", "admin")
    hold = (await hold_as(harness, token, showtime, "A1", "A2")).json
    sale = await harness.use_cases.checkouts.begin(user, hold["id"])
    await harness.use_cases.holding.release(user, hold["id"])
    assert await harness.map(showtime) == "bbaaabbaaa"
    await harness.use_cases.sales.sell(a_payment(sale).sale)
    assert await harness.map(showtime) == "ssaaabbaaa"


async def test_at_its_instant_a_seat_is_everybodys_with_a_new_version_and_etag(harness: Harness) -> None:
    """The instant is two thirds of a second away: it is awaited by Redis' clock."""
    hours = 2 + 0.7 / 3600
    showtime = await harness.showtime(a_show(hours, HALF_THEN_ALL[1:]))
    before = await availability(harness, showtime)
    path, tag = f"/api/seats/state?showtimeId={showtime.id}", {"if-none-match": ""}
    state = await harness.call("GET", path)
    assert state.json["state"] == "bbaaabbaaa"
    await harness.redis_reaches(max(showtime.withheld.values()))
    after = await availability(harness, showtime)
    assert [seat["status"] for seat in after.json["seats"]] == ["available"] * 10
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json["version"] > before.json["version"]
    tag["if-none-match"] = state.headers["etag"]
    assert (await harness.call("GET", path, headers=tag)).status == 200


async def test_a_new_snapshot_counts_at_once_and_an_older_one_never(harness: Harness) -> None:
    snapshot = a_show(72)
    showtime = await harness.showtime(snapshot)
    theater = snapshot.theater.model_copy(update={"accessible_release": ()})
    open_to_all = snapshot.model_copy(update={"revision": 2, "theater": theater})
    await harness.use_cases.scheduling.follow(open_to_all)
    assert await harness.map(showtime) == "aaaaaaaaaa"
    ledger = await harness.seating.ports.ledgers.read(showtime.id)
    assert ledger is not None
    await harness.seat_holds.tell(showtime, ledger, ["A1"])
    assert await harness.map(showtime) == "aaaaaaaaaa"
    again = snapshot.model_copy(update={"revision": 3})
    await harness.use_cases.scheduling.follow(again)
    assert await harness.map(showtime) == "bbaaabbaaa"
    await harness.redis.flushdb()
    assert await harness.map(showtime) == "bbaaabbaaa"


async def test_withheld_seats_are_nobodys_neighbours_and_are_never_suggested(harness: Harness) -> None:
    snapshot = a_show(72)
    theater = snapshot.theater.model_copy(update={"forbids_single_seats": True})
    showtime = await harness.showtime(snapshot.model_copy(update={"theater": theater}))
    answer = await harness.hold(showtime, a_user(), "A4")
    assert (answer.status, answer.json["code"], answer.json["seatIds"]) == (409, "leaves_single_seat", ["A3", "A5"])
    assert answer.json["suggestion"][0] in {"A3", "A5"}
