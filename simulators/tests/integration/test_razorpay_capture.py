"""An order's capture settings, through the real SDK: what is captured by itself, for how long, and what goes back."""

from __future__ import annotations

from typing import Any

import pytest
import razorpay

RUPEES_354 = {"amount": 35400, "currency": "INR"}
MINUTE = 60


def an_order(sdk: Any, capture: str, **options: object) -> dict[str, Any]:
    return dict(sdk.order.create({**RUPEES_354, "payment": {"capture": capture, "capture_options": options}}))


def status_when_late(sdk: Any, sim: Any, order: dict[str, Any], minutes: int) -> str:
    """Of a payment that failed and that its bank confirms so much later."""
    payment_id = sim.pay(order["id"], "failed")["razorpay_payment_id"]
    sim.post("clock/advance", {"seconds": minutes * MINUTE})
    sim.post(f"payments/{payment_id}/authorize-late")
    return str(sdk.payment.fetch(payment_id)["status"])


@pytest.mark.parametrize(("minutes", "status"), [(11, "captured"), (13, "authorized"), (31, "refunded")])
def test_a_late_payment_is_captured_while_its_order_allows_it(
    sdk: Any, sim: Any, minutes: int, status: str, eventually: Any
) -> None:
    order = an_order(sdk, "automatic", automatic_expiry_period=12, manual_expiry_period=30, refund_speed="normal")
    status_when_late(sdk, sim, order, minutes)
    eventually(lambda: [payment["status"] for payment in sdk.order.payments(order["id"])["items"]] == [status])


def test_an_account_without_a_wish_of_the_order_captures_for_five_days(sdk: Any, sim: Any) -> None:
    order = sdk.order.create(RUPEES_354)
    assert status_when_late(sdk, sim, order, 7199) == "captured"


def test_a_manual_order_waits_for_its_capture_as_long_as_it_said(sdk: Any, sim: Any) -> None:
    order = an_order(sdk, "manual", manual_expiry_period=60, refund_speed="optimum")
    payment_id = sim.pay(order["id"], "authorized")["razorpay_payment_id"]
    sim.post("clock/advance", {"seconds": 59 * MINUTE})
    assert sdk.payment.fetch(payment_id)["status"] == "authorized"
    sim.post("clock/advance", {"seconds": 2 * MINUTE})
    assert sdk.payment.fetch(payment_id)["status"] == "refunded"


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        ({}, "The capture field is required."),
        ({"capture": []}, "The selected capture is invalid."),
        ({"capture": "late"}, "The selected capture is invalid."),
        ({"capture": "automatic", "options": {}}, "options is/are not required and should not be sent"),
        ({"capture": "automatic", "capture_options": 12}, "The capture options must be an array."),
        (
            {"capture": "automatic", "capture_options": {"manual_expiry_period": 60}},
            "The automatic expiry period field is required when capture is automatic.",
        ),
        (
            {"capture": "automatic", "capture_options": {"automatic_expiry_period": 11}},
            "The automatic expiry period must be at least 12.",
        ),
        (
            {"capture": "automatic", "capture_options": {"automatic_expiry_period": 60, "manual_expiry_period": 59}},
            "The manual expiry period must be greater than or equal to the automatic expiry period.",
        ),
        (
            {"capture": "manual", "capture_options": {"manual_expiry_period": 7201}},
            "The manual expiry period may not be greater than 7200.",
        ),
        (
            {"capture": "manual", "capture_options": {"manual_expiry_period": "60"}},
            "The manual expiry period must be an integer.",
        ),
        (
            {"capture": "manual", "capture_options": {"refund_speed": "fast"}},
            "The selected refund speed is invalid.",
        ),
    ],
)
def test_settings_that_are_not_understood_are_refused(sdk: Any, payment: dict[str, Any], words: str) -> None:
    with pytest.raises(razorpay.errors.BadRequestError, match=words):
        sdk.order.create({**RUPEES_354, "payment": payment})
