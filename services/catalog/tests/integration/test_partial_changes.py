"""What a PATCH leaves out stays, at every depth; what it says is judged beside what stays."""

from typing import Any

import pytest
from services.catalog.tests.conftest import Harness
from services.catalog.tests.factories import LAYOUT, a_movie, a_showtime, a_theater, at

POLICY = {
    "tiers": [{"hoursBefore": 24, "refundPercent": 100}, {"hoursBefore": 2.5, "refundPercent": 50}],
    "feesRefunded": False,
}
CONTACT = {"phone": "+912222881234", "email": "roxy@theaters.test"}
RELEASE = [{"hoursBefore": 48.0, "share": 0.5}, {"hoursBefore": 1.5, "share": 1.0}]
FULL: dict[str, Any] = {
    **LAYOUT,
    "pairs": [["C3", "C4"]],
    "companions": {"C2": "C1"},
    "rowLabels": ["A", "B", "W"],
    "numbering": {"from": "right", "count": "seats"},
    "seatLabels": {"C1": {"row": "W", "number": "R1"}},
}


async def test_a_theaters_parts_that_are_left_out_stay(catalog: Harness) -> None:
    theater = await catalog.added("/theaters", a_theater(contact=CONTACT, cancellationPolicy=POLICY))
    expected = dict(theater)
    for change, differing in (
        ({"cancellationPolicy": {"feesRefunded": True}}, {"cancellationPolicy": {**POLICY, "feesRefunded": True}}),
        ({"cancellationPolicy": {"tiers": []}}, {"cancellationPolicy": {"tiers": [], "feesRefunded": True}}),
        ({"cancellationPolicy": {"tiers": POLICY["tiers"]}}, {"cancellationPolicy": {**POLICY, "feesRefunded": True}}),
        ({"cancellationPolicy": {}}, {}),
        ({"contact": {"phone": "1800 266 0606"}}, {"contact": {**CONTACT, "phone": "1800 266 0606"}}),
        ({"contact": {"phone": None}}, {"contact": {"email": CONTACT["email"]}}),
        ({"geo": {"lat": 1.5}}, {"geo": {**a_theater()["geo"], "lat": 1.5}}),
        ({"amenities": ["Bar"]}, {"amenities": ["Bar"]}),
        ({"forbidsSingleSeats": True}, {"forbidsSingleSeats": True}),
        ({"accessibleRelease": RELEASE}, {"accessibleRelease": RELEASE}),
        ({"accessibleRelease": RELEASE[1:]}, {"accessibleRelease": RELEASE[1:]}),
        ({"accessibleRelease": []}, {"accessibleRelease": []}),
        ({}, {}),
    ):
        answer = await catalog.admin("PATCH", f"/theaters/{theater['id']}", change)
        expected |= differing
        assert (answer.status, answer.body) == (200, expected), change
    assert (await catalog.call("GET", f"/api/theaters/{theater['id']}")).body == {**expected, "screens": []}


