"""Accounts over HTTP: registration, one account for each mailbox, changes and the events that they publish."""

import asyncio
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from pymongo.asynchronous.database import AsyncDatabase
from services.identity.tests.conftest import ME, Running
from services.identity.tests.factories import ROXY, a_login, a_registration, a_user

from chassis.auth import Tokens
from chassis.envelope import seal
from chassis.mongo import Document
from identity.events import user_changed
from identity.main import create
from identity.resync import main as resync
from stack.testing import listening, ready, serving
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")


async def test_a_new_user_gets_tokens_that_others_can_verify(identity: Running) -> None:
    body = a_registration("Ann@Example.com", phone="+91 98765 43210")
    status, answer = await identity.call("POST", "/api/auth/register", body)
    user, token = answer["user"], answer["accessToken"]
    assert (status, answer["tokenType"], answer["expiresIn"]) == (201, "Bearer", 900)
    assert (user["email"], user["phone"], user["roles"]) == ("Ann@example.com", "+919876543210", ["user"])

    async def jwks() -> Any:
        return (await identity.call("GET", "/.well-known/jwks.json"))[1]

    assert (await Tokens(jwks).verify(token)).user_id == user["id"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["sub"], claims["roles"], claims["grants"]) == ("marquee", user["id"], ["user"], {})
    assert await identity.call("GET", ME, token=token) == (200, user)
    verified = {name: user[name] for name in ("emailVerified", "phoneVerified")}
    assert verified == {"emailVerified": False, "phoneVerified": False}
    shown = {"id", "name", "email", "phone", "roles", "theaterIds", "grants", "prefs", "guest", "createdAt"}
    assert set(user) == shown | set(verified)


async def test_each_change_is_published_with_the_next_revision_and_what_changes_nothing_is_not(
    identity: Running,
) -> None:
    account = await identity.register()
    changes: list[dict[str, Any]] = [
        {"name": "B"},
        {"prefs": {"language": "hi"}},
        {"prefs": {"favouriteTheaterIds": [ROXY]}},
        {"name": "B"},
        {"prefs": {"smsNotifications": False}},
    ]
    for change in changes:
        assert (await identity.call("PATCH", ME, change, account.access_token))[0] == 200
    await until(lambda: len(identity.published(account.id)) == 4)
    by_revision = {event["revision"]: event for event in identity.published(account.id)}
    assert set(by_revision) == {2, 3, 4, 5}
    (registered,) = identity.published(account.id, "user_registered")
    assert registered["revision"] == 1
    last = by_revision[5]
    assert (last["name"], last["email"], last["favourite_theater_ids"]) == ("B", "a@example.com", [ROXY])
    assert (last["language"], last["sms_notifications"]) == ("hi", False)


