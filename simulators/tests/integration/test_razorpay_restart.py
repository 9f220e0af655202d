"""kill -9 under load: what was answered is in the books, and pending webhooks go out after the restart."""

from __future__ import annotations

import threading
from typing import Any

import requests

from simulators.process import Simulator

CLIENTS = 16


def test_every_answered_order_survives_a_kill(own_razorpay: Simulator, sdk_at: Any, control_of: Any) -> None:
    answered: list[str] = []
    enough = threading.Event()

    def buy(sdk: Any) -> None:
        try:
            while True:
                answered.append(sdk.order.create({"amount": 35400, "currency": "INR"}, timeout=60)["id"])
                if len(answered) > 200:
                    enough.set()
        except requests.exceptions.RequestException:
            return

    clients = [threading.Thread(target=buy, args=(sdk_at(own_razorpay.url),)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    assert enough.wait(120)
    own_razorpay.kill()
    for client in clients:
        client.join()
    own_razorpay.start()
    kept = {order["id"] for order in control_of(own_razorpay.url).get("ledger")["orders"]}
    assert set(answered) <= kept
    assert len(kept) <= len(answered) + CLIENTS


def test_payments_and_orders_agree_after_a_kill(own_razorpay: Simulator, sdk_at: Any, control_of: Any) -> None:
    sdk, sim = sdk_at(own_razorpay.url), control_of(own_razorpay.url)
    order = sdk.order.create({"amount": 35400, "currency": "INR"})
    sim.pay(order["id"], webhooks={"deliver": False})
    own_razorpay.kill()
    own_razorpay.start()
    ledger = sim.get("ledger")
    assert [entry["status"] for entry in ledger["orders"]] == ["paid"]
    assert [entry["status"] for entry in ledger["payments"]] == ["captured"]
    assert len(sim.get("calls")) == 1


def test_what_was_pending_at_a_kill_happens_after_the_restart(
    own_razorpay: Simulator, sdk_at: Any, control_of: Any, inbox: Any, eventually: Any
) -> None:
    sdk, sim = sdk_at(own_razorpay.url), control_of(own_razorpay.url)
    order = sdk.order.create({"amount": 35400, "currency": "INR"})
    inbox.answers.append(500)
    payment_id = sim.pay(order["id"], webhooks={"delayMs": 3_600_000})["razorpay_payment_id"]
    refund_id = sdk.payment.refund(payment_id, {"amount": 2468})["id"]
    own_razorpay.kill()
    own_razorpay.start()
    assert not any(b"order.paid" in body for _, body in inbox.received)
    sim.post("clock/advance", {"seconds": 3600})
    eventually(lambda: any(b"order.paid" in body for _, body in inbox.received))
    eventually(lambda: sdk_at(own_razorpay.url).refund.fetch(refund_id)["status"] == "failed")
    own_razorpay.kill()
    own_razorpay.start()
    assert sim.post("clock/advance", {"seconds": 0})["now"] > order["created_at"] + 3000