async def test_a_layouts_parts_that_are_left_out_stay(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    path = f"/screens/{ids['screenId']}"
    layout = (await catalog.admin("PATCH", path, {"layout": FULL})).body["layout"]
    types = [{"priceFactor": 1.0, **kind} for kind in FULL["seatTypes"]]
    assert {name: layout[name] for name in FULL} == {**FULL, "seatTypes": types}
    for change, differing in (
        ({"numbering": {"from": "left"}}, {"numbering": {"from": "left", "count": "seats"}}),
        ({"seatLabels": {"C1": {"number": "R2"}}}, {"seatLabels": {"C1": {"row": "W", "number": "R2"}}}),
        (
            {"seatLabels": {"C2": {"row": "W", "number": "R3"}}},
            {"seatLabels": {"C1": {"row": "W", "number": "R2"}, "C2": {"row": "W", "number": "R3"}}},
        ),
        ({"seatLabels": {"C2": None}}, {"seatLabels": {"C1": {"row": "W", "number": "R2"}}}),
        ({"companions": {"C2": None}}, {"companions": {}}),
        ({"accessible": [], "pairs": []}, {"accessible": [], "pairs": []}),
        ({"rowLabels": []}, {"rowLabels": []}),
    ):
        answer = await catalog.admin("PATCH", path, {"layout": change})
        layout |= differing
        assert (answer.status, answer.body["layout"]) == (200, layout), change
    renamed = await catalog.admin("PATCH", path, {"name": "Two"})
    assert (renamed.body["name"], renamed.body["layout"]) == ("Two", layout)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rows": 2}, "layout.accessible.0"),
        ({"cols": 3}, "layout.pairs.0.1"),
        ({"gaps": ["A1", "C1"]}, "layout.accessible.0"),
        ({"accessible": []}, "layout.companions.C2"),
        ({"aisles": [3]}, "layout.pairs.0"),
        ({"rowLabels": ["A", "B"]}, "layout.rowLabels"),
        ({"rowLabels": ["A", "A", "W"]}, "layout.rowLabels.1"),
        ({"seatLabels": {"C2": {"number": "5"}}}, "layout.seatLabels.C2.row"),
        ({"seatLabels": {"C7": {"row": "A", "number": 5}}}, "layout.seatLabels.C7.number"),
        ({"seatLabels": {"C2": {"row": "W", "number": "R1"}}}, "layout.seatLabels.C2"),
        ({"numbering": {"from": "middle"}}, "layout.numbering.from"),
        ({"numbering": None}, "layout.numbering"),
        ({"numbering": {"form": "left"}}, "layout.numbering.form"),
        ({"aisle": [1]}, "layout.aisle"),
        ({"aisles": [{"after": 1, "row": ["A"]}]}, "layout.aisles.0.row"),
        ({"pairs": [["C3"]]}, "layout.pairs.0.1"),
        ({"seatTypes": [{"type": "x", "priceFaktor": 2}]}, "layout.seatTypes.0.priceFaktor"),
        ({"rowLabels": ["A", "B\u0000", "W"]}, "layout.rowLabels.1"),
        ({"aisles": ["1"]}, "layout.aisles.0"),
    ],
)
async def test_what_is_wrong_beside_what_stays_is_named_and_changes_nothing(
    catalog: Harness, change: dict[str, Any], path: str
) -> None:
    ids = await catalog.a_screen()
    screen = f"/screens/{ids['screenId']}"
    before = await catalog.admin("PATCH", screen, {"layout": FULL})
    answer = await catalog.admin("PATCH", screen, {"layout": change, "name": "Never"})
    assert (answer.status, answer.body["code"]) == (422, "validation_error"), answer.body
    assert answer.body["errors"][0]["path"] == path
    assert (await catalog.admin("PATCH", screen, {})).body == before.body


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ({"cancellationPolicy": {"tiers": [{"hoursBefore": 2, "refundPercent": 50}] * 2}}, "cancellationPolicy.tiers"),
        (
            {
                "cancellationPolicy": {
                    "tiers": [{"hoursBefore": 2, "refundPercent": 50}, {"hoursBefore": 3, "refundPercent": 9}]
                }
            },
            "cancellationPolicy.tiers",
        ),
        (
            {"cancellationPolicy": {"tiers": [{"hoursBefore": "2", "refundPercent": 50}]}},
            "cancellationPolicy.tiers.0.hoursBefore",
        ),
        (
            {"cancellationPolicy": {"tiers": [{"hours_before": 2, "refundPercent": 50}]}},
            "cancellationPolicy.tiers.0.hoursBefore",
        ),
        ({"cancellationPolicy": {"untilMinutesBefore": 60}}, "cancellationPolicy.untilMinutesBefore"),
        ({"cancellationPolicy": {"feesRefunded": None}}, "cancellationPolicy.feesRefunded"),
        ({"cancellationPolicy": None}, "cancellationPolicy"),
        ({"contact": {"fax": "1"}}, "contact.fax"),
        ({"contact": {"phone": "+441111"}}, "contact.phone"),
        ({"contact": {"phone": "box office"}}, "contact.phone"),
        ({"contact": {"email": "x" * 65 + "@example.com"}}, "contact.email"),
        ({"contact": {"email": "a..b@example.com"}}, "contact.email"),
        ({"contact": {"email": "a@b"}}, "contact.email"),
        ({"geo": {"lat": None}}, "geo.lat"),
        ({"amenities": None}, "amenities"),
        ({"forbidsSingleSeat": True}, "forbidsSingleSeat"),
        ({"timezone": "localtime"}, "timezone"),
        ({"timezone": "Etc/GMT+5"}, "timezone"),
        ({"timezone": None}, "timezone"),
    ],
)
async def test_what_is_no_part_of_a_theater_is_refused_in_a_new_one_and_in_a_change(
    catalog: Harness, bad: dict[str, Any], path: str
) -> None:
    theater = await catalog.added("/theaters", a_theater())
    for answer in (
        await catalog.admin("PATCH", f"/theaters/{theater['id']}", bad),
        await catalog.admin("POST", "/theaters", a_theater(**bad)),
    ):
        assert (answer.status, answer.body["code"]) == (422, "validation_error")
        assert path in [error["path"] for error in answer.body["errors"]]


