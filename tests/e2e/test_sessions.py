"""What ends in identity ends everywhere: sessions and roles, at every service within seconds."""

import secrets
from typing import Any

from tests.conftest import until
from tests.e2e.conftest import Ground, problem

from stack.buyer import StackClient

LOGIN, SESSIONS, PASSWORD = "/api/auth/login", "/api/users/me/sessions", "correct horse"
READS = ("/api/users/me", "/api/bookings/my", "/api/payments/pay_x", "/api/seats/hold/hld_x")  # one of each service


async def registered(client: StackClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """The credentials of a new account, and its first session."""
    login = {"email": f"{secrets.token_hex(6)}@guests.test", "password": PASSWORD}
    return login, (await client.with_retries("POST", "/api/auth/register", {"name": "Asha", **login})).body


async def services_that_refuse(client: StackClient, token: str) -> int:
    answers = [await client.call("GET", path, token=token) for path in READS]
    return sum(answer.status == 401 and answer.body["code"] == "not_authenticated" for answer in answers)


async def test_a_session_that_is_ended_is_over_at_every_service_and_others_go_on(client: StackClient) -> None:
    login, lost = await registered(client)
    token = (await client.call("POST", LOGIN, login)).body["accessToken"]
    sessions = (await client.call("GET", SESSIONS, token=token)).body["items"]
    (other,) = [session["id"] for session in sessions if not session["current"]]
    assert await services_that_refuse(client, lost["accessToken"]) == 0
    assert (await client.call("DELETE", f"{SESSIONS}/{other}", token=token)).status == 204

    async def is_over() -> bool:
        return await services_that_refuse(client, lost["accessToken"]) == len(READS)

    await until(is_over)
    assert await services_that_refuse(client, token) == 0
    left = (await client.call("GET", SESSIONS, token=token)).body["items"]
    assert [session["current"] for session in left] == [True]


async def test_a_role_that_is_taken_away_is_gone_at_every_service(client: StackClient, ground: Ground) -> None:
    login, account = await registered(client)
    roles = f"PUT /api/admin/users/{account['user']['id']}/roles"
    grants = {"grants": [{"theaterId": ground.ids["theater"], "role": "manager"}]}
    assert (await ground.send(client, roles, grants, who="admin")).status == 200
    manager = (await client.call("POST", LOGIN, login)).body["accessToken"]
    path = f"/api/admin/pricing?theaterId={ground.ids['theater']}"
    assert (await client.call("GET", path, token=manager)).status == 200
    assert (await ground.send(client, roles, {"roles": ["user"]}, who="admin")).status == 200

    async def is_gone() -> bool:
        answer = await client.call("GET", path, token=manager)
        assert answer.status == 200 or problem(answer) == (401, "not_authenticated")
        return answer.status == 401

    await until(is_gone)


async def test_a_browser_refreshes_by_its_cookie_through_the_gateway(client: StackClient, ground: Ground) -> None:
    login, _ = await registered(client)
    signed_in = await ground.send(client, f"POST {LOGIN}", {**login, "cookie": True})
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    assert (signed_in.status, "refreshToken" in signed_in.body) == (200, False)
    foreign = {"Cookie": cookie, "Origin": "https://evil.example"}
    assert problem(await ground.send(client, "POST /api/auth/refresh", **foreign)) == (403, "forbidden_origin")
    ours = {"Cookie": cookie, "Origin": client.stack_info["gateway"]}
    renewed = await ground.send(client, "POST /api/auth/refresh", **ours)
    assert (renewed.status, "refreshToken" in renewed.body) == (200, False)
    assert renewed.headers["Set-Cookie"].startswith("marquee_refresh=")
    assert (
        (await ground.send(client, "POST /api/auth/logout", **ours))
        .headers["Set-Cookie"]
        .startswith('marquee_refresh="";')
    )
