"""Payments through the real SDK: every outcome, captures, late authorisations, more than one payment for an order."""

from __future__ import annotations

from typing import Any

import pytest
import razorpay

from simulators.process import KEY_SECRET


@pytest.fixture
def order(sdk: Any) -> dict[str, Any]:
    return dict(sdk.order.create({"amount": 35400, "currency": "INR", "receipt": "BK-1"}))


def refused(sdk: Any, call: Any, *arguments: Any) -> str:
    with pytest.raises(razorpay.errors.BadRequestError):
        call(*arguments)
    assert sdk.seen.status == 400
    return str(sdk.seen.body["error"]["description"])


def statuses(sdk: Any, order: dict[str, Any]) -> list[str]:
    return sorted(payment["status"] for payment in sdk.order.payments(order["id"])["items"])


def test_a_captured_payment_pays_its_order(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    payment = sdk.payment.fetch(sim.pay(order["id"])["razorpay_payment_id"])
    assert (payment["status"], payment["captured"], payment["order_id"]) == ("captured", True, order["id"])
    assert (payment["amount"], payment["fee"], payment["tax"]) == (35400, 835, 127)
    after = sdk.order.fetch(order["id"])
    assert (after["status"], after["amount_paid"], after["amount_due"], after["attempts"]) == ("paid", 35400, 0, 1)


@pytest.mark.parametrize("outcome", ["captured", "authorized", "failed"])
def test_checkouts_signature_is_valid_for_the_sdk(sdk: Any, sim: Any, order: dict[str, Any], outcome: str) -> None:
    handed = sim.pay(order["id"], outcome)
    assert set(handed) == {"razorpay_payment_id", "razorpay_order_id", "razorpay_signature"}
    assert sdk.auth[1] == KEY_SECRET
    assert sdk.utility.verify_payment_signature(handed)
    with pytest.raises(razorpay.errors.SignatureVerificationError):
        sdk.utility.verify_payment_signature({**handed, "razorpay_order_id": "order_" + "A" * 14})


def test_a_failed_payment_says_why_and_leaves_the_order_attempted(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    payment = sdk.payment.fetch(sim.pay(order["id"], "failed", method="card")["razorpay_payment_id"])
    assert (payment["status"], payment["error_code"], payment["fee"]) == ("failed", "BAD_REQUEST_ERROR", None)
    assert payment["card"]["id"] == payment["card_id"]
    sim.pay(order["id"], "failed")
    after = sdk.order.fetch(order["id"])
    assert (after["status"], after["attempts"]) == ("attempted", 2)
    sim.pay(order["id"])
    assert statuses(sdk, order) == ["captured", "failed", "failed"]


def test_capturing_takes_the_whole_amount_once(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    payment_id = sim.pay(order["id"], "authorized")["razorpay_payment_id"]
    capture = sdk.payment.capture
    assert refused(sdk, capture, payment_id, 100, {"currency": "INR"}) == (
        "Capture amount must be equal to the amount authorized."
    )
    assert refused(sdk, capture, payment_id, 35400, {}) == "The currency field is required."
    assert capture(payment_id, 35400, {"currency": "INR"})["status"] == "captured"
    assert sdk.order.fetch(order["id"])["status"] == "paid"
    assert refused(sdk, capture, payment_id, 35400, {"currency": "INR"}) == "This payment has already been captured"
    assert sdk.seen.body["error"]["metadata"] == {"payment_id": payment_id, "order_id": order["id"]}


def test_a_failed_payment_cannot_be_captured(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    payment_id = sim.pay(order["id"], "failed")["razorpay_payment_id"]
    assert "authorized" in refused(sdk, sdk.payment.capture, payment_id, 35400, {"currency": "INR"})


def test_failed_turns_authorized_and_captured_when_the_bank_answers_late(
    sdk: Any, sim: Any, order: dict[str, Any]
) -> None:
    payment_id = sim.pay(order["id"], "failed")["razorpay_payment_id"]
    sim.post("clock/advance", {"seconds": 3 * 3600})
    sim.post(f"payments/{payment_id}/authorize-late")
    payment = sdk.payment.fetch(payment_id)
    assert (payment["status"], payment["late_authorized"], payment["error_code"]) == ("captured", True, None)
    assert sdk.order.fetch(order["id"])["status"] == "paid"
    sim.post(f"payments/{payment_id}/authorize-late", status=400)


def test_a_manual_capture_order_stays_authorized_when_late(sdk: Any, sim: Any) -> None:
    order = sdk.order.create({"amount": 35400, "currency": "INR", "payment": {"capture": "manual"}})
    payment_id = sim.pay(order["id"], "failed")["razorpay_payment_id"]
    sim.post(f"payments/{payment_id}/authorize-late")
    assert statuses(sdk, order) == ["authorized"]


def test_a_paid_order_can_be_captured_again_but_not_by_checkout(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    first = sim.pay(order["id"])["razorpay_payment_id"]
    answer = sim.post(f"orders/{order['id']}/pay", {"outcome": "captured", "strict": True}, status=400)
    assert answer["error"]["description"].startswith("Your payment has been declined as the order is already paid.")
    assert answer["error"]["metadata"] == {"order_id": order["id"]}
    second = sim.pay(order["id"])["razorpay_payment_id"]
    assert first != second
    assert statuses(sdk, order) == ["captured", "captured"]
    assert sdk.order.fetch(order["id"])["amount_paid"] == 35400


def test_another_amount_or_currency_does_not_pay_the_order(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    sim.pay(order["id"], amount=100)
    sim.pay(order["id"], currency="USD")
    after = sdk.order.fetch(order["id"])
    assert (after["status"], after["amount_paid"]) == ("attempted", 100)


def test_a_payer_who_bears_the_fee_pays_it_on_top_of_the_order(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    payment = sdk.payment.fetch(sim.pay(order["id"], feeBearer="customer")["razorpay_payment_id"])
    assert (payment["amount"], payment["fee"], payment["tax"]) == (36235, 835, 127)
    assert payment["fee_bearer"] == "customer"
    after = sdk.order.fetch(order["id"])
    assert (after["status"], after["amount_paid"], after["amount_due"]) == ("paid", 35400, 0)
    assert sdk.payment.refund(payment["id"], {})["amount"] == 36235


@pytest.mark.parametrize(("amount", "paid"), [(None, 31860), (30000, 30000)])
def test_an_offer_takes_its_discount_off_the_payment_and_names_itself(
    sdk: Any, sim: Any, order: dict[str, Any], amount: int | None, paid: int
) -> None:
    handed = sim.pay(order["id"], offer="offer_MarqueeSim0001", amount=amount)
    payment = sdk.payment.fetch(handed["razorpay_payment_id"])
    assert (payment["amount"], payment["offer_id"]) == (paid, "offer_MarqueeSim0001")
    after = sdk.order.fetch(order["id"])
    assert (after["amount"], after["status"], after["amount_paid"], after["amount_due"]) == (35400, "paid", paid, 0)


def test_an_offer_on_an_account_whose_payers_bear_the_fee_is_both(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    handed = sim.pay(order["id"], offer="offer_MarqueeSim0001", feeBearer="customer")
    payment = sdk.payment.fetch(handed["razorpay_payment_id"])
    assert payment["amount"] - payment["fee"] == 31860
    assert sdk.order.fetch(order["id"])["status"] == "paid"


def test_without_an_answer_from_the_bank_a_payment_fails_after_ten_minutes(
    sdk: Any, sim: Any, order: dict[str, Any]
) -> None:
    sim.pay(order["id"], "created")
    assert statuses(sdk, order) == ["created"]
    sim.post("clock/advance", {"seconds": 601})
    assert statuses(sdk, order) == ["failed"]


def test_an_authorisation_nobody_captures_goes_back_after_five_days(sdk: Any, sim: Any, order: dict[str, Any]) -> None:
    sim.pay(order["id"], "authorized")
    sim.post("clock/advance", {"seconds": 5 * 86400 + 1})
    assert statuses(sdk, order) == ["refunded"]


def test_unknown_payments_are_a_400(sdk: Any, sim: Any) -> None:
    assert refused(sdk, sdk.payment.fetch, "pay_" + "A" * 14) == "The id provided does not exist"
    assert refused(sdk, sdk.payment.fetch, "pay_1") == "pay_1 is not a valid id"
    sim.post("orders/order_AAAAAAAAAAAAAA/pay", {"outcome": "captured"}, status=400)
