"""Sales by Stripe through the gateway: from the hold to the ticket, and what else a payment intent comes to."""

import asyncio
from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Answer, Buyer, StackClient, build, schedule

AN_INTENT = {
    "paymentId",
    "bookingId",
    "provider",
    "paymentIntentId",
    "clientSecret",
    "amount",
    "currency",
    "publishableKey",
}


async def _held(client: StackClient, slots: Iterator[int]) -> tuple[str, Buyer, dict[str, Any]]:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    return showtime, buyer, (await buyer.hold(showtime, ["A1", "A2"])).body


async def _intent(buyer: Buyer, hold_id: str) -> dict[str, Any]:
    """The hold's open intent, as a page gets it."""
    answer = await buyer.with_retries("POST", "/api/payments/create-intent", {"holdId": hold_id})
    assert (answer.status, set(answer.body)) == (201, AN_INTENT), answer
    body: dict[str, Any] = answer.body
    return body


async def _pay(client: StackClient, intent_id: str, outcome: str = "succeeded", **more: Any) -> Answer:
    url = f"{client.stack_info['simulators']['stripe']}/_sim/payment_intents/{intent_id}/pay"
    return await client.call("POST", url, {"outcome": outcome, **more})


async def _confirm(buyer: Buyer, intent_id: str) -> Answer:
    return await buyer.with_retries("POST", "/api/bookings/confirm", {"paymentIntentId": intent_id})


async def _decided(buyer: Buyer, intent_id: str) -> Answer:
    """Confirm, again while payment or seats still settle."""

    async def verdict() -> Answer | None:
        answer = await _confirm(buyer, intent_id)
        return None if answer.status == 202 or answer.code == "payment_pending" else answer

    answer: Answer = await until(verdict)
    return answer


async def _ledger(client: StackClient, kind: str, intent_id: str) -> list[dict[str, Any]]:
    """The provider's entities of an intent, or the intent itself."""
    ledger = (await client.call("GET", f"{client.stack_info['simulators']['stripe']}/_sim/ledger")).body
    name = "id" if kind == "payment_intents" else "payment_intent"
    return [entity for entity in ledger[kind] if entity[name] == intent_id]


async def _until_canceled(client: StackClient, intent_id: str) -> None:
    async def canceled() -> bool:
        (intent,) = await _ledger(client, "payment_intents", intent_id)
        return bool(intent["status"] == "canceled")

    await until(canceled)


