"""There is always an admin: the first is made once, the last one stays, and the environment's comes back."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from pymongo.asynchronous.database import AsyncDatabase
from services.identity.tests.conftest import Account, Answer, Running, roles_path
from services.identity.tests.factories import ADMIN, ROXY, a_login, a_registration

from chassis.mongo import Document
from identity.main import create
from stack.testing import ready, serving


async def admins(database: AsyncDatabase[Document]) -> set[str]:
    return {user["email"] for user in await database["users"].find({"rights.roles": "admin"}).to_list(None)}


async def set_roles(identity: Running, by: Account, user_id: str, *roles: str) -> Answer:
    return await identity.call("PUT", roles_path(user_id), {"roles": roles}, by.access_token)


async def a_second_admin(identity: Running, email: str = "second@example.com") -> Account:
    account = await identity.register(email)
    assert (await set_roles(identity, await identity.admin(), account.id, "user", "admin"))[0] == 200
    return await identity.login(a_login(email))


async def started_again() -> None:
    async with serving(create()) as http:
        await ready(http)


async def test_replicas_that_start_at_once_make_one_admin(environment: None, database: AsyncDatabase[Document]) -> None:
    async with AsyncExitStack() as stack:
        replicas = await asyncio.gather(*(stack.enter_async_context(serving(create())) for _ in range(4)))
        for http in replicas:
            await ready(http)
            async with http.post("/api/auth/login", json=ADMIN) as answer:
                assert answer.status == 200
        assert await database["users"].count_documents({"rights.roles": "admin"}) == 1


async def test_the_first_admin_keeps_the_first_password(identity: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "another password")
    await started_again()
    assert await admins(identity.db) == {ADMIN["email"]}
    assert await identity.admin()
    other_password = a_login(ADMIN["email"], "another password")
    assert (await identity.call("POST", "/api/auth/login", other_password))[0] == 401


async def test_the_only_admin_stays_one(identity: Running) -> None:
    admin = await identity.admin()
    for body in ({"roles": ["user"]}, {"grants": [{"theaterId": ROXY, "role": "manager"}]}):
        status, answer = await identity.call("PUT", roles_path(admin.id), body, admin.access_token)
        assert (status, answer["code"]) == (409, "last_admin")
    assert await admins(identity.db) == {ADMIN["email"]}
    assert await identity.audit() == []
    assert (await set_roles(identity, admin, admin.id, "admin"))[0] == 200


@pytest.mark.parametrize("round_number", range(4))
@pytest.mark.parametrize("of_the_other", [False, True], ids=["each itself", "each the other"])
async def test_of_two_admins_who_go_at_once_one_stays(identity: Running, of_the_other: bool, round_number: int) -> None:
    pair = [await identity.admin(), await a_second_admin(identity)]
    targets = pair[::-1] if of_the_other else pair
    answers = await asyncio.gather(
        *(set_roles(identity, admin, target.id, "user") for admin, target in zip(pair, targets, strict=True))
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    assert len(await admins(identity.db)) == 1


async def test_the_environments_admin_is_one_again_at_the_next_start(identity: Running) -> None:
    first, second = await identity.admin(), await a_second_admin(identity)
    assert (await set_roles(identity, second, first.id, "user"))[0] == 200
    assert await admins(identity.db) == {"second@example.com"}
    for _ in range(2):
        await started_again()
        assert await admins(identity.db) == {"second@example.com", ADMIN["email"]}
    (line,) = [line for line in await identity.audit() if line["user_id"] == "environment"]
    assert (line["subject_id"], line["after"]) == (first.id, {"roles": ["user", "admin"]})


@pytest.mark.parametrize(
    ("password", "expected"),
    [("a stranger's own", set()), (ADMIN["password"], {ADMIN["email"]})],
    ids=["a stranger", "who knows the password"],
)
async def test_who_opened_the_account_first_is_known_by_the_password(
    environment: None,
    database: AsyncDatabase[Document],
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    expected: set[str],
) -> None:
    monkeypatch.delenv("ADMIN_EMAIL")
    body = a_registration(ADMIN["email"].upper(), password=password)
    async with serving(create()) as http:
        await ready(http)
        async with http.post("/api/auth/register", json=body) as answer:
            assert answer.status == 201
    monkeypatch.setenv("ADMIN_EMAIL", ADMIN["email"])
    await started_again()
    assert {address.lower() for address in await admins(database)} == expected
    assert await database["users"].count_documents({}) == 1
