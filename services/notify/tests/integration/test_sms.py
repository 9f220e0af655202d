"""SMS from the event that asks for one to Twilio's last word about it, against the simulator and the real SDK."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from services.notify.tests.conftest import Running
from services.notify.tests.factories import LABELS, a_booking_id, cancelled, issued, resend

from chassis.mongo import Document
from contracts.identity import OtpRequested, UserChanged
from contracts.ids import UserId
from contracts.sale import Contact
from notify.main import create
from simulators import process
from simulators.process import Simulator, free_port
from stack.testing import serving
from stack.waiting import until

PHONE = "+919876543210"
STATUS = "/api/notify/twilio/status"
DELIVER_LATE = 3_600_000


def a_user(revision: int = 1, **more: Any) -> UserChanged:
    fields: dict[str, Any] = {"name": "Asha", "phone": PHONE, "phone_verified": True, "email": None, **more}
    return UserChanged(user_id=UserId("usr_1"), revision=revision, **fields)


def an_otp(number: int = 1, *, seconds: float = 300, **more: Any) -> OtpRequested:
    fields: dict[str, Any] = {"phone": PHONE, "code": "482913", **more}
    return OtpRequested(
        challenge_id="chl_1", number=number, expires_at=datetime.now(UTC) + timedelta(seconds=seconds), **fields
    )


@dataclass
class Sms:
    """A running notify with Twilio's simulator."""

    notify: Running
    twilio: aiohttp.ClientSession
    url: str

    async def sim(self, path: str, **body: Any) -> Any:
        async with self.twilio.post(f"/_sim/{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def no_faults(self) -> None:
        async with self.twilio.delete("/_sim/faults") as response:
            assert response.status == 200

    async def messages(self) -> list[dict[str, Any]]:
        async with self.twilio.get("/_sim/messages") as response:
            return list(await response.json())

    async def calls(self, method: str = "POST") -> list[dict[str, Any]]:
        async with self.twilio.get("/_sim/calls") as response:
            return [call for call in await response.json() if call["method"] == method]

    async def say(self, *events: Any) -> None:
        await self.notify.say(*events)

    async def until(self, delivery_id: str, status: str) -> Document:
        return await self.notify.until(delivery_id, status)

    async def look_now(self, delivery_id: str) -> None:
        """As if the time had come to ask Twilio."""
        await self.notify.db["deliveries"].update_one({"_id": delivery_id}, {"$set": {"look_at": datetime.now(UTC)}})

    async def send_now(self, delivery_id: str) -> None:
        """As if the time had come to send it once more."""
        await self.notify.db["deliveries"].update_one({"_id": delivery_id}, {"$set": {"due_at": datetime.now(UTC)}})


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = process.twilio(tmp_path_factory.mktemp("twilio"))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
async def simulator(simulator_process: Simulator) -> Simulator:
    async with aiohttp.ClientSession(simulator_process.url) as http, http.post("/_sim/reset") as answer:
        assert answer.status == 200
    return simulator_process


@pytest.fixture
async def sms(outside: Running, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sms]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {
        "TWILIO_ACCOUNT_SID": process.TWILIO_ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": process.TWILIO_AUTH_TOKEN,
        "TWILIO_FROM": process.TWILIO_FROM,
        "TWILIO_BASE_URL": simulator.url,
        "PUBLIC_URL": url,
        "SMS_ANSWER_SECONDS": "2",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    async with serving(create(), port=port), aiohttp.ClientSession(simulator.url) as twilio:
        yield Sms(outside, twilio, url)


async def test_a_code_goes_to_the_phone_of_its_event_and_leaves_no_trace(sms: Sms) -> None:
    await sms.say(an_otp(), an_otp())
    document = await sms.until("sms:otp:chl_1:1", "delivered")
    (message,) = await sms.messages()
    assert (message["to"], message["from"]) == (PHONE, process.TWILIO_FROM)
    assert message["body"].startswith("482913 is your Marquee code.")
    assert "482913" not in str(document)
    assert len(await sms.calls()) == 1


async def test_a_ticket_goes_to_a_verified_phone_and_callbacks_tell_when_it_arrived(sms: Sms) -> None:
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    document = await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    (message,) = await sms.messages()
    assert document["provider_id"] == message["sid"]
    for said in ("The Long Reel", "Regal", "7KQ2M9XD", str(LABELS[0]), "Tue"):
        assert said in message["body"]
    assert "look_at" not in document
    assert "MQ2" not in document["event"]  # it waits for the reminder


@pytest.mark.parametrize(
    "changes", [{"phone_verified": False}, {"phone": None, "phone_verified": False}, {"sms_notifications": False}]
)
async def test_who_has_no_verified_phone_or_wants_no_sms_gets_none_but_codes(sms: Sms, changes: dict[str, Any]) -> None:
    booking_id = a_booking_id()
    await sms.say(a_user(email="asha@example.com", **changes), issued(booking_id))
    await sms.until(f"mail:confirmation:{booking_id}:3", "sent")
    await sms.say(an_otp())
    await sms.until("sms:otp:chl_1:1", "delivered")
    assert [message["body"][:6] for message in await sms.messages()] == ["482913"]


async def test_a_phone_from_the_counter_gets_the_ticket_and_nothing_else(sms: Sms) -> None:
    booking_id = a_booking_id()
    ticket = issued(booking_id, user_id="usr_counter").model_copy(update={"contact": Contact(phone=PHONE)})
    await sms.say(ticket)
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    ended = cancelled(booking_id).model_copy(update={"user_id": UserId("usr_counter")})
    await sms.say(ended)
    await sms.until(f"sms:cancellation:{booking_id}:4", "suppressed")
    assert len(await sms.messages()) == 1


async def test_messages_are_in_the_language_of_the_recipient(sms: Sms) -> None:
    booking_id = a_booking_id()
    await sms.say(a_user(language="hi-IN"), issued(booking_id), an_otp(language="ta"))
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    await sms.until("sms:otp:chl_1:1", "delivered")
    bodies = {message["body"] for message in await sms.messages()}
    assert any("बुकिंग पक्की" in body for body in bodies)
    assert any("குறியீடு" in body for body in bodies)


async def test_a_number_that_sent_stop_is_not_written_to_any_more(sms: Sms) -> None:
    await sms.sim("numbers", number=PHONE, afterMs=DELIVER_LATE)
    first, second = a_booking_id(), a_booking_id()
    await sms.say(a_user(), issued(first))
    document = await sms.until(f"sms:confirmation:{first}:3", "sent")
    await sms.sim(f"messages/{document['provider_id']}/status", status="undelivered", errorCode=21610)
    await sms.until(f"sms:confirmation:{first}:3", "suppressed")
    await sms.say(issued(second))
    await sms.until(f"sms:confirmation:{second}:3", "suppressed")
    assert len(await sms.calls()) == 1


async def test_a_refusal_for_stop_suppresses_the_number(sms: Sms) -> None:
    await sms.sim("numbers", number=PHONE, stopped=True)
    first, second = a_booking_id(), a_booking_id()
    await sms.say(a_user(), issued(first))
    await sms.until(f"sms:confirmation:{first}:3", "suppressed")
    await sms.say(issued(second))
    await sms.until(f"sms:confirmation:{second}:3", "suppressed")
    assert len(await sms.calls()) == 1


async def test_statuses_in_any_order_end_alike(sms: Sms) -> None:
    await sms.sim("webhooks", shuffle=True, duplicates=2)
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    document = await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    await sms.sim("webhooks")
    await sms.sim(f"messages/{document['provider_id']}/status", status="sent", webhooks={"beforeResponse": True})
    assert (await sms.notify.delivery(f"sms:confirmation:{booking_id}:3"))["status"] == "delivered"


async def test_a_status_with_another_signature_changes_nothing(sms: Sms) -> None:
    await sms.sim("numbers", number=PHONE, afterMs=DELIVER_LATE)
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    document = await sms.until(f"sms:confirmation:{booking_id}:3", "sent")
    forged = {"badSignature": True, "beforeResponse": True}
    await sms.sim(f"messages/{document['provider_id']}/status", status="failed", webhooks=forged)
    async with sms.twilio.get("/_sim/deliveries") as response:
        assert (await response.json())[-1]["attempts"][0]["status"] == 400
    for headers in ({}, {"X-Twilio-Signature": "x"}):
        async with sms.twilio.post(f"{sms.url}{STATUS}", data={"a": "b"}, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "invalid_signature")
    assert (await sms.notify.delivery(f"sms:confirmation:{booking_id}:3"))["status"] == "sent"


async def test_where_no_callback_comes_twilio_is_asked(sms: Sms) -> None:
    await sms.sim("webhooks", drop=1)
    booking_id = a_booking_id()
    delivery_id = f"sms:confirmation:{booking_id}:3"
    await sms.say(a_user(), issued(booking_id))
    await sms.until(delivery_id, "sent")

    async def arrived() -> bool:
        return [message["status"] for message in await sms.messages()] == ["delivered"]

    await until(arrived)
    await sms.look_now(delivery_id)
    await sms.until(delivery_id, "delivered")
    assert len(await sms.calls()) == 1


@pytest.mark.parametrize(("code", "status"), [(30007, "failed"), (30005, "bounced")])
async def test_what_the_carrier_will_never_deliver_is_not_tried_again(sms: Sms, code: int, status: str) -> None:
    await sms.sim("numbers", number=PHONE, outcome="undelivered", errorCode=code)
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    document = await sms.until(f"sms:confirmation:{booking_id}:3", status)
    assert str(code) in document["detail"]
    assert "look_at" not in document


async def test_a_handset_that_could_not_be_reached_is_tried_once_more_later(sms: Sms) -> None:
    await sms.sim("numbers", number=PHONE, outcome="undelivered", errorCode=30003)
    booking_id = a_booking_id()
    delivery_id = f"sms:confirmation:{booking_id}:3"
    await sms.say(a_user(), issued(booking_id))

    async def queued_again() -> bool:
        return "repeated_at" in await sms.notify.delivery(delivery_id)

    await until(queued_again)
    assert (await sms.notify.delivery(delivery_id))["due_at"] > datetime.now(UTC) + timedelta(minutes=9)
    await sms.send_now(delivery_id)
    await sms.until(delivery_id, "failed")
    assert len(await sms.calls()) == 2


async def test_a_timeout_never_doubles_a_code(sms: Sms) -> None:
    await sms.sim("faults", kind="timeout_after_commit", times=1)
    await sms.say(an_otp())
    await sms.until("sms:otp:chl_1:1", "failed")
    assert len(await sms.messages()) == len(await sms.calls()) == 1


@pytest.mark.parametrize("kind", ["timeout_after_commit", "reset_after"])
async def test_a_message_whose_answer_was_lost_is_looked_for_and_not_sent_again(sms: Sms, kind: str) -> None:
    await sms.sim("faults", kind=kind, route="POST /2010-04-01", times=1)
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    assert len(await sms.calls()) == len(await sms.messages()) == 1
    assert len(await sms.calls("GET")) >= 1


async def test_an_outage_delays_messages_and_loses_none(sms: Sms, simulator: Simulator) -> None:
    simulator.stop()
    bookings = [a_booking_id() for _ in range(3)]
    await sms.say(a_user(), *(issued(booking_id) for booking_id in bookings))
    for booking_id in bookings:

        async def tried(delivery_id: str = f"sms:confirmation:{booking_id}:3") -> bool:
            return bool((await sms.notify.delivery(delivery_id)).get("attempts", 0) >= 2)

        await until(tried)
    simulator.start()
    for booking_id in bookings:
        await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    assert len(await sms.messages()) == 3


async def test_errors_of_the_server_are_tried_again_until_they_end(sms: Sms) -> None:
    await sms.sim("faults", kind="status", value=503, route="POST /2010-04-01")
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))

    async def tried() -> bool:
        return len(await sms.calls()) >= 4

    await until(tried)
    await sms.no_faults()
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    assert len(await sms.messages()) == 1


