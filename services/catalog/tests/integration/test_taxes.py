"""Taxes: replaced by admins, in force from a day on, followed by the showtimes of that day and later."""

from datetime import UTC, datetime
from typing import Any

import pytest
from services.catalog.tests.conftest import SIGNER, Harness
from services.catalog.tests.factories import at
from services.catalog.tests.integration.prices import published

pytestmark = pytest.mark.usefixtures("early_looks")
TAX = {"name": "Tax", "rate": 1_000, "from": "2020-01-01"}


def a_tax(name: str, rate: int, day: datetime, **fields: Any) -> dict[str, Any]:
    return {"name": name, "rate": rate, "from": day.date().isoformat(), **fields}


def slabs(*rates: int) -> list[dict[str, Any]]:
    return [{"name": f"{rate}", "rate": rate, "up_to": None} for rate in rates]


async def test_at_first_a_ticket_is_taxed_as_in_india_and_the_emirates(catalog: Harness) -> None:
    answer = await catalog.admin("GET", "/taxes")
    assert (answer.status, answer.headers["ETag"]) == (200, '"0"')
    assert [(tax["rate"], tax.get("upTo"), tax["currency"]) for tax in answer.body] == [
        (500, 10_000, "INR"),
        (1_800, None, "INR"),
        (500, None, "AED"),
    ]


async def test_showtimes_that_start_on_the_day_or_later_follow_and_others_stay(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    before, after = [(await catalog.a_showtime(ids, at(day)))["id"] for day in (2, 4)]
    taxes = [a_tax("500", 500, at(-9)), a_tax("900", 900, at(4)), a_tax("100", 100, at(-9), currency="AED")]
    answer = await catalog.admin("PUT", "/taxes", taxes)
    assert (answer.status, answer.body) == (200, [{"currency": "INR", **tax} for tax in taxes])
    assert answer.body == (await catalog.admin("GET", "/taxes")).body
    await published(catalog, before, tax_slabs=slabs(500))
    await published(catalog, after, tax_slabs=slabs(900))
    new = (await catalog.a_showtime(ids, at(5)))["id"]
    foreign = (await catalog.a_showtime(ids, at(6), currency="EUR"))["id"]
    await published(catalog, new, tax_slabs=slabs(900))
    await published(catalog, foreign, tax_slabs=[])
    moved = await catalog.admin("PATCH", f"/showtimes/{before}", {"startAt": at(4, hour=18).isoformat()})
    assert moved.status == 200
    await published(catalog, before, tax_slabs=slabs(900))


async def test_replacing_taxes_is_due_work_that_another_process_finishes(catalog: Harness) -> None:
    ids = await catalog.a_screen()
    showtime = (await catalog.a_showtime(ids, at(1)))["id"]
    entry = {"name": "700", "rate": 700, "up_to": None, "since": "2020-01-01", "currency": "INR"}
    died = {"_id": "taxes", "version": 1, "entries": [entry], "due_at": datetime.now(UTC)}
    await catalog.db["pricing"].insert_one(died)  # as the write of one that died then leaves it
    await published(catalog, showtime, tax_slabs=slabs(700))


async def test_taxes_are_the_admins_and_have_a_version(catalog: Harness) -> None:
    manager = SIGNER.token("usr_2", grants={"thr_1": ["manager"]})
    assert (await catalog.call("GET", "/api/admin/taxes", caller=manager)).status == 403
    assert (await catalog.call("PUT", "/api/admin/taxes", [], caller=manager)).status == 403
    admin = SIGNER.token("usr_1", "admin")
    first = await catalog.call("PUT", "/api/admin/taxes", [TAX], caller=admin, If_Match='"0"')
    assert (first.status, first.headers["ETag"]) == (200, '"1"')
    stale = await catalog.call("PUT", "/api/admin/taxes", [], caller=admin, If_Match='"0"')
    assert (stale.status, stale.body["code"]) == (412, "stale_version")
    assert (await catalog.admin("PUT", "/taxes", [])).body == []
    recorded = await catalog.heard("catalog.audit_recorded.v1", 2)
    last = next(event for event in recorded if event["after"] == {"entries": []})
    assert (last["action"], last["before"]) == ("taxes.replaced", {"entries": [{**TAX, "currency": "INR"}]})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rate": 10_001}, "0.rate"),
        ({"rate": "5"}, "0.rate"),
        ({"from": "2026-13-01"}, "0.from"),
        ({"currency": "XYZ"}, "0.currency"),
        ({"upTo": -1}, "0.upTo"),
        ({"name": ""}, "0.name"),
        ({"up_to": 1}, "0.up_to"),
    ],
)
async def test_an_entry_that_makes_no_sense_is_refused_with_its_path(
    catalog: Harness, change: dict[str, Any], path: str
) -> None:
    answer = await catalog.admin("PUT", "/taxes", [{**TAX, **change}])
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, path)
