"""A ticket refunded by hand at the provider: a case that the theater keeps by a note, or ends by cancelling."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, build, schedule


async def _refunded_by_hand(client: StackClient, slots: Iterator[int], **how: Any) -> tuple[Buyer, dict[str, Any]]:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1"])
    payment = (await buyer.call("GET", f"/api/payments/{booking['paymentId']}")).body
    await client.call("POST", f"{client.simulator}/_sim/payments/{payment['providerRef']}/refund", how)
    return buyer, booking


async def _case_of(client: StackClient, booking_id: str, **query: str) -> dict[str, Any] | None:
    asked = "&".join(f"{name}={value}" for name, value in {"pageSize": "100", **query}.items())
    answer = await client.with_retries("GET", f"/api/admin/cases?{asked}", token=await client.admin())
    assert answer.status == 200, answer
    return next((case for case in answer.body["items"] if case["bookingId"] == booking_id), None)


async def test_without_any_webhook_it_is_a_case_within_a_minute_and_a_note_keeps_the_booking(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    buyer, booking = await _refunded_by_hand(client, slots, webhooks={"deliver": False})
    case = await until(lambda: _case_of(client, booking["id"], open="true"))
    assert (case["kind"], case["amount"], case["paymentId"]) == (
        "refund_by_hand",
        booking["amount"],
        booking["paymentId"],
    )
    path, note = f"/api/admin/cases/{case['id']}/close", {"note": "kept: the guest was given the evening"}
    assert (await buyer.call("POST", path, note)).code == "forbidden"
    closed = await client.with_retries("POST", path, note, token=await client.admin())
    assert (closed.status, closed.body["note"]) == (200, note["note"])
    assert await _case_of(client, booking["id"], open="true") is None
    assert (await buyer.booking(booking["id"])).body["status"] == "confirmed"
    stack.audit()


async def test_cancelling_the_booking_without_a_refund_closes_its_case(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    buyer, booking = await _refunded_by_hand(client, slots)
    await until(lambda: _case_of(client, booking["id"], open="true"))
    wish = {"reason": "refunded at the desk", "refund": "none"}
    path = f"/api/admin/bookings/{booking['id']}/cancel"
    cancelled = await client.with_retries("POST", path, wish, token=await client.admin())
    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    closed = await until(lambda: _case_of(client, booking["id"], open="false"))
    assert "by_theater" in closed["note"]
    assert closed["closedAt"] >= closed["openedAt"]
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    payment = (await buyer.call("GET", f"/api/payments/{booking['paymentId']}")).body
    gone = [one["amount"] for one in ledger["refunds"] if one["payment_id"] == payment["providerRef"]]
    assert gone == [booking["amount"]]
    stack.audit()
