"""Sessions listed and ended, a password that is changed, and refresh tokens that browsers keep in a cookie."""

from http.cookies import SimpleCookie
from typing import Any

from services.identity.tests.conftest import ME, Account, Running
from services.identity.tests.factories import PASSWORD, a_login, a_registration

SESSIONS, PASSWORD_PATH = f"{ME}/sessions", f"{ME}/password"
OURS = "http://127.0.0.1:8080"
NEW = "another horse"


async def sessions(identity: Running, account: Account) -> list[dict[str, Any]]:
    status, answer = await identity.call("GET", SESSIONS, token=account.access_token)
    assert (status, answer["total"]) == (200, len(answer["items"]))
    items: list[dict[str, Any]] = answer["items"]
    return items


async def can_refresh(identity: Running, account: Account) -> bool:
    return (await identity.refresh(account.refresh_token))[0] == 200


async def test_a_session_is_one_however_often_its_tokens_are_renewed_and_says_where_it_was_used(
    identity: Running,
) -> None:
    body = a_registration()
    await identity.call_with("POST", "/api/auth/register", body, User_Agent="phone", X_Forwarded_For="203.0.113.9")
    account = await identity.login()
    other, own = sorted(await sessions(identity, account), key=lambda session: session["current"])
    assert (other["userAgent"], other["address"], other["current"]) == ("phone", "203.0.113.9", False)
    assert (own["address"], own["current"]) == ("127.0.0.1", True)
    assert own["createdAt"] == own["lastUsedAt"]
    await identity.refresh(account.refresh_token)
    newest, _ = await sessions(identity, account)
    assert (newest["id"], newest["createdAt"]) == (own["id"], own["createdAt"])
    assert newest["lastUsedAt"] > own["lastUsedAt"]


async def test_sessions_are_ended_one_by_one_and_only_by_their_user(identity: Running) -> None:
    first, second, third = await identity.register(), await identity.login(), await identity.login()
    stranger = await identity.register("b@example.com")
    (of_second,) = [each["id"] for each in await sessions(identity, second) if each["current"]]
    path = f"{SESSIONS}/{of_second}"
    for caller, wanted in (
        (stranger, (404, "session_not_found")),
        (first, (204, None)),
        (first, (404, "session_not_found")),
    ):
        status, answer = await identity.call("DELETE", path, token=caller.access_token)
        assert (status, answer and answer["code"]) == wanted
    assert not await can_refresh(identity, second)
    assert len(await sessions(identity, first)) == 2
    event = await identity.asked("session_ended", session_id=of_second)
    assert event["user_id"] == first.id
    assert (await identity.call("DELETE", SESSIONS, token=third.access_token))[0] == 204
    assert [each["current"] for each in await sessions(identity, third)] == [True]
    assert (await can_refresh(identity, third), await can_refresh(identity, first)) == (True, False)
    assert await can_refresh(identity, stranger)


async def test_logout_says_that_its_session_has_ended(identity: Running) -> None:
    account = await identity.register()
    (session,) = await sessions(identity, account)
    await identity.call("POST", "/api/auth/logout", {"refreshToken": account.refresh_token})
    await identity.asked("session_ended", session_id=session["id"], user_id=account.id)


async def test_a_changed_password_ends_the_other_sessions_and_needs_the_present_one(identity: Running) -> None:
    other, account = await identity.register(), await identity.login()
    (ended,) = [each["id"] for each in await sessions(identity, account) if not each["current"]]

    async def change(current: str, new: str) -> tuple[int, Any]:
        body = {"currentPassword": current, "newPassword": new}
        return await identity.call("POST", PASSWORD_PATH, body, account.access_token)

    status, answer = await change("a wrong horse", NEW)
    assert (status, answer["code"]) == (401, "invalid_credentials")
    status, answer = await change(PASSWORD, "short")
    assert (status, [fault["path"] for fault in answer["errors"]]) == (422, ["newPassword"])
    assert len(await sessions(identity, account)) == 2
    assert await change(PASSWORD, NEW) == (204, None)
    assert (await can_refresh(identity, other), await can_refresh(identity, account)) == (False, True)
    await identity.asked("session_ended", session_id=ended)
    assert (await identity.call("POST", "/api/auth/login", a_login()))[0] == 401
    assert await identity.login(a_login(password=NEW))


