"""What comes back: by a theater's tiers, after a show was moved, and when the theater cancels a booking itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, Stage, build, schedule

TIERS = [{"hoursBefore": 8000, "refundPercent": 100}, {"hoursBefore": 1.5, "refundPercent": 35}]


async def _strict_theater(client: StackClient) -> Stage:
    """Of a sale within months of the start 35 % of price and tax come back, and no fees."""
    stage = await build(client, rows=2, cols=6)
    path = f"/api/admin/theaters/{stage.theater_id}"
    policy = {"cancellationPolicy": {"tiers": TIERS, "feesRefunded": False}}
    assert (await client.with_retries("PATCH", path, policy, token=await client.admin())).status == 200
    return stage


async def _refunded(client: StackClient, buyer: Buyer, booking: dict[str, Any]) -> int | None:
    """How much of the booking's capture went back in the provider's books, once payment and booking know of it."""
    now = (await buyer.booking(booking["id"])).body
    if now.get("refund", {}).get("status") != "done":
        return None
    payment = (await buyer.call("GET", f"/api/payments/{booking['paymentId']}")).body
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    return sum(int(refund["amount"]) for refund in ledger["refunds"] if refund["payment_id"] == payment["providerRef"])


async def test_a_guest_gets_back_what_the_quote_said(stack: Stack, client: StackClient, slots: Iterator[int]) -> None:
    showtime = await schedule(client, await _strict_theater(client), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1", "A2"])
    path = f"/api/bookings/{booking['id']}"
    await buyer.shown(booking["id"])
    quote = (await buyer.call("GET", f"{path}/cancel-quote")).body
    taxed = [seat["price"] + round(seat["price"] * 0.18) for seat in booking["seats"]]
    assert (quote["tier"], quote["feesRefunded"]) == ({"hoursBefore": 1.5, "refundPercent": 35}, False)
    assert quote["refund"] == sum((35 * amount + 50) // 100 for amount in taxed)
    assert quote["kept"] + quote["refund"] == quote["paid"] == booking["amount"]
    refused = await buyer.call("POST", f"{path}/cancel", {"expectedRefund": booking["amount"]})
    assert (refused.code, refused.body["refund"]) == ("refund_changed", quote["refund"])
    cancelled = await buyer.with_retries("POST", f"{path}/cancel", {"expectedRefund": quote["refund"]})
    assert (cancelled.status, cancelled.body["refund"]["amount"]) == (200, quote["refund"])
    assert await until(lambda: _refunded(client, buyer, booking)) == quote["refund"]
    stack.audit()


async def test_a_guest_of_a_moved_show_is_told_by_mail_and_gets_all_back(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    stage, slot = await _strict_theater(client), next(slots)
    showtime = await schedule(client, stage, slot=slot)
    buyer, other = await client.buyer(), await client.buyer()
    booking = await buyer.buy(showtime, ["A1", "A2"])
    held = await other.hold(showtime, ["B1"])
    ordered = (await other.order(held.body["id"])).body
    before = await buyer.shown(booking["id"])
    start_at = datetime.fromisoformat(before["showtime"]["startAt"])
    moved = (start_at + timedelta(minutes=30)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    done = await client.with_retries(
        "PATCH", f"/api/admin/showtimes/{showtime}", {"startAt": moved}, token=await client.admin()
    )
    assert done.status == 200, done
    assert (await other.decided(await client.pay(ordered["orderId"]))).status == 200
    for guest, reference in ((buyer, booking["id"]), (other, ordered["bookingId"])):
        await until(lambda guest=guest: _told(client, guest))
        quote = (await guest.call("GET", f"/api/bookings/{reference}/cancel-quote")).body
        assert (quote["kept"], quote["refund"], quote["feesRefunded"]) == (0, quote["paid"], True)
        assert datetime.fromisoformat(quote["validUntil"]) == start_at
    now = (await buyer.booking(booking["id"])).body
    assert (now["showtime"]["startAt"], now["qrCode"]) == (moved, before["qrCode"])
    assert (await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")).status == 200
    assert await until(lambda: _refunded(client, buyer, booking)) == booking["amount"]
    stack.audit()


async def _told(client: StackClient, buyer: Buyer) -> bool:
    """Whether exactly one mail tells of a new time."""
    mails = (await client.call("GET", f"{client.stack_info['mail']['http']}/messages?to={buyer.user['email']}")).body
    return sum("has moved your show" in mail["text"] for mail in mails) == 1


async def test_a_theater_cancels_a_booking_with_and_without_a_refund(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await _strict_theater(client), slot=next(slots))
    buyer = await client.buyer()
    whole, nothing = [await buyer.buy(showtime, seats) for seats in (["A1"], ["A2"])]
    for booking, refund, amount in ((whole, "full", whole["amount"]), (nothing, "none", 0)):
        path = f"/api/admin/bookings/{booking['id']}/cancel"
        wish = {"reason": "the seat is broken", "refund": refund}
        assert (await buyer.call("POST", path, wish)).code == "forbidden"
        answer = await client.with_retries("POST", path, wish, token=await client.admin())
        assert (answer.body["status"], answer.body["reason"]) == ("cancelled", "by_theater")
        assert await until(lambda booking=booking: _sum(client, buyer, booking)) == {"sum": amount}
    await until(lambda: _all_free(client, showtime))
    stack.audit()


async def _sum(client: StackClient, buyer: Buyer, booking: dict[str, Any]) -> dict[str, int] | None:
    amount = await _refunded(client, buyer, booking)
    return None if amount is None else {"sum": amount}


async def _all_free(client: StackClient, showtime: str) -> bool:
    state = (await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body.get("state")
    return bool(state == "a" * 12)


@pytest.mark.parametrize("share", [1, 4])
async def test_a_ticket_refunded_by_hand_stays_good_until_the_theater_cancels_it(
    stack: Stack, client: StackClient, slots: Iterator[int], share: int
) -> None:
    showtime = await schedule(client, await _strict_theater(client), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1", "A2"])
    gone = booking["amount"] // share
    payment = (await buyer.call("GET", f"/api/payments/{booking['paymentId']}")).body
    await client.call("POST", f"{client.simulator}/_sim/payments/{payment['providerRef']}/refund", {"amount": gone})
    assert await until(lambda: _refunded(client, buyer, booking)) == gone
    now = (await buyer.booking(booking["id"])).body
    assert (now["status"], now["qrCode"], now["refund"]["amount"]) == ("confirmed", booking["qrCode"], gone)
    quote = (await buyer.call("GET", f"/api/bookings/{booking['id']}/cancel-quote")).body
    assert quote["paid"] == booking["amount"] - gone
    path, wish = f"/api/admin/bookings/{booking['id']}/cancel", {"reason": "refunded by hand", "refund": "full"}
    cancelled = await client.with_retries("POST", path, wish, token=await client.admin())
    assert (cancelled.body["status"], cancelled.body["refund"]["amount"]) == ("cancelled", booking["amount"])
    assert await until(lambda: _refunded(client, buyer, booking)) == booking["amount"]
    await until(lambda: _all_free(client, showtime))
    stack.audit()
