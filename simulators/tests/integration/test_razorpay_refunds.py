"""Refunds through the real SDK: part by part, once per key, refused and failed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import razorpay

KEY = {"X-Refund-Idempotency": "refund-0001"}


@pytest.fixture
def paid(sdk: Any, sim: Any) -> str:
    """The id of a captured payment of Rs 354."""
    order = sdk.order.create({"amount": 35400, "currency": "INR"})
    return str(sim.pay(order["id"])["razorpay_payment_id"])


def refused(sdk: Any, payment_id: str, body: Any, status: int = 400, **more: Any) -> str:
    with pytest.raises(razorpay.errors.BadRequestError):
        sdk.payment.refund(payment_id, body, **more)
    assert sdk.seen.status == status
    assert sdk.seen.body["error"]["code"] == "BAD_REQUEST_ERROR"
    return str(sdk.seen.body["error"]["description"])


def metadata(sdk: Any) -> dict[str, str]:
    """Of the last refusal."""
    return dict(sdk.seen.body["error"]["metadata"])


def test_parts_add_up_to_the_whole(sdk: Any, paid: str) -> None:
    first = sdk.payment.refund(paid, {"amount": 10000, "notes": {"why": "late"}, "receipt": "R-1"})
    assert (first["status"], first["speed_requested"], first["payment_id"]) == ("processed", "normal", paid)
    payment = sdk.payment.fetch(paid)
    assert (payment["status"], payment["refund_status"], payment["amount_refunded"]) == ("captured", "partial", 10000)
    assert refused(sdk, paid, {"amount": 25401}) == "The refund amount provided is greater than amount captured"
    second = sdk.payment.refund(paid, {})
    assert second["amount"] == 25400
    payment = sdk.payment.fetch(paid)
    assert (payment["status"], payment["refund_status"]) == ("refunded", "full")
    assert refused(sdk, paid, {}) == "The payment has been fully refunded already"
    assert metadata(sdk) == {"payment_id": paid, "order_id": payment["order_id"]}
    assert [refund["id"] for refund in sdk.payment.fetch_multiple_refund(paid)["items"]] == [second["id"], first["id"]]
    assert sdk.refund.fetch(first["id"]) == first == sdk.payment.fetch_refund_id(paid, first["id"])
    assert sdk.order.fetch(payment["order_id"])["status"] == "paid"


def test_an_amount_may_be_a_string_of_digits(sdk: Any, paid: str) -> None:
    assert sdk.payment.refund(paid, {"amount": "100"})["amount"] == 100


def test_three_dinars_and_rials_go_back_by_tens_or_whole(sdk: Any, sim: Any) -> None:
    order = sdk.order.create({"amount": 99_990, "currency": "KWD"})
    payment_id = str(sim.pay(order["id"])["razorpay_payment_id"])
    assert refused(sdk, payment_id, {"amount": 49_995}) == "The last digit of an amount in KWD must be 0."
    assert sdk.payment.refund(payment_id, {"amount": 49_990})["status"] == "processed"
    assert sdk.payment.refund(payment_id, {})["amount"] == 50_000


def test_only_captured_payments_are_refunded(sdk: Any, sim: Any) -> None:
    order = sdk.order.create({"amount": 35400, "currency": "INR"})
    for outcome in ("authorized", "failed"):
        payment_id = sim.pay(order["id"], outcome)["razorpay_payment_id"]
        words = "The payment status should be captured for action to be taken"
        assert refused(sdk, payment_id, {}) == words
        assert metadata(sdk) == {"payment_id": payment_id, "order_id": order["id"]}


@pytest.mark.parametrize(
    "body",
    [
        500,
        {"amount": "1e2"},
        {"amount": "35401"},
        {"amount": "99"},
        {"amount": 1},
        {"amount": 10.5},
        {"speed": "fast"},
        {"x": 1},
        {"speed": ["x"]},
    ],
)
def test_bad_refunds_are_refused(sdk: Any, paid: str, body: Any) -> None:
    refused(sdk, paid, body)
    assert set(metadata(sdk)) <= {"payment_id", "order_id"}
    assert sdk.payment.fetch(paid)["amount_refunded"] == 0


def test_the_same_key_and_body_give_the_same_refund(sdk: Any, paid: str) -> None:
    refunds = [sdk.payment.refund(paid, {"amount": 1000}, headers=KEY) for _ in range(3)]
    assert len({refund["id"] for refund in refunds}) == 1
    assert sdk.payment.fetch(paid)["amount_refunded"] == 1000


def test_the_same_key_with_another_body_is_a_conflict(sdk: Any, paid: str) -> None:
    sdk.payment.refund(paid, {"amount": 1000}, headers=KEY)
    words = "Different request with the same idempotency key has already been processed."
    assert refused(sdk, paid, {"amount": 2000}, 409, headers=KEY) == words


def test_a_key_that_is_still_at_work_is_a_conflict(sdk: Any, sim: Any, sdk_at: Any, paid: str, eventually: Any) -> None:
    sim.fault(kind="latency", value=60_000, route="/v1/payments/*/refund", times=1)
    slow = sdk_at(sim.url)
    key = {"X-Refund-Idempotency": "refund-slow-0001"}  # of this test alone: it stays at work after it
    gave_up: list[Exception] = []

    def refund_slowly() -> None:
        try:
            slow.payment.refund(paid, {"amount": 1000}, headers=key, timeout=2)
        except OSError as error:
            gave_up.append(error)

    thread = threading.Thread(target=refund_slowly)
    thread.start()
    eventually(lambda: any(call["idempotencyKey"] for call in sim.get("calls")))
    words = "Another request with the same idempotency key is still in progress."
    assert refused(sdk, paid, {"amount": 1000}, 409, headers=key) == words
    thread.join()
    assert gave_up


@pytest.mark.parametrize("key", ["short", "has spaces in it", "quite-long-but-ünfit"])
def test_an_unfit_key_is_refused(sdk: Any, paid: str, key: str) -> None:
    refused(sdk, paid, {"amount": 1000}, headers={"X-Refund-Idempotency": key.encode()})


def test_a_receipt_is_used_by_one_refund(sdk: Any, paid: str) -> None:
    sdk.payment.refund(paid, {"amount": 1000, "receipt": "R-1"})
    assert refused(sdk, paid, {"amount": 1000, "receipt": "R-1"}) == "Refund receipt should be unique."


def test_a_refund_of_2468_fails_on_purpose(sdk: Any, sim: Any, paid: str) -> None:
    refund = sdk.payment.refund(paid, {"amount": 2468})
    assert refund["status"] == "pending"
    sim.post("clock/advance", {"seconds": 2})
    assert sdk.refund.fetch(refund["id"])["status"] == "failed"
    assert sdk.payment.fetch(paid)["amount_refunded"] == 0


def test_a_processed_refund_may_fail_later(sdk: Any, sim: Any, paid: str) -> None:
    refund = sdk.payment.refund(paid, {})
    sim.post(f"refunds/{refund['id']}/fail")
    assert sdk.refund.fetch(refund["id"])["status"] == "failed"
    payment = sdk.payment.fetch(paid)
    assert (payment["status"], payment["refund_status"], payment["amount_refunded"]) == ("captured", None, 0)
    sim.post(f"refunds/{refund['id']}/fail", status=400)


def test_a_low_balance_refuses_clearly_or_vaguely(sdk: Any, sim: Any, paid: str) -> None:
    sim.post("balance", {"amount": 500})
    assert "does not have enough balance" in refused(sdk, paid, {})
    sim.post("balance", {"amount": 500, "vague": True})
    assert refused(sdk, paid, {}) == "invalid request sent"
    sim.post("balance", {"amount": 35400})
    assert sdk.payment.refund(paid, {})["status"] == "processed"


def test_a_payment_older_than_six_months_is_not_refunded(sdk: Any, sim: Any, paid: str) -> None:
    sim.post("clock/advance", {"seconds": 190 * 86400})
    assert "more than 6 months old" in refused(sdk, paid, {})


def test_a_refund_made_by_hand_is_in_the_books(sdk: Any, sim: Any, paid: str) -> None:
    refund = sim.post(f"payments/{paid}/refund", {"amount": 700})
    assert sdk.payment.fetch_multiple_refund(paid)["items"] == [refund]
    assert [entry["id"] for entry in sim.get("ledger")["refunds"]] == [refund["id"]]


def test_a_refund_may_wait_for_the_bank(sdk: Any, sim: Any, inbox: Any) -> None:
    order_id = sdk.order.create({"amount": 35400, "currency": "INR"})["id"]
    payment_id = sim.pay(order_id, webhooks={"deliver": False})["razorpay_payment_id"]
    sim.post("refunds", {"pending": True})
    waiting = sdk.payment.refund(payment_id, {"amount": 1000})
    assert (waiting["status"], waiting["speed_processed"]) == ("pending", None)
    settled = sim.post(f"refunds/{waiting['id']}/settle", {"webhooks": {"beforeResponse": True}})
    assert (settled["status"], settled["speed_processed"]) == ("processed", "normal")
    assert b"refund.processed" in inbox.received[-1][1]
    sim.post(f"refunds/{waiting['id']}/settle", status=400)