async def test_too_many_requests_wait_and_codes_too(sms: Sms) -> None:
    await sms.sim("faults", kind="status", value=429, times=2)
    await sms.say(an_otp())
    await sms.until("sms:otp:chl_1:1", "delivered")
    assert len(await sms.messages()) == 1


async def test_a_code_that_is_too_old_is_not_sent_any_more(sms: Sms) -> None:
    await sms.sim("faults", kind="status", value=429)
    await sms.say(an_otp(seconds=5))
    await sms.until("sms:otp:chl_1:1", "failed")
    assert await sms.messages() == []


async def test_a_code_that_was_asked_for_while_nobody_listened_is_not_sent_when_it_is_too_old(sms: Sms) -> None:
    await sms.say(an_otp(seconds=-1), an_otp(2))
    await sms.until("sms:otp:chl_1:1", "suppressed")
    await sms.until("sms:otp:chl_1:2", "delivered")
    assert len(await sms.messages()) == 1


async def test_what_has_arrived_stays_so(sms: Sms) -> None:
    booking_id = a_booking_id()
    delivery_id = f"sms:confirmation:{booking_id}:3"
    await sms.say(a_user(), issued(booking_id))
    document = await sms.until(delivery_id, "delivered")
    for status, code in (("undelivered", 30007), ("failed", 30008)):
        await sms.sim(
            f"messages/{document['provider_id']}/status",
            status=status,
            errorCode=code,
            webhooks={"beforeResponse": True},
        )
    assert (await sms.notify.delivery(delivery_id))["status"] == "delivered"


