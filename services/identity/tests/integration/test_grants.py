"""Roles and grants per theater over HTTP: who gives them, and where they show: answer, token, event, audit."""

from typing import Any

import jwt
import pytest
from services.identity.tests.conftest import ME, Account, Running, roles_path
from services.identity.tests.factories import MANAGER_HERE_STAFF_THERE, REGAL, ROXY
from services.identity.tests.integration.test_guests import a_guest

from stack.waiting import until


async def claims_of_the_next_token(identity: Running, account: Account) -> dict[str, Any]:
    _, answer = await identity.refresh(account.refresh_token)
    claims: dict[str, Any] = jwt.decode(answer["accessToken"], options={"verify_signature": False})
    return claims


async def test_a_user_is_manager_here_and_staff_there(identity: Running) -> None:
    account = await identity.register()
    path = roles_path(account.id)
    status, user = await identity.call("PUT", path, {"grants": MANAGER_HERE_STAFF_THERE}, await identity.admin_token())
    assert (status, user["roles"], user["theaterIds"]) == (200, ["user", "staff", "manager"], [ROXY, REGAL])
    assert user["grants"] == MANAGER_HERE_STAFF_THERE
    assert await identity.call("GET", ME, token=account.access_token) == (200, user)
    claims = await claims_of_the_next_token(identity, account)
    assert (claims["roles"], claims["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["staff"]})


async def test_in_short_a_role_is_granted_at_each_theater(identity: Running) -> None:
    account = await identity.register()
    body = {"roles": ["user", "manager"], "theaterIds": [ROXY, REGAL]}
    status, user = await identity.call("PUT", roles_path(account.id), body, await identity.admin_token())
    assert (status, user["roles"], user["theaterIds"]) == (200, ["user", "manager"], [ROXY, REGAL])
    claims = await claims_of_the_next_token(identity, account)
    assert (claims["roles"], claims["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["manager"]})


async def test_what_an_answer_shows_can_be_sent_back_and_changes_nothing(identity: Running) -> None:
    path, admin = roles_path((await identity.register()).id), await identity.admin_token()
    _, headers, user = await identity.call_with("PUT", path, {"grants": MANAGER_HERE_STAFF_THERE}, admin)
    shown = {name: user[name] for name in ("roles", "theaterIds", "grants")}
    status, again, same = await identity.call_with("PUT", path, shown, admin, If_Match=headers["ETag"])
    assert (status, again["ETag"], same) == (200, headers["ETag"], user)
    assert len(await identity.audit()) == 1


async def test_what_is_left_out_is_taken_away(identity: Running) -> None:
    account, admin = await identity.register(), await identity.admin_token()
    path = roles_path(account.id)
    await identity.call("PUT", path, {"grants": MANAGER_HERE_STAFF_THERE}, admin)
    _, user = await identity.call("PUT", path, {"roles": ["user"]}, admin)
    assert (user["roles"], user["theaterIds"], user["grants"]) == (["user"], [], [])
    claims = await claims_of_the_next_token(identity, account)
    assert (claims["roles"], claims["grants"]) == (["user"], {})


async def test_a_change_of_rights_is_published_and_audited(identity: Running) -> None:
    account, admin = await identity.register(), await identity.admin()
    await identity.call("PUT", roles_path(account.id), {"grants": MANAGER_HERE_STAFF_THERE}, admin.access_token)
    (event,) = await until(lambda: identity.published(account.id))
    assert event["revision"] == 2
    assert (event["roles"], event["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["staff"]})
    (line,) = await identity.audit()
    assert (line["subject_id"], line["user_id"], line["action"]) == (account.id, admin.id, "users.roles_changed")
    assert (line["before"], line["after"]) == ({"grants": []}, {"grants": MANAGER_HERE_STAFF_THERE})


async def test_only_admins_change_rights(identity: Running) -> None:
    account = await identity.register()
    path, body = roles_path(account.id), {"roles": ["user", "admin"]}
    assert (await identity.call("PUT", path, body))[0] == 401
    status, answer = await identity.call("PUT", path, body, account.access_token)
    assert (status, answer["code"]) == (403, "forbidden")


@pytest.mark.parametrize("unknown", [f"usr_{'0' * 26}", "x", "%00"])
async def test_nobody_has_an_unknown_id(identity: Running, unknown: str) -> None:
    status, answer = await identity.call("PUT", roles_path(unknown), {"roles": ["user"]}, await identity.admin_token())
    assert (status, answer["code"]) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["root"]}, "roles.0"),
        ({"roles": "admin"}, "roles"),
        ({"roles": None}, "roles"),
        ({"roles": ["staff"], "theaterIds": ["x"]}, "theaterIds.0"),
        ({"roles": ["staff"]}, "theaterIds"),
        ({"grants": [{"theaterId": ROXY, "role": "admin"}]}, "grants.0.role"),
        ({"grants": [{"theaterId": "x", "role": "staff"}]}, "grants.0.theaterId"),
        ({"grants": [{"theaterId": ROXY}]}, "grants.0.role"),
        ({"grants": {ROXY: ["staff"]}}, "grants"),
        ({}, "roles"),
    ],
)
async def test_what_gives_no_rights_is_refused_at_its_path(identity: Running, body: dict[str, Any], path: str) -> None:
    user_id = (await identity.register()).id
    status, answer = await identity.call("PUT", roles_path(user_id), body, await identity.admin_token())
    assert (status, answer["code"], [error["path"] for error in answer["errors"]]) == (422, "validation_error", [path])


async def test_guests_are_given_no_rights(identity: Running) -> None:
    guest = await a_guest(identity)
    for body in ({"roles": ["user", "admin"]}, {"grants": MANAGER_HERE_STAFF_THERE}, {"roles": ["user"]}):
        status, answer = await identity.call("PUT", roles_path(guest.id), body, await identity.admin_token())
        assert (status, answer["code"]) == (409, "no_account")
    assert (await identity.stored(guest.id))["version"] == 1
    assert await identity.audit() == []