async def test_a_change_publishes_its_own_event_and_leaves_others_events_to_the_poll(
    environment: None,
    database: AsyncDatabase[Document],
    rabbitmq_vhost_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROLE", "api")  # which does not poll
    async with listening(rabbitmq_vhost_url, "identity.#") as events, serving(create()) as http:
        await ready(http)
        identity = Running(http, events, database, rabbitmq_vhost_url)
        account = await identity.register()
        await until(lambda: identity.published(account.id, "user_registered"))
        left_by_an_outage = seal(user_changed(a_user(id=account.id, name="of the outage"))).document()
        await database["users"].update_one({"_id": account.id}, {"$push": {"outbox": left_by_an_outage}})
        assert (await identity.call("PATCH", ME, {"name": "B"}, account.access_token))[0] == 200

        async def own_event_is_confirmed() -> bool:
            return [entry["id"] for entry in (await identity.stored(account.id))["outbox"]] == [left_by_an_outage["id"]]

        await until(own_event_is_confirmed)
        assert [event["name"] for event in identity.published(account.id)] == ["B"]


async def test_a_resync_publishes_every_user_again(identity: Running) -> None:
    accounts = [await identity.register(), await identity.admin()]
    await resync()
    await until(lambda: all(len(identity.published(account.id)) == 1 for account in accounts))
    assert [event["revision"] for event in identity.published(accounts[0].id)] == [2]


async def test_preferences_that_are_left_out_stay(identity: Running) -> None:
    token = (await identity.register()).access_token
    await identity.call("PATCH", ME, {"prefs": {"favouriteTheaterIds": [ROXY]}}, token)
    status, user = await identity.call("PATCH", ME, {"prefs": {"smsNotifications": False}}, token)
    assert (status, user["prefs"]) == (
        200,
        {"emailNotifications": True, "smsNotifications": False, "language": "en", "favouriteTheaterIds": [ROXY]},
    )


async def test_each_preference_stays_while_another_is_changed(identity: Running) -> None:
    token = (await identity.register(phone="+919876543210")).access_token
    preferences = {
        "emailNotifications": False,
        "smsNotifications": False,
        "language": "hi",
        "favouriteTheaterIds": [ROXY],
    }
    _, user = await identity.call("PATCH", ME, {"prefs": preferences}, token)
    changes = {"emailNotifications": True, "smsNotifications": True, "language": "ta", "favouriteTheaterIds": []}
    for name, value in changes.items():
        user["prefs"][name] = value
        assert await identity.call("PATCH", ME, {"prefs": {name: value}}, token) == (200, user)
    empty: list[dict[str, Any]] = [{}, {"prefs": {}}]
    for body in empty:
        assert await identity.call("PATCH", ME, body, token) == (200, user)
    nulls: list[tuple[Mapping[str, Any], str]] = [({"prefs": None}, "prefs"), ({"name": None}, "name")]
    nulls += [({"prefs": {name: None}}, f"prefs.{name}") for name in changes]
    for refused, path in nulls:
        status, answer = await identity.call("PATCH", ME, refused, token)
        assert (status, [error["path"] for error in answer["errors"]]) == (422, [path])
    assert await identity.call("PATCH", ME, {"phone": None}, token) == (200, {**user, "phone": None})


async def test_a_stored_number_that_is_valid_no_longer_stays(identity: Running) -> None:
    account = await identity.register()
    await identity.db["users"].update_one({"_id": account.id}, {"$set": {"phone": "+441111"}})
    status, user = await identity.call("PATCH", ME, {"name": "B"}, account.access_token)
    assert (status, user["name"], user["phone"]) == (200, "B", "+441111")


async def test_nobody_gives_themselves_roles(identity: Running) -> None:
    token = (await identity.register()).access_token
    status, answer = await identity.call("PATCH", ME, {"roles": ["admin"], "id": "x"}, token)
    assert (status, [error["path"] for error in answer["errors"]]) == (422, ["roles", "id"])
    assert (await identity.call("GET", ME, token=token))[1]["roles"] == ["user"]


async def test_a_mailbox_has_one_account_however_its_domain_is_written(identity: Running) -> None:
    account = await identity.register("Ann@bücher.example")
    assert account.user["email"] == "Ann@bücher.example"
    for same_mailbox in ("ann@xn--bcher-kva.example", "ANN@BÜCHER.example"):
        status, answer = await identity.call("POST", "/api/auth/register", a_registration(same_mailbox))
        assert (status, answer["code"]) == (409, "email_taken")
        assert (await identity.login(a_login(same_mailbox))).user == account.user


async def test_letters_that_unicode_unites_are_two_mailboxes(identity: Running) -> None:
    passwords = {"straße@example.com": "correct horse", "strasse@example.com": "another one of mine"}
    accounts = {email: await identity.register(email, password=password) for email, password in passwords.items()}
    for email, password in passwords.items():
        assert (await identity.login(a_login(email, password))).user == accounts[email].user


async def test_of_many_who_register_one_email_at_once_one_succeeds(identity: Running) -> None:
    emails = ["race@example.com", "RACE@example.com", "Race@EXAMPLE.com"] * 4
    calls = [identity.call("POST", "/api/auth/register", a_registration(email)) for email in emails]
    answers = await asyncio.gather(*calls)
    assert sorted(status for status, _ in answers) == [201] + [409] * 11
    assert {answer["code"] for status, answer in answers if status == 409} == {"email_taken"}


async def test_without_a_good_token_nobody_is_me(identity: Running) -> None:
    account = await identity.register()
    header, payload, signature = account.access_token.split(".")
    forged = jwt.encode({"sub": account.id, "iss": "marquee", "exp": 2**32}, "x" * 32, "HS256")
    for token in (None, "x", f"{header}.{payload}.", f"{header}.{payload}.{signature[::-1]}", forged):
        for method, body in (("GET", None), ("PATCH", {"name": "X"})):
            status, answer = await identity.call(method, ME, body, token)
            assert (status, answer["code"]) == (401, "not_authenticated")
