"""Roles and grants per theater over HTTP: who gives them, and where they show: answer, token, event, audit."""

from typing import Any

import jwt
import pytest
from services.identity.tests.conftest import Running

from stack.waiting import until

ROXY, REGAL = f"thr_{'0' * 26}", f"thr_{'1' * 26}"
GRANTS = [{"theaterId": ROXY, "role": "manager"}, {"theaterId": REGAL, "role": "staff"}]


def path_of(user_id: str) -> str:
    return f"/api/admin/users/{user_id}/roles"


async def claims_after_refresh(identity: Running, refresh_token: str) -> dict[str, Any]:
    _, pair = await identity.call("POST", "/api/auth/refresh", {"refreshToken": refresh_token})
    claims: dict[str, Any] = jwt.decode(pair["accessToken"], options={"verify_signature": False})
    return claims


async def test_a_user_is_manager_here_and_staff_there(identity: Running) -> None:
    registered = await identity.register()
    path = path_of(registered["user"]["id"])
    status, user = await identity.call("PUT", path, {"grants": GRANTS}, await identity.admin())
    assert (status, user["roles"], user["theaterIds"]) == (200, ["user", "staff", "manager"], [ROXY, REGAL])
    assert user["grants"] == GRANTS
    assert await identity.call("GET", "/api/users/me", token=registered["accessToken"]) == (200, user)
    claims = await claims_after_refresh(identity, registered["refreshToken"])
    assert (claims["roles"], claims["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["staff"]})


async def test_in_short_a_role_is_granted_at_each_theater(identity: Running) -> None:
    registered = await identity.register()
    body = {"roles": ["user", "manager"], "theaterIds": [ROXY, REGAL]}
    status, user = await identity.call("PUT", path_of(registered["user"]["id"]), body, await identity.admin())
    assert (status, user["roles"], user["theaterIds"]) == (200, ["user", "manager"], [ROXY, REGAL])
    claims = await claims_after_refresh(identity, registered["refreshToken"])
    assert (claims["roles"], claims["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["manager"]})


async def test_what_an_answer_shows_can_be_sent_back_and_changes_nothing(identity: Running) -> None:
    path, admin = path_of((await identity.register())["user"]["id"]), await identity.admin()
    _, headers, user = await identity.call_with("PUT", path, {"grants": GRANTS}, admin)
    shown = {name: user[name] for name in ("roles", "theaterIds", "grants")}
    status, again, same = await identity.call_with("PUT", path, shown, admin, If_Match=headers["ETag"])
    assert (status, again["ETag"], same) == (200, headers["ETag"], user)
    assert await identity.db.audit.count_documents({}) == 1


async def test_what_is_left_out_is_taken_away(identity: Running) -> None:
    registered, admin = await identity.register(), await identity.admin()
    path = path_of(registered["user"]["id"])
    await identity.call("PUT", path, {"grants": GRANTS}, admin)
    _, user = await identity.call("PUT", path, {"roles": ["user"]}, admin)
    assert (user["roles"], user["theaterIds"], user["grants"]) == (["user"], [], [])
    claims = await claims_after_refresh(identity, registered["refreshToken"])
    assert (claims["roles"], claims["grants"]) == (["user"], {})


async def test_a_change_of_rights_is_told_and_audited(identity: Running) -> None:
    registered, admin = await identity.register(), await identity.admin()
    user_id = registered["user"]["id"]
    await identity.call("PUT", path_of(user_id), {"grants": GRANTS}, admin)

    def told() -> list[dict[str, Any]]:
        return [event for event in identity.events if event["user_id"] == user_id and event["revision"] == 2]

    (event,) = await until(told)
    assert event["type"] == "identity.user_changed.v1"
    assert (event["roles"], event["grants"]) == (["user"], {ROXY: ["manager"], REGAL: ["staff"]})
    (line,) = await identity.db.audit.find().to_list(None)
    _, admin_user = await identity.call("GET", "/api/users/me", token=admin)
    assert (line["subject"], line["by"], line["action"]) == (user_id, admin_user["id"], "roles_changed")
    assert line["before"] == {"roles": ["user"], "grants": []}
    assert line["after"]["grants"] == [
        {"theater_id": ROXY, "role": "manager"},
        {"theater_id": REGAL, "role": "staff"},
    ]


async def test_only_admins_change_rights(identity: Running) -> None:
    registered = await identity.register()
    path, body = path_of(registered["user"]["id"]), {"roles": ["user", "admin"]}
    assert (await identity.call("PUT", path, body))[0] == 401
    status, answer = await identity.call("PUT", path, body, registered["accessToken"])
    assert (status, answer["code"]) == (403, "forbidden")


@pytest.mark.parametrize("unknown", [f"usr_{'0' * 26}", "x", "%00"])
async def test_nobody_has_an_unknown_id(identity: Running, unknown: str) -> None:
    status, answer = await identity.call("PUT", path_of(unknown), {"roles": ["user"]}, await identity.admin())
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
    user_id = (await identity.register())["user"]["id"]
    status, answer = await identity.call("PUT", path_of(user_id), body, await identity.admin())
    assert (status, answer["code"], [error["path"] for error in answer["errors"]]) == (422, "validation_error", [path])
