"""A sale from the movie to the mail, as a guest lives it."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import zxingcpp
from PIL import Image
from tests.conftest import until

from stack.buyer import Buyer, StackClient, build, confirmation, schedule


async def _showtime(client: StackClient, slots: Iterator[int]) -> str:
    return await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))


async def _mails(client: StackClient, buyer: Buyer) -> list[dict[str, Any]]:
    return await client.mails(buyer.user["email"])


async def test_a_guest_buys_two_seats_and_the_mails_qr_is_the_signed_ticket(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    buyer = await client.buyer()
    bought = await buyer.buy(showtime, ["A2", "A3"])
    booking = await buyer.shown(bought["id"])
    assert (booking["status"], [seat["seatId"] for seat in booking["seats"]]) == ("confirmed", ["A2", "A3"])
    assert booking["amount"] == sum(seat["price"] for seat in booking["seats"]) + booking["fees"] + booking["taxes"]
    assert booking["showtime"]["movieTitle"] == "The Long Test"
    mails = await until(lambda: _mails(client, buyer))
    assert len(mails) == 1
    pictures = [one for one in mails[0]["attachments"] if one["contentType"] == "image/png"]
    for picture in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(picture["base64"])))
        [found] = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        assert found.text == booking["qrCode"]
    assert any(picture["contentId"] for picture in pictures)
    assert booking["reference"] in mails[0]["text"]
    assert booking["reference"] in mails[0]["html"]


async def test_the_seats_of_a_sale_are_sold_on_the_map_and_others_are_not(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    await (await client.buyer()).buy(showtime, ["B1"])

    async def with_sold() -> Any:
        answer = await client.call("GET", f"/api/seats/availability?showtimeId={showtime}")
        return answer.body if any(seat["status"] == "sold" for seat in answer.body.get("seats", ())) else None

    whole = await until(with_sold)  # the verdict may be heard before the map is told
    live = (await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body
    assert {seat["seatId"] for seat in whole["seats"] if seat["status"] == "sold"} == {"B1"}
    assert live["state"] == "aaaaaasaaaaa"
    assert live["version"] == whole["version"]


async def test_catalog_learns_how_many_seats_are_left(client: StackClient, slots: Iterator[int]) -> None:
    showtime = await _showtime(client, slots)
    await (await client.buyer()).buy(showtime, ["B1", "B2"])

    async def ten_left() -> bool:
        return bool((await client.call("GET", f"/api/showtimes/{showtime}")).body.get("seatsAvailable") == 10)

    await until(ten_left)


async def test_money_whose_callback_is_lost_confirms_by_the_webhook(client: StackClient, slots: Iterator[int]) -> None:
    showtime = await _showtime(client, slots)
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    ordered = await buyer.order(held.body["id"])
    await client.pay(ordered.body["orderId"])
    assert (await buyer.settled(ordered.body["bookingId"]))["status"] == "confirmed"


async def test_money_of_which_nobody_tells_is_found_by_asking_the_provider(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    ordered = await buyer.order(held.body["id"])
    await client.pay(ordered.body["orderId"], webhooks={"deliver": False})
    assert (await buyer.settled(ordered.body["bookingId"]))["status"] == "confirmed"


async def test_a_failed_try_is_402_and_the_next_one_on_the_same_order_is_a_booking(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    ordered = await buyer.order(held.body["id"])
    failed = await client.pay(ordered.body["orderId"], outcome="failed")
    answer = await buyer.decided(failed)
    assert (answer.status, answer.code) == (402, "payment_failed")
    paid = await client.pay(ordered.body["orderId"])
    assert (await buyer.decided(paid)).body["status"] == "confirmed"


async def test_a_guest_who_cancels_gets_all_back_and_the_seats_are_free(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1", "A2"])
    cancelled = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")
    again = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")
    assert (cancelled.status, cancelled.body["status"], cancelled.body["reason"]) == (200, "cancelled", "by_guest")
    assert again.body["refund"]["amount"] == cancelled.body["refund"]["amount"] == booking["amount"]

    async def given_back() -> bool:
        now = (await buyer.booking(booking["id"])).body
        state = (await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body.get("state")
        return bool(now.get("refund", {}).get("status") == "done" and state == "a" * 12)

    await until(given_back)
    subjects = await until(lambda: _two_mails(client, buyer))
    assert len({mail["messageId"] for mail in subjects}) == len(subjects)
    payment = (await buyer.call("GET", f"/api/payments/{booking['paymentId']}")).body
    assert (payment["status"], payment["refunds"][0]["status"]) == ("refunded", "done")


async def _two_mails(client: StackClient, buyer: Buyer) -> list[dict[str, Any]]:
    mails = await _mails(client, buyer)
    return mails if len(mails) >= 2 else []


async def test_a_show_that_is_cancelled_refunds_every_booking(client: StackClient, slots: Iterator[int]) -> None:
    showtime = await _showtime(client, slots)
    buyer, slow = await client.buyer(), await client.buyer()
    booking = await buyer.buy(showtime, ["A1"])
    held = await slow.hold(showtime, ["A3"])
    ordered = await slow.order(held.body["id"])
    done = await client.call(
        "PATCH", f"/api/admin/showtimes/{showtime}", {"status": "cancelled"}, token=await client.admin()
    )
    assert done.status == 200

    async def refunded() -> bool:
        now = (await buyer.booking(booking["id"])).body
        return bool(now["status"] == "cancelled" and now["refund"]["status"] == "done")

    async def closed() -> bool:
        return (await buyer.hold(showtime, ["B1"])).code == "showtime_closed"

    await until(refunded)
    assert (await buyer.booking(booking["id"])).body["reason"] == "showtime_cancelled"
    await until(closed)  # seating hears of it by itself
    paid = await client.pay(ordered.body["orderId"])
    late = await slow.confirm(paid)
    assert late.status in {202, 409}
    end = await slow.settled(ordered.body["bookingId"])
    assert (end["status"], end["reason"]) == ("refunded", "showtime_cancelled")
    refused = await buyer.hold(showtime, ["B1"])
    assert (refused.status, refused.code) == (409, "showtime_closed")


async def test_a_confirmed_booking_is_confirmed_again_and_a_strangers_is_not_found(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await _showtime(client, slots)
    buyer, stranger = await client.buyer(), await client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    ordered = await buyer.order(held.body["id"])
    paid = await client.pay(ordered.body["orderId"])
    first = await buyer.confirm(paid)
    assert (await buyer.confirm(paid)).body["id"] == first.body["id"]
    theirs = await stranger.call("POST", "/api/bookings/confirm", confirmation(paid))
    forged = await buyer.call("POST", "/api/bookings/confirm", {**confirmation(paid), "razorpaySignature": "0" * 64})
    assert (theirs.status, forged.status, forged.code) == (404, 400, "invalid_signature")
    for path in (
        f"/api/bookings/{first.body['id']}",
        f"/api/payments/{ordered.body['paymentId']}",
        f"/api/seats/hold/{held.body['id']}",
        f"/api/bookings/{first.body['id']}/qr.png",
    ):
        assert (await stranger.call("GET", path)).status == 404
    assert (await stranger.call("POST", f"/api/bookings/{first.body['id']}/cancel")).status == 404
