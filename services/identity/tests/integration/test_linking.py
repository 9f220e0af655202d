"""Guests are linked to the account of whoever proves to be the guest; nothing is moved."""

from typing import Any

import jwt
from services.identity.tests.conftest import ME, Account, Running
from services.identity.tests.factories import a_login, a_registration
from services.identity.tests.integration.test_guests import a_guest
from services.identity.tests.integration.test_phones import PHONE, challenged, code_of, may_send_again

VERIFY, RESEND = "/api/auth/email/verify", "/api/auth/email/resend"
EMAIL = "a@example.com"


async def a_guest_with(identity: Running, email: str = EMAIL) -> Account:
    guest = await a_guest(identity)
    assert (await identity.call("PATCH", ME, {"name": "G", "email": email}, guest.access_token))[0] == 200
    return guest


def guests_of(access_token: str) -> list[str]:
    return list(jwt.decode(access_token, options={"verify_signature": False}).get("guests", ()))


async def guests_after_refresh(identity: Running, account: Account) -> list[str]:
    account_now = (await identity.login(a_login(str(account.user["email"])))).access_token
    return guests_of(account_now)


async def link_of(identity: Running, user: Account, number: int = 1) -> str:
    return str((await identity.asked("email_verification_requested", number, user_id=user.id))["token"])


async def signed_in(identity: Running, path: str, body: dict[str, Any], guest: Account) -> Account:
    status, answer = await identity.call("POST", path, {**body, "claim": True}, guest.access_token)
    assert status in {200, 201}, answer
    return Account(answer["user"], answer["accessToken"], answer["refreshToken"])


async def test_a_link_opened_by_the_account_links_the_guests_of_its_address_and_tells_it(identity: Running) -> None:
    guests = [await a_guest_with(identity, email) for email in (EMAIL, "A@EXAMPLE.com")]
    other = await a_guest_with(identity, "b@example.com")
    account = await identity.register(EMAIL)
    body = {"token": await link_of(identity, account)}
    assert await identity.call("POST", VERIFY, body, account.access_token) == (204, None)
    assert await guests_after_refresh(identity, account) == [guest.id for guest in guests]
    for guest in guests:
        told = await identity.asked("guest_linked", guest_id=guest.id)
        assert (told["user_id"], told["email"].casefold()) == (account.id, EMAIL)
        assert (await identity.refresh(guest.refresh_token))[1]["code"] == "not_authenticated"
        assert (await identity.asked("session_ended", user_id=guest.id))["user_id"] == guest.id
    assert (await identity.refresh(other.refresh_token))[0] == 200


async def test_a_link_opened_by_nobody_or_by_somebody_else_links_nothing(identity: Running) -> None:
    guest, account = await a_guest_with(identity), await identity.register(EMAIL)
    stranger = await identity.register("b@example.com")
    body = {"token": await link_of(identity, account)}
    for token in (None, stranger.access_token, guest.access_token):
        assert await identity.call("POST", VERIFY, body, token) == (204, None)
    assert (await identity.call("GET", ME, token=account.access_token))[1]["emailVerified"]
    assert await guests_after_refresh(identity, account) == []
    assert await guests_after_refresh(identity, stranger) == []
    assert (await identity.refresh(guest.refresh_token))[0] == 200
    assert await identity.call("POST", VERIFY, body, account.access_token) == (204, None)
    assert await guests_after_refresh(identity, account) == [guest.id]


async def test_who_bought_as_a_guest_after_verifying_the_address_is_sent_a_link_again(identity: Running) -> None:
    account = await identity.register(EMAIL)
    await identity.call("POST", VERIFY, {"token": await link_of(identity, account)}, account.access_token)
    guest = await a_guest_with(identity)
    assert (await identity.call("POST", RESEND, token=account.access_token))[0] == 202
    body = {"token": await link_of(identity, account, 2)}
    assert await identity.call("POST", VERIFY, body, account.access_token) == (204, None)
    assert await guests_after_refresh(identity, account) == [guest.id]


async def test_a_guest_who_registers_or_signs_in_claims_what_it_has(identity: Running) -> None:
    first, second = await a_guest(identity), await a_guest(identity)
    account = await signed_in(identity, "/api/auth/register", a_registration(EMAIL), first)
    assert guests_of(account.access_token) == [first.id]
    again = await signed_in(identity, "/api/auth/login", a_login(EMAIL), second)
    assert (again.id, guests_of(again.access_token)) == (account.id, [first.id, second.id])
    assert (await identity.asked("guest_linked", guest_id=first.id))["email"] == EMAIL
    thief = await signed_in(identity, "/api/auth/register", a_registration("b@example.com"), await a_guest(identity))
    assert first.id not in guests_of(thief.access_token)


async def test_what_a_guest_held_before_it_said_anything_is_mailed_to_who_claims_it(identity: Running) -> None:
    silent, outspoken = await a_guest(identity), await a_guest_with(identity, "g@example.com")
    account = await signed_in(identity, "/api/auth/register", a_registration(EMAIL), silent)
    told = await identity.asked("user_changed", user_id=silent.id)
    assert (told["name"], told["email"], told["guest"]) == (account.user["name"], EMAIL, True)
    await signed_in(identity, "/api/auth/login", a_login(EMAIL), outspoken)
    told = await identity.asked("user_changed", 2, user_id=outspoken.id)
    assert (told["name"], told["email"]) == ("G", "g@example.com")
    assert (await identity.login(a_login(EMAIL))).id == account.id


async def test_a_guest_that_was_linked_is_nobody_elses_and_without_claim_nothing_is_linked(identity: Running) -> None:
    guest = await a_guest(identity)
    login = await identity.call("POST", "/api/auth/register", a_registration("c@example.com"), guest.access_token)
    assert guests_of(login[1]["accessToken"]) == []
    await signed_in(identity, "/api/auth/register", a_registration(EMAIL), guest)
    status, answer = await identity.call(
        "POST", "/api/auth/login", {**a_login("c@example.com"), "claim": True}, guest.access_token
    )
    assert status == 401 or guests_of(answer["accessToken"]) == []
    status, answer = await identity.call("POST", "/api/auth/login", {**a_login(EMAIL), "claim": True}, "nonsense")
    assert (status, answer["code"]) == (401, "not_authenticated")


async def test_who_signs_in_by_a_phone_has_what_guests_of_that_phone_bought_and_claims(identity: Running) -> None:
    guest, holder = await a_guest(identity), await a_guest(identity)
    changed = (await identity.call("PATCH", ME, {"phone": PHONE}, guest.access_token))[1]
    code = await code_of(identity, changed["challengeId"])
    body = {"challengeId": changed["challengeId"], "code": code}
    assert (await identity.call("POST", "/api/auth/otp/verify", body, guest.access_token))[0] == 200
    await may_send_again(identity)
    challenge_id = await challenged(identity)
    body = {"challengeId": challenge_id, "code": await code_of(identity, challenge_id)}
    account = await signed_in(identity, "/api/auth/otp/verify", body, holder)
    assert sorted(guests_of(account.access_token)) == sorted([guest.id, holder.id])
    assert not account.user["guest"]
