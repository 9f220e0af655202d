"""Sign-in and sessions over HTTP: refresh tokens are spent by their use, and a stolen one ends its session."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from services.identity.tests.conftest import Running
from services.identity.tests.factories import a_login

from identity.passwords import Passwords


async def test_an_unknown_email_and_a_wrong_password_get_one_answer_after_the_same_work(
    identity: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identity.register()
    hashes: list[str] = []
    verify = Passwords._verify

    def recording(self: Passwords, password: str, password_hash: str) -> bool:
        hashes.append(password_hash)
        return verify(self, password, password_hash)

    monkeypatch.setattr(Passwords, "_verify", recording)
    nobody = "nobody@example.com"
    logins = [a_login(password="wrong"), a_login(nobody), a_login(nobody, "nobody has this password")]
    answers = [await identity.call("POST", "/api/auth/login", login) for login in logins]
    assert [(status, answer["code"]) for status, answer in answers] == [(401, "invalid_credentials")] * 3
    assert len({str({**answer, "traceId": ""}) for _, answer in answers}) == 1
    assert [stored.split("$")[1:4] for stored in hashes] == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 3
    assert await identity.login(a_login("A@EXAMPLE.com"))


async def test_a_password_is_one_however_it_is_typed(identity: Running) -> None:
    await identity.register(password="cafe\u0301 au lait")
    for typed, expected in (
        ("caf\u00e9 au lait", 200),
        ("cafe\u0301\u3000au lait", 200),
        ("cafe au lait", 401),
        ("\t", 401),
    ):
        assert (await identity.call("POST", "/api/auth/login", a_login(password=typed)))[0] == expected


async def test_a_refresh_token_is_spent_by_its_use(identity: Running) -> None:
    account = await identity.register()
    status, answer = await identity.refresh(account.refresh_token)
    assert (status, answer["user"]) == (200, account.user)
    assert answer["refreshToken"] != account.refresh_token
    assert (await identity.refresh(answer["refreshToken"]))[0] == 200


async def test_no_token_is_stored_as_it_is_sent(identity: Running) -> None:
    account = await identity.register()
    for name in ("sessions", "refresh_tokens", "users"):
        documents = str(await identity.db[name].find().to_list(None))
        assert documents != "[]"
        assert account.refresh_token not in documents


async def test_a_spent_token_within_ten_seconds_gives_another_pair_of_the_family(identity: Running) -> None:
    account = await identity.register()
    answers = await asyncio.gather(*(identity.refresh(account.refresh_token) for _ in range(8)))
    assert [status for status, _ in answers] == [200] * 8
    tokens = {answer["refreshToken"] for _, answer in answers}
    assert len(tokens) == 8
    assert await identity.db["sessions"].count_documents({}) == 1
    assert [(await identity.refresh(token))[0] for token in tokens] == [200] * 8


async def test_a_spent_token_after_ten_seconds_ends_the_family_and_no_other(identity: Running) -> None:
    account, other_session = await identity.register(), await identity.login()
    newest_token = (await identity.refresh(account.refresh_token))[1]["refreshToken"]
    long_ago = datetime.now(UTC) - timedelta(seconds=11)
    spent = {"spent_at": {"$ne": None}}
    await identity.db["refresh_tokens"].update_one(spent, {"$set": {"spent_at": long_ago}})
    for token in (account.refresh_token, newest_token):
        status, answer = await identity.refresh(token)
        assert (status, answer["code"]) == (401, "token_reused")
    assert (await identity.refresh(other_session.refresh_token))[0] == 200


async def test_after_logout_no_token_of_the_session_is_good(identity: Running) -> None:
    first_token = (await identity.register()).refresh_token
    second_token = (await identity.refresh(first_token))[1]["refreshToken"]
    for token in (first_token, first_token, "unknown"):
        assert await identity.call("POST", "/api/auth/logout", {"refreshToken": token}) == (204, None)
    for token in (first_token, second_token, "unknown"):
        status, answer = await identity.refresh(token)
        assert (status, answer["code"]) == (401, "not_authenticated")


async def test_sessions_and_their_tokens_end_by_themselves_after_thirty_days(identity: Running) -> None:
    token = (await identity.register()).refresh_token
    for name in ("sessions", "refresh_tokens"):
        indexes = (await identity.db[name].index_information()).values()
        assert [index["key"] for index in indexes if index.get("expireAfterSeconds") == 0] == [[("expires_at", 1)]]
        document = await identity.db[name].find_one({})
        assert document is not None
        left = document["expires_at"] - datetime.now(UTC)
        assert timedelta(days=29) < left < timedelta(days=30, minutes=1)
    await identity.db["refresh_tokens"].update_one({}, {"$set": {"expires_at": datetime.now(UTC)}})
    assert (await identity.refresh(token))[0] == 401
