"""Showtimes that cost nothing, next to nothing, or an amount that no provider takes to the last digit."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, build, schedule


async def _showtime(client: StackClient, slots: Iterator[int], price: int, currency: str = "EUR") -> str:
    """In euros there are no fees by default."""
    return await schedule(client, await build(client, rows=1, cols=4), slot=next(slots), price=price, currency=currency)


async def _booked(client: StackClient, showtime: str, seats: list[str]) -> tuple[Buyer, dict[str, Any], dict[str, Any]]:
    """A guest's order of these seats and the hold; nothing is paid."""
    buyer = await client.buyer()
    held = await buyer.hold(showtime, seats)
    assert (held.status, held.body["quote"]["total"]) == (201, 0), held
    ordered = await buyer.order(held.body["id"])
    assert ordered.status == 201, ordered
    return buyer, held.body, ordered.body


async def _status(buyer: Buyer, booking_id: str, wanted: str) -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        answer = await buyer.booking(booking_id)
        return answer.body if answer.status == 200 and answer.body["status"] == wanted else None

    return dict(await until(found))


async def _orders_of(client: StackClient, booking_id: str) -> list[dict[str, Any]]:
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    return [order for order in ledger["orders"] if order["notes"]["booking_id"] == booking_id]


async def test_a_free_booking_confirms_by_itself_and_is_cancelled_for_nothing(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots, 0)
    buyer, held, ordered = await _booked(client, showtime, ["A1", "A2"])
    assert ordered == {
        "paymentId": ordered["paymentId"],
        "bookingId": held["bookingId"],
        "provider": "free",
        "amount": 0,
        "currency": "EUR",
    }
    booking = await _status(buyer, ordered["bookingId"], "confirmed")
    assert (booking["amount"], booking["paymentId"]) == (0, ordered["paymentId"])
    assert booking["qrCode"]
    again = await buyer.order(held["id"])
    assert (again.status, again.body) == (201, ordered)
    payment = (await buyer.call("GET", f"/api/payments/{ordered['paymentId']}")).body
    assert (payment["provider"], payment["status"], payment["refunds"]) == ("free", "succeeded", [])
    assert "providerRef" not in payment
    assert await _orders_of(client, ordered["bookingId"]) == []
    stack.audit()
    cancelled = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")
    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    assert {name: cancelled.body["refund"][name] for name in ("amount", "status")} == {"amount": 0, "status": "done"}
    stack.audit()


async def test_of_guests_who_book_the_same_free_seats_at_once_one_has_them(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots, 0)
    buyers = await asyncio.gather(*(client.buyer() for _ in range(6)))
    holds = await asyncio.gather(*(buyer.hold(showtime, ["A1", "A2"]) for buyer in buyers))
    (winner,) = [number for number, held in enumerate(holds) if held.status == 201]
    orders = await asyncio.gather(*(buyers[winner].order(holds[winner].body["id"]) for _ in range(8)))
    assert {order.status for order in orders} == {201}
    assert all(order.body == orders[0].body for order in orders)
    await _status(buyers[winner], orders[0].body["bookingId"], "confirmed")
    assert len((await buyers[winner].call("GET", "/api/bookings/my")).body["items"]) == 1
    stack.audit()


@pytest.mark.parametrize("first", ["the order", "the cancellation", "both at once"])
async def test_a_free_booking_of_a_show_that_is_cancelled_owes_nobody_anything(
    stack: Stack, client: StackClient, slots: Iterator[int], first: str
) -> None:
    showtime, buyer = await _showtime(client, slots, 0), await client.buyer()
    held, token = (await buyer.hold(showtime, ["A1"])).body, await client.admin()
    path = f"/api/admin/showtimes/{showtime}"
    if first == "the order":
        ordered = await buyer.order(held["id"])
        await _status(buyer, ordered.body["bookingId"], "confirmed")
        assert (await client.with_retries("DELETE", path, token=token)).status == 204
    elif first == "the cancellation":
        assert (await client.with_retries("DELETE", path, token=token)).status == 204
        other = await client.buyer()
        await until(lambda: _is_closed(other, showtime))
        assert (await buyer.order(held["id"])).code in {"showtime_closed", "hold_expired", "hold_not_found"}
        stack.audit()
        return
    else:
        ordered, gone = await asyncio.gather(buyer.order(held["id"]), client.with_retries("DELETE", path, token=token))
        assert gone.status == 204
    if ordered.status == 201:

        async def ended() -> dict[str, Any] | None:
            now = (await buyer.booking(ordered.body["bookingId"])).body
            return now if now["status"] in {"cancelled", "refunded"} else None

        end = await until(ended)
        assert (end["reason"], end["refund"]["amount"], end["refund"]["status"]) == ("showtime_cancelled", 0, "done")
        payment = (await buyer.call("GET", f"/api/payments/{ordered.body['paymentId']}")).body
        assert (payment["status"], payment["refunds"]) == ("succeeded", [])
    stack.audit()


async def _is_closed(buyer: Buyer, showtime: str) -> bool:
    return (await buyer.hold(showtime, ["A2"])).code == "showtime_closed"


async def test_less_than_the_provider_takes_is_told_with_the_least(client: StackClient, slots: Iterator[int]) -> None:
    buyer = await client.buyer()
    held = await buyer.hold(await _showtime(client, slots, 30), ["A1"])
    refused = await buyer.order(held.body["id"])
    assert (refused.status, refused.code, refused.body["least"]) == (409, "amount_not_payable", 100)


@pytest.mark.parametrize("sale", [(50, "JPY", 50), (1_235, "KWD", 1_230), (1_235, "TND", 1_235)])
async def test_amounts_of_other_digits_are_sold(
    stack: Stack, client: StackClient, slots: Iterator[int], sale: tuple[int, str, int]
) -> None:
    price, currency, asked = sale
    showtime, buyer = await _showtime(client, slots, price, currency), await client.buyer()
    held = (await buyer.hold(showtime, ["A1"])).body
    ordered = (await buyer.order(held["id"])).body
    assert (held["quote"]["total"], ordered["amount"], ordered["currency"]) == (price, asked, currency)
    booking = (await buyer.decided(await client.pay(ordered["orderId"]))).body
    assert (booking["status"], booking["amount"]) == ("confirmed", price)
    stack.audit()
    assert (await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")).status == 200

    async def refunded() -> bool:
        now = (await buyer.booking(booking["id"])).body["refund"]
        return bool((now["amount"], now["status"]) == (asked, "done"))

    await until(refunded)
    stack.audit()
