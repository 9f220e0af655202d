"""The codes that theaters' invoices are numbered under, and their tax ids."""

from services.catalog.tests.conftest import Harness
from services.catalog.tests.factories import a_theater


async def test_a_theater_gets_a_code_that_no_other_has_or_the_one_it_asks_for(catalog: Harness) -> None:
    given = [await catalog.added("/theaters", a_theater(name="Regal Cinema")) for _ in range(5)]
    codes = [theater["code"] for theater in given]
    assert codes[:3] == ["RC", "RE", "CI"]
    assert len(set(codes)) == 5
    assert all(len(code) == 2 for code in codes)
    asked = await catalog.added("/theaters", a_theater(code="7Q", taxId="27AAPFU0939F1ZV"))
    assert (asked["code"], asked["taxId"]) == ("7Q", "27AAPFU0939F1ZV")
    assert "taxId" not in given[0]


async def test_a_code_that_is_taken_or_would_be_shared_with_credit_notes_is_refused(catalog: Harness) -> None:
    await catalog.added("/theaters", a_theater(code="AB"))
    await catalog.added("/theaters", a_theater(code="XYC"))
    other = await catalog.added("/theaters", a_theater(code="Q"))
    for code in ("AB", "ABC", "XY"):
        created = await catalog.admin("POST", "/theaters", a_theater(code=code))
        changed = await catalog.admin("PATCH", f"/theaters/{other['id']}", {"code": code})
        assert (created.status, created.body["code"]) == (changed.status, changed.body["code"]) == (409, "code_taken")
    for change, code in (({"code": None}, "Q"), ({"taxId": "X1"}, "Q"), ({"code": "QZ"}, "QZ"), ({"code": "QZ"}, "QZ")):
        changed = await catalog.admin("PATCH", f"/theaters/{other['id']}", change)
        assert (changed.status, changed.body["code"]) == (200, code)
    assert (await catalog.call("GET", f"/api/theaters/{other['id']}")).body["taxId"] == "X1"
    again = await catalog.added("/theaters", a_theater(code="Q"))
    assert again["code"] == "Q"
    await catalog.admin("PATCH", f"/theaters/{other['id']}", {"taxId": None})
    assert "taxId" not in (await catalog.call("GET", f"/api/theaters/{other['id']}")).body


async def test_what_is_no_code_and_no_tax_id_is_422(catalog: Harness) -> None:
    for field, values in {"code": ("", "ab", "ABCD", "A B", 7, "É"), "taxId": ("", " ", 7, "x" * 31, "a_b")}.items():
        for value in values:
            refused = await catalog.admin("POST", "/theaters", a_theater(**{field: value}))
            assert (refused.status, [fault["path"] for fault in refused.body["errors"]]) == (422, [field]), value
