"""What mails link to: an address is verified, a forgotten password is set anew."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from services.identity.tests.conftest import ME, Running
from services.identity.tests.factories import a_login

VERIFY, RESEND = "/api/auth/email/verify", "/api/auth/email/resend"
FORGOT, RESET = "/api/auth/password/forgot", "/api/auth/password/reset"
NEW = "battery staple"


async def opened(identity: Running, token: str) -> tuple[int, Any]:
    return await identity.call("POST", VERIFY, {"token": token})


async def me(identity: Running, token: str) -> dict[str, Any]:
    return dict((await identity.call("GET", ME, token=token))[1])


async def reset_token(identity: Running, number: int = 1, email: str = "a@example.com") -> str:
    assert await identity.call("POST", FORGOT, {"email": email}) == (202, None)
    asked = await identity.asked("password_reset_requested", number, email=email)
    return str(asked["token"])


async def reset(identity: Running, token: str, password: str = NEW) -> tuple[int, Any]:
    return await identity.call("POST", RESET, {"token": token, "password": password})


async def test_a_new_account_is_asked_to_verify_its_address_and_may_open_the_link_twice(identity: Running) -> None:
    user = await identity.register()
    asked = await identity.asked("email_verification_requested", user_id=user.id)
    assert (asked["purpose"], asked["email"], asked["name"]) == ("welcome", "a@example.com", "A")
    left = datetime.fromisoformat(asked["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=47) < left < timedelta(hours=48)
    assert not user.user["emailVerified"]
    for _ in range(2):
        assert await opened(identity, asked["token"]) == (204, None)
    assert (await me(identity, user.access_token))["emailVerified"]
    assert (await identity.asked("user_changed", user_id=user.id))["email_verified"]


async def test_a_link_that_is_old_or_unknown_verifies_nothing(identity: Running) -> None:
    user = await identity.register()
    token = (await identity.asked("email_verification_requested", user_id=user.id))["token"]
    past = datetime.now(UTC) - timedelta(seconds=1)
    await identity.db["email_links"].update_many({}, {"$set": {"expires_at": past}})
    for bad in (token, "x" * 43):
        status, answer = await opened(identity, bad)
        assert (status, answer["code"]) == (400, "invalid_token")
    assert not (await me(identity, user.access_token))["emailVerified"]


async def test_a_link_is_sent_again_until_the_address_is_verified(identity: Running) -> None:
    user = await identity.register()
    assert await identity.call("POST", RESEND, token=user.access_token) == (202, None)
    again = await identity.asked("email_verification_requested", 2, user_id=user.id)
    assert again["purpose"] == "verify"
    assert (await opened(identity, again["token"]))[0] == 204
    assert await identity.call("POST", RESEND, token=user.access_token) == (202, None)
    await identity.call("PATCH", ME, {"name": "marker"}, user.access_token)
    await identity.asked("user_changed", user_id=user.id, name="marker")
    assert identity.count_asked("email_verification_requested", user_id=user.id) == 2
    assert (await identity.call("POST", RESEND))[0] == 401


async def test_a_changed_address_stays_until_the_link_sent_to_the_new_one_is_opened(identity: Running) -> None:
    user = await identity.register()
    status, changed = await identity.call("PATCH", ME, {"email": "b@example.com"}, user.access_token)
    assert (status, changed["email"]) == (200, "a@example.com")
    asked = await identity.asked("email_verification_requested", email="b@example.com")
    told = await identity.asked("email_change_requested", user_id=user.id)
    assert (asked["purpose"], told["email"]) == ("change", "a@example.com")
    assert (await opened(identity, asked["token"]))[0] == 204
    after = await me(identity, user.access_token)
    assert (after["email"], after["emailVerified"]) == ("b@example.com", True)
    assert (await identity.call("POST", "/api/auth/login", a_login("b@example.com")))[0] == 200
    assert (await identity.call("POST", "/api/auth/login", a_login()))[0] == 401
    assert (await identity.register("a@example.com")).id != user.id


async def test_an_address_that_another_user_has_is_asked_for_in_vain(identity: Running) -> None:
    other, user = await identity.register("b@example.com"), await identity.register()
    status, changed = await identity.call("PATCH", ME, {"email": "B@example.com"}, user.access_token)
    assert (status, changed["email"]) == (200, "a@example.com")
    await identity.asked("email_change_requested", user_id=user.id)
    assert identity.count_asked("email_verification_requested", user_id=user.id, purpose="change") == 0
    assert other.user["email"] == "b@example.com"


async def test_an_address_taken_before_its_link_is_opened_stays_with_who_took_it(identity: Running) -> None:
    user = await identity.register()
    await identity.call("PATCH", ME, {"email": "b@example.com"}, user.access_token)
    asked = await identity.asked("email_verification_requested", email="b@example.com")
    await identity.register("b@example.com")
    assert (await opened(identity, asked["token"]))[1]["code"] == "invalid_token"
    assert (await me(identity, user.access_token))["email"] == "a@example.com"


async def test_a_change_that_was_taken_back_is_not_made_by_its_link(identity: Running) -> None:
    user = await identity.register()
    await identity.call("PATCH", ME, {"email": "b@example.com"}, user.access_token)
    asked = await identity.asked("email_verification_requested", email="b@example.com")
    await identity.call("PATCH", ME, {"email": "a@example.com"}, user.access_token)
    assert (await opened(identity, asked["token"]))[1]["code"] == "invalid_token"


async def test_the_same_new_address_asked_for_again_is_sent_another_link(identity: Running) -> None:
    user = await identity.register()
    for number in (1, 2):
        status, _ = await identity.call("PATCH", ME, {"email": "b@example.com"}, user.access_token)
        assert status == 200
        asked = await identity.asked("email_verification_requested", number, email="b@example.com")
    assert (await opened(identity, asked["token"]))[0] == 204
    assert (await me(identity, user.access_token))["email"] == "b@example.com"


async def test_a_password_set_anew_ends_the_change_of_address_that_somebody_else_asked_for(identity: Running) -> None:
    user = await identity.register()
    await identity.call("PATCH", ME, {"email": "thief@example.com"}, user.access_token)
    asked = await identity.asked("email_verification_requested", email="thief@example.com")
    assert await reset(identity, await reset_token(identity)) == (204, None)
    assert (await opened(identity, asked["token"]))[1]["code"] == "invalid_token"
    account = await identity.login(a_login(password=NEW))
    assert account.user["email"] == "a@example.com"


async def test_a_password_is_set_and_sessions_end_together_or_not_at_all(identity: Running) -> None:
    """Sessions cannot be ended: then the password stays, and the link works once they can."""
    user = await identity.register()
    token = await reset_token(identity)
    refuse: dict[str, Any] = {"validator": {"ended": None}, "validationLevel": "strict"}
    await identity.db.command("collMod", "sessions", **refuse)
    assert (await reset(identity, token))[0] >= 500
    await identity.db.command("collMod", "sessions", validationLevel="off")
    assert (await identity.call("POST", "/api/auth/login", a_login()))[0] == 200
    assert await reset(identity, token) == (204, None)
    assert (await identity.refresh(user.refresh_token))[0] == 401


async def test_of_two_who_open_one_reset_link_at_once_one_sets_the_password(identity: Running) -> None:
    await identity.register()
    token = await reset_token(identity)
    passwords = [f"battery staple {number}" for number in range(4)]
    answers = await asyncio.gather(*(reset(identity, token, password) for password in passwords))
    assert sorted(status for status, _ in answers) == [204, 400, 400, 400]
    [good] = [password for password, (status, _) in zip(passwords, answers, strict=True) if status == 204]
    await identity.login(a_login(password=good))


async def test_a_forgotten_password_is_set_anew_once_and_every_session_ends(identity: Running) -> None:
    user = await identity.register()
    token = await reset_token(identity)
    for refused in ("short", "Password123"):
        status, answer = await reset(identity, token, refused)
        assert (status, answer["errors"][0]["path"]) == (422, "password")
    assert await reset(identity, token) == (204, None)
    assert (await reset(identity, token))[1]["code"] == "invalid_token"
    assert (await identity.refresh(user.refresh_token))[0] == 401
    assert (await identity.call("POST", "/api/auth/login", a_login()))[0] == 401
    account = await identity.login(a_login(password=NEW))
    assert account.user["emailVerified"]


async def test_a_newer_link_voids_the_one_before(identity: Running) -> None:
    await identity.register()
    first, second = await reset_token(identity), await reset_token(identity, 2)
    assert (await reset(identity, first))[1]["code"] == "invalid_token"
    assert (await reset(identity, second))[0] == 204


async def test_a_link_that_is_old_or_was_sent_to_an_earlier_address_sets_no_password(identity: Running) -> None:
    user = await identity.register()
    token = await reset_token(identity)
    await identity.call("PATCH", ME, {"email": "b@example.com"}, user.access_token)
    await opened(identity, (await identity.asked("email_verification_requested", email="b@example.com"))["token"])
    assert (await reset(identity, token))[1]["code"] == "invalid_token"
    token = await reset_token(identity, email="b@example.com")
    past = datetime.now(UTC) - timedelta(seconds=1)
    await identity.db["password_resets"].update_many({}, {"$set": {"expires_at": past}})
    assert (await reset(identity, token))[1]["code"] == "invalid_token"


async def test_an_unknown_address_gets_the_same_answer_and_as_much_is_stored(identity: Running) -> None:
    await identity.register()
    assert await identity.call("POST", FORGOT, {"email": "nobody@example.com"}) == (202, None)
    await reset_token(identity)
    assert identity.count_asked("password_reset_requested") == 1
    assert await identity.db["password_resets"].count_documents({}) == 2


async def test_tokens_are_stored_hashed(identity: Running) -> None:
    user = await identity.register()
    verifying = (await identity.asked("email_verification_requested", user_id=user.id))["token"]
    resetting = await reset_token(identity)
    links = [entry async for entry in identity.db["email_links"].find()]
    resets = [{**entry, "outbox": None} async for entry in identity.db["password_resets"].find()]
    assert (len(links), len(resets)) == (1, 1)
    assert verifying not in str(links)
    assert resetting not in str(resets)


async def limited(identity: Running, method: str, path: str, body: Any, token: str) -> bool:
    """Whether the call was refused since too many mails went to one address."""
    status, headers, answer = await identity.call_with(method, path, body, token)
    if status != 429:
        assert status in (200, 202)
        return False
    assert answer["code"] == "rate_limited"
    assert 0 < int(headers["Retry-After"]) <= 3_600
    return True


async def test_five_links_an_hour_verify_one_address_whoever_asks(identity: Running) -> None:
    user, other = await identity.register(), await identity.register("b@example.com")
    outcomes = [await limited(identity, "POST", RESEND, None, user.access_token) for _ in range(6)]
    assert outcomes == [False] * 5 + [True]
    assert await limited(identity, "PATCH", ME, {"email": "A@Example.com"}, other.access_token)
    assert not await limited(identity, "POST", RESEND, None, other.access_token)
    await identity.asked("email_verification_requested", 6, email="a@example.com")
    assert identity.count_asked("email_verification_requested", email="a@example.com") == 6  # with the welcome
    hour_ago = [datetime.now(UTC) - timedelta(minutes=60)]
    await identity.db["mail_sends"].update_many({}, {"$set": {"sends": hour_ago}})
    assert not await limited(identity, "POST", RESEND, None, user.access_token)


async def test_five_changes_an_hour_are_told_to_the_address_that_is_to_be_changed(identity: Running) -> None:
    user = await identity.register()
    changes = [await limited(identity, "PATCH", ME, {"email": f"{n}@example.com"}, user.access_token) for n in range(6)]
    assert changes == [False] * 5 + [True]
    assert (await me(identity, user.access_token))["email"] == "a@example.com"
    await identity.asked("email_change_requested", 5, user_id=user.id)
    assert identity.count_asked("email_verification_requested", email="5@example.com") == 0


async def test_a_flood_of_forgotten_passwords_sends_five_and_keeps_those_good(identity: Running) -> None:
    await identity.register()
    token = [await reset_token(identity, number) for number in range(1, 6)][-1]
    for email in ["a@example.com", "nobody@example.com"] * 6:
        assert await identity.call("POST", FORGOT, {"email": email}) == (202, None)
    assert await identity.db["password_resets"].count_documents({}) == 10  # five of each
    assert (await reset(identity, token))[0] == 204
    assert identity.count_asked("password_reset_requested") == 5
