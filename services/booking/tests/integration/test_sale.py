"""A sale as booking sees it, over the real bus and store."""

from services.booking.tests.conftest import Running
from services.booking.tests.factories import order_created, order_of, seats_sold, succeeded
from tests.factories import a_sale, a_snapshot

RECEIPT = {"razorpayPaymentId": "pay_1", "razorpaySignature": "s"}


async def test_an_order_makes_a_pending_booking_that_money_and_seats_confirm(booking: Running) -> None:
    sale = a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.say(order_created(sale))
    await booking.until_status(sale, "pending")
    await booking.say(succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    booking.peers.knows(order_of(sale), sale, "succeeded")
    status, confirmed = await booking.call("POST", "/api/bookings/confirm", {"orderId": order_of(sale), **RECEIPT})
    assert status == 200
    assert confirmed["status"] == "confirmed"
    assert confirmed["showtime"]["movieTitle"] == "The Long Reel"
    assert confirmed["amount"] == sale.quote.total
    assert confirmed["qrCode"].startswith("MQ2.")
    assert await booking.call("GET", f"/api/bookings/{sale.booking_id}") == (200, confirmed)
    status, page = await booking.call("GET", "/api/bookings/my?status=confirmed")
    assert (status, page["items"], page["total"]) == (200, [confirmed], 1)
