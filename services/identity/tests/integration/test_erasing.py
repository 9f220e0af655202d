"""Who is erased is forgotten here, and the others are told."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from services.identity.tests.conftest import ME, Account, Running, roles_path
from services.identity.tests.factories import ADMIN, a_login, a_registration
from services.identity.tests.integration.test_guests import a_guest
from services.identity.tests.integration.test_linking import VERIFY, a_guest_with, guests_of, link_of
from services.identity.tests.integration.test_phones import PHONE, code_of

from chassis.mongo import Database
from contracts.ids import new_id
from identity.erase_again import erase_again, logged
from identity.main import create
from stack.testing import ready, serving

PASSWORD = str(a_login()["password"])
EXPORT = f"{ME}/export"


@dataclass
class Booking:
    """Booking's answer to identity, as its contract says."""

    upcoming: list[str] = field(default_factory=list)
    status: int = 200
    token: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.token = request.headers["authorization"].removeprefix("Bearer ")
        return web.json_response({"bookingIds": self.upcoming}, status=self.status)


@pytest.fixture
async def booking(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Booking]:
    standing_in, app = Booking(), web.Application()
    app.add_routes([web.get("/internal/bookings/upcoming", standing_in.answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("BOOKING_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield standing_in
    await runner.cleanup()


async def an_account_with_a_guest(identity: Running) -> tuple[Account, Account]:
    guest = await a_guest(identity)
    await identity.call("PATCH", ME, {"name": "Guest", "email": "guest@example.com"}, guest.access_token)
    body = {**a_registration("a@example.com", phone="+919876543210"), "claim": True}
    status, answer = await identity.call("POST", "/api/auth/register", body, guest.access_token)
    assert status == 201, answer
    return Account(answer["user"], answer["accessToken"], answer["refreshToken"]), guest


async def test_an_erased_account_is_forgotten_with_its_guests_and_its_address_is_free(
    booking: Booking, identity: Running
) -> None:
    account, guest = await an_account_with_a_guest(identity)
    assert await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token) == (204, None)
    for user in (account, guest):
        stored = await identity.stored(user.id)
        assert (stored["name"], stored["email"], stored["phone"], stored["password_hash"]) == ("", None, None, None)
        await identity.asked("user_erased", user_id=user.id)
        changed = await identity.asked("user_changed", user_id=user.id, name="", email=None, phone=None)
        assert changed["revision"] == (await identity.asked("user_erased", user_id=user.id))["revision"]
    assert (await identity.call("GET", ME, token=account.access_token))[0] == 401
    assert (await identity.refresh(account.refresh_token))[0] == 401
    assert (await identity.call("POST", "/api/auth/login", a_login("a@example.com")))[1][
        "code"
    ] == "invalid_credentials"
    assert await identity.db["email_links"].count_documents({"user_id": account.id}) == 0
    assert (await identity.register("a@example.com")).id != account.id
    record = await identity.db["erasures"].find_one({"_id": account.id})
    assert record is not None
    assert (record["guest_ids"], record["upcoming_booking_ids"]) == ([guest.id], [])
    assert all(what and why for what, why in record["retained"])
    for users in ("a@example.com", "+919876543210"):
        names = [document["name"] async for document in identity.db["users"].find({"email": users, "phone": users})]
        assert names == []


async def test_the_password_is_needed_where_there_is_one(booking: Booking, identity: Running) -> None:
    account = await identity.register()
    for body in (None, {}, {"password": "another one"}):
        status, answer = await identity.call("DELETE", ME, body, account.access_token)
        assert (status, answer["code"]) == (401, "invalid_credentials")
    assert (await identity.stored(account.id))["email"] == "a@example.com"
    guest = await a_guest(identity)
    assert await identity.call("DELETE", ME, token=guest.access_token) == (204, None)
    assert (await identity.call("DELETE", ME, token=guest.access_token))[0] == 401


async def test_who_has_tickets_for_shows_to_come_says_that_they_may_go_on(booking: Booking, identity: Running) -> None:
    account = await identity.register()
    booking.upcoming = ["bkg_1", "bkg_2"]
    status, answer = await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token)
    assert (status, answer["code"], answer["bookingIds"]) == (409, "upcoming_bookings", ["bkg_1", "bkg_2"])
    body = {"password": PASSWORD, "keepTickets": True}
    assert await identity.call("DELETE", ME, body, account.access_token) == (204, None)
    record = await identity.db["erasures"].find_one({"_id": account.id})
    assert record is not None
    assert record["upcoming_booking_ids"] == ["bkg_1", "bkg_2"]


async def test_nobody_is_erased_while_booking_cannot_be_asked_nor_the_only_admin(
    booking: Booking, identity: Running
) -> None:
    booking.status = 503
    account = await identity.register()
    status, answer = await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token)
    assert (status, answer["code"]) == (503, "service_unavailable")
    booking.status = 200
    admin = await identity.admin()
    status, answer = await identity.call("DELETE", ME, {"password": ADMIN["password"]}, admin.access_token)
    assert (status, answer["code"]) == (409, "last_admin")


async def test_of_who_was_erased_a_moment_ago_nothing_is_stored_again(booking: Booking, identity: Running) -> None:
    guest, other = await a_guest(identity), await a_guest(identity)
    changed = (await identity.call("PATCH", ME, {"phone": PHONE}, guest.access_token))[1]
    body = {"challengeId": changed["challengeId"], "code": await code_of(identity, changed["challengeId"])}
    # Erased by another copy, whose event has not come yet: their tokens are still good here.
    await identity.db["users"].update_many({"guest": True}, {"$set": {"erased_at": datetime.now(UTC)}})
    status, answer = await identity.call("POST", "/api/auth/otp/verify", body, guest.access_token)
    assert (status, answer["code"]) == (401, "invalid_otp")
    assert (await identity.stored(guest.id))["phone"] is None
    registered = (
        await identity.call("POST", "/api/auth/register", {**a_registration(), "claim": True}, other.access_token)
    )[1]
    assert (await identity.stored(other.id))["linked_to"] is None
    assert (await identity.call("GET", EXPORT, token=registered["accessToken"]))[1]["guests"] == []


async def test_tickets_of_a_guest_who_was_linked_since_the_last_sign_in_count_too(
    booking: Booking, identity: Running
) -> None:
    guest, account = await a_guest_with(identity, "a@example.com"), await identity.register("a@example.com")
    link = {"token": await link_of(identity, account)}
    assert (await identity.call("POST", VERIFY, link, account.access_token))[0] == 204
    booking.upcoming = ["bkg_1"]
    assert (await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token))[0] == 409
    assert guests_of(booking.token) == [guest.id]


