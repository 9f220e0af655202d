"""Stripe's webhooks as they arrive: signed with their time, several per fact, aged, forged, stale, or not at all."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from simulators.process import STRIPE_WEBHOOK_SECRET, Simulator


@pytest.fixture
async def intent(stripe_sdk: Any, stripe_sim: Any) -> str:
    stripe_sim.post("webhooks", {"deliver": False})
    made = await stripe_sdk.payment_intents.create_async(params={"amount": 35400, "currency": "inr"})
    stripe_sim.post("webhooks", {})
    return str(made.id)


def names(inbox: Any) -> list[str]:
    return [json.loads(body)["type"] for _, body in inbox.received]


def event(headers: dict[str, str], body: bytes, secret: str = STRIPE_WEBHOOK_SECRET) -> Any:
    """As the SDK takes it."""
    return stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)


def signed_at(headers: dict[str, str]) -> int:
    return int(headers["stripe-signature"].split(",")[0].removeprefix("t="))


async def test_each_outcome_has_its_events(stripe_sdk: Any, stripe_sim: Any, intent: str) -> None:
    for outcome in ("failed", "requires_action", "processing", "succeeded"):
        stripe_sim.intent(intent, outcome=outcome)
    await stripe_sdk.refunds.create_async(params={"payment_intent": intent, "amount": 400})
    stripe_sim.intent(intent, "fail-later")
    stripe_sim.intent(intent, "dispute")
    stripe_sim.intent(intent, "dispute", status="won")
    told = [event.type async for event in (await stripe_sdk.events.list_async()).auto_paging_iter()]
    assert told[::-1] == [
        "payment_intent.created",
        *("charge.failed", "payment_intent.payment_failed"),
        "payment_intent.requires_action",
        *("charge.pending", "payment_intent.processing"),
        *("charge.succeeded", "payment_intent.succeeded", "charge.updated"),
        *("refund.created", "charge.refunded"),
        *("refund.updated", "refund.failed", "charge.refund.updated"),
        *("charge.dispute.created", "charge.dispute.funds_withdrawn"),
        *("charge.dispute.funds_reinstated", "charge.dispute.closed"),
    ]


async def test_authorizations_have_theirs(stripe_sdk: Any, stripe_sim: Any, intent: str) -> None:
    stripe_sim.intent(intent, outcome="authorized")
    await stripe_sdk.payment_intents.capture_async(intent)
    told = [event.type for event in (await stripe_sdk.events.list_async()).data]
    assert told[::-1] == [
        "payment_intent.created",
        *("charge.succeeded", "payment_intent.amount_capturable_updated"),
        *("charge.captured", "payment_intent.succeeded", "charge.updated"),
    ]


def test_events_are_signed_snapshots(stripe_sim: Any, inbox: Any, intent: str, eventually: Any) -> None:
    stripe_sim.intent(intent)
    eventually(lambda: len(inbox.received) == 3)
    events = {one.type: one for one in (event(headers, body) for headers, body in inbox.received)}
    paid = events["payment_intent.succeeded"]
    assert (paid.object, paid.livemode, paid.api_version) == ("event", False, stripe.api_version)
    assert paid.data.object.to_dict() == next(iter(stripe_sim.get("ledger")["payment_intents"]))
    assert events["charge.succeeded"].data.object["balance_transaction"] is None
    updated = events["charge.updated"].data
    assert updated.object["balance_transaction"].startswith("txn_")
    assert updated.previous_attributes.to_dict() == {"balance_transaction": None}


async def test_an_event_names_the_call_that_caused_it(
    stripe_sdk: Any, stripe_sim: Any, inbox: Any, eventually: Any
) -> None:
    made = await stripe_sdk.payment_intents.create_async(
        params={"amount": 35400, "currency": "inr"}, options={"idempotency_key": "order-1"}
    )
    eventually(lambda: len(inbox.received) == 1)
    request = json.loads(inbox.received[0][1])["request"]
    assert request == {"id": made.last_response.request_id, "idempotency_key": "order-1"}


def test_a_body_written_anew_no_longer_fits_its_signature(
    stripe_sim: Any, inbox: Any, intent: str, eventually: Any
) -> None:
    stripe_sim.intent(intent, outcome="processing")
    eventually(lambda: len(inbox.received) == 2)
    headers, body = inbox.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        event(headers, json.dumps(json.loads(body)).encode())


def test_a_forged_signature_is_refused_by_the_sdk(stripe_sim: Any, inbox: Any, intent: str, eventually: Any) -> None:
    stripe_sim.intent(intent, outcome="processing", webhooks={"badSignature": True})
    eventually(lambda: len(inbox.received) == 2)
    with pytest.raises(stripe.SignatureVerificationError):
        event(*inbox.received[0])


def test_a_signature_of_ten_minutes_ago_is_outside_the_tolerance(
    stripe_sim: Any, inbox: Any, intent: str, eventually: Any
) -> None:
    inbox.answers.extend([400, 400])
    stripe_sim.intent(intent, outcome="processing", webhooks={"ageSeconds": 600})
    eventually(lambda: len(inbox.received) == 2)
    assert abs(time.time() - 600 - signed_at(inbox.received[0][0])) < 60
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        event(*inbox.received[0])
    stripe_sim.post(f"deliveries/{stripe_sim.get('deliveries')[-1]['id']}/replay")
    eventually(lambda: len(inbox.received) == 3)
    assert event(*inbox.received[2]).id


def test_each_try_is_signed_anew_with_the_secret_of_then(
    stripe_sim: Any, inbox: Any, intent: str, eventually: Any
) -> None:
    inbox.answers.extend([500, 500])
    stripe_sim.intent(intent, outcome="processing")
    eventually(lambda: len(inbox.received) == 2)
    stripe_sim.post("webhooks", {"secret": "whsec_next"})
    stripe_sim.post("clock/advance", {"seconds": 60})
    eventually(lambda: len(inbox.received) == 4)
    assert {event(headers, body, "whsec_next").id for headers, body in inbox.received[2:]} == {
        event(headers, body).id for headers, body in inbox.received[:2]
    }


def test_tries_go_on_for_three_days(stripe_sim: Any, inbox: Any, intent: str, eventually: Any) -> None:
    inbox.answers.extend([500] * 4)
    stripe_sim.intent(intent, outcome="processing")
    eventually(lambda: all(one["attempts"] for one in stripe_sim.get("deliveries") if one["state"] == "pending"))
    stripe_sim.post("clock/advance", {"seconds": 2 * 24 * 3600})
    eventually(lambda: len(inbox.received) == 4)
    stripe_sim.post("clock/advance", {"seconds": 24 * 3600})
    eventually(lambda: len(inbox.received) == 6 or {"failed"} == states(stripe_sim, "pending", "failed"))


def states(sim: Any, *of: str) -> set[str]:
    return {one["state"] for one in sim.get("deliveries") if one["state"] in of}


def test_a_plan_delays_doubles_shuffles_withholds_and_loses(
    stripe_sim: Any, inbox: Any, intent: str, eventually: Any
) -> None:
    stripe_sim.intent(intent, outcome="failed", webhooks={"duplicates": 1, "shuffle": True})
    eventually(lambda: len(inbox.received) == 4)
    assert sorted(names(inbox)) == ["charge.failed"] * 2 + ["payment_intent.payment_failed"] * 2
    assert len({json.loads(body)["id"] for _, body in inbox.received}) == 2
    stripe_sim.intent(intent, outcome="failed", webhooks={"drop": 1})
    stripe_sim.intent(intent, outcome="failed", webhooks={"deliver": False})
    stripe_sim.intent(intent, outcome="failed", webhooks={"delayMs": 3_600_000})
    assert len(inbox.received) == 4
    assert states(stripe_sim, "dropped", "pending") == {"dropped", "pending"}
    stripe_sim.post("clock/advance", {"seconds": 3600})
    eventually(lambda: len(inbox.received) == 6)


def test_webhooks_may_come_before_the_answer(stripe_sim: Any, inbox: Any, intent: str) -> None:
    stripe_sim.intent(intent, webhooks={"beforeResponse": True})
    assert sorted(names(inbox)) == ["charge.succeeded", "charge.updated", "payment_intent.succeeded"]


def test_a_stale_snapshot_shows_what_was_before(stripe_sim: Any, inbox: Any, intent: str) -> None:
    stripe_sim.intent(intent, webhooks={"staleSnapshot": True, "beforeResponse": True})
    shown = {one["type"]: one["data"]["object"]["status"] for one in (json.loads(body) for _, body in inbox.received)}
    assert (shown["payment_intent.succeeded"], shown["charge.succeeded"]) == ("requires_payment_method", "pending")


def test_an_event_of_the_other_mode_is_signed_all_the_same(stripe_sim: Any, inbox: Any, intent: str) -> None:
    stripe_sim.intent(intent, webhooks={"wrongMode": True, "beforeResponse": True})
    assert all(event(headers, body).livemode for headers, body in inbox.received)


async def test_books_and_pending_webhooks_outlive_a_kill(
    own_stripe: Simulator, control_of: Any, stripe_at: Any, inbox: Any, eventually: Any
) -> None:
    intents, sim = stripe_at(own_stripe.url).v1.payment_intents, control_of(own_stripe.url)

    async def made() -> str:
        params = {"amount": 35400, "currency": "inr"}
        return str((await intents.create_async(params=params, options={"idempotency_key": "order-1"})).id)

    intent = await made()
    eventually(lambda: len(inbox.received) == 1)
    sim.post(f"payment_intents/{intent}/pay", {"outcome": "authorized", "webhooks": {"delayMs": 60_000}})
    own_stripe.kill()
    own_stripe.start()
    assert (await intents.retrieve_async(intent)).status == "requires_capture"
    assert await made() == intent
    sim.post("clock/advance", {"seconds": 60})
    eventually(lambda: len(inbox.received) == 3)
    sim.post("clock/advance", {"seconds": 7 * 24 * 3600})
    assert (await intents.retrieve_async(intent)).status == "canceled"