async def in_cookie(identity: Running, path: str, body: Any = None, **headers: str) -> tuple[int, Any, SimpleCookie]:
    status, answered, answer = await identity.call_with("POST", f"/api/auth/{path}", body, **headers)
    cookie: SimpleCookie = SimpleCookie()
    for line in answered.getall("Set-Cookie", []):
        cookie.load(line)
    return status, answer, cookie


def sent(cookie: SimpleCookie) -> str:
    return f"marquee_refresh={cookie['marquee_refresh'].value}"


async def test_a_browser_keeps_its_refresh_token_in_a_cookie_that_counts_for_our_pages_alone(
    identity: Running,
) -> None:
    status, answer, cookie = await in_cookie(identity, "register", a_registration(cookie=True))
    morsel = cookie["marquee_refresh"]
    assert (status, "refreshToken" in answer) == (201, False)
    assert (morsel["path"], morsel["samesite"].lower(), bool(morsel["httponly"]), bool(morsel["secure"])) == (
        "/api/auth",
        "strict",
        True,
        False,
    )
    for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        for path in ("refresh", "logout"):
            status, answer, none = await in_cookie(identity, path, {}, Cookie=sent(cookie), **origin)
            assert (status, answer["code"], len(none)) == (403, "forbidden_origin", 0)
    status, answer, renewed = await in_cookie(identity, "refresh", Cookie=sent(cookie), Origin=OURS)
    assert (status, "refreshToken" in answer) == (200, False)
    assert sent(renewed) != sent(cookie)
    assert (await in_cookie(identity, "login", {**a_login(), "cookie": True}))[0] == 200
    status, answer, cleared = await in_cookie(identity, "logout", {}, Cookie=sent(renewed), Origin=OURS)
    assert (status, cleared["marquee_refresh"].value, cleared["marquee_refresh"]["path"]) == (204, "", "/api/auth")
    status, answer, _ = await in_cookie(identity, "refresh", {}, Cookie=sent(renewed), Origin=OURS)
    assert (status, answer["code"]) == (401, "not_authenticated")


async def test_without_cookie_and_token_a_page_is_signed_out_and_others_are_told_what_is_missing(
    identity: Running,
) -> None:
    assert (await in_cookie(identity, "refresh", {}, Origin=OURS))[0] == 401
    assert (await in_cookie(identity, "logout", Origin=OURS))[0] == 204
    for path in ("refresh", "logout"):
        status, answer, _ = await in_cookie(identity, path, {})
        assert (status, answer["errors"][0]["path"]) == (422, "refreshToken")
        status, answer, _ = await in_cookie(identity, path)
        assert (status, answer["code"]) == (400, "malformed_body")


async def test_a_foreign_page_signs_nobody_in_by_a_form_that_sets_the_cookie(identity: Running) -> None:
    await identity.register()
    calls = {"login": a_login(), "register": a_registration("evil@example.com"), "guest": {}}
    for path, body in calls.items():
        for origin in ("https://evil.example", "null"):
            status, answer, cookies = await in_cookie(identity, path, {**body, "cookie": True}, Origin=origin)
            assert (status, answer["code"], len(cookies)) == (403, "forbidden_origin", 0)
        status, _, cookies = await in_cookie(identity, path, {**body, "cookie": True}, Origin=OURS)
        assert (status, len(cookies)) == (200 if path == "login" else 201, 1)
    assert (await in_cookie(identity, "login", a_login(), Origin="https://evil.example"))[0] == 200


async def test_a_token_in_the_body_counts_before_the_cookie_and_needs_no_origin(identity: Running) -> None:
    account = await identity.register()
    body = {"refreshToken": account.refresh_token}
    status, answer, cookie = await in_cookie(identity, "refresh", body, Cookie="marquee_refresh=other")
    assert (status, "refreshToken" in answer, len(cookie)) == (200, True, 0)