async def test_an_export_has_user_guests_and_sessions_and_no_hash(booking: Booking, identity: Running) -> None:
    account, guest = await an_account_with_a_guest(identity)
    status, headers, export = await identity.call_with("GET", EXPORT, token=account.access_token)
    assert (status, headers["Content-Disposition"]) == (200, 'attachment; filename="marquee-account.json"')
    assert export["user"] == (await identity.call("GET", ME, token=account.access_token))[1]
    assert [user["id"] for user in export["guests"]] == [guest.id]
    assert [session["current"] for session in export["sessions"]] == [True]
    assert "hash" not in str(export)
    assert account.refresh_token not in str(export)


async def test_of_the_sessions_of_who_was_erased_nobody_knows_where_they_were_used(
    booking: Booking, identity: Running
) -> None:
    account, guest = await an_account_with_a_guest(identity)
    for login in (await identity.login(), await identity.login()):
        await identity.call("POST", "/api/auth/logout", {"refreshToken": login.refresh_token})
    of_both = {"user_id": {"$in": [account.id, guest.id]}}
    assert await identity.db["sessions"].count_documents({**of_both, "device.user_agent": {"$ne": None}}) == 4
    assert (await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token))[0] == 204
    devices = [each["device"] async for each in identity.db["sessions"].find(of_both)]
    assert devices == [{"user_agent": None, "address": None}] * 4


async def test_who_was_erased_is_given_no_rights(booking: Booking, identity: Running) -> None:
    account = await identity.register()
    await identity.call("DELETE", ME, {"password": PASSWORD}, account.access_token)
    body = {"roles": ["user", "admin"]}
    status, answer = await identity.call("PUT", roles_path(account.id), body, await identity.admin_token())
    assert (status, answer["code"]) == (409, "no_account")


async def test_who_was_erased_after_a_backup_is_erased_again_in_what_is_restored_from_it(
    booking: Booking, identity: Running, tmp_path: Path
) -> None:
    account, guest = await an_account_with_a_guest(identity)
    log = tmp_path / "erasures.jsonl"
    lines = [{"user_id": account.id, "guest_ids": [guest.id]}, {"user_id": new_id("usr"), "guest_ids": []}]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    database = Database(identity.db.client, identity.db.name)
    assert await erase_again(database, logged(log)) == 1
    assert await erase_again(database, logged(log)) == 0
    for user in (account, guest):
        assert (await identity.stored(user.id))["email"] is None
        await identity.asked("user_erased", user_id=user.id)


async def test_the_only_admin_of_a_backup_who_was_erased_since_is_erased_again_and_the_next_start_has_one(
    booking: Booking, identity: Running
) -> None:
    admin = await identity.admin()
    assert await erase_again(Database(identity.db.client, identity.db.name), [admin.id]) == 1
    assert (await identity.stored(admin.id))["email"] is None
    async with serving(create()) as started_again:
        await ready(started_again)
        assert (await identity.admin()).id != admin.id
