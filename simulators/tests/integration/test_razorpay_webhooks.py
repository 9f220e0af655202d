"""Webhooks as they arrive: signed over their bytes, several per fact, again, twice, shuffled, forged, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
import razorpay

from simulators.process import WEBHOOK_SECRET


@pytest.fixture
def order_id(sdk: Any) -> str:
    return str(sdk.order.create({"amount": 35400, "currency": "INR", "notes": {"name": "Zoë / 2"}})["id"])


def names(inbox: Any) -> list[str]:
    return [json.loads(body)["event"] for _, body in inbox.received]


def verify(sdk: Any, headers: dict[str, str], body: bytes, secret: str = WEBHOOK_SECRET) -> bool:
    return bool(sdk.utility.verify_webhook_signature(body.decode(), headers["x-razorpay-signature"], secret))


def states(sim: Any) -> list[str]:
    return [delivery["state"] for delivery in sim.get("deliveries")]


def test_a_captured_payment_makes_three_events_of_their_own(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.pay(order_id)
    eventually(lambda: len(inbox.received) == 3)
    assert sorted(names(inbox)) == ["order.paid", "payment.authorized", "payment.captured"]
    assert len(set(inbox.events())) == 3
    assert all(verify(sdk, headers, body) for headers, body in inbox.received)


def test_events_are_snapshots_with_the_documented_envelope(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    payment_id = sim.pay(order_id)["razorpay_payment_id"]
    eventually(lambda: len(inbox.received) == 3)
    events = {(event := json.loads(body))["event"]: event for _, body in inbox.received}
    authorized = events["payment.authorized"]["payload"]["payment"]["entity"]
    assert (authorized["id"], authorized["status"], authorized["captured"]) == (payment_id, "authorized", False)
    paid = events["order.paid"]
    assert (paid["entity"], paid["contains"]) == ("event", ["payment", "order"])
    assert paid["payload"]["order"]["entity"] == sdk.order.fetch(order_id)
    assert paid["payload"]["payment"]["entity"] == sdk.payment.fetch(payment_id)


def test_a_body_written_anew_no_longer_fits_its_signature(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.pay(order_id, "failed")
    eventually(lambda: len(inbox.received) == 1)
    headers, body = inbox.received[0]
    assert names(inbox) == ["payment.failed"]
    with pytest.raises(razorpay.errors.SignatureVerificationError):
        verify(sdk, headers, json.dumps(json.loads(body)).encode())


def test_refunds_tell_their_course(sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    payment_id = sim.pay(order_id, webhooks={"deliver": False})["razorpay_payment_id"]
    refund = sdk.payment.refund(payment_id, {"amount": 1000})
    eventually(lambda: len(inbox.received) == 2)
    assert sorted(names(inbox)) == ["refund.created", "refund.processed"]
    sim.post(f"refunds/{refund['id']}/fail")
    eventually(lambda: len(inbox.received) == 3)
    assert json.loads(inbox.received[2][1])["contains"] == ["refund", "payment"]
    assert names(inbox)[2] == "refund.failed"


def test_a_refused_webhook_comes_again_with_the_same_id_as_the_clock_goes(
    sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    inbox.answers.extend([500, 302])
    sim.pay(order_id, "failed")
    for tries, minutes in ((1, 1), (2, 2)):
        eventually(lambda: [len(d["attempts"]) for d in sim.get("deliveries")] == [tries])  # noqa: B023  # awaited here
        sim.post("clock/advance", {"seconds": minutes * 60})
    eventually(lambda: states(sim) == ["delivered"])
    assert len(inbox.received) == 3
    assert len(set(inbox.events())) == 1
    assert [attempt["status"] for attempt in sim.get("deliveries")[0]["attempts"]] == [500, 302, 200]


def test_after_a_day_it_is_given_up_and_can_be_replayed(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    inbox.answers.extend([500, 500])
    sim.pay(order_id, "failed")
    eventually(lambda: len(sim.get("deliveries")[0]["attempts"]) == 1)
    sim.post("clock/advance", {"seconds": 24 * 3600})
    eventually(lambda: states(sim) == ["failed"])
    sim.post(f"deliveries/{sim.get('deliveries')[0]['id']}/replay")
    eventually(lambda: states(sim) == ["delivered"])
    assert len(set(inbox.events())) == 1


def test_duplicates_bear_the_same_event_id(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    sim.pay(order_id, webhooks={"duplicates": 2, "shuffle": True})
    eventually(lambda: len(inbox.received) == 9)
    assert sorted(inbox.events().count(event) for event in set(inbox.events())) == [3, 3, 3]


def test_shuffled_events_are_sent_in_another_order(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    sim.pay(order_id, webhooks={"shuffle": True})
    eventually(lambda: states(sim) == ["delivered"] * 3)
    sent = [one["event"] for one in sorted(sim.get("deliveries"), key=lambda one: float(one["nextAt"]))]
    usual = ["payment.authorized", "payment.captured", "order.paid"]
    assert sorted(names(inbox)) == sorted(sent) == sorted(usual)
    assert sent != usual


def test_a_forged_signature_is_refused_by_the_sdk(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.pay(order_id, "failed", webhooks={"badSignature": True})
    eventually(lambda: len(inbox.received) == 1)
    with pytest.raises(razorpay.errors.SignatureVerificationError):
        verify(sdk, *inbox.received[0])


def test_withheld_webhooks_are_listed_and_can_be_sent_after_all(
    sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.pay(order_id, "failed", webhooks={"deliver": False})
    assert states(sim) == ["withheld"]
    assert not inbox.received
    sim.post(f"deliveries/{sim.get('deliveries')[0]['id']}/replay")
    eventually(lambda: names(inbox) == ["payment.failed"])


def test_delayed_webhooks_wait_for_the_clock(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    sim.pay(order_id, "failed", webhooks={"delayMs": 3_600_000})
    assert states(sim) == ["pending"]
    assert not inbox.received
    sim.post("clock/advance", {"seconds": 3600})
    eventually(lambda: states(sim) == ["delivered"])


def test_what_the_clock_left_over_is_waited_for(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    sim.pay(order_id, "failed", webhooks={"delayMs": 3_600_000})
    sim.post("clock/advance", {"seconds": 3599})
    eventually(lambda: states(sim) == ["delivered"])


def test_the_usual_plan_is_used_where_a_cause_names_none(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.post("webhooks", {"deliver": False})
    payment_id = sim.pay(order_id)["razorpay_payment_id"]
    sdk.payment.refund(payment_id, {})
    assert states(sim) == ["withheld"] * 5
    sim.pay(order_id, "failed", webhooks={})
    eventually(lambda: names(inbox) == ["payment.failed"])


def test_a_new_secret_signs_what_happens_next_and_every_replay(
    sdk: Any, sim: Any, inbox: Any, order_id: str, eventually: Any
) -> None:
    sim.pay(order_id, "failed", webhooks={"delayMs": 60_000})
    sim.post("webhooks", {"secret": "another"})
    sim.post("clock/advance", {"seconds": 60})
    eventually(lambda: states(sim) == ["delivered"])
    assert verify(sdk, *inbox.received[0])
    sim.post(f"deliveries/{sim.get('deliveries')[0]['id']}/replay")
    eventually(lambda: len(inbox.received) == 2)
    headers, body = inbox.received[1]
    assert verify(sdk, headers, body, "another")


@pytest.mark.parametrize("drop", [True, 1, 1.0])
def test_dropped_webhooks_never_leave_and_can_be_replayed(
    sim: Any, inbox: Any, order_id: str, eventually: Any, drop: object
) -> None:
    sim.pay(order_id, webhooks={"drop": drop})
    assert states(sim) == ["dropped"] * 3
    sim.post("clock/advance", {"seconds": 24 * 3600})
    sim.post(f"deliveries/{sim.get('deliveries')[0]['id']}/replay")
    eventually(lambda: names(inbox) == ["payment.authorized"])


def test_no_webhook_is_dropped_by_a_chance_of_nothing(sim: Any, inbox: Any, order_id: str, eventually: Any) -> None:
    sim.pay(order_id, webhooks={"drop": False})
    eventually(lambda: len(inbox.received) == 3)


def test_webhooks_may_come_before_the_answer_to_what_caused_them(sdk: Any, sim: Any, inbox: Any, order_id: str) -> None:
    payment_id = sim.pay(order_id, webhooks={"beforeResponse": True, "shuffle": True})["razorpay_payment_id"]
    assert sorted(names(inbox)) == ["order.paid", "payment.authorized", "payment.captured"]
    sim.post("webhooks", {"beforeResponse": True})
    sdk.payment.refund(payment_id, {})
    assert sorted(names(inbox)[3:]) == ["refund.created", "refund.processed"]


def test_an_answer_waits_for_the_first_attempt_alone(sim: Any, inbox: Any, order_id: str) -> None:
    inbox.answers.extend([500])
    sim.pay(order_id, "failed", webhooks={"beforeResponse": True})
    assert [delivery["attempts"][0]["status"] for delivery in sim.get("deliveries")] == [500]


def test_a_stale_snapshot_shows_what_was_before(sdk: Any, sim: Any, inbox: Any, order_id: str) -> None:
    stale = {"staleSnapshot": True, "beforeResponse": True}
    payment_id = sim.pay(order_id, webhooks=stale)["razorpay_payment_id"]
    sim.post(f"payments/{payment_id}/refund", {"amount": 700, "webhooks": stale})
    payload = {(event := json.loads(body))["event"]: event["payload"] for _, body in inbox.received}
    assert payload["payment.authorized"]["payment"]["entity"]["status"] == "created"
    captured = payload["payment.captured"]["payment"]["entity"]
    assert (captured["id"], captured["status"], captured["captured"], captured["fee"]) == (
        payment_id,
        "authorized",
        False,
        None,
    )
    order = payload["order.paid"]["order"]["entity"]
    assert (order["status"], order["amount_paid"]) == ("attempted", 0)
    assert payload["refund.processed"]["refund"]["entity"]["status"] == "pending"
    assert sdk.payment.fetch(payment_id)["status"] == "captured"
    assert all(verify(sdk, headers, body) for headers, body in inbox.received)


def test_an_old_secret_still_signs_what_asks_for_it(sdk: Any, sim: Any, inbox: Any, order_id: str) -> None:
    sim.post("webhooks", {"secret": "another"})
    sim.pay(order_id, "failed", webhooks={"oldSecret": True, "beforeResponse": True})
    assert verify(sdk, *inbox.received[0])
    sim.pay(order_id, "failed", webhooks={"beforeResponse": True})
    headers, body = inbox.received[1]
    assert verify(sdk, headers, body, "another")


def test_keys_may_stand_in_another_order_and_what_is_empty_be_left_out(
    sdk: Any, sim: Any, inbox: Any, order_id: str
) -> None:
    odd = {"keyOrder": True, "missingOptional": True, "beforeResponse": True}
    sim.pay(order_id, "failed", webhooks=odd)
    event = json.loads(inbox.received[0][1])
    payment = event["payload"]["payment"]["entity"]
    assert list(event) == sorted(event)
    assert list(payment) == sorted(payment)
    assert "invoice_id" not in payment
    assert payment["status"] == "failed"
    assert verify(sdk, *inbox.received[0])
