"""The audit over HTTP: what admin calls of every service have changed, and who may read of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.identity.tests.conftest import Account, Running, roles_path
from services.identity.tests.factories import REGAL, ROXY

from chassis.broker import publishing
from chassis.envelope import seal
from contracts import booking, catalog, payment
from contracts.audit import AuditRecord
from stack.waiting import until

AUDIT = "/api/admin/audit"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RECORDS: tuple[AuditRecord, ...] = (
    catalog.AuditRecorded.of("usr_1", "movies.created", "mov_1", None, {"title": "A"}, at=NOON),
    catalog.AuditRecorded.of(
        "usr_2", "showtimes.changed", "sho_1", {"basePrice": 1}, {"basePrice": 2}, theater_id=ROXY, at=NOON
    ),
    payment.AuditRecorded.of(
        "usr_2",
        "cases.closed",
        "cas_1",
        {"open": True},
        {"open": False},
        theater_id=REGAL,
        at=NOON + timedelta(hours=1),
    ),
    booking.AuditRecorded.of(
        "usr_1", "bookings.refunded", "bkg_1", None, {"amount": 5}, theater_id=ROXY, at=NOON + 2 * HOUR
    ),
)


async def publish(identity: Running, *records: AuditRecord) -> None:
    """Publish them, and wait until each is stored."""
    async with publishing(identity.broker_url, "test") as publisher:
        await publisher.ready.wait()
        for record in records:
            await publisher.publish(seal(record))

    async def stored() -> bool:
        return await identity.db["audit"].count_documents({}) >= len({record.audit_id for record in records})

    await until(stored)


async def manager(identity: Running, *grants: tuple[str, str]) -> Account:
    """Somebody with these roles at these theaters; the audit has no record of how they got them."""
    account = await identity.register("manager@example.com")
    body = {"grants": [{"theaterId": theater_id, "role": role} for role, theater_id in grants]}
    assert (await identity.call("PUT", roles_path(account.id), body, await identity.admin_token()))[0] == 200
    await identity.db["audit"].delete_many({})
    return await identity.login({"email": "manager@example.com", "password": "correct horse"})


async def subjects(identity: Running, token: str, query: str = "") -> list[str]:
    status, page = await identity.call("GET", f"{AUDIT}?{query}", token=token)
    assert (status, page["total"]) == (200, len(page["items"]))
    return [item["subject"] for item in page["items"]]


async def test_what_every_service_records_is_shown_once_newest_first(identity: Running) -> None:
    await publish(identity, *RECORDS, *RECORDS)
    _, page = await identity.call("GET", AUDIT, token=await identity.admin_token())
    assert [item["subject"] for item in page["items"]] == ["bkg_1", "cas_1", "sho_1", "mov_1"]
    shown = page["items"][2]
    assert shown == {
        "id": RECORDS[1].audit_id,
        "at": "2026-05-01T12:00:00Z",
        "userId": "usr_2",
        "userName": None,
        "action": "showtimes.changed",
        "subject": "sho_1",
        "subjectName": None,
        "theaterId": ROXY,
        "before": {"basePrice": 1},
        "after": {"basePrice": 2},
    }


async def test_people_are_named_until_they_are_erased(identity: Running) -> None:
    account = await manager(identity, ("manager", ROXY))
    change = catalog.AuditRecorded.of(account.id, "screens.created", "scr_1", None, {"name": "One"}, theater_id=ROXY)
    block = catalog.AuditRecorded.of("usr_1", "users.blocked", account.id, None, {"blocked": True}, at=NOON)
    await publish(identity, change, block)

    async def names(token: str) -> list[tuple[str | None, str | None]]:
        _, page = await identity.call("GET", AUDIT, token=token)
        return [(item["userName"], item["subjectName"]) for item in page["items"]]

    assert await names(account.access_token) == [(account.user["name"], None)]
    assert await names(await identity.admin_token()) == [(account.user["name"], None), (None, account.user["name"])]
    await identity.db["users"].update_one({"_id": account.id}, {"$set": {"erased_at": NOON}})
    assert await names(await identity.admin_token()) == [(None, None), (None, None)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("who=usr_1", ["bkg_1", "mov_1"]),
        ("who=usr_", []),
        ("what=SHOWTIMES", ["sho_1"]),
        ("what=sho_1", ["sho_1"]),
        ("what=.", ["bkg_1", "cas_1", "sho_1", "mov_1"]),
        ("what=s.c", ["cas_1", "sho_1", "mov_1"]),
        ("what=shows", []),
        ("from=2026-05-01T13:00:00Z", ["bkg_1", "cas_1"]),
        ("to=2026-05-01T18:30:00%2B05:30", ["cas_1", "sho_1", "mov_1"]),
        ("from=2026-05-01T12:30:00Z&to=2026-05-01T13:30:00Z&who=usr_2&what=cas", ["cas_1"]),
        ("from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z", []),
    ],
)
async def test_the_audit_is_searched_by_user_part_and_time(identity: Running, query: str, expected: list[str]) -> None:
    await publish(identity, *RECORDS)
    assert await subjects(identity, await identity.admin_token(), query) == expected


async def test_a_page_has_its_part_of_the_whole(identity: Running) -> None:
    await publish(identity, *RECORDS)
    path = f"{AUDIT}?page=2&pageSize=3"
    _, page = await identity.call("GET", path, token=await identity.admin_token())
    assert [item["subject"] for item in page["items"]] == ["mov_1"]
    assert (page["total"], page["page"], page["pageSize"]) == (4, 2, 3)


async def test_managers_read_what_was_changed_at_their_theaters(identity: Running) -> None:
    account = await manager(identity, ("manager", ROXY), ("staff", REGAL))
    await publish(identity, *RECORDS)
    assert await subjects(identity, account.access_token) == ["bkg_1", "sho_1"]
    assert await subjects(identity, account.access_token, "what=cas_1") == []


async def test_staff_and_guests_do_not_read_it(identity: Running) -> None:
    staff = await manager(identity, ("staff", ROXY))
    assert (await identity.call("GET", AUDIT))[0] == 401
    status, answer = await identity.call("GET", AUDIT, token=staff.access_token)
    assert (status, answer["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("from=yesterday", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("what=" + "x" * 201, "what"),
    ],
)
async def test_what_cannot_be_asked_is_refused_at_its_path(identity: Running, query: str, path: str) -> None:
    status, answer = await identity.call("GET", f"{AUDIT}?{query}", token=await identity.admin_token())
    errors: list[dict[str, Any]] = answer["errors"]
    assert (status, answer["code"], [error["path"] for error in errors]) == (422, "validation_error", [path])


async def test_whatever_is_sought_as_a_part_is_text_and_no_pattern(identity: Running) -> None:
    await publish(identity, *RECORDS)
    token = await identity.admin_token()
    for part in ("%00", "a%00", "%5C", "%2A", "%F0%9F%98%80", "%5CE.", "%ED%A0%80", "%0A", ".%2A"):
        assert await subjects(identity, token, f"what={part}") == []
