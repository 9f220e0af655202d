"""Sign-in, registration and verification by the codes of SMS."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.identity.tests.conftest import ME, Running

from stack.waiting import until

PHONE, OTHER = "+919876543210", "+919812345678"
REGISTER, LOGIN, VERIFY, RESEND = (f"/api/auth/{path}" for path in ("register", "login", "otp/verify", "otp/resend"))


async def challenged(identity: Running, path: str = REGISTER, phone: str = PHONE, **more: Any) -> str:
    body = {"phone": phone, **({"name": "A"} if path == REGISTER else {}), **more}
    status, answer = await identity.call("POST", path, body)
    assert status == 202, answer
    assert set(answer) == {"challengeId", "expiresAt"}
    assert timedelta(minutes=4) < datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC) < timedelta(minutes=5)
    return str(answer["challengeId"])


async def code_of(identity: Running, challenge_id: str, number: int = 1) -> str:
    asked = await identity.asked("otp_requested", challenge_id=challenge_id, number=number)
    return str(asked["code"])


async def verified(identity: Running, challenge_id: str, code: str, token: str | None = None) -> tuple[int, Any]:
    return await identity.call("POST", VERIFY, {"challengeId": challenge_id, "code": code}, token)


async def may_send_again(identity: Running, seconds: int = 31) -> None:
    """As if so many seconds had passed since each code was sent."""
    async for document in identity.db["code_sends"].find():
        earlier = [at - timedelta(seconds=seconds) for at in document["sends"]]
        await identity.db["code_sends"].update_one({"_id": document["_id"]}, {"$set": {"sends": earlier}})


async def signed_in(identity: Running, phone: str = PHONE) -> dict[str, Any]:
    challenge_id = await challenged(identity, phone=phone)
    status, answer = await verified(identity, challenge_id, await code_of(identity, challenge_id))
    assert status == 200, answer
    return dict(answer)


def another_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_phone_opens_an_account_and_signs_in_to_it_later(identity: Running) -> None:
    answer = await signed_in(identity)
    user = answer["user"]
    assert (user["name"], user["phone"], user["phoneVerified"], user["email"]) == ("A", PHONE, True, None)
    assert (await identity.call("GET", ME, token=answer["accessToken"]))[0] == 200
    await may_send_again(identity)
    challenge_id = await challenged(identity, LOGIN)
    again = (await verified(identity, challenge_id, await code_of(identity, challenge_id)))[1]
    assert again["user"]["id"] == user["id"]
    await may_send_again(identity)
    challenge_id = await challenged(identity, REGISTER, name="B")
    again = (await verified(identity, challenge_id, await code_of(identity, challenge_id)))[1]
    assert (again["user"]["id"], again["user"]["name"]) == (user["id"], "A")


async def test_an_unknown_phone_gets_the_same_answer_and_no_code(identity: Running) -> None:
    known = await signed_in(identity)
    await may_send_again(identity)
    unknown_challenge = await challenged(identity, LOGIN, OTHER)
    known_challenge = await challenged(identity, LOGIN)
    await code_of(identity, known_challenge)
    assert identity.count_asked("otp_requested", challenge_id=unknown_challenge) == 0
    assert (await verified(identity, unknown_challenge, "123456"))[1]["code"] == "invalid_otp"
    for challenge_id in (unknown_challenge, known_challenge):
        status, headers, answer = await identity.call_with("POST", RESEND, {"challengeId": challenge_id})
        assert (status, answer["code"], 0 < int(headers["Retry-After"]) <= 30) == (429, "otp_too_soon", True)
    assert known["user"]["phone"] == PHONE


async def test_a_code_works_once(identity: Running) -> None:
    challenge_id = await challenged(identity)
    code = await code_of(identity, challenge_id)
    answers = await asyncio.gather(*(verified(identity, challenge_id, code) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401]
    assert {answer["code"] for status, answer in answers if status == 401} == {"invalid_otp"}
    assert (await verified(identity, challenge_id, code))[1]["code"] == "invalid_otp"


async def test_five_wrong_codes_end_a_challenge(identity: Running) -> None:
    challenge_id = await challenged(identity)
    code = await code_of(identity, challenge_id)
    answers = await asyncio.gather(*(verified(identity, challenge_id, another_than(code)) for _ in range(7)))
    assert sorted(answer["code"] for _, answer in answers) == ["invalid_otp"] * 5 + ["otp_attempts"] * 2
    assert (await verified(identity, challenge_id, code))[0] == 429
    await may_send_again(identity)
    assert (await identity.call("POST", RESEND, {"challengeId": challenge_id}))[1]["code"] == "otp_attempts"


async def test_an_old_code_and_an_unknown_challenge_are_invalid(identity: Running) -> None:
    challenge_id = await challenged(identity)
    code = await code_of(identity, challenge_id)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await identity.db["challenges"].update_one({"_id": challenge_id}, {"$set": {"expires_at": past}})
    for status, answer in (await verified(identity, challenge_id, code), await verified(identity, "chl_x", code)):
        assert (status, answer["code"]) == (401, "invalid_otp")
    assert (await identity.call("POST", RESEND, {"challengeId": challenge_id}))[1]["code"] == "invalid_otp"


async def test_only_the_newest_code_works_and_the_challenge_stays(identity: Running) -> None:
    challenge_id = await challenged(identity)
    first = await code_of(identity, challenge_id)
    await may_send_again(identity)
    status, answer = await identity.call("POST", RESEND, {"challengeId": challenge_id})
    assert (status, answer["challengeId"]) == (202, challenge_id)
    second = await code_of(identity, challenge_id, 2)
    if first != second:
        assert (await verified(identity, challenge_id, first))[1]["code"] == "invalid_otp"
    assert (await verified(identity, challenge_id, second))[0] == 200


async def test_a_phone_is_sent_one_code_in_30_s_and_five_an_hour_by_whichever_call(identity: Running) -> None:
    challenge_id = await challenged(identity)
    bodies = [
        (REGISTER, {"name": "A", "phone": PHONE}),
        (LOGIN, {"phone": PHONE}),
        (RESEND, {"challengeId": challenge_id}),
    ]
    for path, body in bodies:
        status, headers, answer = await identity.call_with("POST", path, body)
        assert (status, answer["code"], 0 < int(headers["Retry-After"]) <= 30) == (429, "otp_too_soon", True)
    for path, body in [bodies[0], bodies[1], bodies[2], bodies[1]]:
        await may_send_again(identity)
        assert (await identity.call("POST", path, body))[0] == 202
    await may_send_again(identity)
    status, headers, answer = await identity.call_with("POST", LOGIN, {"phone": PHONE})
    assert (status, answer["code"], 3300 < int(headers["Retry-After"]) < 3600) == (429, "otp_too_soon", True)
    await challenged(identity, phone=OTHER)


async def test_of_many_who_ask_at_once_one_is_sent_a_code(identity: Running) -> None:
    answers = await asyncio.gather(*(identity.call("POST", LOGIN, {"phone": PHONE}) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [202, 429, 429, 429, 429]


async def test_codes_are_stored_hashed_and_leave_the_store_with_their_event(identity: Running) -> None:
    challenge_id = await challenged(identity)
    code = await code_of(identity, challenge_id)

    async def published() -> Any:
        return await identity.db["challenges"].find_one({"_id": challenge_id, "outbox.0": {"$exists": False}})

    document = await until(published)
    assert code not in str({name: value for name, value in document.items() if name not in {"_id", "expires_at"}})
    assert PHONE not in str([entry async for entry in identity.db["code_sends"].find()])


async def test_a_changed_phone_is_verified_by_its_user_alone_and_the_old_one_stays_until_then(
    identity: Running,
) -> None:
    user, stranger = await identity.register(), await identity.register("b@example.com")
    status, changed = await identity.call("PATCH", ME, {"phone": PHONE, "name": "B"}, user.access_token)
    assert (status, changed["phone"], changed["name"]) == (200, None, "B")
    challenge_id = changed["challengeId"]
    code = await code_of(identity, challenge_id)
    for token in (None, stranger.access_token):
        assert (await verified(identity, challenge_id, code, token))[1]["code"] == "invalid_otp"
    status, answer = await verified(identity, challenge_id, code, user.access_token)
    assert (status, answer["user"]["phone"], answer["user"]["phoneVerified"]) == (200, PHONE, True)
    status, unchanged = await identity.call("PATCH", ME, {"phone": PHONE}, user.access_token)
    assert (status, "challengeId" in unchanged) == (200, False)
    removed = (await identity.call("PATCH", ME, {"phone": None}, user.access_token))[1]
    assert (removed["phone"], removed["phoneVerified"]) == (None, False)


async def test_a_phone_that_another_user_has_is_asked_for_in_vain(identity: Running) -> None:
    owner = await signed_in(identity)
    await may_send_again(identity)
    user = await identity.register()
    status, changed = await identity.call("PATCH", ME, {"phone": PHONE}, user.access_token)
    assert (status, changed["phone"]) == (200, None)
    await identity.call("PATCH", ME, {"name": "marker"}, user.access_token)
    await identity.asked("user_changed", user_id=user.id, name="marker")
    assert identity.count_asked("otp_requested", challenge_id=changed["challengeId"]) == 0
    assert owner["user"]["phoneVerified"]


async def test_of_two_who_verify_one_phone_at_once_one_has_it(identity: Running) -> None:
    users = [await identity.register(), await identity.register("b@example.com")]
    challenges = []
    for user in users:
        await may_send_again(identity)
        changed = (await identity.call("PATCH", ME, {"phone": PHONE}, user.access_token))[1]
        challenges.append((changed["challengeId"], await code_of(identity, changed["challengeId"]), user.access_token))
    answers = await asyncio.gather(*(verified(identity, *challenge) for challenge in challenges))
    assert sorted(status for status, _ in answers) == [200, 401]


async def test_a_code_too_soon_changes_nothing(identity: Running) -> None:
    user = await identity.register()
    assert (await identity.call("PATCH", ME, {"phone": PHONE}, user.access_token))[0] == 200
    status, answer = await identity.call("PATCH", ME, {"phone": PHONE, "name": "B"}, user.access_token)
    assert (status, answer["code"]) == (429, "otp_too_soon")
    assert (await identity.call("GET", ME, token=user.access_token))[1]["name"] == "A"


@pytest.mark.parametrize(("body", "path"), [({"challengeId": "x"}, "code"), ({"code": "123456"}, "challengeId")])
async def test_what_a_code_needs_is_named(identity: Running, body: dict[str, str], path: str) -> None:
    status, answer = await identity.call("POST", VERIFY, body)
    assert (status, answer["errors"][0]["path"]) == (422, path)
