"""ETags of users: the same wherever a version is shown; of two changes that rest on one version, one is made."""

import asyncio
from typing import Any

import pytest
from services.identity.tests.conftest import ME, Running, roles_path
from services.identity.tests.factories import ROXY


async def an_account(identity: Running) -> tuple[str, str, str]:
    """A new user's id, access token and ETag."""
    account = await identity.register()
    _, headers, _ = await identity.call_with("GET", ME, token=account.access_token)
    return account.id, account.access_token, headers["ETag"]


async def test_a_version_has_one_strong_etag_wherever_it_is_shown(identity: Running) -> None:
    user_id, token, etag = await an_account(identity)
    rights = {"roles": ["user", "staff"], "theaterIds": [ROXY]}
    _, set_by_admin, _ = await identity.call_with("PUT", roles_path(user_id), rights, await identity.admin_token())
    _, read, _ = await identity.call_with("GET", ME, token=token)
    assert set_by_admin["ETag"] == read["ETag"] != etag
    _, changed, _ = await identity.call_with("PATCH", ME, {"name": "B"}, token)
    _, again, _ = await identity.call_with("GET", ME, token=token)
    assert changed["ETag"] == again["ETag"] != read["ETag"]
    assert not any(headers["ETag"].startswith("W/") for headers in (read, changed, again))


async def test_a_user_that_the_client_has_is_not_sent_again(identity: Running) -> None:
    _, token, etag = await an_account(identity)
    status, headers, body = await identity.call_with("GET", ME, token=token, If_None_Match=etag)
    assert (status, headers["ETag"], headers["Cache-Control"], body) == (304, etag, "private, no-store", None)
    await identity.call("PATCH", ME, {"name": "B"}, token)
    assert (await identity.call_with("GET", ME, token=token, If_None_Match=etag))[0] == 200


@pytest.mark.parametrize(
    ("path", "first", "other"),
    [
        ("roles", {"roles": ["user", "staff"], "theaterIds": [ROXY]}, {"roles": ["user"]}),
        (ME, {"name": "B"}, {"prefs": {"language": "hi"}}),
    ],
)
async def test_a_change_that_rests_on_an_old_version_is_stale(
    identity: Running, path: str, first: dict[str, Any], other: dict[str, Any]
) -> None:
    user_id, token, etag = await an_account(identity)
    by = (token, "PATCH", ME) if path == ME else (await identity.admin_token(), "PUT", roles_path(user_id))

    async def change(body: dict[str, Any], **headers: str) -> tuple[int, Any, Any]:
        return await identity.call_with(*by[1:], body, by[0], **headers)

    status, headers, after = await change(first, If_Match=etag)
    assert (status, headers["ETag"] != etag) == (200, True)
    for body in (other, first):
        for stale in (etag, f"W/{etag}", f'"none", {etag}', '""', "junk"):
            status, _, answer = await change(body, If_Match=stale)
            assert (status, answer["code"]) == (412, "stale_version"), stale
    assert (await identity.call("GET", ME, token=token))[1] == after
    newest = headers["ETag"]
    for met in (newest, f"W/{newest}", f'"none", {newest}', "*"):
        status, headers, _ = await change(first, If_Match=met)
        assert (status, headers["ETag"]) == (200, newest)
    assert (await change(other))[0] == 200


async def test_of_admins_who_change_one_version_at_once_one_wins(identity: Running) -> None:
    user_id, _, etag = await an_account(identity)
    token = await identity.admin_token()
    grants = [{"roles": ["staff"], "theaterIds": [f"thr_{number:026}"]} for number in range(8)]
    answers = await asyncio.gather(
        *(identity.call_with("PUT", roles_path(user_id), grant, token, If_Match=etag) for grant in grants)
    )
    assert sorted(status for status, _, _ in answers) == [200] + [412] * 7
    (won,) = [body for status, _, body in answers if status == 200]
    grants = (await identity.stored(user_id))["rights"]["grants"]
    assert [grant["theater_id"] for grant in grants] == won["theaterIds"]
    assert len(await identity.audit()) == 1


async def test_roles_that_are_the_same_already_change_nothing(identity: Running) -> None:
    user_id, _, etag = await an_account(identity)
    status, headers, _ = await identity.call_with(
        "PUT", roles_path(user_id), {"roles": ["user"]}, await identity.admin_token()
    )
    assert (status, headers["ETag"]) == (200, etag)
    assert await identity.audit() == []
