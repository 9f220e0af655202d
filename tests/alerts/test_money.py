"""Money that waits, goes back or is in doubt: each is seen, and ends by what its page says."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

from pymongo import MongoClient
from tests.alerts.conftest import Watch
from tests.conftest import until

from contracts.ids import new_id
from stack.buyer import Buyer, build, schedule
from stack.calls import call


async def _showtime(watch: Watch, slots: Iterator[int]) -> str:
    return await schedule(watch.client, await build(watch.client, rows=1, cols=8), slot=next(slots))


async def _ordered(watch: Watch, showtime: str, seat: str) -> tuple[Buyer, Any]:
    buyer = await watch.client.buyer()
    held = await buyer.hold(showtime, [seat])
    assert held.status == 201, held
    return buyer, (await buyer.order(held.body["id"])).body


async def _case(watch: Watch, kind: str) -> Any:
    """The open case of a kind."""

    async def opened() -> Any:
        token = await watch.client.admin()
        listed = await watch.client.with_retries("GET", "/api/admin/cases?open=true&pageSize=100", token=token)
        return next((case for case in listed.body["items"] if case["kind"] == kind), None)

    return await until(opened, seconds=120)


def _signal(watch: Watch, service: str, number: signal.Signals) -> None:
    for replica in watch.stack.stack_info["services"][service]:
        os.kill(replica["pid"], number)


async def test_a_guest_who_has_paid_waits_for_a_booking_that_hangs_and_is_named_in_two_steps(
    watch: Watch, slots: Iterator[int]
) -> None:
    _, order = await _ordered(watch, await _showtime(watch, slots), "A1")
    _signal(watch, "booking", signal.SIGSTOP)
    await watch.client.pay(order["orderId"])
    await watch.fires("PaymentsWithoutAnswer")
    said = watch.follow("PaymentsWithoutAnswer", SERVICE="booking")
    assert order["bookingId"] in said
    await watch.clears("PaymentsWithoutAnswer")


async def test_a_refund_that_payment_never_heard_of_is_said_again(watch: Watch, slots: Iterator[int]) -> None:
    """The event is lost with its queue's messages, as with a broker's disks."""
    buyer = await watch.client.buyer()
    booking = await buyer.shown((await buyer.buy(await _showtime(watch, slots), ["A1"]))["id"])
    _signal(watch, "payment", signal.SIGSTOP)
    try:
        cancelled = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
        assert cancelled.status == 200, cancelled
        await until(lambda: _purged(watch, "payment.booking.refund_due.v1"))
    finally:
        _signal(watch, "payment", signal.SIGCONT)
    await watch.fires("RefundsUnanswered")
    assert booking["id"] in watch.follow("RefundsUnanswered")
    await watch.clears("RefundsUnanswered")
    assert (await buyer.settled(booking["id"]))["status"] in {"cancelled", "refunded"}


def _purged(watch: Watch, queue: str) -> bool:
    """Whether there was a message, and is none any more. A worker that was stopped holds what it was handed: its
    connection is closed first."""
    management = watch.stack.stack_info["servers"]["rabbitmq"]["management"]
    of_payment = [
        each["name"]
        for each in call("GET", f"{management}/api/connections").json
        if str(each["client_properties"].get("connection_name", "")).startswith("payment consumers")
    ]
    for name in of_payment:
        call("DELETE", f"{management}/api/connections/{name.replace(' ', '%20').replace('>', '%3E')}")
    messages = call("GET", f"{management}/api/queues/%2F/{queue}").json.get("messages_ready", 0)
    return bool(messages) and call("DELETE", f"{management}/api/queues/%2F/{queue}/contents").status == 204


async def test_refunds_are_refused_for_a_low_balance(watch: Watch, slots: Iterator[int]) -> None:
    buyer = await watch.client.buyer()
    booking = await buyer.shown((await buyer.buy(await _showtime(watch, slots), ["A1"]))["id"])
    await watch.client.call("POST", f"{watch.client.simulator}/_sim/balance", {"amount": 0})
    await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
    await watch.fires("RefundsRefused")
    assert "balance" in watch.follow("RefundsRefused")
    await watch.client.call("POST", f"{watch.client.simulator}/_sim/balance", {"amount": None})  # it is filled up
    await watch.clears("RefundsRefused")


async def test_money_given_back_by_hand_waits_for_a_person(watch: Watch, slots: Iterator[int]) -> None:
    buyer, order = await _ordered(watch, await _showtime(watch, slots), "A1")
    paid = await watch.client.pay(order["orderId"])
    assert (await buyer.decided(paid)).status == 200
    refund = f"{watch.client.simulator}/_sim/payments/{paid['razorpay_payment_id']}/refund"
    await watch.client.call("POST", refund, {})
    await watch.fires("CaseOpen", kind="refund_by_hand")
    watch.follow("CaseOpen", CASE=(await _case(watch, "refund_by_hand"))["id"])
    await watch.clears("CaseOpen")


async def test_an_amount_that_somebody_changed_in_our_books(watch: Watch, slots: Iterator[int]) -> None:
    buyer, order = await _ordered(watch, await _showtime(watch, slots), "A1")
    assert (await buyer.decided(await watch.client.pay(order["orderId"]))).status == 200
    with MongoClient[Any](watch.stack.stack_info["servers"]["mongo"]["uri"]) as mongo:
        payments = mongo["payment"]["payments"]
        payments.update_one({"_id": order["paymentId"]}, {"$inc": {"captures.0.amount": 1}})
        await watch.fires("BooksDiffer", kind="drift")
        watch.follow("BooksDiffer", CASE=(await _case(watch, "drift"))["id"])
        await watch.clears("BooksDiffer")
        payments.update_one({"_id": order["paymentId"]}, {"$inc": {"captures.0.amount": -1}})


async def test_payers_bear_a_fee_that_nobody_accepted(watch: Watch, slots: Iterator[int]) -> None:
    _, order = await _ordered(watch, await _showtime(watch, slots), "A1")
    await watch.client.pay(order["orderId"], feeBearer="customer")
    await watch.fires("CapturesGoBack", reason="fee")
    watch.follow("CapturesGoBack", CASE=(await _case(watch, "difference_not_accepted"))["id"])
    await watch.clears("CapturesGoBack")


async def test_an_order_of_nobodys_with_a_receipt_like_ours_is_paid(watch: Watch) -> None:
    razorpay, keys = watch.client.simulator, watch.stack.stack_info["keys"]["razorpay"]
    api = razorpay.replace("//", f"//{keys['keyId']}:{keys['keySecret']}@")
    order = call("POST", f"{api}/v1/orders", {"amount": 20_000, "currency": "INR", "receipt": new_id("pay")})
    assert order.status == 200, order
    paid = await watch.client.pay(order.json["id"])
    await watch.fires("WebhooksFitNoPayment")
    case = (await _case(watch, "unknown_order"))["id"]
    said = watch.follow("WebhooksFitNoPayment", PAYMENT=paid["razorpay_payment_id"], CASE=case)
    assert '"rfnd_' in said
    await watch.clears("WebhooksFitNoPayment")


async def test_webhooks_of_another_mode(watch: Watch, slots: Iterator[int]) -> None:
    showtime = await _showtime(watch, slots)
    for seat in ("A1", "A2", "A3", "A4"):
        buyer, order = await _ordered(watch, showtime, seat)
        paid = await watch.client.pay(order["orderId"], webhooks={"wrongMode": True, "duplicates": 2})
        assert (await buyer.decided(paid)).status == 200
    await watch.fires("WebhooksRefused", outcome="wrong_mode")
    watch.follow("WebhooksRefused")
    await watch.clears("WebhooksRefused")


async def test_a_provider_that_hangs_is_not_read(watch: Watch) -> None:
    os.kill(watch.stack.stack_info["pids"]["razorpay"], signal.SIGSTOP)
    await watch.fires("ProviderListsBehind", provider="razorpay")
    watch.follow("ProviderListsBehind", PROVIDER="razorpay")
    await watch.clears("ProviderListsBehind")


async def test_webhooks_find_payment_hanging(watch: Watch, slots: Iterator[int]) -> None:
    showtime = await _showtime(watch, slots)
    orders = [(await _ordered(watch, showtime, f"A{seat}"))[1]["orderId"] for seat in range(1, 9)]
    _signal(watch, "payment", signal.SIGSTOP)
    paying = asyncio.create_task(_pay_in_turn(watch, orders))
    await watch.fires("WebhookBudgetBurnsFast")
    await watch.fires("WebhookBudgetBurns")
    watch.follow("WebhookBudgetBurnsFast")
    await watch.clears("WebhookBudgetBurnsFast")
    await watch.clears("WebhookBudgetBurns")
    await paying


async def _pay_in_turn(watch: Watch, orders: list[str]) -> None:
    """A share of bad events is seen in some that come one after the other."""
    for order in orders:
        await watch.client.pay(order)
        await watch.read_again()
