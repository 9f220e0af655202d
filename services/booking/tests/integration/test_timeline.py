"""The timeline of a booking: what it heard and said, what providers were asked, what its guest was told, and scans."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from services.booking.tests.conftest import Running
from services.booking.tests.factories import (
    capture_of,
    order_created,
    order_of,
    refunded,
    seats_sold,
    succeeded,
)
from tests.factories import a_sale, a_snapshot

from booking.usecases.ports import Message, ProviderCall
from chassis.times import now_in_milliseconds
from contracts.ids import made_at
from contracts.payment import PaymentFailed
from contracts.sale import Sale
from stack.keys import Grants
from stack.waiting import until

HERE, THERE = "thr_00000000000000000000000001", "thr_00000000000000000000000002"


async def timeline(booking: Running, sale: Sale, grants: Grants | None = None) -> list[dict[str, Any]]:
    path = f"/api/admin/bookings/{sale.booking_id}/timeline"
    roles = () if grants else ("admin",)
    status, body = await booking.call("GET", path, None, "usr_9", *roles, grants=grants)
    assert status == 200, body
    items: list[dict[str, Any]] = body["items"]
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    return items


def words(items: list[dict[str, Any]]) -> list[str]:
    return [f"{item['service']} {item['what']}" for item in items]


async def a_booking(booking: Running) -> Sale:
    sale = a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": HERE}))
    for event in (order_created(sale), succeeded(sale), seats_sold(sale)):
        await booking.say(event)
    await booking.until_status(sale, "confirmed")
    return sale


async def test_a_sale_is_told_from_the_hold_to_the_mail(booking: Running) -> None:
    sale = await a_booking(booking)
    later = now_in_milliseconds() + timedelta(seconds=1)
    call = ProviderCall(
        at=later, provider="razorpay", call="payment", outcome="yes", milliseconds=7, trace_id="ab" * 16
    )
    booking.peers.has_calls(sale.payment_id, call)
    mail = Message(channel="mail", kind="confirmation", status="sent", at=later + timedelta(seconds=1))
    booking.peers.has_messages(sale.booking_id, mail)
    items = await timeline(booking, sale, {HERE: ["manager"]})
    assert words(items) == [
        "seating seats_held",
        "payment order_created",
        "payment succeeded",
        "seating seats_sold",
        "booking confirmed",
        "booking ticket_issued",
        "payment provider_call",
        "notify mail",
    ]
    held, ordered, paid, *_, called, mailed = items
    assert datetime.fromisoformat(held["at"]).timestamp() == pytest.approx(made_at(sale.hold_id), abs=0.001)
    assert held["detail"] == "seats C7, C8"
    assert ordered["detail"] == f"razorpay {order_of(sale)}: 523.60 INR"
    assert paid["detail"] == f"razorpay {capture_of(sale)}: 523.60 INR"
    assert (called["detail"], called["traceId"]) == ("razorpay payment: yes, 7 ms", "ab" * 16)
    assert (mailed["detail"], "traceId" in mailed) == ("confirmation: sent", False)
    assert all(len(item["traceId"]) == 32 for item in items[1:-1])


async def test_an_event_that_comes_again_is_told_once_and_an_attempt_that_failed_too(booking: Running) -> None:
    sale = await a_booking(booking)
    failed = PaymentFailed(
        payment_id=sale.payment_id,
        booking_id=sale.booking_id,
        provider="razorpay",
        attempt_id="pay_f",
        reason="declined",
    )
    await booking.say(succeeded(sale), seats_sold(sale), order_created(sale), failed, failed)
    await until(lambda: booking.db["bookings"].find_one({"_id": sale.booking_id, "timeline.what": "failed"}))
    version = (await booking.document(sale))["version"]
    await booking.say(failed, seats_sold(sale))
    path = f"/api/admin/bookings/{sale.booking_id}"
    await booking.call("POST", f"{path}/cancel", {"reason": "flooded", "refund": "full"}, "usr_9", "admin")
    await booking.say(refunded(sale))
    await booking.until_refund(sale, "done")
    items = await timeline(booking, sale)
    assert sorted(words(items)[1:]) == sorted(
        [
            "payment order_created",
            "payment succeeded",
            "seating seats_sold",
            "payment failed",
            "booking confirmed",
            "booking ticket_issued",
            "booking cancelled",
            "booking refund_due",
            "payment refunded",
        ]
    )
    assert (await booking.document(sale))["version"] == version + 2
    (end,) = [item["detail"] for item in items if item["what"] == "cancelled"]
    assert end == "seats C7, C8, by_theater: 523.60 INR goes back"


async def test_only_managers_of_the_theater_read_it(booking: Running) -> None:
    sale = await a_booking(booking)
    path = f"/api/admin/bookings/{sale.booking_id}/timeline"
    for grants, status, code in (
        (None, 403, "forbidden"),
        ({HERE: ["staff"]}, 403, "forbidden"),
        ({HERE: ["staff"], THERE: ["manager"]}, 404, "booking_not_found"),
    ):
        answer = await booking.call("GET", path, None, "usr_1", grants=grants)
        assert (answer[0], answer[1]["code"]) == (status, code)


async def test_while_a_service_does_not_say_its_part_nobody_reads_a_part_for_the_whole(booking: Running) -> None:
    sale = await a_booking(booking)
    booking.peers.is_silent = True
    path = f"/api/admin/bookings/{sale.booking_id}/timeline"
    status, problem = await booking.call("GET", path, None, "usr_9", "admin")
    assert (status, problem["code"]) == (503, "service_unavailable")
