"""Where webhooks may lead, how they are signed, when they are sent again, and when no more."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook as Verifier
from yarl import URL

from notify.settings import Settings
from notify.webhooks import signing
from notify.webhooks.addresses import REFUSED, Addresses
from notify.webhooks.client import PartnerClient
from notify.webhooks.domain import Attempt, Status, Webhook, WebhookDelivery, next_attempt, reason_to_disable
from notify.webhooks.schemas import NewWebhook

NOW = datetime(2026, 12, 5, 10, tzinfo=UTC)
PAUSES = Settings.model_fields["webhook_retry_seconds"].default
PUBLIC = ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")
LOOPBACK = ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "::127.0.0.1")
NEVER = (
    "0.0.0.0",
    "::",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "::ffff:192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:a00:1::1",
    "::10.0.0.1",
    "no address",
)


def a_webhook(url: str, **more: Any) -> Webhook:
    secret = signing.new_secret()
    whole = Webhook("whk_1", url, ("booking.confirmed",), None, True, secret, "usr_1", NOW, NOW, 1)
    return replace(whole, **more)


def a_delivery() -> WebhookDelivery:
    return WebhookDelivery("wdl_1", "whk_1", "booking.confirmed", "msg_1", '{"a":1}', Status.PENDING, NOW)


@pytest.mark.parametrize("is_development", [True, False])
def test_public_addresses_are_called_encrypted_and_the_machine_itself_in_development(is_development: bool) -> None:
    rule = Addresses(allows_loopback=is_development)
    for address in PUBLIC:
        assert rule.permits(address, is_encrypted=True), address
        assert not rule.permits(address, is_encrypted=False), address
    for address in LOOPBACK:
        assert rule.permits(address, is_encrypted=True) is is_development, address
        assert rule.permits(address, is_encrypted=False) is is_development, address
    for address in NEVER:
        assert not rule.permits(address, is_encrypted=True), address


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://localhost/",
        "https://x.localhost/",
        "https://redis/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://partner.invalid/",
        "https://1.0.0.127.in-addr.arpa/",
        "https://redis./",
    ],
)
def test_a_name_that_is_no_public_server_is_refused_before_it_is_resolved(url: str) -> None:
    assert Addresses(allows_loopback=False).objection_to_name(URL(url))


def test_one_address_that_is_not_public_spoils_a_name() -> None:
    rule = Addresses(allows_loopback=True)
    assert rule.objection_to(URL("https://a.example/"), ["93.184.216.34"]) is None
    assert rule.objection_to(URL("https://a.example/"), ["93.184.216.34", "10.0.0.1"])
    assert rule.objection_to(URL("http://a.example/"), ["93.184.216.34"]) == "needs https"
    assert rule.objection_to(URL("http://localhost/"), ["127.0.0.1", "::1"]) is None


async def test_a_name_that_does_not_resolve_now_is_judged_at_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    rule = Addresses(allows_loopback=True)
    assert await rule.objection(URL("https://partner.example/")) is None
    assert await rule.objection(URL("http://partner.example/")) == "needs https"


@pytest.fixture
async def listener() -> AsyncIterator[tuple[int, list[object]]]:
    """A port of this machine, and who has connected to it."""
    connected: list[object] = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], connected


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "partner.example"])
async def test_nobody_is_connected_to_at_an_address_that_is_not_permitted(
    listener: tuple[int, list[object]], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    port, connected = listener

    def resolved(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)  # the name has come to mean this machine
    body = NewWebhook.model_validate({"url": f"https://{host}:{port}/", "events": ["booking.confirmed"]})
    async with PartnerClient(Addresses(allows_loopback=False), 5) as client:
        attempt = await client.send(a_webhook(body.url), a_delivery())
    assert (attempt.status, attempt.error, connected) == (None, REFUSED, [])
    async with PartnerClient(Addresses(allows_loopback=True), 5) as client:
        await client.send(a_webhook(body.url), a_delivery())
    assert len(connected) == 1


def test_a_host_is_stored_as_servers_read_it() -> None:
    for written in ("http://2130706433/x", "http://0x7f.1/x", "http://127.1/x", "HTTP://127.0.0.1/x"):
        assert NewWebhook.model_validate({"url": written, "events": ["booking.confirmed"]}).url == "http://127.0.0.1/x"


@pytest.mark.parametrize(
    "bad",
    [
        {"url": "ftp://a.example/"},
        {"url": "https://user:pass@a.example/"},
        {"url": "https://a.example/#part"},
        {"url": "//a.example/"},
        {"url": "javascript:1"},
        {"url": "https://"},
        {"events": []},
        {"events": ["booking.confirmed.v1"]},
        {"events": ["booking.confirmed", "booking.confirmed"]},
        {"events": ["booking.ticket_issued"]},
        {"events": ["identity.user_changed"]},
        {"theaterIds": []},
        {"theaterIds": ["x"]},
        {"enabled": "true"},
        {"secret": "whsec_mine"},
    ],
)
def test_what_is_no_webhook_is_refused(bad: dict[str, Any]) -> None:
    good = {"url": "https://a.example/x", "events": ["booking.confirmed"]}
    assert NewWebhook.model_validate(good).enabled
    with pytest.raises(ValidationError) as refused:
        NewWebhook.model_validate({**good, **bad})
    assert {str(one["loc"][0]) for one in refused.value.errors()} == set(bad)


def test_a_signature_is_one_that_receivers_verify() -> None:
    secret, at, body = signing.new_secret(), datetime.now(UTC), '{"type":"booking.confirmed"}'
    headers = signing.headers(secret, "msg_1", at, body)
    assert Verifier(secret).verify(body, headers) == {"type": "booking.confirmed"}
    assert headers["webhook-signature"].startswith("v1,")
    # The example of the specification's own tests.
    known = signing.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        '{"test": 2432232314}',
    )
    assert known["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_delivery_is_tried_over_three_days_with_growing_pauses() -> None:
    failed, at, ats = Attempt(NOW, 5, 500), NOW, [NOW]
    for tries in range(1, len(PAUSES) + 1):
        due = next_attempt(failed, tries, PAUSES, 0.5, now=at)
        assert due is not None
        at = due
        ats.append(at)
    assert next_attempt(failed, len(PAUSES) + 1, PAUSES, 0.5, now=at) is None
    pauses = [later - earlier for earlier, later in itertools.pairwise(ats)]
    assert pauses == sorted(pauses)
    assert timedelta(days=3) <= ats[-1] - NOW <= timedelta(days=3, hours=9)


def test_a_partner_may_ask_for_a_longer_pause_and_not_for_any() -> None:
    def due(seconds: float) -> datetime | None:
        return next_attempt(Attempt(NOW, 5, 429, retry_after=timedelta(seconds=seconds)), 1, PAUSES, 0, now=NOW)

    assert due(1) == NOW + timedelta(seconds=5)
    assert due(60) == NOW + timedelta(seconds=60)
    assert due(10**6) == NOW + timedelta(hours=1)


def test_a_webhook_is_disabled_after_days_of_failure_or_where_it_is_gone() -> None:
    days, since = timedelta(days=5), NOW - timedelta(days=5)
    assert reason_to_disable(Attempt(NOW, 5, 500), since, days, now=NOW) == "failing"
    assert reason_to_disable(Attempt(NOW, 5, 500), since + timedelta(seconds=1), days, now=NOW) is None
    assert reason_to_disable(Attempt(NOW, 5, 500), None, days, now=NOW) is None
    assert reason_to_disable(Attempt(NOW, 5, 204), since, days, now=NOW) is None
    assert reason_to_disable(Attempt(NOW, 5, 410), None, days, now=NOW) == "gone"