async def test_a_films_fields_that_may_be_null_are_emptied_and_others_are_not(catalog: Harness) -> None:
    movie = await catalog.added("/movies", a_movie(rating="UA", releaseDate="2026-01-31", cast=["A"], tmdbId=7))
    path = f"/movies/{movie['id']}"
    for name in ("rating", "releaseDate", "runtime", "tmdbId"):
        answer = await catalog.admin("PATCH", path, {name: None})
        movie = {**movie, name: None}
        assert (answer.status, answer.body) == (200, movie)
    for name in ("title", "genres", "language", "cast"):
        answer = await catalog.admin("PATCH", path, {name: None})
        assert (answer.status, [error["path"] for error in answer.body["errors"]]) == (422, [name])
    for date in (86400, "86400", "2026-W05-6", "20260131", "2026-01-31T00:00:00Z"):
        assert (await catalog.admin("PATCH", path, {"releaseDate": date})).status == 422
    assert (await catalog.call("GET", f"/api{path}")).body == movie


RULE = {"name": "eve", "when": {"occupancy": {"gte": 0.5}}, "adjust": {"percent": 10}}


async def test_a_showtimes_prices_that_are_left_out_stay(catalog: Harness) -> None:
    showtime = await catalog.a_showtime(await catalog.a_screen(), at(1), dynamicPricingRules=[RULE])
    path = f"/showtimes/{showtime['id']}"
    assert (await catalog.admin("PATCH", path, {"basePrice": 1})).body["dynamicPricingRules"] == [RULE]
    both = await catalog.admin(
        "PATCH", path, {"startAt": at(2).isoformat(), "format": "IMAX", "dynamicPricingRules": []}
    )
    assert [both.body[name] for name in ("basePrice", "dynamicPricingRules", "format")] == [1, [], "IMAX"]
    assert (await catalog.db.showtimes.find_one())["version"] == 3
    for name in ("startAt", "language", "format", "basePrice", "dynamicPricingRules", "status", "screenId"):
        answer = await catalog.admin("PATCH", path, {name: None})
        assert (answer.status, [error["path"] for error in answer.body["errors"]]) == (422, [name])


async def test_a_change_that_finds_its_screen_busy_changes_nothing(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime, other = await catalog.a_showtime(ids, at(1)), await catalog.a_showtime(ids, at(2))
    answer = await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", {"startAt": other["startAt"], "basePrice": 1})
    assert (answer.status, answer.body["code"]) == (409, "screen_busy")
    assert (await catalog.call("GET", f"/api/showtimes/{showtime['id']}")).body == showtime


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"if": {}}, "if"),
        ({"when": {"weekday": 1}}, "when.weekday"),
        ({"when": {"occupancy": {"gt": 1}}}, "when.occupancy.gt"),
        ({"when": {"dates": [1798156800]}}, "when.dates.0"),
        ({"when": {"dates": ["1798156800"]}}, "when.dates.0"),
        ({"when": {"dates": ["2026-W53-4"]}}, "when.dates.0"),
        ({"when": {"from": 3600}}, "when.from"),
        ({"when": {"from": "3600"}}, "when.from"),
        ({"when": {"from": "18:00Z"}}, "when.from"),
        ({"when": {"to": "PT18H"}}, "when.to"),
        ({"when": {"daysOfWeek": ["monday"]}}, "when.daysOfWeek.0"),
        ({"adjust": {"percent": 1, "amount": 1}}, "adjust"),
        ({"adjust": {"precent": 1}}, "adjust.precent"),
        ({"adjust": {}}, "adjust"),
        ({"minPrice": 5, "maxPrice": 1}, ""),
        ({"when": None}, "when"),
    ],
)
async def test_a_rule_with_a_word_that_none_has_says_where(catalog: Harness, rule: dict[str, Any], path: str) -> None:
    ids = await catalog.a_screen()
    showtime = await catalog.a_showtime(ids, at(1))
    rules = [RULE, {**RULE, **rule}]
    for answer in (
        await catalog.admin("PATCH", f"/showtimes/{showtime['id']}", {"dynamicPricingRules": rules}),
        await catalog.admin("POST", "/showtimes", a_showtime(ids, at(2), dynamicPricingRules=rules)),
    ):
        assert answer.status == 422
        assert ".".join(filter(None, ("dynamicPricingRules.1", path))) in [
            error["path"] for error in answer.body["errors"]
        ]
