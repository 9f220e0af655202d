"""Putting showtimes on screens: overlaps, repetitions, races, and what is told."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from services.catalog.tests.conftest import Harness, token
from services.catalog.tests.factories import a_showtime, at

from catalog.main import create
from chassis.change_count import ChangeCount
from stack.testing import serving


async def test_a_showtime_is_told_as_a_full_snapshot_with_its_price_table(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = await catalog.a_showtime(
        ids,
        at(1),
        dynamicPricingRules=[
            {
                "name": "evening",
                "when": {"from": "18:00", "to": "23:00", "daysOfWeek": ["fri"]},
                "adjust": {"percent": 10},
            },
        ],
    )
    assert showtime["seatsTotal"] == 11
    assert showtime["seatsAvailable"] == 10
    assert showtime["dynamicPricingRules"][0]["when"] == {"from": "18:00:00", "to": "23:00:00", "daysOfWeek": ["fri"]}
    (event,) = await catalog.heard("catalog.showtime_scheduled.v1", 1)
    snapshot = event["snapshot"]
    assert (snapshot["revision"], snapshot["status"], snapshot["movie"]["title"]) == (1, "scheduled", "Amélie Returns")
    assert snapshot["prices"]["fees"] == [{"name": "Convenience fee", "per_ticket": 3000, "tax_rate": 1800}]
    assert [(slab["rate"], slab["up_to"]) for slab in snapshot["prices"]["tax_slabs"]] == [(500, 10_000), (1800, None)]
    assert datetime.fromisoformat(showtime["endAt"]) - datetime.fromisoformat(showtime["startAt"]) == timedelta(
        minutes=120
    )


async def test_before_the_store_is_prepared_nothing_is_added(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    async def never(change_count: ChangeCount) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ChangeCount, "prepare", never)
    async with serving(create()) as http, http.post("/api/admin/theaters", json={}) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (503, "service_unavailable")


async def test_fees_and_taxes_follow_the_currency(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await catalog.a_showtime(ids, at(1), currency="AED")
    await catalog.a_showtime(ids, at(2), currency="EUR")
    events = await catalog.heard("catalog.showtime_scheduled.v1", 2)
    prices = {event["snapshot"]["prices"]["currency"]: event["snapshot"]["prices"] for event in events}
    assert [fee["per_ticket"] for fee in prices["AED"]["fees"]] == [200]
    assert [slab["rate"] for slab in prices["AED"]["tax_slabs"]] == [500]
    assert (prices["EUR"]["fees"], prices["EUR"]["tax_slabs"]) == ([], [])


async def test_a_show_may_cost_nothing_in_any_currency(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    for day, currency in enumerate(("INR", "EUR", "JPY", "KWD", "CLP"), 1):
        showtime = await catalog.a_showtime(ids, at(day), basePrice=0, currency=currency)
        assert (showtime["basePrice"], showtime["currency"]) == (0, currency)
    events = await catalog.heard("catalog.showtime_scheduled.v1", 5)
    assert [event["snapshot"]["prices"]["base_price"] for event in events] == [0] * 5


@pytest.mark.parametrize(("minutes", "status"), [(134, 409), (135, 201), (-134, 409), (-135, 201), (0, 409), (30, 409)])
async def test_a_screen_is_busy_for_run_time_and_cleaning(catalog: Harness, minutes: int, status: int) -> None:
    ids = await catalog.a_screen()
    await catalog.a_showtime(ids, at(1))
    second = a_showtime(ids, at(1) + timedelta(minutes=minutes))
    answer = await catalog.admin("POST", "/showtimes", second)
    assert answer.status == status
    if status == 409:
        assert answer.body["code"] == "screen_busy"
        assert len(answer.body["conflicts"]) == 1


async def test_of_many_who_race_for_a_screen_one_wins(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    bodies = [a_showtime(ids, at(1) + timedelta(minutes=n)) for n in range(12)]
    answers = await asyncio.gather(*(catalog.admin("POST", "/showtimes", body) for body in bodies))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 11
    assert await catalog.db.showtimes.count_documents({}) == 1


async def test_screens_of_one_theater_are_scheduled_side_by_side(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    more = [
        await catalog.added(
            "/screens", {"theaterId": ids["theaterId"], "name": f"S{n}", "layout": {"rows": 2, "cols": 2}}
        )
        for n in range(6)
    ]
    bodies = [a_showtime({**ids, "screenId": screen["id"]}, at(1)) for screen in more]
    answers = await asyncio.gather(*(catalog.admin("POST", "/showtimes", body) for body in bodies))
    assert [answer.status for answer in answers] == [201] * 6


def _offset_at_noon(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), zone).utcoffset()


async def test_a_repetition_follows_the_theaters_clock_over_a_change_of_summer_time(catalog: Harness) -> None:
    zone = ZoneInfo("Europe/Berlin")
    ids = await catalog.a_screen(timezone="Europe/Berlin")
    day = datetime.now(zone).date() + timedelta(days=1)
    while _offset_at_noon(day, zone) == _offset_at_noon(day + timedelta(days=1), zone):
        day += timedelta(days=1)
    start = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    repeat = {"days": [], "times": ["18:30", "21:30"], "until": (day + timedelta(days=3)).isoformat()}
    repetition = await catalog.a_showtime(ids, start, repeat=repeat)
    assert repetition["total"] == 8
    starts = [datetime.fromisoformat(showtime["startAt"]) for showtime in repetition["items"]]
    assert {at.astimezone(zone).strftime("%H:%M") for at in starts} == {"18:30", "21:30"}
    assert len({at.hour for at in starts}) == 4
    await catalog.heard("catalog.showtime_scheduled.v1", 8)


async def test_two_times_that_a_change_of_summer_time_makes_one_are_scheduled_once(catalog: Harness) -> None:
    zone = ZoneInfo("Europe/Berlin")
    ids = await catalog.a_screen(timezone="Europe/Berlin")
    day = datetime.now(zone).date() + timedelta(days=1)
    while not (day.month == 3 and _offset_at_noon(day - timedelta(days=1), zone) != _offset_at_noon(day, zone)):
        day += timedelta(days=1)
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    repeat = {"times": ["02:30", "03:30"], "until": day.isoformat()}
    repetition = await catalog.a_showtime(ids, start, repeat=repeat)
    assert [one["startAt"] for one in repetition["items"]] == [one["startAt"] for one in repetition["skipped"]]


async def test_a_repetition_skips_the_times_at_which_its_screen_is_busy(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await catalog.a_showtime(ids, at(3))
    repeat = {"days": [], "times": ["17:30"], "until": at(6).date().isoformat()}  # 12:00 UTC in Mumbai
    repetition = await catalog.a_showtime(ids, at(1), repeat=repeat)
    busy = at(3).isoformat().replace("+00:00", "Z")
    assert repetition["skipped"] == [{"startAt": busy, "screenId": ids["screenId"], "reason": "screen_busy"}]
    assert busy not in [showtime["startAt"] for showtime in repetition["items"]]
    assert repetition["total"] == 5
    again = await catalog.admin("POST", "/showtimes", a_showtime(ids, at(1), repeat=repeat))
    assert (again.status, again.body["code"], len(again.body["conflicts"])) == (409, "screen_busy", 6)
    assert await catalog.db.showtimes.count_documents({}) == 6


async def test_of_times_of_a_repetition_that_overlap_the_earlier_counts(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    repeat = {"times": ["10:00", "11:00"], "until": at(2).date().isoformat()}
    repetition = await catalog.a_showtime(ids, at(1), repeat=repeat)
    local = [datetime.fromisoformat(one["startAt"]) + timedelta(hours=5, minutes=30) for one in repetition["items"]]
    assert {start.hour for start in local} == {10}
    assert len(repetition["skipped"]) == len(local) == 2


async def test_a_season_of_showtimes_is_scheduled_and_told_at_once(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    times = ["09:00", "12:00", "15:00", "18:00", "21:00"]
    repeat = {"days": [], "times": times, "until": (at(1).date() + timedelta(days=49)).isoformat()}
    repetition = await catalog.a_showtime(ids, at(1, hour=1), repeat=repeat)
    assert repetition["total"] == 250
    await catalog.heard("catalog.showtime_scheduled.v1", 250)


LATER = at(30).date().isoformat()
UNACCEPTABLE: list[tuple[dict[str, Any], str]] = [
    ({"startAt": at(-1).isoformat()}, "startAt"),
    ({"startAt": at(1).replace(tzinfo=None).isoformat()}, "startAt"),
    ({"startAt": int(at(1).timestamp())}, "startAt"),
    ({"startAt": "9999-12-31T23:59:59Z"}, "startAt"),
    ({"startAt": "0001-01-01T00:00:00+23:59"}, "startAt"),
    ({"basePrice": "250"}, "basePrice"),
    ({"basePrice": 2.5}, "basePrice"),
    ({"basePrice": -1}, "basePrice"),
    ({"basePrice": 10**18}, "basePrice"),
    ({"currency": "XXX"}, "currency"),
    ({"currency": "inr"}, "currency"),
    ({"currency": "XAU"}, "currency"),
    ({"currency": "XTS"}, "currency"),
    ({"currency": "CLF"}, "currency"),
    ({"startAt": str(int(at(1).timestamp()))}, "startAt"),
    ({"startAt": "2030-W01-1T10:00:00Z"}, "startAt"),
    ({"repeat": {"times": [36000], "until": LATER}}, "repeat.times.0"),
    ({"repeat": {"times": ["36000"], "until": LATER}}, "repeat.times.0"),
    ({"repeat": {"times": ["10:00"], "until": int(at(30).timestamp())}}, "repeat.until"),
    ({"repeat": {"times": ["10:00"], "until": str(int(at(30).timestamp()))}}, "repeat.until"),
    ({"repeat": {"times": ["10:00"], "until": LATER, "untill": LATER}}, "repeat.untill"),
    ({"language": "a\u0000b"}, "language"),
    ({"dynamicPricingRules": [{"name": "x", "adjust": {}}]}, "dynamicPricingRules"),
    ({"dynamicPricingRules": [{"name": "x", "adjust": {"percent": 1, "amount": 1}}]}, "dynamicPricingRules"),
    ({"dynamicPricingRules": [{"name": "x", "when": {"weekday": 1}, "adjust": {"percent": 1}}]}, "dynamicPricingRules"),
    ({"dynamicPricingRules": [{"name": "x", "if": {}, "adjust": {"percent": 1}}]}, "dynamicPricingRules"),
    (
        {"dynamicPricingRules": [{"name": "x", "when": {"from": "18:00Z"}, "adjust": {"amount": 1}}]},
        "dynamicPricingRules",
    ),
    ({"repeat": {"days": ["monday"], "times": ["10:00"], "until": LATER}}, "repeat.days"),
    ({"repeat": {"days": [], "times": ["25:00"], "until": LATER}}, "repeat.times"),
    ({"repeat": {"days": [], "times": [], "until": LATER}}, "repeat.times"),
    ({"repeat": {"days": [], "times": ["10:00"], "until": "2020-01-01"}}, "repeat.until"),
    ({"repeat": {"days": [], "times": ["10:00"], "until": "9999-12-31"}}, "repeat.until"),
]


async def test_what_cannot_be_scheduled_is_named(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    for change, path in UNACCEPTABLE:
        answer = await catalog.admin("POST", "/showtimes", {**a_showtime(ids, at(1)), **change})
        assert (answer.status, answer.body["code"]) == (422, "validation_error")
        assert answer.body["errors"][0]["path"].startswith(path)


async def test_the_film_theater_and_screen_must_exist_together(catalog: Harness) -> None:
    ids, other = await catalog.a_screen(), await catalog.a_screen()
    nobody = "0" * 26
    for change, code in [
        ({"movieId": f"mov_{nobody}"}, "movie_not_found"),
        ({"theaterId": f"thr_{nobody}"}, "theater_not_found"),
        ({"screenId": f"scr_{nobody}"}, "screen_not_found"),
        ({"screenId": other["screenId"]}, "screen_not_found"),
        ({"movieId": "x\u0000"}, "movie_not_found"),
    ]:
        answer = await catalog.admin("POST", "/showtimes", {**a_showtime(ids, at(1)), **change})
        assert (answer.status, answer.body["code"]) == (404, code)


async def test_the_same_idempotency_key_schedules_once(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    body, caller = a_showtime(ids, at(1)), token("admin")
    first = await catalog.call("POST", "/api/admin/showtimes", body, caller=caller, Idempotency_Key="k")
    again = await catalog.call("POST", "/api/admin/showtimes", body, caller=caller, Idempotency_Key="k")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
