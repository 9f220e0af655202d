"""Admins find users, and block them."""

import pytest
from services.identity.tests.conftest import ME, Running, roles_path
from services.identity.tests.factories import MANAGER_HERE_STAFF_THERE, a_login
from services.identity.tests.integration.test_guests import a_guest

USERS = "/api/admin/users"


async def found(identity: Running, query: str = "") -> list[str]:
    """The names of the users who are found."""
    status, page = await identity.call("GET", f"{USERS}?{query}", token=await identity.admin_token())
    assert (status, page["total"]) == (200, len(page["items"]))
    return [user["name"] for user in page["items"]]


async def test_users_are_found_by_address_number_and_role(identity: Running) -> None:
    asha = await identity.register("Asha@Example.com", name="Asha", phone="+919876543210")
    await identity.register("b@example.com", name="Bina")
    body = {"grants": MANAGER_HERE_STAFF_THERE}
    assert (await identity.call("PUT", roles_path(asha.id), body, await identity.admin_token()))[0] == 200
    expected = {
        "": ["Bina", "Asha", "Admin"],
        "email=aSHA@EXAMPLE.com": ["Asha"],
        "email=asha": [],
        "email=.*": [],
        "phone=%2B91%2098765%2043210": ["Asha"],
        "phone=+919876543210": ["Asha"],
        "phone=9876543210": [],
        "phone=x": [],
        "role=manager": ["Asha"],
        "role=staff": ["Asha"],
        "role=admin": ["Admin"],
        "role=user": ["Bina", "Asha", "Admin"],
        "role=staff&email=b@example.com": [],
        "role=user&email=b@example.com": ["Bina"],
    }
    assert {query: await found(identity, query) for query in expected} == expected
    _, page = await identity.call("GET", f"{USERS}?page=2&pageSize=2", token=await identity.admin_token())
    assert ([user["name"] for user in page["items"]], page["total"]) == (["Admin"], 3)


async def test_guests_without_an_account_are_found_by_the_address_that_they_gave(identity: Running) -> None:
    for name in ("First", "Second"):
        guest = await a_guest(identity)
        await identity.call("PATCH", ME, {"name": name, "email": "a@example.com"}, guest.access_token)
    assert await found(identity, "email=A@example.com") == ["Second", "First"]
    await identity.register(name="Account")
    assert await found(identity, "email=a@example.com") == ["Account", "Second", "First"]
    _, page = await identity.call(
        "GET", f"{USERS}?email=a@example.com&page=2&pageSize=2", token=await identity.admin_token()
    )
    assert ([user["name"] for user in page["items"]], page["total"]) == (["First"], 3)


async def test_a_role_that_does_not_exist_is_refused(identity: Running) -> None:
    status, answer = await identity.call("GET", f"{USERS}?role=root", token=await identity.admin_token())
    assert (status, [error["path"] for error in answer["errors"]]) == (422, ["role"])


async def test_who_is_blocked_does_not_sign_in_until_that_is_taken_back(identity: Running) -> None:
    account, admin = await identity.register(), await identity.admin()
    path = f"{USERS}/{account.id}"
    for _ in range(2):  # again changes nothing
        status, headers, body = await identity.call_with("POST", f"{path}/block", token=admin.access_token)
        assert (status, body, headers["ETag"]) == (204, None, '"2"')
    assert (await identity.refresh(account.refresh_token))[0] == 401
    status, answer = await identity.call("POST", "/api/auth/login", a_login())
    assert (status, answer["code"]) == (403, "user_blocked")
    status, answer = await identity.call("POST", "/api/auth/login", a_login(password="a wrong one"))
    assert (status, answer["code"]) == (401, "invalid_credentials")
    _, page = await identity.call("GET", f"{USERS}?email=a@example.com", token=admin.access_token)
    assert [user["blocked"] for user in page["items"]] == [True]
    assert (await identity.call("POST", f"{path}/unblock", token=admin.access_token))[0] == 204
    again = await identity.login()
    assert (await identity.call("GET", ME, token=again.access_token))[0] == 200
    assert (await identity.refresh(account.refresh_token))[0] == 401  # what was ended stays ended
    assert [(line["action"], line["user_id"], line["before"], line["after"]) for line in await identity.audit()] == [
        ("users.blocked", admin.id, {"blocked": False}, {"blocked": True}),
        ("users.unblocked", admin.id, {"blocked": True}, {"blocked": False}),
    ]


async def test_a_session_that_a_block_did_not_see_is_of_no_use(identity: Running) -> None:
    account = await identity.register()
    await identity.db["users"].update_one({"_id": account.id}, {"$set": {"blocked": True}})
    status, answer = await identity.refresh(account.refresh_token)
    assert (status, answer["code"]) == (401, "not_authenticated")


async def test_an_admin_who_could_still_sign_in_stays(identity: Running) -> None:
    admin, other = await identity.admin(), await identity.register()
    roles = {"roles": ["user", "admin"]}
    assert (await identity.call("PUT", roles_path(other.id), roles, admin.access_token))[0] == 200
    assert (await identity.call("POST", f"{USERS}/{other.id}/block", token=admin.access_token))[0] == 204
    for method, path, body in (
        ("POST", f"{USERS}/{admin.id}/block", None),
        ("PUT", roles_path(admin.id), {"roles": ["user"]}),
    ):
        status, answer = await identity.call(method, path, body, admin.access_token)
        assert (status, answer["code"]) == (409, "last_admin")


@pytest.mark.parametrize("verb", ["block", "unblock"])
async def test_only_admins_block_and_only_users_who_are_there(identity: Running, verb: str) -> None:
    account = await identity.register()
    for path in (f"{USERS}/{account.id}/{verb}", f"{USERS}/x/{verb}"):
        status, answer = await identity.call("POST", path, token=account.access_token)
        assert (status, answer["code"]) == (403, "forbidden")
    for unknown in (f"usr_{'0' * 26}", "x"):
        status, answer = await identity.call("POST", f"{USERS}/{unknown}/{verb}", token=await identity.admin_token())
        assert (status, answer["code"]) == (404, "user_not_found")
