"""Partners' webhooks: who is told of what, what becomes of those that fail, and who may make and see them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.notify.tests.conftest import ADDRESS, Running, a_user
from services.notify.tests.factories import a_booking_id, cancelled, issued
from services.notify.tests.partners import (
    ADMIN,
    HERE,
    MANAGER,
    SIGNER,
    STRANGER,
    THERE,
    Partner,
    Webhooks,
    confirmed,
    expired,
    partner_server,
    running_webhooks,
)
from standardwebhooks import Webhook as Verifier

from contracts.booking import BookingExpired
from stack.testing import listening
from stack.waiting import until


@pytest.fixture
async def identity(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    async with SIGNER.serving() as url:
        monkeypatch.setenv("IDENTITY_URL", url)
        monkeypatch.setenv("WEBHOOK_RETRY_SECONDS", "[0.1]")
        yield


@pytest.fixture
async def webhooks(outside: Running, identity: None) -> AsyncIterator[Webhooks]:
    async with running_webhooks(outside) as webhooks:
        yield webhooks


@pytest.fixture
async def partner() -> AsyncIterator[Partner]:
    async with partner_server() as partner:
        yield partner


async def test_an_event_is_sent_signed_to_who_wants_it_of_that_theater(webhooks: Webhooks, partner: Partner) -> None:
    whole = await webhooks.made(partner, "booking.confirmed", "booking.expired")
    async with partner_server() as other:
        await webhooks.made(other, "booking.confirmed", caller=MANAGER)
        there, here, lapsed = confirmed(THERE), confirmed(HERE), expired()
        await webhooks.say(there, here, lapsed, cancelled(a_booking_id()))
        await until(lambda: (len(partner.got), len(other.got)) == (3, 1))
        assert other.bookings == [here.booking_id]
    assert sorted(partner.bookings) == sorted([there.booking_id, here.booking_id, lapsed.booking_id])
    for headers, body in partner.got:
        told = Verifier(whole["secret"]).verify(body, headers)
        assert told["timestamp"].endswith("Z")
        assert headers["Content-Type"] == "application/json"
    (sent,) = [each for each in partner.bodies if each["data"]["bookingId"] == here.booking_id]
    assert (sent["type"], sent["data"]["theaterId"], sent["data"]["amount"]) == ("booking.confirmed", HERE, 100)
    log = await webhooks.until_log(whole, *["delivered"] * 3)
    assert {each["messageId"] for each in log} == {headers["webhook-id"] for headers, _ in partner.got}
    assert {each["attempts"][0]["status"] for each in log} == {204}


async def test_what_fails_is_sent_again_with_the_same_id_and_recovered_by_hand(
    webhooks: Webhooks, partner: Partner
) -> None:
    partner.status = 302  # is not followed
    since = datetime.now(UTC)
    webhook = await webhooks.made(partner)
    await webhooks.say(confirmed())
    (lost,) = await webhooks.until_log(webhook, "failed")
    assert [attempt["status"] for attempt in lost["attempts"]] == [302, 302]
    assert "nextAttemptAt" not in lost
    shown = (await webhooks.call("GET", f"/{webhook['id']}")).body
    assert datetime.fromisoformat(shown["failingSince"]) >= since - timedelta(seconds=1)
    partner.status = 200
    answer = await webhooks.call("POST", f"/{webhook['id']}/recover", {"since": since.isoformat()})
    assert (answer.status, answer.body["count"]) == (202, 1)
    await webhooks.until_log(webhook, "delivered")
    assert "failingSince" not in (await webhooks.call("GET", f"/{webhook['id']}")).body
    again = await webhooks.call("POST", f"/{webhook['id']}/deliveries/{lost['id']}/redeliver")
    assert (again.status, again.body["id"]) == (202, lost["id"])
    await until(lambda: len(partner.got) == 4)
    assert len({headers["webhook-id"] for headers, _ in partner.got}) == 1
    assert len({body for _, body in partner.got}) == 1
    late = await webhooks.call("POST", f"/{webhook['id']}/recover", {"since": datetime.now(UTC).isoformat()})
    assert late.body["count"] == 0
    missing = await webhooks.call("POST", f"/{webhook['id']}/deliveries/wdl_x/redeliver")
    assert (missing.status, missing.body["code"]) == (404, "delivery_not_found")


async def test_a_partner_that_never_answers_holds_up_neither_others_nor_mails(
    webhooks: Webhooks, partner: Partner
) -> None:
    partner.hangs = True
    await webhooks.made(partner)
    async with partner_server() as quick:
        await webhooks.made(quick)
        booking = a_booking_id()
        events = [confirmed() for _ in range(20)]
        await webhooks.say(a_user(), *events, issued(booking))
        await until(lambda: sorted(quick.bookings) == sorted(event.booking_id for event in events))
        await webhooks.running.until(f"mail:confirmation:{booking}:3", "sent")
        assert len(partner.got) <= 8


async def test_a_webhook_that_fails_for_days_is_disabled_and_its_maker_told_by_mail(
    outside: Running, identity: None, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_DISABLE_HOURS", "0.00001")
    partner.status = 500
    async with running_webhooks(outside) as webhooks:
        webhook = await webhooks.made(partner)
        await webhooks.say(a_user(), confirmed())

        async def is_disabled() -> bool:
            return not (await webhooks.call("GET", f"/{webhook['id']}")).body["enabled"]

        await until(is_disabled)
        assert (await webhooks.call("GET", f"/{webhook['id']}")).body["disabledReason"] == "failing"
        await outside.until(f"mail:webhook_disabled:{webhook['id']}:1", "sent")
        (mail,) = await outside.caught(ADDRESS)
        assert (mail["subject"], webhook["id"] in mail["text"]) == ("A webhook was disabled", True)
        assert partner.url not in mail["text"]  # it may bear a secret
        await webhooks.say(confirmed())
        await webhooks.until_log(webhook, "failed", "skipped")
        path = f"/{webhook['id']}"
        for call, body in (("/recover", {"since": "2026-01-01T00:00:00Z"}),):
            refused = await webhooks.call("POST", path + call, body)
            assert (refused.status, refused.body["code"]) == (409, "webhook_disabled")
        partner.status = 200
        enabled = (await webhooks.call("PATCH", path, {"enabled": True})).body
        assert (enabled["enabled"], "disabledReason" in enabled, "failingSince" in enabled) == (True, False, False)
        recovered = await webhooks.call("POST", f"{path}/recover", {"since": "2026-01-01T00:00:00Z"})
        assert recovered.body["count"] == 2
        await webhooks.until_log(webhook, "delivered", "delivered")


async def test_a_partner_that_takes_one_of_two_does_not_fail(
    outside: Running, identity: None, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_RETRY_SECONDS", "[3600]")
    async with running_webhooks(outside) as webhooks:
        webhook = await webhooks.made(partner, enabled=False)
        first, second = confirmed(), confirmed()
        await webhooks.say(first, second)
        await webhooks.until_log(webhook, "skipped", "skipped")
        partner.refuses = first.booking_id
        path = f"/{webhook['id']}"
        await webhooks.call("PATCH", path, {"enabled": True})
        await webhooks.call("POST", f"{path}/recover", {"since": "2026-01-01T00:00:00Z"})
        await until(lambda: len(partner.got) == 2)

        async def is_well() -> bool:
            log = (await webhooks.call("GET", f"{path}/deliveries")).body["items"]
            shown = (await webhooks.call("GET", path)).body
            return all(delivery["attempts"] for delivery in log) and "failingSince" not in shown

        await until(is_well)


async def test_what_waits_for_its_next_attempt_is_recovered_at_once(
    outside: Running, identity: None, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_RETRY_SECONDS", "[3600]")
    partner.status = 503
    async with running_webhooks(outside) as webhooks:
        webhook = await webhooks.made(partner)
        await webhooks.say(confirmed())

        async def waits() -> bool:
            return [len(each["attempts"]) for each in await webhooks.log(webhook)] == [1]

        await until(waits)
        (waiting,) = await webhooks.until_log(webhook, "pending")
        assert datetime.fromisoformat(waiting["nextAttemptAt"]) > datetime.now(UTC) + timedelta(minutes=59)
        partner.status = 200
        answer = await webhooks.call("POST", f"/{webhook['id']}/recover", {"since": waiting["createdAt"]})
        assert answer.body["count"] == 1
        await webhooks.until_log(webhook, "delivered")


async def test_who_is_stored_while_a_round_unbinds_is_told_all_the_same(webhooks: Webhooks, partner: Partner) -> None:
    rounds, stored = webhooks.running.db["webhook_rounds"], webhooks.running.db["webhooks"]
    under_way = {"$set": {"until": datetime.now(UTC) + timedelta(minutes=1)}}
    await rounds.update_one({"_id": "unbinding"}, under_way, upsert=True)
    making = asyncio.create_task(webhooks.made(partner, "booking.expired"))

    async def is_stored() -> bool:
        return bool(await stored.count_documents({}) == 1)

    await until(is_stored)
    await webhooks.running.publisher.bind("notify", [], [BookingExpired])  # the round saw nobody who wants it
    assert not making.done()
    await rounds.update_one({"_id": "unbinding"}, {"$unset": {"until": ""}})
    await making
    await webhooks.say(expired())
    await until(lambda: len(partner.got) == 1)


async def test_what_was_being_sent_when_the_process_ended_is_sent_again(
    outside: Running, identity: None, partner: Partner
) -> None:
    partner.hangs = True
    async with running_webhooks(outside) as webhooks:
        webhook = await webhooks.made(partner)
        await webhooks.say(confirmed())
        await until(lambda: len(partner.got) == 1)
    partner.hangs = False
    partner.release.set()
    over = {"$set": {"due_at": datetime.now(UTC)}}  # the leases are over
    await outside.db["webhook_deliveries"].update_many({"due_at": {"$exists": True}}, over)
    await outside.db["webhooks"].update_many({}, over)
    async with running_webhooks(outside) as webhooks:
        await webhooks.until_log(webhook, "delivered")
    assert len({headers["webhook-id"] for headers, _ in partner.got}) == 1


async def test_what_was_being_sent_when_another_process_disabled_the_webhook_has_arrived_all_the_same(
    webhooks: Webhooks, partner: Partner
) -> None:
    partner.hangs = True
    webhook = await webhooks.made(partner)
    await webhooks.say(confirmed(), confirmed())
    await until(lambda: len(partner.got) == 2)
    partner.refuses = str(partner.bookings[1])
    assert (await webhooks.call("PATCH", f"/{webhook['id']}", {"enabled": False})).status == 200
    skipped = {"$set": {"status": "skipped"}, "$unset": {"due_at": ""}}
    await webhooks.running.db["webhook_deliveries"].update_many({}, skipped)
    partner.release.set()
    logged = await webhooks.until_log(webhook, "delivered", "skipped")
    assert [len(each["attempts"]) for each in logged] == [1, 1]


async def test_a_server_that_says_gone_is_sent_nothing_more(webhooks: Webhooks, partner: Partner) -> None:
    partner.status = 410
    webhook = await webhooks.made(partner)
    await webhooks.say(confirmed())

    async def reason() -> Any:
        return (await webhooks.call("GET", f"/{webhook['id']}")).body.get("disabledReason")

    await until(reason)
    assert await reason() == "gone"
    await webhooks.until_log(webhook, "skipped")
    assert len(partner.got) == 1


async def test_managers_have_webhooks_of_their_theaters_alone(webhooks: Webhooks, partner: Partner) -> None:
    own = await webhooks.made(partner, caller=MANAGER)
    assert own["theaterIds"] == [HERE]
    whole = await webhooks.made(partner)
    assert whole["theaterIds"] is None
    body = {"url": partner.url, "events": ["booking.confirmed"]}
    foreign = await webhooks.call("POST", "", {**body, "theaterIds": [THERE]}, caller=MANAGER)
    assert (foreign.status, foreign.body["code"]) == (403, "forbidden")
    silent = await webhooks.call("POST", "", {**body, "events": ["seating.seats_sold"]}, caller=MANAGER)
    assert (silent.status, silent.body["errors"][0]["path"]) == (422, "events.0")
    lists = [(await webhooks.call("GET", caller=caller)).body for caller in (ADMIN, MANAGER, STRANGER)]
    assert [[item["id"] for item in page["items"]] for page in lists] == [[whole["id"], own["id"]], [own["id"]], []]
    assert [page["total"] for page in lists] == [2, 1, 0]
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"enabled": False}),
        ("DELETE", "", None),
        ("GET", "/deliveries", None),
        ("POST", "/recover", {"since": "2026-01-01T00:00:00Z"}),
        ("POST", "/deliveries/wdl_x/redeliver", None),
    ]
    for webhook_id, caller in ((own["id"], STRANGER), (whole["id"], MANAGER), ("whk_x", ADMIN)):
        for method, path, sent in calls:
            answer = await webhooks.call(method, f"/{webhook_id}{path}", sent, caller=caller)
            assert (answer.status, answer.body["code"]) == (404, "webhook_not_found"), (method, path)
    wider = await webhooks.call("PATCH", f"/{own['id']}", {"theaterIds": [HERE, THERE]}, caller=MANAGER)
    assert wider.status == 403
    unlimited = await webhooks.call("PATCH", f"/{own['id']}", {"theaterIds": None}, caller=MANAGER)
    assert unlimited.body["theaterIds"] == [HERE]
    guest = await webhooks.call("GET", caller=SIGNER.token("usr_9"))
    assert (guest.status, guest.body["code"]) == (403, "forbidden")


async def test_whatever_is_written_at_the_edges_is_answered(webhooks: Webhooks, partner: Partner) -> None:
    own = await webhooks.made(partner)
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = await webhooks.call("POST", f"/{own['id']}/recover", {"since": since})
        assert (answer.status, answer.body["errors"][0]["path"]) == (422, "since")
    body = {"url": "https://93.184.216.34/" + "é" * 700, "events": ["booking.confirmed"]}  # written out it is longer
    for method, path in (("POST", ""), ("PATCH", f"/{own['id']}")):
        answer = await webhooks.call(method, path, body)
        assert (answer.status, answer.body["errors"][0]["path"]) == (422, "url")
    longest = await webhooks.call("POST", "", {**body, "url": "https://93.184.216.34/" + "é" * 300})
    assert (await webhooks.call("PATCH", f"/{longest.body['id']}", {"enabled": False})).status == 200


async def test_the_secret_is_shown_once_and_changes_are_audited_without_it(
    webhooks: Webhooks, partner: Partner
) -> None:
    async with listening(webhooks.running.broker_url, "notify.audit_recorded.#", ["marquee.private"]) as audited:
        body = {"url": partner.url, "events": ["booking.confirmed"]}
        first = await webhooks.call("POST", "", body, Idempotency_Key="k1")
        replay = await webhooks.call("POST", "", body, Idempotency_Key="k1")
        secret = first.body.pop("secret")
        assert (secret[:6], replay.headers["Idempotency-Replayed"]) == ("whsec_", "true")
        assert (replay.status, replay.body) == (201, first.body)
        stored = [document async for document in webhooks.running.db["idempotency"].find()]
        assert secret not in str(stored)
        path, tag = f"/{first.body['id']}", first.headers["ETag"]
        changed = await webhooks.call("PATCH", path, {"events": ["booking.expired"]}, If_Match=tag)
        assert (changed.status, changed.body["events"], "secret" in changed.body) == (200, ["booking.expired"], False)
        stale = await webhooks.call("DELETE", path, If_Match=tag)
        assert (stale.status, stale.body["code"]) == (412, "stale_version")
        assert (await webhooks.call("DELETE", path, If_Match=changed.headers["ETag"])).status == 204
        assert (await webhooks.call("GET", path)).status == 404
        await until(lambda: len(audited) == 3)
    assert [record["action"] for record in audited] == ["webhooks.created", "webhooks.changed", "webhooks.removed"]
    assert (audited[1]["before"], audited[1]["after"]) == (
        {"events": ["booking.confirmed"]},
        {"events": ["booking.expired"]},
    )
    assert secret not in str(audited)
    await webhooks.say(expired())
    assert partner.got == []


@pytest.mark.parametrize("node_env", ["development", "production"])
async def test_a_webhook_leads_to_no_server_that_only_we_can_reach(
    outside: Running, identity: None, partner: Partner, monkeypatch: pytest.MonkeyPatch, node_env: str
) -> None:
    monkeypatch.setenv("NODE_ENV", node_env)
    refused = [
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://93.184.216.34/",
        "https://metadata.google.internal/",
        "https://3232235777/",
    ]
    async with running_webhooks(outside) as webhooks:
        webhook = await webhooks.call("POST", "", {"url": "https://93.184.216.34/", "events": ["booking.expired"]})
        assert webhook.status == 201
        own = await webhooks.call("POST", "", {"url": partner.url, "events": ["booking.expired"]})
        assert own.status == (201 if node_env == "development" else 422)
        for url in refused:
            for method, path in (("POST", ""), ("PATCH", f"/{webhook.body['id']}")):
                answer = await webhooks.call(method, path, {"url": url, "events": ["booking.expired"]})
                assert (answer.status, answer.body["code"]) == (422, "validation_error"), url
                assert [fault["path"] for fault in answer.body["errors"]] == ["url"]
