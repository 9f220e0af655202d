"""Tickets, cancellation by guest and theater, and bookings nobody paid for."""

import base64
import io
from datetime import UTC, datetime, timedelta

import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PIL import Image
from services.booking.tests.conftest import SIGNER, Running
from services.booking.tests.factories import (
    DAY,
    hold_extended,
    order_created,
    refund_completed,
    refund_failed,
    refunded,
    seats_refused,
    seats_sold,
    showtime_cancelled,
    showtime_scheduled,
    succeeded,
)
from tests.factories import a_sale, a_snapshot, at

from booking.domain.booking import GRACE
from booking.main import create
from chassis.envelope import seal
from contracts.booking import BookingExpired
from contracts.sale import Sale
from stack.testing import serving
from stack.waiting import until
from tickets.code import Ticket, verify
from tickets.keys import TicketKey


async def a_confirmed(booking: Running, *, starts_in: float = DAY) -> Sale:
    sale = a_sale(start_at=at(starts_in))
    await booking.schedule(a_snapshot(sale.showtime_id, start_at=at(starts_in)))
    await booking.confirm(sale)
    return sale


async def test_the_qr_code_is_the_signed_ticket_which_the_published_key_verifies(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    headers = {"Authorization": f"Bearer {SIGNER.token('usr_1')}"}
    async with booking.http.get(f"{path}/qr.png", headers=headers) as response:
        assert response.content_type == "image/png"
        image = Image.open(io.BytesIO(await response.read()))
        [barcode] = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    async with booking.http.get(f"{path}/qr.svg", headers=headers) as response:
        assert response.content_type == "image/svg+xml"
        assert b"<svg" in await response.read()
    _, jwks = await booking.call("GET", "/api/bookings/ticket-key")
    [published] = jwks["keys"]
    key = TicketKey(Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(published["x"] + "=")))
    assert published["kid"] == key.id
    assert verify(barcode.text, [key]) == Ticket(sale.booking_id, sale.showtime_id, sale.seat_ids, version=1)


