"""A capture that is not what its order asked for: this stack's account takes offers, and lets no payer bear the fee."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, build, schedule


async def _ordered(client: StackClient, slots: Iterator[int]) -> tuple[Buyer, dict[str, Any]]:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1", "A2"])
    return buyer, (await buyer.order(held.body["id"])).body


async def _ledger(client: StackClient, kind: str, payment_id: str) -> list[dict[str, Any]]:
    entries = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body[kind]
    return [one for one in entries if payment_id in {one["id"], one.get("payment_id")}]


async def test_an_offer_that_the_account_takes_is_a_booking_and_a_cancellation_gives_back_what_was_captured(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    buyer, ordered = await _ordered(client, slots)
    paid = await client.pay(ordered["orderId"], offer="offer_Sim00000000001")
    booking = (await buyer.decided(paid)).body
    (captured,) = await _ledger(client, "payments", paid["razorpay_payment_id"])
    assert (booking["status"], booking["amount"]) == ("confirmed", ordered["amount"])
    payment = (await buyer.call("GET", f"/api/payments/{ordered['paymentId']}")).body
    assert payment["difference"] == {"amount": captured["amount"] - ordered["amount"], "reason": "offer"}
    assert captured["amount"] < ordered["amount"]
    stack.audit()
    assert (await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")).status == 200

    async def refunded() -> dict[str, Any] | None:
        refund = (await buyer.booking(booking["id"])).body["refund"]
        return refund if refund["status"] == "done" else None

    assert (await until(refunded))["amount"] == captured["amount"]
    assert [one["amount"] for one in await _ledger(client, "refunds", captured["id"])] == [captured["amount"]]
    stack.audit()


async def test_a_fee_on_top_that_the_account_is_not_set_up_for_goes_back_and_is_a_case_that_names_the_setting(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    buyer, ordered = await _ordered(client, slots)
    paid = await client.pay(ordered["orderId"], feeBearer="customer")
    answer = await buyer.decided(paid)
    assert (answer.status, answer.code) == (402, "payment_failed")
    (captured,) = await _ledger(client, "payments", paid["razorpay_payment_id"])
    refunds = await until(lambda: _ledger(client, "refunds", captured["id"]))
    assert [one["amount"] for one in refunds] == [captured["amount"]]
    assert captured["amount"] > ordered["amount"]

    async def opened() -> dict[str, Any] | None:
        listed = await client.with_retries("GET", "/api/admin/cases?open=true&pageSize=100", token=await client.admin())
        return next((case for case in listed.body["items"] if case["paymentId"] == ordered["paymentId"]), None)

    case = await until(opened)
    assert (case["kind"], case["bookingId"]) == ("difference_not_accepted", ordered["bookingId"])
    assert case["amount"] == captured["amount"] - ordered["amount"]
    assert "RAZORPAY_ACCEPTED_DIFFERENCES=fee" in case["detail"]
    stack.audit()
