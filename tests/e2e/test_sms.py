"""SMS as a guest lives them: sign-in by a code, a ticket on the phone, STOP."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import until

from stack.buyer import Answer, Buyer, StackClient, build, schedule

REGISTER, LOGIN, VERIFY = "/api/auth/register", "/api/auth/login", "/api/auth/otp/verify"


@pytest.fixture
def phone() -> str:
    return f"+9198{secrets.randbelow(10**8):08}"


async def messages(client: StackClient, phone: str) -> list[dict[str, Any]]:
    """The SMS to a phone, oldest first."""
    url = f"{client.stack_info['simulators']['twilio']}/_sim/messages"
    return [message for message in (await client.call("GET", url)).body if message["to"] == phone]


async def code_of(client: StackClient, phone: str, number: int = 1) -> str:
    """The code of the `number`th SMS: it has one number of six digits."""

    async def come() -> list[dict[str, Any]] | None:
        listed = await messages(client, phone)
        return listed if len(listed) >= number else None

    (code,) = re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", (await until(come))[number - 1]["body"])
    return str(code)


async def answered(client: StackClient, phone: str, challenge_id: str, token: str | None = None) -> Answer:
    body = {"challengeId": challenge_id, "code": await code_of(client, phone)}
    return await client.call("POST", VERIFY, body, token=token)


async def with_phone(client: StackClient, phone: str) -> Buyer:
    """A guest whose phone is verified."""
    buyer = await client.buyer()
    changed = await buyer.call("PATCH", "/api/users/me", {"phone": phone})
    assert (changed.status, changed.body["phone"]) == (200, None)
    verified = await answered(client, phone, changed.body["challengeId"], buyer.token)
    assert (verified.status, verified.body["user"]["phone"]) == (200, phone)
    return buyer


async def test_a_phone_signs_in_by_the_code_of_its_sms(client: StackClient, phone: str) -> None:
    asked = await client.call("POST", REGISTER, {"name": "Asha", "phone": phone})
    assert (asked.status, set(asked.body)) == (202, {"challengeId", "expiresAt"})
    signed_in = await answered(client, phone, asked.body["challengeId"])
    assert (signed_in.status, signed_in.body["user"]["phoneVerified"]) == (200, True)
    me = await client.call("GET", "/api/users/me", token=signed_in.body["accessToken"])
    assert (me.body["name"], me.body["phone"], me.body["email"]) == ("Asha", phone, None)
    too_soon = await client.call("POST", LOGIN, {"phone": phone})
    assert (too_soon.status, too_soon.code) == (429, "otp_too_soon")
    assert 0 < int(too_soon.headers["Retry-After"]) <= 30


async def test_an_unknown_phone_gets_no_sms(client: StackClient, phone: str) -> None:
    asked = await client.call("POST", LOGIN, {"phone": phone})
    assert (asked.status, set(asked.body)) == (202, {"challengeId", "expiresAt"})
    other = f"{phone[:-1]}{(int(phone[-1]) + 1) % 10}"
    await client.call("POST", REGISTER, {"name": "A", "phone": other})
    await code_of(client, other)  # by then the other would have come
    assert await messages(client, phone) == []


async def test_a_ticket_goes_to_the_phone_and_is_marked_as_delivered(
    client: StackClient, slots: Iterator[int], phone: str
) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))
    buyer = await with_phone(client, phone)
    booking = await buyer.buy(showtime, ["A2", "A3"])

    async def ticket() -> dict[str, Any] | None:
        return next((sms for sms in await messages(client, phone) if booking["reference"] in sms["body"]), None)

    sms = await until(ticket)
    assert "The Long Test" in sms["body"]
    twilio = client.stack_info["simulators"]["twilio"]

    async def delivered() -> bool:
        callbacks = (await client.call("GET", f"{twilio}/_sim/deliveries")).body
        of_sms = [callback for callback in callbacks if f"MessageSid={sms['sid']}" in callback["body"]]
        arrived = [callback for callback in of_sms if callback["event"] == "delivered"]
        return any(attempt["status"] == 204 for callback in arrived for attempt in callback["attempts"])

    await until(delivered)


async def test_who_sends_stop_or_wants_no_sms_gets_no_more(
    client: StackClient, slots: Iterator[int], phone: str
) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))
    buyer = await with_phone(client, phone)
    (sms,) = await messages(client, phone)
    twilio = client.stack_info["simulators"]["twilio"]
    assert (await buyer.call("PATCH", "/api/users/me", {"prefs": {"smsNotifications": False}})).status == 200
    first = await buyer.buy(showtime, ["A1"])
    await until(lambda: _mailed(client, buyer, first))
    assert len(await messages(client, phone)) == 1
    assert (await buyer.call("PATCH", "/api/users/me", {"prefs": {"smsNotifications": True}})).status == 200
    told = {"status": "undelivered", "errorCode": 21610, "webhooks": {"beforeResponse": True}}
    assert (await client.call("POST", f"{twilio}/_sim/messages/{sms['sid']}/status", told)).status == 200
    second = await buyer.buy(showtime, ["A3"])
    await until(lambda: _mailed(client, buyer, second))
    assert len(await messages(client, phone)) == 1


async def _mailed(client: StackClient, buyer: Buyer, booking: dict[str, Any]) -> bool:
    mails = await client.mails(buyer.user["email"])
    return any(booking["reference"] in mail["text"] for mail in mails)


async def test_a_status_that_is_not_signed_by_twilio_is_refused(client: StackClient) -> None:
    url = f"{client.stack_info['gateway']}/api/notify/twilio/status"
    for headers in ({}, {"X-Twilio-Signature": "x"}, {"X-Twilio-Signature": ""}):
        fields = {"MessageSid": "SM0", "MessageStatus": "delivered"}
        async with client.http.post(url, data=fields, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "invalid_signature")