async def test_another_user_sees_and_changes_nothing(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    for method, target in (("GET", path), ("GET", f"{path}/qr.svg"), ("POST", f"{path}/cancel")):
        status, body = await booking.call(method, target, user="usr_2")
        assert (status, body["code"]) == (404, "booking_not_found")
    assert (await booking.call("GET", "/api/bookings/my", user="usr_2"))[1]["total"] == 0
    for unknown in ("bkg_nothing", "%00", "bkg_" + "0" * 60):
        assert (await booking.call("GET", f"/api/bookings/{unknown}"))[0] == 404
    assert await booking.has_status(sale, "confirmed")


async def test_what_cannot_be_cancelled_says_why(booking: Running) -> None:
    pending, over, late = a_sale(), a_sale(hold_expires_at=at(-600)), await a_confirmed(booking, starts_in=-60)
    for sale, status in ((pending, "pending"), (over, "expired")):
        await booking.schedule(a_snapshot(sale.showtime_id))
        await booking.say(order_created(sale))
        await booking.until_status(sale, status)
    for sale, reason in ((pending, "pending"), (over, "expired"), (late, "too_late")):
        http_status, body = await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel")
        assert (http_status, body["code"], body["reason"]) == (409, "not_cancellable", reason)
    assert (await booking.call("GET", f"/api/bookings/{pending.booking_id}/qr.svg"))[0] == 404


async def test_a_cancelled_show_cancels_its_bookings_those_stored_later_too(booking: Running) -> None:
    sale = await a_confirmed(booking)
    await booking.say(showtime_cancelled(sale.showtime_id))
    await booking.until_status(sale, "cancelled")
    late = a_sale(showtime_id=sale.showtime_id)
    await booking.say(succeeded(late), seats_sold(late))
    await booking.until_status(late, "cancelled")
    document = await booking.document(late)
    assert (document["reason"], document["refund"]["amount"]) == ("showtime_cancelled", late.quote.total)
    await until(lambda: "booking.cancelled.v1" in booking.event_types(late))


async def test_a_cancelled_show_whose_process_died_reaches_its_bookings_later(booking: Running) -> None:
    sale = await a_confirmed(booking)
    cancelled = a_snapshot(sale.showtime_id, revision=2, status="cancelled")
    stored = {"revision": 2, "snapshot": cancelled.model_dump_json(), "due_at": datetime.now(UTC)}
    await booking.db["showtimes"].update_one({"_id": sale.showtime_id}, {"$set": stored})
    await booking.until_status(sale, "cancelled")


async def test_a_ticket_waits_for_a_show_that_is_not_known_yet(booking: Running) -> None:
    sale = a_sale()
    await booking.say(succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    assert (await booking.document(sale))["event_versions"].keys() == {"confirmed"}  # written in one go with the status
    await booking.say(showtime_scheduled(a_snapshot(sale.showtime_id)))
    await until(lambda: "booking.ticket_issued.v1" in booking.event_types(sale))


async def test_nobody_paid_so_the_booking_lapses_and_late_money_still_finds_its_seats(booking: Running) -> None:
    sale = a_sale(hold_expires_at=at(-600))
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.say(order_created(sale))
    await booking.until_status(sale, "expired")
    status, page = await booking.call("GET", "/api/bookings/my?status=expired")
    assert (status, page["items"][0]["reason"]) == (200, "not_paid")
    await booking.say(succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    assert await booking.call("GET", "/api/bookings/my?status=expired") == (200, {**page, "items": [], "total": 0})


async def test_a_refreshed_hold_keeps_its_booking_pending_until_its_new_end(booking: Running) -> None:
    sale, other = a_sale(hold_expires_at=at(-600)), a_sale(hold_expires_at=at(-600))
    extended = hold_extended(sale, seconds=86_400)
    await booking.say(extended)
    await until(lambda: booking.document(sale))
    await booking.say(order_created(sale))
    await until(lambda: booking.db["bookings"].find_one({"_id": sale.booking_id, "due_at": {"$exists": True}}))
    await booking.say(order_created(other))
    await booking.until_status(other, "expired")
    document = await booking.document(sale)
    assert (document["status"], document["due_at"]) == ("pending", extended.expires_at + GRACE)


async def test_what_a_dead_process_recorded_is_said_by_the_next(environment: None, booking: Running) -> None:
    sale = await a_confirmed(booking)
    await until(lambda: len(booking.event_types(sale)) == 2)
    data = BookingExpired(booking_id=sale.booking_id, version=9, user_id=sale.user_id, showtime_id=sale.showtime_id)
    left = {**seal(data, key="left").document(), "time": datetime.now(UTC) - timedelta(minutes=1)}
    await booking.db["bookings"].update_one({"_id": sale.booking_id}, {"$push": {"outbox": left}})
    async with serving(create()):
        await until(lambda: "booking.expired.v1" in booking.event_types(sale))


async def test_lists_are_paged_newest_first_and_refuse_nonsense(booking: Running) -> None:
    sales = [a_sale() for _ in range(3)]
    await booking.say(*map(order_created, sales))
    for sale in sales:
        await booking.until_status(sale, "pending")
    _, page = await booking.call("GET", "/api/bookings/my?page=1&pageSize=2")
    assert [item["id"] for item in page["items"]] == [sales[2].booking_id, sales[1].booking_id]
    assert (page["total"], page["page"], page["pageSize"]) == (3, 1, 2)
    for query in ("status=lost", "page=0", "pageSize=101", "page=1e9", "page=99999999999999999999"):
        assert (await booking.call("GET", f"/api/bookings/my?{query}"))[0] == 422


async def test_a_refund_that_fails_later_shows_until_a_newer_one_was_accepted(booking: Running) -> None:
    sale = a_sale()
    await booking.say(succeeded(sale), seats_refused(sale))
    story = [
        (refund_failed(sale, 0), "failed"),
        (refunded(sale), "done"),
        (refund_failed(sale, 1), "failed"),
        (refunded(sale, 2), "done"),
        (refund_failed(sale, 2), "failed"),
        (refunded(sale, 3, is_pending=True), "pending"),
        (refund_completed(sale, 3), "done"),
    ]
    for event, status in story:
        await booking.say(event)
        await booking.until_refund(sale, status)
        _, body = await booking.call("GET", f"/api/bookings/{sale.booking_id}")
        assert body["refund"] == {"amount": sale.quote.total, "status": status}


async def test_a_show_that_was_moved_after_the_order_is_on_the_ticket_as_it_is_now(booking: Running) -> None:
    sale = a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.say(order_created(sale))
    await booking.until_status(sale, "pending")
    moved = a_snapshot(sale.showtime_id, revision=2, start_at=at(100_000))
    await booking.say(showtime_scheduled(moved))
    await until(lambda: _has_revision(booking, sale, 2))
    await booking.say(succeeded(sale), seats_sold(sale))
    await until(lambda: "booking.ticket_issued.v1" in booking.event_types(sale))
    (ticket,) = [event for event in booking.events(sale) if event["type"] == "booking.ticket_issued.v1"]
    assert datetime.fromisoformat(ticket["show"]["start_at"]) == moved.start_at


async def _has_revision(booking: Running, sale: Sale, revision: int) -> bool:
    """A new snapshot reaches each booking as due work; a booking that is new reads it after it was stored."""
    show = (await booking.document(sale))["facts"].get("show")
    return show is not None and show["revision"] == revision
