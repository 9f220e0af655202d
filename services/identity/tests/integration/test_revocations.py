"""Access tokens end before their time: with their session, and with the rights they were given for."""

from typing import Any

from services.identity.tests.conftest import ME, Account, Running, roles_path
from services.identity.tests.factories import ROXY, a_login

from stack.waiting import until


async def revoked(identity: Running) -> dict[str, Any]:
    status, answer = await identity.call("GET", "/internal/revocations")
    assert status == 200
    return dict(answer)


async def becomes_void(identity: Running, account: Account) -> None:
    """Return when the account's access token is refused, as none of a living session."""

    async def is_void() -> bool:
        status, answer = await identity.call("GET", ME, token=account.access_token)
        assert (status, answer.get("code")) in {(200, None), (401, "not_authenticated")}
        return status == 401

    await until(is_void)


async def test_a_role_that_is_taken_away_voids_the_tokens_that_bear_it_and_one_that_is_given_none(
    identity: Running,
) -> None:
    account, admin = await identity.register(), await identity.admin_token()
    manager = {"grants": [{"theaterId": ROXY, "role": "manager"}]}
    for rights in (manager, {"grants": [*manager["grants"], {"theaterId": ROXY, "role": "staff"}]}):
        await identity.call("PUT", roles_path(account.id), rights, admin)
    assert (await revoked(identity))["versions"] == {}
    assert (await identity.call("GET", ME, token=account.access_token))[0] == 200
    await identity.call("PUT", roles_path(account.id), {"roles": ["user"]}, admin)
    await becomes_void(identity, account)
    again = await identity.login()
    assert (await identity.call("GET", ME, token=again.access_token))[0] == 200
    assert (await revoked(identity))["versions"] == {account.id: 2}
    (event,) = identity.published(account.id, "grants_changed")
    assert event["version"] == 2


async def test_a_block_voids_all_tokens_and_those_after_an_unblock_are_good(identity: Running) -> None:
    account, admin = await identity.register(), await identity.admin_token()
    path = f"/api/admin/users/{account.id}"
    assert (await identity.call("POST", f"{path}/block", token=admin))[0] == 204
    await becomes_void(identity, account)
    assert (await identity.call("POST", f"{path}/unblock", token=admin))[0] == 204
    again = await identity.login(a_login())
    assert (await identity.call("GET", ME, token=again.access_token))[0] == 200


async def test_an_access_token_ends_with_its_session_and_the_list_names_it(identity: Running) -> None:
    ended, account = await identity.register(), await identity.login()
    await identity.call("POST", "/api/auth/logout", {"refreshToken": ended.refresh_token})
    await becomes_void(identity, ended)
    assert (await identity.call("GET", ME, token=account.access_token))[0] == 200
    (event,) = identity.published(account.id, "session_ended")
    assert await revoked(identity) == {"sessions": [event["session_id"]], "versions": {}}