async def test_a_sale_by_stripe_ends_in_a_ticket_and_its_cancellation_in_a_refund(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held = await _held(client, slots)
    intent = await _intent(buyer, held["id"])
    assert (intent["provider"], intent["amount"], intent["bookingId"]) == (
        "stripe",
        held["quote"]["total"],
        held["bookingId"],
    )
    assert intent["publishableKey"] == client.stack_info["keys"]["stripe"]["publishableKey"]
    intent_id = intent["paymentIntentId"]
    nothing_yet = await _confirm(buyer, intent_id)
    assert (nothing_yet.status, nothing_yet.code) == (402, "payment_pending")
    assert (await _pay(client, intent_id)).status == 200
    booking = (await _decided(buyer, intent_id)).body
    assert (booking["status"], booking["paymentId"], booking["amount"]) == (
        "confirmed",
        intent["paymentId"],
        intent["amount"],
    )
    assert booking["qrCode"]
    payment = (await buyer.call("GET", f"/api/payments/{intent['paymentId']}")).body
    assert (payment["provider"], payment["providerRef"], payment["status"]) == ("stripe", intent_id, "succeeded")
    await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
    refunds = await until(lambda: _ledger(client, "refunds", intent_id))
    assert [(refund["amount"], refund["status"]) for refund in refunds] == [(intent["amount"], "succeeded")]

    async def done() -> bool:
        now = (await buyer.booking(booking["id"])).body
        return bool(now["refund"]["status"] == "done")

    await until(done)
    stack.audit()


async def test_a_declined_card_may_be_followed_by_another_and_an_intent_is_its_guests_alone(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held = await _held(client, slots)
    intent_id = (await _intent(buyer, held["id"]))["paymentIntentId"]
    await _pay(client, intent_id, "failed")
    declined = await _decided(buyer, intent_id)
    assert (declined.status, declined.code) == (402, "payment_failed")
    stranger = await client.buyer()
    theirs = await _confirm(stranger, intent_id)
    assert (theirs.status, theirs.code) == (404, "booking_not_found")
    await _pay(client, intent_id, "processing")
    assert (await _confirm(buyer, intent_id)).status == 202
    await _pay(client, intent_id, webhooks={"deliver": False})
    assert (await _decided(buyer, intent_id)).body["status"] == "confirmed"


async def test_the_intent_of_a_hold_that_is_let_go_is_canceled_and_its_seats_do_not_wait(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime, buyer, held = await _held(client, slots)
    intent_id = (await _intent(buyer, held["id"]))["paymentIntentId"]
    faults = f"{client.stack_info['simulators']['stripe']}/_sim/faults"
    fault = {"route": f"POST /v1/payment_intents/{intent_id}/cancel", "kind": "status", "value": 503, "times": 2}
    await client.call("POST", faults, fault)
    assert (await buyer.with_retries("DELETE", f"/api/seats/hold/{held['id']}")).status == 204
    assert (await (await client.buyer()).hold(showtime, ["A1", "A2"])).status == 201
    await _until_canceled(client, intent_id)
    refused = await buyer.call("POST", "/api/payments/create-intent", {"holdId": held["id"]})
    assert (refused.status, refused.code) == (409, "hold_expired")
    assert (await _pay(client, intent_id)).status == 400


async def test_money_that_comes_before_the_intent_is_canceled_goes_back_where_the_seats_are_anothers(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime, buyer, held = await _held(client, slots)
    intent = await _intent(buyer, held["id"])
    intent_id = intent["paymentIntentId"]
    faults = f"{client.stack_info['simulators']['stripe']}/_sim/faults"
    await client.call("POST", faults, {"route": f"POST /v1/payment_intents/{intent_id}/cancel", "kind": "reset_before"})
    await buyer.with_retries("DELETE", f"/api/seats/hold/{held['id']}")
    assert (await (await client.buyer()).hold(showtime, ["A2", "A3"])).status == 201
    await _pay(client, intent_id)
    await client.call("DELETE", faults)
    answer = await _decided(buyer, intent_id)
    assert (answer.status, answer.code) == (409, "seats_lost")
    refunds = await until(lambda: _ledger(client, "refunds", intent_id))
    assert [refund["amount"] for refund in refunds] == [intent["amount"]]


async def test_a_hold_that_is_paid_at_both_providers_is_one_booking_and_the_second_money_goes_back(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held = await _held(client, slots)
    intent, ordered = await _intent(buyer, held["id"]), (await buyer.order(held["id"])).body
    assert (intent["paymentId"], intent["bookingId"]) == (ordered["paymentId"], ordered["bookingId"])
    paid = await client.pay(ordered["orderId"])
    booking = (await buyer.decided(paid)).body
    assert booking["status"] == "confirmed"
    await _pay(client, intent["paymentIntentId"])
    refunds = await until(lambda: _ledger(client, "refunds", intent["paymentIntentId"]))
    assert [refund["amount"] for refund in refunds] == [intent["amount"]]
    confirmed = await _decided(buyer, intent["paymentIntentId"])
    assert (confirmed.status, confirmed.body["id"]) == (200, booking["id"])
    payment = (await buyer.call("GET", f"/api/payments/{intent['paymentId']}")).body
    assert (payment["provider"], payment["providerRef"]) == ("razorpay", paid["razorpay_payment_id"])
    assert await _ledger(client, "payment_intents", intent["paymentIntentId"])
    stack.audit()


async def test_many_who_ask_at_once_get_one_intent_and_a_total_of_nothing_none(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held = await _held(client, slots)
    intents = await asyncio.gather(*(_intent(buyer, held["id"]) for _ in range(5)))
    assert len({intent["paymentIntentId"] for intent in intents}) == 1
    free = await schedule(client, await build(client, rows=1, cols=2), slot=next(slots), price=0, currency="EUR")
    unpaid = await buyer.hold(free, ["A1"])
    answer = await buyer.with_retries(
        "POST", "/api/payments/create-intent", {"bookingDraft": {"holdId": unpaid.body["id"]}}
    )
    assert (answer.status, answer.body["provider"], answer.body["amount"]) == (201, "free", 0)
    assert (await buyer.settled(answer.body["bookingId"]))["status"] == "confirmed"
