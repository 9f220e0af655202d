"""Prices by scope: what theaters, screens and showtimes say, and that upcoming showtimes follow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.catalog.tests.conftest import SIGNER, Answer, Harness
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_screen, at
from services.catalog.tests.integration.prices import published

from chassis.broker import publishing
from chassis.envelope import seal
from contracts.ids import ScreenId, ShowtimeId
from contracts.layout import ScreenDetails
from contracts.seating import AvailabilityChanged, ShowtimeReplanned
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")
CHILD = {"type": "child", "label": "Child", "percent": 60, "proof": "a passport"}
RULE = {"name": "Peak", "when": {"ticketType": "adult"}, "adjust": {"percent": 10}}
PEAK = {**RULE, "when": {}}
FEE = {"name": "Booking", "perTicket": 1_000, "taxRate": 1_800}


async def said(catalog: Harness, **scope: str) -> Any:
    """What a scope says, and what counts there."""
    ((name, scope_id),) = scope.items()
    answer = await catalog.admin("GET", f"/pricing?{name}={scope_id}")
    assert answer.status == 200, answer.body
    return answer.body


async def say(catalog: Harness, scope: dict[str, str], **fields: Any) -> Answer:
    return await catalog.admin("PATCH", "/pricing", {"scope": scope, **fields})


async def test_a_scope_says_nothing_at_first_and_what_was_said_stays_until_null(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    theater = {"theaterId": ids["theaterId"]}
    first = await said(catalog, **theater)
    assert first["scope"] == theater
    assert first["said"] == {}
    adult = {"type": "adult", "label": "Adult", "percent": 100}
    assert first["effective"] == {"seatTypes": [], "ticketTypes": [adult], "dynamicPricingRules": []}
    assert first["defaultFees"]["INR"] == [{"name": "Convenience fee", "perTicket": 3_000, "taxRate": 1_800}]
    one = await say(catalog, theater, ticketTypes=[CHILD], fees=[])
    two = await say(catalog, theater, dynamicPricingRules=[RULE])
    assert (one.status, two.status) == (200, 200)
    assert two.body["said"] == {"ticketTypes": [CHILD], "dynamicPricingRules": [RULE], "fees": []}
    assert two.body["effective"]["ticketTypes"] == [adult, CHILD]
    three = await say(catalog, theater, dynamicPricingRules=None)
    assert three.body["said"] == {"ticketTypes": [CHILD], "fees": []}
    assert three.body == await said(catalog, **theater)


async def test_the_narrowest_scope_wins_field_by_field_and_upcoming_showtimes_follow(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    theater, screen = {"theaterId": ids["theaterId"]}, {"screenId": ids["screenId"]}
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    assert (await said(catalog, showtimeId=showtime))["said"] == {"basePrice": 25_000}
    await say(catalog, theater, basePrice=1, dynamicPricingRules=[RULE], ticketTypes=[CHILD], fees=[FEE])
    fee = {"name": "Booking", "per_ticket": 1_000, "tax_rate": 1_800}
    await published(catalog, showtime, base_price=25_000, fees=[fee])
    await say(catalog, screen, dynamicPricingRules=[], seatTypes=[{"type": "gold", "priceFactor": 3}])
    await published(catalog, showtime, rules=[], seat_types=[{"type": "gold", "price_factor": 3.0}], fees=[fee])
    effective = (await said(catalog, showtimeId=showtime))["effective"]
    factors = [{"type": "gold", "priceFactor": 3.0}, {"type": "standard", "priceFactor": 1.0}]
    assert effective == {
        "basePrice": 25_000,
        "seatTypes": factors,
        "ticketTypes": [{"type": "adult", "label": "Adult", "percent": 100}, CHILD],
        "dynamicPricingRules": [],
        "fees": [FEE],
    }
    shown = (await catalog.call("GET", f"/api/showtimes/{showtime}")).body
    assert shown["ticketTypes"] == effective["ticketTypes"]
    await say(catalog, {"showtimeId": showtime}, basePrice=30_000, dynamicPricingRules=[PEAK], fees=[])
    await published(catalog, showtime, base_price=30_000, fees=[])
    later = (await catalog.a_showtime(ids, at(2), dynamicPricingRules=[]))["id"]
    assert (await said(catalog, showtimeId=later))["said"] == {"basePrice": 25_000, "dynamicPricingRules": []}
    await published(catalog, later, rules=[], fees=[fee])


async def test_a_theater_or_screen_may_say_the_base_price_of_showtimes_that_say_none(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    body = {**ids, "startAt": at(1).isoformat(), "language": "fr", "format": "2D", "currency": "INR"}
    refused = await catalog.admin("POST", "/showtimes", body)
    assert (refused.status, refused.body["errors"][0]["path"]) == (422, "basePrice")
    screen = {"screenId": ids["screenId"]}
    await say(catalog, screen, basePrice=18_000)
    showtime = await catalog.added("/showtimes", body)
    assert showtime["basePrice"] == 18_000
    await say(catalog, screen, basePrice=19_000)
    await published(catalog, showtime["id"], base_price=19_000)
    await say(catalog, screen, basePrice=None)
    own = {"showtimeId": showtime["id"]}

    async def has_followed() -> bool:
        return await catalog.db["showtimes"].find_one({"scopes.showtime.base_price": 19_000}) is not None

    await until(has_followed)
    assert (await said(catalog, **own))["said"] == {"basePrice": 19_000}
    kept = await say(catalog, own, basePrice=None)
    assert (kept.status, kept.body["errors"][0]["path"]) == (422, "basePrice")


async def test_a_show_that_moves_to_another_screen_has_the_prices_that_count_there(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    other = await catalog.added("/screens", a_screen(ids["theaterId"], name="Two"))
    await say(catalog, {"screenId": other["id"]}, ticketTypes=[CHILD])
    plan = ShowtimeReplanned(
        showtime_id=ShowtimeId(showtime),
        number=1,
        layout=SHOWTIME_LAYOUT,
        screen=ScreenDetails(screen_id=ScreenId(other["id"]), name="Two"),
        at=datetime.now(UTC),
    )
    async with publishing(catalog.broker_url, "seating") as publisher:
        await publisher.ready.wait()
        await publisher.publish(seal(plan))
    await published(catalog, showtime, ticket_types=[CHILD])


async def test_a_change_of_prices_is_due_work_that_another_process_finishes(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    await published(catalog, showtime, base_price=25_000)
    died = {"prices.ticket_types": [CHILD], "due_at": datetime.now(UTC)}  # as the write of one that died then leaves it
    await catalog.db["theaters"].update_one({"_id": ids["theaterId"]}, {"$set": died, "$inc": {"version": 1}})
    await published(catalog, showtime, ticket_types=[CHILD])


async def test_prices_have_a_version_and_a_scope_of_ones_own(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    theater = ids["theaterId"]
    path = f"/api/admin/pricing?theaterId={theater}"
    manager = SIGNER.token("usr_2", grants={theater: ["manager"]})
    foreign = SIGNER.token("usr_3", grants={"thr_other": ["manager"]})
    tag = (await catalog.call("GET", path, caller=manager)).headers["ETag"]
    change = {"scope": {"theaterId": theater}, "basePrice": 1}
    first = await catalog.call("PATCH", "/api/admin/pricing", change, caller=manager, If_Match=tag)
    assert (first.status, first.headers["ETag"] != tag) == (200, True)
    stale = await catalog.call("PATCH", "/api/admin/pricing", {**change, "basePrice": 2}, caller=manager, If_Match=tag)
    assert (stale.status, stale.body["code"]) == (412, "stale_version")
    assert (await catalog.call("GET", path, caller=foreign)).status == 403
    assert (await catalog.call("PATCH", "/api/admin/pricing", change, caller=foreign)).status == 403
    kept = await catalog.admin("PATCH", f"/theaters/{theater}", {"name": "Another"})
    assert (kept.status, (await said(catalog, theaterId=theater))["said"]) == (200, {"basePrice": 1})
    await say(catalog, {"screenId": ids["screenId"]}, basePrice=3)
    await catalog.admin("PATCH", f"/screens/{ids['screenId']}", {"name": "Another"})
    assert (await said(catalog, screenId=ids["screenId"]))["said"] == {"basePrice": 3}
    recorded = await catalog.heard("catalog.audit_recorded.v1", 7)
    of_prices = {event["subject_id"]: event for event in recorded if event["action"] == "pricing.changed"}
    assert of_prices.keys() == {theater, ids["screenId"]}
    assert (of_prices[theater]["before"], of_prices[theater]["after"]) == ({}, {"basePrice": 1})
    assert of_prices[ids["screenId"]]["theater_id"] == theater


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "validation_error"),
        ("?theaterId=x&screenId=y", "validation_error"),
        ("?theaterId=thr_00000000000000000000000000", "theater_not_found"),
        ("?screenId=scr_x", "screen_not_found"),
        ("?showtimeId=sho_x", "showtime_not_found"),
    ],
)
async def test_a_scope_is_one_that_there_is(catalog: Harness, query: str, code: str) -> None:
    answer = await catalog.admin("GET", f"/pricing{query}")
    assert answer.body["code"] == code


async def test_a_preview_shows_each_seat_type_and_ticket_type_and_stores_nothing(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    await say(catalog, {"theaterId": ids["theaterId"]}, ticketTypes=[CHILD])
    showtime = await catalog.a_showtime(ids, at(3), basePrice=10_000)
    rules = [
        {"name": "Early", "when": {"hoursBefore": {"gte": 48}}, "adjust": {"percent": -10}},
        {"name": "Full", "when": {"occupancy": {"gte": 0.5}}, "adjust": {"amount": 1_001}},
    ]
    body = {"showtimeId": showtime["id"], "dynamicPricingRules": rules, "basePrice": 20_000}
    answer = await catalog.admin("POST", "/pricing/preview", body)
    assert answer.status == 200
    items = {(item["type"], item["ticketType"]): item for item in answer.body["items"]}
    assert {of: item["price"] for of, item in items.items()} == {
        ("standard", "adult"): 18_000,
        ("standard", "child"): 10_800,
        ("gold", "adult"): 27_000,
        ("gold", "child"): 16_200,
    }
    assert items["gold", "child"]["rules"] == [{"name": "Early", "amount": -3_000}]
    assert answer.body["currency"] == "INR"
    late = (at(3) - timedelta(hours=1)).isoformat()
    crowded = await catalog.admin("POST", "/pricing/preview", {**body, "at": late, "occupancy": 0.5})
    prices = [item["price"] for item in crowded.body["items"]]
    assert prices == [21_001, 12_601, 31_001, 18_601]
    plain = await catalog.admin("POST", "/pricing/preview", {"showtimeId": showtime["id"]})
    assert [item["price"] for item in plain.body["items"]] == [10_000, 6_000, 15_000, 9_000]
    assert (await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body["basePrice"] == 10_000


async def test_a_preview_of_a_screen_as_full_as_it_is_meets_a_rule_at_its_very_edge(catalog: Harness) -> None:
    """One of ten seats is a tenth, as it is where seats are held."""
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(3), basePrice=10_000)
    async with publishing(catalog.broker_url, "seating") as publisher:
        await publisher.ready.wait()
        one_sold = AvailabilityChanged(showtime_id=ShowtimeId(showtime["id"]), version=1, available=9, total=11)
        await publisher.publish(seal(one_sold))

    async def heard() -> bool:
        return bool((await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body["seatsAvailable"] == 9)

    await until(heard)
    rule = {"name": "Tenth", "when": {"occupancy": {"gte": 0.1, "lte": 0.1}}, "adjust": {"setTo": 7}}
    body = {"showtimeId": showtime["id"], "dynamicPricingRules": [rule]}
    preview = await catalog.admin("POST", "/pricing/preview", body)
    assert {item["price"] for item in preview.body["items"]} == {7}