async def test_a_message_that_could_not_be_delivered_is_not_found_in_place_of_the_one_sent_again(sms: Sms) -> None:
    await sms.sim("numbers", number=PHONE, outcome="undelivered", errorCode=30003)
    await sms.sim("faults", kind="status", value=503, route="POST /2010-04-01", times=1)
    booking_id = a_booking_id()
    delivery_id = f"sms:confirmation:{booking_id}:3"
    await sms.say(a_user(), issued(booking_id))

    async def queued_again() -> bool:
        return "repeated_at" in await sms.notify.delivery(delivery_id)

    await until(queued_again)
    await sms.sim("numbers", number=PHONE, outcome="delivered")
    await sms.send_now(delivery_id)
    await sms.until(delivery_id, "delivered")
    assert len(await sms.messages()) == 2


async def test_a_ticket_asked_for_again_is_not_found_in_the_text_that_went_out_before(sms: Sms) -> None:
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    await sms.sim("faults", kind="status", value=503, route="POST /2010-04-01", times=1)
    await sms.say(resend(booking_id))
    await sms.until(f"sms:resend:{booking_id}:1", "delivered")
    assert len(await sms.messages()) == 2


async def test_a_phone_is_not_written_to_the_log(sms: Sms, caplog: pytest.LogCaptureFixture) -> None:
    await sms.sim("faults", kind="timeout_after_commit", times=1, route="POST /2010-04-01")
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id))
    await sms.until(f"sms:confirmation:{booking_id}:3", "sent")
    assert PHONE[1:] not in caplog.text


async def test_a_ticket_that_is_asked_for_again_and_a_cancellation_are_told(sms: Sms) -> None:
    booking_id = a_booking_id()
    await sms.say(a_user(), issued(booking_id), resend(booking_id))
    await sms.until(f"sms:confirmation:{booking_id}:3", "delivered")
    await sms.until(f"sms:resend:{booking_id}:1", "delivered")
    await sms.say(cancelled(booking_id))
    await sms.until(f"sms:cancellation:{booking_id}:4", "delivered")
    assert "Rs 1,274.60" in (await sms.messages())[-1]["body"]


async def test_many_at_once_are_each_sent_once(sms: Sms) -> None:
    await sms.sim("faults", kind="latency", value=100)
    events = [an_otp().model_copy(update={"challenge_id": f"chl_{number}"}) for number in range(12)]
    await sms.say(*events)
    await asyncio.gather(*(sms.until(f"sms:otp:{event.challenge_id}:1", "delivered") for event in events))
    assert len(await sms.messages()) == 12
