"""There is always an admin: the last one stays, and the environment's comes back."""

import asyncio
from typing import Any

import pytest
from services.identity.tests.conftest import ADMIN, Answer, Running

from identity.main import create
from stack.testing import ready, serving


async def admins(database: Any) -> set[str]:
    return {user["email"] for user in await database.users.find({"rights.roles": "admin"}).to_list(None)}


async def set_roles(identity: Running, by: str, user_id: str, *roles: str) -> Answer:
    return await identity.call("PUT", f"/api/admin/users/{user_id}/roles", {"roles": roles}, by)


async def a_second_admin(identity: Running, email: str = "second@example.com") -> tuple[str, str]:
    """Its id and its token."""
    made = await identity.register(email)
    assert (await set_roles(identity, await identity.admin(), made["user"]["id"], "user", "admin"))[0] == 200
    _, pair = await identity.call("POST", "/api/auth/login", {"email": email, "password": "correct horse"})
    return made["user"]["id"], pair["accessToken"]


async def started_again() -> None:
    async with serving(create()) as http:
        await ready(http)


async def test_the_only_admin_stays_one(identity: Running) -> None:
    token = await identity.admin()
    user_id = (await identity.call("GET", "/api/users/me", token=token))[1]["id"]
    for body in ({"roles": ["user"]}, {"grants": [{"theaterId": f"thr_{'0' * 26}", "role": "manager"}]}):
        status, answer = await identity.call("PUT", f"/api/admin/users/{user_id}/roles", body, token)
        assert (status, answer["code"]) == (409, "last_admin")
    assert await admins(identity.db) == {ADMIN["email"]}
    assert await identity.db.audit.count_documents({}) == 0
    assert (await set_roles(identity, token, user_id, "user", "admin"))[0] == 200


async def test_of_two_admins_who_go_at_once_one_stays(identity: Running) -> None:
    first_token = await identity.admin()
    first = (await identity.call("GET", "/api/users/me", token=first_token))[1]["id"]
    second, second_token = await a_second_admin(identity)
    both = {"first": (first, first_token), "second": (second, second_token)}
    for whom in (("first", "second"), ("second", "first")) * 4:  # each itself, and each the other
        for user_id in (first, second):
            await identity.db.users.update_one({"_id": user_id}, {"$set": {"rights.roles": ["user", "admin"]}})
        answers = await asyncio.gather(
            *(
                set_roles(identity, token, both[other][0], "user")
                for (_, token), other in zip(both.values(), whom, strict=True)
            )
        )
        assert sorted(status for status, _ in answers) == [200, 409]
        assert len(await admins(identity.db)) == 1


async def test_the_environments_admin_is_one_again_at_the_next_start(identity: Running) -> None:
    _, token = await a_second_admin(identity)
    first = (await identity.call("GET", "/api/users/me", token=await identity.admin()))[1]["id"]
    assert (await set_roles(identity, token, first, "user"))[0] == 200
    assert await admins(identity.db) == {"second@example.com"}
    await started_again()
    assert await admins(identity.db) == {"second@example.com", ADMIN["email"]}
    line = await identity.db.audit.find_one({"by": "environment"})
    assert (line["subject"], line["after"]["roles"]) == (first, ["user", "admin"])
    await started_again()
    assert await identity.db.audit.count_documents({"by": "environment"}) == 1


@pytest.mark.parametrize(
    ("password", "admin"),
    [("a stranger's own", set()), (ADMIN["password"], {ADMIN["email"]})],
    ids=["a stranger", "who knows the password"],
)
async def test_who_opened_the_account_first_is_known_by_the_password(
    environment: None, database: Any, monkeypatch: pytest.MonkeyPatch, password: str, admin: set[str]
) -> None:
    monkeypatch.delenv("ADMIN_EMAIL")
    body = {"name": "A", "email": ADMIN["email"].upper(), "password": password}
    async with serving(create()) as http:
        await ready(http)
        async with http.post("/api/auth/register", json=body) as answer:
            assert answer.status == 201
    monkeypatch.setenv("ADMIN_EMAIL", ADMIN["email"])
    await started_again()
    assert {address.lower() for address in await admins(database)} == admin
    assert await database.users.count_documents({}) == 1
