"""The real Twilio SDK against the simulator: what is taken, what is refused, and how callbacks tell of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest
from simulators.tests.conftest import Inbox, Sim
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from simulators import process

TO = "+919876543210"
Send = Callable[..., Any]


@pytest.fixture(scope="session")
def twilio_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Simulator]:
    simulator = process.twilio(tmp_path_factory.mktemp("twilio"))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def twilio_sim(twilio_process: process.Simulator, inbox: Inbox, eventually: Callable[..., None]) -> Sim:
    """An empty Twilio."""
    control = Sim(twilio_process.url)
    eventually(control.is_still)
    control.post("reset")
    inbox.received.clear()
    return control


def _client(http: AsyncTwilioHttpClient, url: str, token: str = process.TWILIO_AUTH_TOKEN) -> Client:
    client = Client(process.TWILIO_ACCOUNT_SID, token, http_client=http)
    client.api.base_url = url
    return client


@pytest.fixture
async def http() -> AsyncIterator[AsyncTwilioHttpClient]:
    async with AsyncTwilioHttpClient() as client:
        yield client


@pytest.fixture
async def twilio(http: AsyncTwilioHttpClient, twilio_sim: Sim) -> Client:
    return _client(http, twilio_sim.url)


async def sent(client: Client, **fields: Any) -> Any:
    given = {"to": TO, "from_": process.TWILIO_FROM, "body": "Your seats: C7"}
    return await client.messages.create_async(**{**given, **fields})


def statuses(inbox: Inbox) -> list[str]:
    return [dict(parse_qsl(body.decode()))["MessageStatus"] for _, body in inbox.received]


async def test_a_message_is_taken_as_queued_and_its_numbers_are_text(twilio: Client, twilio_sim: Sim) -> None:
    message = await sent(twilio)
    last = twilio.http_client._test_only_last_response
    assert last.status_code == 201
    assert (message.status, message.num_segments, message.num_media) == ("queued", "1", "0")
    assert (message.direction, message.date_sent, message.error_code) == ("outbound-api", None, None)
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    [listed] = twilio_sim.get("messages")
    assert (listed["sid"], listed["to"], listed["body"]) == (message.sid, TO, "Your seats: C7")


async def test_a_service_accepts_without_a_sender(twilio: Client) -> None:
    message = await sent(twilio, from_=None, messaging_service_sid=process.TWILIO_MESSAGING_SERVICE_SID)
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")


async def test_a_message_reaches_the_handset_by_itself_and_each_step_is_told(
    twilio: Client, twilio_sim: Sim, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    message = await sent(twilio, status_callback=inbox.url)
    eventually(lambda: len(inbox.received) == 3)
    assert statuses(inbox) == ["sending", "sent", "delivered"]
    again = await twilio.messages(message.sid).fetch_async()
    assert (again.status, again.date_sent is not None) == ("delivered", True)


async def test_callbacks_are_signed_over_address_and_fields(
    twilio: Client, twilio_sim: Sim, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    url = f"{inbox.url}?house=1"
    await sent(twilio, status_callback=url)
    eventually(lambda: len(inbox.received) == 3)
    validator = RequestValidator(process.TWILIO_AUTH_TOKEN)
    for headers, body in inbox.received:
        fields = dict(parse_qsl(body.decode()))
        assert validator.validate(url, fields, headers["x-twilio-signature"])
        assert not validator.validate(url, {**fields, "MessageStatus": "read"}, headers["x-twilio-signature"])
    twilio_sim.post("webhooks", {"badSignature": True})
    inbox.received.clear()
    await sent(twilio, status_callback=url)
    eventually(lambda: len(inbox.received) == 3)
    headers, body = inbox.received[0]
    assert not validator.validate(url, dict(parse_qsl(body.decode())), headers["x-twilio-signature"])


async def test_shuffled_callbacks_come_in_another_order_and_may_be_dropped(
    twilio: Client, twilio_sim: Sim, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    twilio_sim.post("webhooks", {"shuffle": True})
    await sent(twilio, status_callback=inbox.url)
    eventually(lambda: len(inbox.received) == 3)
    assert sorted(statuses(inbox)) == ["delivered", "sending", "sent"]
    assert statuses(inbox) != ["sending", "sent", "delivered"]
    twilio_sim.post("webhooks", {"drop": 1})
    inbox.received.clear()
    await sent(twilio, status_callback=inbox.url)
    eventually(lambda: [one["state"] for one in twilio_sim.get("deliveries")].count("dropped") == 3)
    assert inbox.received == []


async def test_a_callback_that_is_refused_is_tried_once_more(
    twilio: Client, twilio_sim: Sim, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    inbox.answers[:] = [503] * 4
    await sent(twilio, status_callback=inbox.url)
    eventually(lambda: len(inbox.received) == 3)
    assert statuses(inbox) == ["sending", "sent", "delivered"]
    eventually(twilio_sim.is_still)
    twilio_sim.post("clock/advance", {"seconds": 61})
    eventually(lambda: max(one["state"] for one in twilio_sim.get("deliveries")) != "pending")
    assert len(inbox.received) == 6
    assert sorted(one["state"] for one in twilio_sim.get("deliveries")) == ["delivered", "delivered", "failed"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550009"}, 21614),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": None}, 21603),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "what?!"}, 21212),
        ({"from_": None, "messaging_service_sid": "MG1"}, 21701),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_its_code(twilio: Client, fields: Any, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await sent(twilio, **fields)
    assert (refused.value.status, refused.value.code) == (400, code)


async def test_a_wrong_token_and_an_unknown_message_are_refused(
    twilio: Client, http: AsyncTwilioHttpClient, twilio_sim: Sim
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await sent(_client(http, twilio_sim.url, "wrong"))
    assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException) as missing:
        await twilio.messages(f"SM{'0' * 32}").fetch_async()
    assert (missing.value.status, missing.value.code) == (404, 20404)


async def test_a_number_that_sent_stop_is_not_written_to_any_more(twilio: Client, twilio_sim: Sim) -> None:
    message = await sent(twilio)
    answer = twilio_sim.post(f"messages/{message.sid}/status", {"status": "undelivered", "errorCode": 21610})
    assert (answer["status"], answer["error_code"]) == ("undelivered", 21610)
    with pytest.raises(TwilioRestException) as refused:
        await sent(twilio)
    assert refused.value.code == 21610
    await sent(twilio, to="+919876500000")


async def test_the_carrier_may_say_what_it_likes_but_the_message_goes_forward_only(
    twilio: Client, twilio_sim: Sim, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    twilio_sim.post("numbers", {"number": TO, "outcome": "undelivered", "errorCode": 30003})
    message = await sent(twilio, status_callback=inbox.url)
    eventually(lambda: statuses(inbox)[-1:] == ["undelivered"])
    fields = dict(parse_qsl(inbox.received[-1][1].decode()))
    assert (fields["ErrorCode"], fields["MessageSid"], fields["To"]) == ("30003", message.sid, TO)
    twilio_sim.post(f"messages/{message.sid}/status", {"status": "sent"})
    eventually(lambda: statuses(inbox)[-1] == "sent")
    assert (await twilio.messages(message.sid).fetch_async()).status == "undelivered"


async def test_messages_are_listed_by_recipient_and_date_newest_first(twilio: Client) -> None:
    first, second = await sent(twilio, body="1"), await sent(twilio, body="2")
    await sent(twilio, to="+919876500000")
    listed = await twilio.messages.list_async(to=TO, date_sent_after=datetime.now(UTC) - timedelta(minutes=1))
    assert [message.sid for message in listed] == [second.sid, first.sid]
    assert await twilio.messages.list_async(to=TO, date_sent_after=datetime.now(UTC) + timedelta(minutes=1)) == []
    assert len(await twilio.messages.list_async(page_size=2)) == 3


async def test_letters_beyond_gsm_7_make_a_text_longer(twilio: Client) -> None:
    assert (await sent(twilio, body="x" * 160)).num_segments == "1"
    assert (await sent(twilio, body="x" * 161)).num_segments == "2"
    assert (await sent(twilio, body="₹" + "x" * 70)).num_segments == "2"
    assert (await sent(twilio, body="{" * 80)).num_segments == "1"


async def test_faults_break_calls_as_at_other_providers(twilio: Client, twilio_sim: Sim) -> None:
    twilio_sim.fault(kind="status", value=429, times=1)
    with pytest.raises(TwilioRestException) as busy:
        await sent(twilio)
    assert (busy.value.status, busy.value.code) == (429, 20429)
    twilio_sim.fault(kind="html", value=502, times=1)
    with pytest.raises(TwilioRestException) as broken:
        await sent(twilio)
    assert broken.value.code == 502
    twilio_sim.fault(route="POST /2010-04-01/Accounts/*/Messages.json", kind="reset_after", times=1)
    with pytest.raises(aiohttp.ClientError):
        await sent(twilio)
    assert len(twilio_sim.get("messages")) == 1
    assert [call["status"] for call in twilio_sim.get("calls")] == [429, 502, None]


async def test_what_was_answered_survives_a_kill_and_goes_on(
    tmp_path: Path, http: AsyncTwilioHttpClient, inbox: Inbox, eventually: Callable[..., None]
) -> None:
    simulator = process.twilio(tmp_path)
    simulator.start()
    control = Sim(simulator.url)
    control.post("numbers", {"number": TO, "afterMs": 3_600_000})
    message = await sent(_client(http, simulator.url), status_callback=inbox.url)
    eventually(lambda: statuses(inbox) == ["sending", "sent"])
    simulator.kill()
    simulator.start()
    try:
        eventually(lambda: statuses(inbox)[-1] == "delivered")
        assert control.get("messages")[0]["sid"] == message.sid
    finally:
        simulator.stop()
