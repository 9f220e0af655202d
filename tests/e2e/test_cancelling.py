"""What comes back: by a theater's tiers, after a show was moved, and when the theater cancels a booking itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Stack, until

from bench.buyer import House, Stage, Visitor, build, schedule

TIERS = [{"hoursBefore": 240, "refundPercent": 100}, {"hoursBefore": 1.5, "refundPercent": 35}]


async def _strict_theater(house: House) -> Stage:
    """Of a sale days before the start 35 % of price and tax come back, and no fees."""
    stage = await build(house, rows=2, cols=6)
    path = f"/api/admin/theaters/{stage.theater_id}"
    policy = {"cancellationPolicy": {"tiers": TIERS, "feesRefunded": False}}
    assert (await house.patiently("PATCH", path, policy, token=await house.admin())).status == 200
    return stage


async def _refunded(house: House, visitor: Visitor, booking: dict[str, Any]) -> int | None:
    """How much of the booking's capture went back in the provider's books, once payment and booking know of it."""
    now = (await visitor.booking(booking["id"])).body
    if now.get("refund", {}).get("status") != "done":
        return None
    payment = (await visitor.call("GET", f"/api/payments/{booking['paymentId']}")).body
    ledger = (await house.call("GET", f"{house.simulator}/_sim/ledger")).body
    return sum(one["amount"] for one in ledger["refunds"] if one["payment_id"] == payment["providerRef"])


async def test_a_guest_gets_back_what_the_quote_said(stack: Stack, house: House, slots: Iterator[int]) -> None:
    showtime = await schedule(house, await _strict_theater(house), slot=next(slots))
    visitor = await house.visitor()
    booking = await visitor.buy(showtime, ["A1", "A2"])
    path = f"/api/bookings/{booking['id']}"
    await visitor.shown(booking["id"])
    quote = (await visitor.call("GET", f"{path}/cancel-quote")).body
    taxed = [seat["price"] + round(seat["price"] * 0.18) for seat in booking["seats"]]
    assert (quote["tier"], quote["feesRefunded"]) == ({"hoursBefore": 1.5, "refundPercent": 35}, False)
    assert quote["refund"] == sum((35 * amount + 50) // 100 for amount in taxed)
    assert quote["kept"] + quote["refund"] == quote["paid"] == booking["amount"]
    refused = await visitor.call("POST", f"{path}/cancel", {"expectedRefund": booking["amount"]})
    assert (refused.code, refused.body["refund"]) == ("refund_changed", quote["refund"])
    cancelled = await visitor.patiently("POST", f"{path}/cancel", {"expectedRefund": quote["refund"]})
    assert (cancelled.status, cancelled.body["refund"]["amount"]) == (200, quote["refund"])
    assert await until(lambda: _refunded(house, visitor, booking)) == quote["refund"]
    stack.audit()


async def test_a_guest_of_a_moved_show_is_told_by_mail_and_gets_all_back(
    stack: Stack, house: House, slots: Iterator[int]
) -> None:
    stage, slot = await _strict_theater(house), next(slots)
    showtime = await schedule(house, stage, slot=slot)
    visitor, other = await house.visitor(), await house.visitor()
    booking = await visitor.buy(showtime, ["A1", "A2"])
    held = await other.hold(showtime, ["B1"])
    ordered = (await other.order(held.body["id"])).body
    before = await visitor.shown(booking["id"])
    start_at = datetime.fromisoformat(before["showtime"]["startAt"])
    moved = (start_at + timedelta(minutes=30)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    done = await house.patiently(
        "PATCH", f"/api/admin/showtimes/{showtime}", {"startAt": moved}, token=await house.admin()
    )
    assert done.status == 200, done
    assert (await other.decided(await house.pay(ordered["orderId"]))).status == 200
    for guest, reference in ((visitor, booking["id"]), (other, ordered["bookingId"])):
        await until(lambda guest=guest: _told(house, guest))  # type: ignore[misc]  # bound per turn
        quote = (await guest.call("GET", f"/api/bookings/{reference}/cancel-quote")).body
        assert (quote["kept"], quote["refund"], quote["feesRefunded"]) == (0, quote["paid"], True)
        assert datetime.fromisoformat(quote["validUntil"]) == start_at
    now = (await visitor.booking(booking["id"])).body
    assert (now["showtime"]["startAt"], now["qrCode"]) == (moved, before["qrCode"])
    assert (await visitor.patiently("POST", f"/api/bookings/{booking['id']}/cancel")).status == 200
    assert await until(lambda: _refunded(house, visitor, booking)) == booking["amount"]
    stack.audit()


async def _told(house: House, visitor: Visitor) -> bool:
    """Whether exactly one mail tells of a new time."""
    mails = (await house.call("GET", f"{house.facts['mail']['http']}/messages?to={visitor.user['email']}")).body
    return sum("has moved your show" in mail["text"] for mail in mails) == 1


async def test_a_theater_cancels_a_booking_with_and_without_a_refund(
    stack: Stack, house: House, slots: Iterator[int]
) -> None:
    showtime = await schedule(house, await _strict_theater(house), slot=next(slots))
    visitor = await house.visitor()
    whole, nothing = [await visitor.buy(showtime, seats) for seats in (["A1"], ["A2"])]
    for booking, refund, amount in ((whole, "full", whole["amount"]), (nothing, "none", 0)):
        path = f"/api/admin/bookings/{booking['id']}/cancel"
        wish = {"reason": "the seat is broken", "refund": refund}
        assert (await visitor.call("POST", path, wish)).code == "forbidden"
        answer = await house.patiently("POST", path, wish, token=await house.admin())
        assert (answer.body["status"], answer.body["reason"]) == ("cancelled", "by_theater")
        assert await until(lambda booking=booking: _sum(house, visitor, booking)) == {"sum": amount}  # type: ignore[misc]  # bound per turn
    await until(lambda: _all_free(house, showtime))
    stack.audit()


async def _sum(house: House, visitor: Visitor, booking: dict[str, Any]) -> dict[str, int] | None:
    amount = await _refunded(house, visitor, booking)
    return None if amount is None else {"sum": amount}


async def _all_free(house: House, showtime: str) -> bool:
    state = (await house.call("GET", f"/api/seats/state?showtimeId={showtime}")).body.get("state")
    return bool(state == "a" * 12)


@pytest.mark.parametrize("share", [1, 4])
async def test_a_ticket_refunded_by_hand_stays_good_until_the_theater_cancels_it(
    stack: Stack, house: House, slots: Iterator[int], share: int
) -> None:
    showtime = await schedule(house, await _strict_theater(house), slot=next(slots))
    visitor = await house.visitor()
    booking = await visitor.buy(showtime, ["A1", "A2"])
    gone = booking["amount"] // share
    payment = (await visitor.call("GET", f"/api/payments/{booking['paymentId']}")).body
    await house.call("POST", f"{house.simulator}/_sim/payments/{payment['providerRef']}/refund", {"amount": gone})
    assert await until(lambda: _refunded(house, visitor, booking)) == gone
    now = (await visitor.booking(booking["id"])).body
    assert (now["status"], now["qrCode"], now["refund"]["amount"]) == ("confirmed", booking["qrCode"], gone)
    quote = (await visitor.call("GET", f"/api/bookings/{booking['id']}/cancel-quote")).body
    assert quote["paid"] == booking["amount"] - gone
    path, wish = f"/api/admin/bookings/{booking['id']}/cancel", {"reason": "refunded by hand", "refund": "full"}
    cancelled = await house.patiently("POST", path, wish, token=await house.admin())
    assert (cancelled.body["status"], cancelled.body["refund"]["amount"]) == ("cancelled", booking["amount"])
    assert await until(lambda: _refunded(house, visitor, booking)) == booking["amount"]
    await until(lambda: _all_free(house, showtime))
    stack.audit()
