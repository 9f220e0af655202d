"""Guests without an account."""

from datetime import UTC, datetime
from typing import Any

import jwt
from services.identity.tests.conftest import ME, Account, Running
from services.identity.tests.factories import a_login

GUEST = "/api/auth/guest"
PHONE = "+919876543210"


async def a_guest(identity: Running, body: Any = None) -> Account:
    status, answer = await identity.call("POST", GUEST, {} if body is None else body)
    assert status == 201, answer
    return Account(answer["user"], answer["accessToken"], answer["refreshToken"])


async def test_a_guest_is_somebody_of_whom_nothing_is_known(identity: Running) -> None:
    guest = await a_guest(identity)
    assert guest.user["guest"]
    assert (guest.user["name"], guest.user["email"], guest.user["phone"], guest.user["roles"]) == (
        "",
        None,
        None,
        ["user"],
    )
    assert (await identity.call("GET", ME, token=guest.access_token))[1] == guest.user
    assert (await identity.refresh(guest.refresh_token))[0] == 200
    assert jwt.decode(guest.access_token, options={"verify_signature": False})["guest"] is True
    assert (await a_guest(identity)).id != guest.id
    assert not (await identity.register()).user["guest"]


async def test_a_guest_who_never_says_where_tickets_go_ends_with_the_last_session(identity: Running) -> None:
    guest, other = await a_guest(identity), await a_guest(identity)
    first = (await identity.stored(guest.id))["ends_at"]
    assert (await identity.refresh(guest.refresh_token))[0] == 200
    session = await identity.db["sessions"].find_one({"user_id": guest.id})
    stored = await identity.stored(guest.id)
    assert session is not None
    assert stored["ends_at"] == session["expires_at"] > first
    assert (await identity.call("PATCH", ME, {"email": "g@example.com"}, guest.access_token))[0] == 200
    assert (await identity.stored(guest.id))["ends_at"] is None  # something may be bought from now on
    assert (await identity.stored(other.id))["ends_at"] is not None
    await identity.asked("user_changed", user_id=guest.id)
    assert identity.published(other.id) == identity.published(other.id, "user_registered") == []
    assert (await identity.stored((await identity.register()).id))["ends_at"] is None


async def test_what_is_stored_of_a_silent_guest_is_deleted_by_mongo_when_it_ends(identity: Running) -> None:
    (index,) = [each async for each in await identity.db["users"].list_indexes() if "ends_at" in each["key"]]
    assert index["expireAfterSeconds"] == 0


async def test_a_guest_needs_no_body_and_may_send_nothing_unknown(identity: Running) -> None:
    assert (await identity.call("POST", GUEST))[0] == 201
    status, answer = await identity.call("POST", GUEST, {"roles": ["admin"]})
    assert (status, answer["errors"][0]["path"]) == (422, "roles")


async def test_a_guest_says_where_the_ticket_goes_whoever_else_has_that_address(identity: Running) -> None:
    account = await identity.register("a@example.com")
    for _ in range(2):
        guest = await a_guest(identity)
        status, changed = await identity.call("PATCH", ME, {"name": "G", "email": "A@example.com"}, guest.access_token)
        assert (status, changed["email"], changed["emailVerified"]) == (200, "A@example.com", False)
        told = await identity.asked("user_changed", user_id=guest.id)
        assert (told["name"], told["email"], told["guest"]) == ("G", "A@example.com", True)
    assert identity.count_asked("email_verification_requested") == 1  # the account's own
    assert identity.count_asked("email_change_requested") == 0
    assert (await identity.login(a_login("a@example.com"))).id == account.id


async def test_an_address_of_a_guest_may_be_registered(identity: Running) -> None:
    guest = await a_guest(identity)
    assert (await identity.call("PATCH", ME, {"email": "g@example.com"}, guest.access_token))[0] == 200
    assert (await identity.register("g@example.com")).id != guest.id


async def test_a_guest_who_verifies_a_phone_does_not_sign_in_by_it(identity: Running) -> None:
    guest = await a_guest(identity)
    changed = (await identity.call("PATCH", ME, {"phone": PHONE}, guest.access_token))[1]
    assert changed["phone"] is None
    code = (await identity.asked("otp_requested", phone=PHONE))["code"]
    answer = {"challengeId": changed["challengeId"], "code": code}
    status, verified = await identity.call("POST", "/api/auth/otp/verify", answer, guest.access_token)
    assert (status, verified["user"]["phone"], verified["user"]["phoneVerified"]) == (200, PHONE, True)
    assert verified["user"]["id"] == guest.id
    long_ago = {"sends": [], "ends_at": datetime.now(UTC)}
    await identity.db["code_sends"].update_many({}, {"$set": long_ago})
    assert (await identity.call("POST", "/api/auth/login", {"phone": PHONE}))[0] == 202
    await identity.register("marker@example.com")
    assert identity.count_asked("otp_requested", phone=PHONE) == 1
