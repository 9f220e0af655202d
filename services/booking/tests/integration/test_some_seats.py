"""Some seats of a booking are cancelled over HTTP: the quote, the refund, the new ticket, and the rest afterwards."""

import asyncio
from typing import Any

import pytest
from services.booking.tests.conftest import Running
from services.booking.tests.factories import capture_of, refund_failed, refunded
from services.booking.tests.integration.test_cancelling import a_confirmed


async def test_some_seats_are_cancelled_and_the_booking_stays_confirmed(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    _, before = await booking.call("GET", path)
    assert [(seat["status"], seat["ticketType"]) for seat in before["seats"]] == [("booked", "adult")] * 2
    _, quote = await booking.call("GET", f"{path}/cancel-quote?seatIds=C8")
    assert (quote["seatIds"], quote["paid"], quote["kept"], quote["refund"]) == (["C8"], 26_180, 13_680, 12_500)
    status, body = await booking.call("POST", f"{path}/cancel", {"seatIds": ["C8"], "expectedRefund": 12_500})
    assert (status, body["status"], body["refund"]) == (200, "confirmed", {"amount": 12_500, "status": "due"})
    assert {seat["seatId"]: seat["status"] for seat in body["seats"]} == {"C7": "booked", "C8": "cancelled"}
    assert body["qrCode"] not in {None, before["qrCode"]}
    again = await booking.call("POST", f"{path}/cancel", {"seatIds": ["C8"], "expectedRefund": 12_500})
    assert again == (200, body) == await booking.call("GET", path)
    document = await booking.document(sale)
    assert (document["seat_ids"], document["tickets"][-1]["code"]) == (["C7"], body["qrCode"])


async def test_each_refund_of_a_booking_has_its_key_and_its_own_progress(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    for seats in (["C8"], ["C7"]):
        await booking.call("POST", f"{path}/cancel", {"seatIds": seats})
    _, body = await booking.call("GET", path)
    assert (body["status"], body["reason"], body["qrCode"]) == ("cancelled", "by_guest", None)
    assert {seat["status"] for seat in body["seats"]} == {"cancelled"}
    types = ["confirmed", "ticket_issued", "seats_cancelled", "ticket_issued", "refund_due", "cancelled", "refund_due"]
    await booking.until_event_types(sale, [f"booking.{name}.v1" for name in types])
    due = [event for event in booking.events(sale) if event["type"] == "booking.refund_due.v1"]
    key = f"refund_{capture_of(sale)}"
    assert sorted((event["refund_key"], event["amount"]) for event in due) == [(key, 12_500), (f"{key}_1", 12_500)]
    await booking.say(refunded(sale))
    await booking.until_refund(sale, "due")
    await booking.say(refund_failed(sale, key=f"{key}_1"))
    await booking.until_refund(sale, "failed")
    await booking.say(refunded(sale, 2, key=f"{key}_1"))
    await booking.until_refund(sale, "done")
    assert (await booking.call("GET", path))[1]["refund"] == {"amount": 25_000, "status": "done"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"seatIds": ["C8", "D1"]}, "unknown_seats"),
        ({"seatIds": []}, "validation_error"),
        ({"seatIds": "C8"}, "validation_error"),
        ({"seatIds": [8]}, "validation_error"),
        ({"seatIds": ["C8" * 9]}, "validation_error"),
        ({"seatids": ["C8"]}, "validation_error"),
    ],
)
async def test_seats_that_cannot_be_cancelled_are_refused_and_nothing_changes(
    booking: Running, body: Any, code: str
) -> None:
    sale = await a_confirmed(booking)
    status, refused = await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", body)
    assert (status, refused["code"]) == (422, code)
    if code == "unknown_seats":
        assert refused["seatIds"] == ["D1"]
    assert "grants" not in (await booking.document(sale))["facts"]


async def test_of_two_that_cancel_the_same_seat_at_once_both_get_the_one_answer(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"

    async def cancelled() -> None:
        status, body = await booking.call("POST", f"{path}/cancel", {"seatIds": ["C7"], "expectedRefund": 12_500})
        assert (status, body["refund"]["amount"]) == (200, 12_500)

    await asyncio.gather(*(cancelled() for _ in range(6)))
    assert len((await booking.document(sale))["facts"]["grants"]) == 1
    types = ["confirmed", "ticket_issued", "seats_cancelled", "ticket_issued", "refund_due"]
    await booking.until_event_types(sale, [f"booking.{name}.v1" for name in types])
