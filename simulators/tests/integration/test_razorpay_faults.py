"""Faults as the real SDK meets them: what it raises, and what was committed all the same."""

from __future__ import annotations

from typing import Any

import pytest
import razorpay
import requests

RUPEES_354 = {"amount": 35400, "currency": "INR"}
HASTY = (60, 2)  # to connect, and then to read: the provider has long taken the call when its caller gives up


def create(sdk: Any, timeout: Any = 60) -> Any:
    return sdk.order.create(dict(RUPEES_354), timeout=timeout)


def orders(sim: Any) -> int:
    return len(sim.get("ledger")["orders"])


def test_a_reset_before_commits_nothing_and_a_reset_after_does(sdk: Any, sim: Any) -> None:
    for kind, committed in (("reset_before", 0), ("reset_after", 1)):
        sim.fault(kind=kind, route="POST /v1/orders", times=1)
        with pytest.raises(requests.exceptions.ConnectionError):
            create(sdk)
        assert orders(sim) == committed


def test_a_hang_commits_nothing_and_a_timeout_after_commit_does(sdk: Any, sim: Any) -> None:
    for kind, committed in (("hang", 0), ("timeout_after_commit", 1)):
        sim.fault(kind=kind, route="POST /v1/orders", times=1)
        with pytest.raises(requests.exceptions.ReadTimeout):
            create(sdk, timeout=HASTY)
        assert orders(sim) == committed
    assert create(sdk)["status"] == "created"


def test_a_hang_may_end_by_itself(sdk: Any, sim: Any) -> None:
    sim.fault(kind="hang", value=50, times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        create(sdk)


@pytest.mark.parametrize("value", [None, 200, 504])
def test_html_is_no_json_for_the_sdk(sdk: Any, sim: Any, value: int | None) -> None:
    sim.fault(kind="html", value=value, times=1)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        create(sdk)
    assert sdk.seen.status == (value or 502)


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (429, razorpay.errors.BadRequestError),
        (500, razorpay.errors.ServerError),
        (503, razorpay.errors.ServerError),
        (502, razorpay.errors.GatewayError),
        (504, razorpay.errors.GatewayError),
    ],
)
def test_a_status_comes_with_its_code(sdk: Any, sim: Any, status: int, raised: type[Exception]) -> None:
    sim.fault(kind="status", value=status, times=1)
    with pytest.raises(raised):
        create(sdk)
    assert (sdk.seen.status, orders(sim)) == (status, 0)


def test_an_empty_504_is_no_json_either(sdk: Any, sim: Any) -> None:
    sim.fault(kind="status", value=504, body="empty", times=1)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        create(sdk)


def test_a_refund_whose_answer_was_lost_is_made_once(sdk: Any, sim: Any, eventually: Any) -> None:
    payment_id = sim.pay(create(sdk)["id"])["razorpay_payment_id"]
    sim.fault(kind="timeout_after_commit", route="/v1/payments/{id}/refund", times=1)
    key = {"X-Refund-Idempotency": "refund-0001"}
    with pytest.raises(requests.exceptions.ReadTimeout):
        sdk.payment.refund(payment_id, {"amount": 1000}, headers=key, timeout=HASTY)

    def answered() -> bool:
        try:
            return bool(sdk.payment.refund(payment_id, {"amount": 1000}, headers=key, timeout=60))
        except razorpay.errors.BadRequestError as error:  # until the provider sees that the first client has gone
            if "still in progress" not in str(error):
                raise
            return False

    eventually(answered)
    assert len(sim.get("ledger")["refunds"]) == 1
    keys = {call["idempotencyKey"] for call in sim.get("calls") if call["path"].endswith("/refund")}
    assert keys == {"refund-0001"}


def test_the_call_log_has_every_call_in_order(sdk: Any, sim: Any) -> None:
    sim.fault(kind="reset_before", route="/v1/payments", times=1)
    order = create(sdk)
    with pytest.raises(requests.exceptions.ConnectionError):
        sdk.payment.all()
    with pytest.raises(razorpay.errors.BadRequestError):
        sdk.order.create({"amount": 1})
    calls = sim.get("calls")
    assert [(call["method"], call["path"], call["status"]) for call in calls] == [
        ("POST", "/v1/orders", 200),
        ("GET", "/v1/payments", None),
        ("POST", "/v1/orders", 400),
    ]
    assert calls[0]["body"] == RUPEES_354
    assert order["id"]


def test_faults_can_be_listed_and_taken_away(sdk: Any, sim: Any) -> None:
    sim.fault(kind="status", value=500)
    assert [fault["kind"] for fault in sim.get("faults")] == ["status"]
    sim.clear_faults()
    assert create(sdk)["status"] == "created"
    sim.post("faults", {"kind": "explode"}, status=422)


def test_checkout_is_served_to_any_page(sim: Any) -> None:
    page = {"Origin": "http://shop.example"}
    answer = requests.get(f"{sim.url}/v1/checkout.js", headers=page, timeout=60)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "window.Razorpay" in answer.text
    asked = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert requests.options(f"{sim.url}/_sim/orders/order_x/pay", headers=asked, timeout=60).status_code == 200


def test_beyond_its_rate_a_provider_answers_429(sdk: Any, sim: Any) -> None:
    sim.fault(kind="rate", value=0, route="POST /v1/orders")
    with pytest.raises(razorpay.errors.BadRequestError):
        create(sdk)
    assert (sdk.seen.status, orders(sim)) == (429, 0)
    sim.clear_faults()
    assert create(sdk)["status"] == "created"
