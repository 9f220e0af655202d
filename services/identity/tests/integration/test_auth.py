"""Accounts and sessions over HTTP, with the real Mongo and RabbitMQ."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from services.identity.tests.conftest import ADMIN, Running

from chassis.auth import Tokens
from identity.main import create
from identity.passwords import Passwords
from identity.resync import main as resync
from stack.testing import ready, serving
from stack.waiting import until

LOGIN = {"email": "a@example.com", "password": "correct horse"}


async def refreshed(identity: Running, token: str) -> tuple[int, Any]:
    return await identity.call("POST", "/api/auth/refresh", {"refreshToken": token})


async def test_a_new_user_gets_tokens_that_others_can_verify(identity: Running) -> None:
    made = await identity.register("Ann@Example.com", phone="+91 98765 43210")
    user = made["user"]
    assert (user["email"], user["phone"], user["roles"]) == ("Ann@example.com", "+919876543210", ["user"])
    assert (made["tokenType"], made["expiresIn"]) == ("Bearer", 900)

    async def fetch() -> Any:
        return (await identity.call("GET", "/.well-known/jwks.json"))[1]

    assert (await Tokens(fetch).verify(made["accessToken"])).user_id == user["id"]
    claims = jwt.decode(made["accessToken"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["sub"], claims["roles"], claims["grants"]) == ("marquee", user["id"], ["user"], {})
    assert await identity.call("GET", "/api/users/me", token=made["accessToken"]) == (200, user)
    assert set(user) == {"id", "name", "email", "phone", "roles", "theaterIds", "grants", "prefs", "createdAt"}


def told(identity: Running, number: int) -> bool:
    return sum(event["type"] == "identity.user_changed.v1" for event in identity.events) == number


async def test_users_are_told_of_with_rising_revisions(identity: Running) -> None:
    made = await identity.register()
    token = made["accessToken"]
    for number, change in enumerate([{"name": "B"}, {"prefs": {"language": "hi"}}, {"phone": "+971501234567"}], 1):
        status, _ = await identity.call("PATCH", "/api/users/me", change, token)
        assert status == 200
        await until(partial(told, identity, number))
    await identity.call("PATCH", "/api/users/me", {"name": "B"}, token)
    await identity.call("PATCH", "/api/users/me", {"prefs": {"smsNotifications": False}}, token)
    await until(partial(told, identity, 4))
    mine = [event for event in identity.events if event["user_id"] == made["user"]["id"]]
    assert [event["revision"] for event in mine] == [1, 2, 3, 4, 5]
    assert mine[0]["type"] == "identity.user_registered.v1"
    last = mine[-1]
    assert (last["name"], last["email"], last["phone"], last["language"]) == (
        "B",
        "a@example.com",
        "+971501234567",
        "hi",
    )


async def test_preferences_that_are_left_out_stay(identity: Running) -> None:
    token = (await identity.register())["accessToken"]
    theater = f"thr_{'0' * 26}"
    await identity.call("PATCH", "/api/users/me", {"prefs": {"favouriteTheaterIds": [theater]}}, token)
    status, user = await identity.call("PATCH", "/api/users/me", {"prefs": {"smsNotifications": False}}, token)
    assert (status, user["prefs"]) == (
        200,
        {
            "emailNotifications": True,
            "smsNotifications": False,
            "language": "en",
            "favouriteTheaterIds": [theater],
        },
    )


async def test_each_preference_stays_while_another_is_changed(identity: Running) -> None:
    token = (await identity.register(phone="+919876543210"))["accessToken"]
    ours = {
        "emailNotifications": False,
        "smsNotifications": False,
        "language": "hi",
        "favouriteTheaterIds": [f"thr_{'0' * 26}"],
    }
    _, user = await identity.call("PATCH", "/api/users/me", {"prefs": ours}, token)
    changes = {"emailNotifications": True, "smsNotifications": True, "language": "ta", "favouriteTheaterIds": []}
    for name, value in changes.items():
        user["prefs"][name] = value
        assert await identity.call("PATCH", "/api/users/me", {"prefs": {name: value}}, token) == (200, user)
    for nothing in ({}, {"prefs": {}}):
        assert await identity.call("PATCH", "/api/users/me", nothing, token) == (200, user)
    for bad, path in (
        ({"prefs": None}, "prefs"),
        ({"name": None}, "name"),
        *(({"prefs": {name: None}}, f"prefs.{name}") for name in changes),
    ):
        status, answer = await identity.call("PATCH", "/api/users/me", bad, token)
        assert (status, [error["path"] for error in answer["errors"]]) == (422, [path])
    assert await identity.call("PATCH", "/api/users/me", {"phone": None}, token) == (200, {**user, "phone": None})


async def test_a_stored_number_that_is_valid_no_longer_stays(identity: Running) -> None:
    made = await identity.register()
    await identity.db.users.update_one({"_id": made["user"]["id"]}, {"$set": {"phone": "+441111"}})
    status, user = await identity.call("PATCH", "/api/users/me", {"name": "B"}, made["accessToken"])
    assert (status, user["name"], user["phone"]) == (200, "B", "+441111")


async def test_sessions_and_their_tokens_end_by_themselves(identity: Running) -> None:
    await identity.register()
    for name in ("sessions", "refresh_tokens"):
        indexes = (await identity.db[name].index_information()).values()
        assert [index["key"] for index in indexes if index.get("expireAfterSeconds") == 0] == [[("expires_at", 1)]]
        document = await identity.db[name].find_one({})
        assert timedelta(days=29) < document["expires_at"] - datetime.now(UTC) < timedelta(days=31)


async def test_nobody_gives_themselves_roles(identity: Running) -> None:
    token = (await identity.register())["accessToken"]
    status, answer = await identity.call("PATCH", "/api/users/me", {"roles": ["admin"], "id": "x"}, token)
    assert (status, [error["path"] for error in answer["errors"]]) == (422, ["roles", "id"])
    assert (await identity.call("GET", "/api/users/me", token=token))[1]["roles"] == ["user"]


async def test_a_mailbox_has_one_account_however_its_domain_is_written(identity: Running) -> None:
    made = await identity.register("Ann@bücher.example")
    assert made["user"]["email"] == "Ann@bücher.example"
    for same in ("ann@xn--bcher-kva.example", "ANN@BÜCHER.example"):
        body = {"name": "A", "email": same, "password": "correct horse"}
        status, answer = await identity.call("POST", "/api/auth/register", body)
        assert (status, answer["code"]) == (409, "email_taken")
        status, pair = await identity.call("POST", "/api/auth/login", {**LOGIN, "email": same})
        assert (status, pair["user"]["email"]) == (200, "Ann@bücher.example")


async def test_letters_that_unicode_unites_are_two_mailboxes(identity: Running) -> None:
    first = await identity.register("straße@example.com")
    other = await identity.register("strasse@example.com", password="another one of mine")
    for made, password in ((first, "correct horse"), (other, "another one of mine")):
        login = {"email": made["user"]["email"], "password": password}
        status, pair = await identity.call("POST", "/api/auth/login", login)
        assert (status, pair["user"]) == (200, made["user"])


async def test_a_password_is_one_however_it_is_typed(identity: Running) -> None:
    await identity.register(password="cafe\u0301 au lait")
    for typed, expected in (
        ("caf\u00e9 au lait", 200),
        ("cafe\u0301\u3000au lait", 200),
        ("cafe au lait", 401),
        ("\t", 401),
    ):
        assert (await identity.call("POST", "/api/auth/login", {**LOGIN, "password": typed}))[0] == expected
    for bad in ("e\u0301" * 7, "seven\tor more"):
        body = {"name": "B", "email": "b@example.com", "password": bad}
        status, answer = await identity.call("POST", "/api/auth/register", body)
        assert (status, [error["path"] for error in answer["errors"]]) == (422, ["password"])


async def test_of_many_who_register_one_email_at_once_one_succeeds(identity: Running) -> None:
    emails = ["race@example.com", "RACE@example.com", "Race@EXAMPLE.com"] * 4
    body = {"name": "A", "password": "correct horse"}
    calls = [identity.call("POST", "/api/auth/register", {**body, "email": email}) for email in emails]
    answers = await asyncio.gather(*calls)
    assert sorted(status for status, _ in answers) == [201] + [409] * 11
    assert {answer["code"] for status, answer in answers if status == 409} == {"email_taken"}


async def test_an_unknown_email_and_a_wrong_password_get_one_answer_after_the_same_work(
    identity: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identity.register()
    verified: list[str] = []
    verify = Passwords._verify

    def counting(self: Passwords, password: str, stored: str) -> bool:
        verified.append(stored)
        return verify(self, password, stored)

    monkeypatch.setattr(Passwords, "_verify", counting)
    wrong = await identity.call("POST", "/api/auth/login", {**LOGIN, "password": "wrong"})
    unknown = await identity.call("POST", "/api/auth/login", {**LOGIN, "email": "nobody@example.com"})
    dummy = await identity.call(
        "POST", "/api/auth/login", {"email": "nobody@example.com", "password": "nobody has this password"}
    )
    for status, answer in (wrong, unknown, dummy):
        assert (status, answer["code"]) == (401, "invalid_credentials")
    assert {**wrong[1], "traceId": ""} == {**unknown[1], "traceId": ""}
    assert len(verified) == 3
    assert [stored.split("$")[1:4] for stored in verified] == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 3
    assert (await identity.call("POST", "/api/auth/login", {**LOGIN, "email": "A@EXAMPLE.com"}))[0] == 200


async def test_a_refresh_token_is_spent_by_its_use(identity: Running) -> None:
    first = (await identity.register())["refreshToken"]
    status, pair = await refreshed(identity, first)
    assert status == 200
    assert pair["refreshToken"] != first
    assert pair["user"]["email"] == "a@example.com"
    assert (await refreshed(identity, pair["refreshToken"]))[0] == 200
    stored = await identity.db.refresh_tokens.find().to_list(None)
    assert first not in str(stored)


async def test_a_spent_token_within_ten_seconds_gives_another_pair_of_the_family(identity: Running) -> None:
    first = (await identity.register())["refreshToken"]
    answers = await asyncio.gather(*(refreshed(identity, first) for _ in range(8)))
    assert [status for status, _ in answers] == [200] * 8
    tokens = {pair["refreshToken"] for _, pair in answers}
    assert len(tokens) == 8
    assert await identity.db.sessions.count_documents({}) == 1
    assert [(await refreshed(identity, token))[0] for token in tokens] == [200] * 8


async def test_a_spent_token_after_ten_seconds_ends_the_family_and_no_other(identity: Running) -> None:
    first = (await identity.register())["refreshToken"]
    other = (await identity.call("POST", "/api/auth/login", LOGIN))[1]["refreshToken"]
    newest = (await refreshed(identity, first))[1]["refreshToken"]
    spent = {"spent_at": {"$ne": None}}
    long_ago = datetime.now(UTC) - timedelta(seconds=11)
    await identity.db.refresh_tokens.update_one(spent, {"$set": {"spent_at": long_ago}})
    for token in (first, newest):
        status, answer = await refreshed(identity, token)
        assert (status, answer["code"]) == (401, "token_reused")
    assert (await refreshed(identity, other))[0] == 200


async def test_after_logout_no_token_of_the_session_is_good(identity: Running) -> None:
    first = (await identity.register())["refreshToken"]
    second = (await refreshed(identity, first))[1]["refreshToken"]
    for token in (first, first, "unknown"):
        assert await identity.call("POST", "/api/auth/logout", {"refreshToken": token}) == (204, None)
    for token in (first, second, "unknown"):
        status, answer = await refreshed(identity, token)
        assert (status, answer["code"]) == (401, "not_authenticated")


async def test_a_refresh_token_ends_after_thirty_days(identity: Running) -> None:
    token = (await identity.register())["refreshToken"]
    stored = await identity.db.refresh_tokens.find_one()
    assert timedelta(days=29) < stored["expires_at"] - datetime.now(UTC) < timedelta(days=30, minutes=1)
    await identity.db.refresh_tokens.update_one({}, {"$set": {"expires_at": datetime.now(UTC)}})
    assert (await refreshed(identity, token))[0] == 401


async def test_the_first_admin_is_made_once_and_keeps_their_password(
    identity: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "another password")
    async with serving(create()) as one, serving(create()) as other:
        await ready(one)
        await ready(other)
    assert await identity.db.users.count_documents({"rights.roles": "admin"}) == 1
    assert await identity.admin()
    status, _ = await identity.call("POST", "/api/auth/login", {**ADMIN, "password": "another password"})
    assert status == 401


async def test_copies_that_start_at_once_make_one_admin(environment: None, database: Any) -> None:
    async with AsyncExitStack() as stack:
        replicas = await asyncio.gather(*(stack.enter_async_context(serving(create())) for _ in range(4)))
        for http in replicas:
            await ready(http)
            async with http.post("/api/auth/login", json=ADMIN) as answer:
                assert answer.status == 200
        assert await database.users.count_documents({"rights.roles": "admin"}) == 1


async def test_a_resync_says_every_user_again(identity: Running) -> None:
    await identity.register()
    await resync()
    await until(lambda: sum(event["type"] == "identity.user_changed.v1" for event in identity.events) == 2)
    assert {event["revision"] for event in identity.events if event["type"] == "identity.user_changed.v1"} == {2}


GOOD = {"name": "A", "email": "b@demo.test", "password": "correct horse"}
UNACCEPTABLE: list[tuple[str, Any]] = [
    ("email", "no address"),
    ("email", "a@b"),
    ("email", "x" * 400 + "@example.com"),
    ("email", "a\u0000@example.com"),
    ("email", None),
    ("email", 5),
    ("password", "short"),
    ("password", "x" * 129),
    ("password", 12345678),
    ("name", ""),
    ("name", "  "),
    ("name", "x" * 101),
    ("name", "a\u0000b"),
    ("name", "a\nb"),
    ("name", ["a"]),
    ("name", "x =?utf-8?q?=0ABcc=3Ab=40c.test?= y"),
    ("name", "a\u202eb"),
    ("name", "a\u2028b"),
    ("name", "\u200b"),
    ("email", "x" * 65 + "@example.com"),
    ("phone", "+441111"),
    ("phone", "98765"),
    ("phone", "+0"),
    ("phone", "+" + "9" * 30),
    ("phone", 919876543210),
]


async def test_what_is_unacceptable_is_named(identity: Running) -> None:
    for field, value in UNACCEPTABLE:
        status, answer = await identity.call("POST", "/api/auth/register", {**GOOD, field: value})
        assert (status, answer["code"]) == (422, "validation_error"), value
        assert answer["errors"][0]["path"] == field
    for body in ({"name": "A", "phone": "+919876543210"}, {}, []):
        assert (await identity.call("POST", "/api/auth/register", body))[0] == 422
    assert await identity.db.users.count_documents({}) == 1


async def test_any_bytes_get_a_problem(identity: Running) -> None:
    token = (await identity.register())["accessToken"]
    bodies = [
        b"{",
        b"[" * 50_000,
        b"\xff",
        b"null",
        b'{"name": "\\ud800", "refreshToken": "\\ud800", "prefs": 5}',
        b'{"name": NaN, "email": NaN, "refreshToken": NaN}',
        b'{"prefs": {"language": 1}, "a": 1e9}',
    ]
    calls = [
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/refresh"),
        ("POST", "/api/auth/logout"),
        ("PATCH", "/api/users/me"),
    ]
    for body in bodies:
        for method, path in calls:
            status, answer = await identity.call(method, path, body, token)
            assert (status, answer["code"]) in {(400, "malformed_body"), (422, "validation_error")}, (path, body)


async def test_without_a_good_token_nobody_is_me(identity: Running) -> None:
    made = await identity.register()
    header, payload, signature = made["accessToken"].split(".")
    forged = jwt.encode({"sub": made["user"]["id"], "iss": "marquee", "exp": 2**32}, "x" * 32, "HS256")
    for token in (None, "x", f"{header}.{payload}.", f"{header}.{payload}.{signature[::-1]}", forged):
        for method, body in (("GET", None), ("PATCH", {"name": "X"})):
            status, answer = await identity.call(method, "/api/users/me", body, token)
            assert (status, answer["code"]) == (401, "not_authenticated")
