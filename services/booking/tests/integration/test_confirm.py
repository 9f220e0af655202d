"""Confirm: quick when decided, patient for 5 s, clear about money, and blind to other people's orders."""

import asyncio
from typing import Any

import pytest
from services.booking.tests.conftest import Answer, Peers, Running
from services.booking.tests.factories import (
    order_created,
    order_of,
    seats_refused,
    seats_sold,
    showtime_scheduled,
    succeeded,
)
from tests.factories import a_sale, a_snapshot

from booking.usecases import confirmation
from contracts.sale import Sale
from stack.waiting import until


async def confirm(booking: Running, sale: Sale, user: str = "usr_1") -> Answer:
    body = {"orderId": order_of(sale), "razorpayPaymentId": "pay_1", "razorpaySignature": "s"}
    return await booking.call("POST", "/api/bookings/confirm", body, user)


def code(answer: Answer) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "CONFIRM_SECONDS", 0.2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict may take its time on a busy machine."""
    monkeypatch.setattr(confirmation, "CONFIRM_SECONDS", 60)


async def test_confirm_waits_for_the_verdict_and_many_at_once_get_the_same_answer(
    booking: Running, patient: None
) -> None:
    sale = a_sale()
    booking.peers.knows(order_of(sale), sale, "succeeded")
    waiting = [asyncio.create_task(confirm(booking, sale)) for _ in range(8)]
    await booking.until_status(sale, "pending")
    await booking.say(succeeded(sale), seats_sold(sale), order_created(sale))
    answers = await asyncio.gather(*waiting)
    assert [status for status, _ in answers] == [200] * 8
    assert {body["qrCode"] for _, body in answers} == {(await booking.document(sale))["tickets"][-1]["code"]}
    assert await confirm(booking, sale) == answers[0]
    await booking.say(showtime_scheduled(a_snapshot(sale.showtime_id)))
    await until(lambda: len(booking.event_types(sale)) >= 2)
    assert booking.event_types(sale) == ["booking.confirmed.v1", "booking.ticket_issued.v1"]


async def test_without_a_verdict_it_is_accepted_and_to_be_polled(booking: Running, impatient: None) -> None:
    sale = a_sale()
    booking.peers.knows(order_of(sale), sale, "authorized")
    status, body = await confirm(booking, sale)
    assert (status, body["status"], body["qrCode"], body["confirmedAt"]) == (202, "pending", None, None)


async def test_while_payment_is_away_the_sale_goes_on_by_events(booking: Running, impatient: None) -> None:
    sale = a_sale()
    booking.peers.is_silent = True
    assert code(await confirm(booking, sale)) == (503, "service_unavailable")
    await booking.say(order_created(sale))
    await booking.until_status(sale, "pending")
    assert (await confirm(booking, sale))[0] == 202
    await booking.say(succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    assert (await confirm(booking, sale))[0] == 200
    assert code(await confirm(booking, sale, "usr_2"))[0] == 503


async def test_what_was_not_paid_is_402_and_may_be_paid_later(booking: Running) -> None:
    sale = a_sale()
    for status, wanted in (("failed", "payment_failed"), ("pending", "payment_pending")):
        booking.peers.knows(order_of(sale), sale, status)
        assert code(await confirm(booking, sale)) == (402, wanted)
    await booking.say(succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    assert (await confirm(booking, sale))[0] == 200


async def test_lost_seats_are_409_with_the_reason(booking: Running, patient: None) -> None:
    sale = a_sale()
    booking.peers.knows(order_of(sale), sale, "succeeded")
    await booking.say(succeeded(sale), seats_refused(sale))
    answer = await confirm(booking, sale)
    assert code(answer) == (409, "seats_lost")
    assert answer[1]["reason"] == "seats_lost"


async def test_a_booking_that_was_cancelled_since_is_given_as_it_is(booking: Running, patient: None) -> None:
    sale = a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id))
    booking.peers.knows(order_of(sale), sale, "succeeded")
    await booking.say(succeeded(sale), seats_sold(sale))
    assert (await confirm(booking, sale))[0] == 200
    _, cancelled = await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel")
    assert await confirm(booking, sale) == (200, cancelled)


async def test_money_of_which_nobody_can_tell_yet_is_no_reason_to_say_that_nothing_was_paid(
    booking: Running, impatient: None
) -> None:
    sale = a_sale()
    booking.peers.knows(order_of(sale), sale, "unknown")
    status, body = await confirm(booking, sale)
    assert (status, body["status"]) == (202, "pending")


async def test_a_forged_signature_and_other_peoples_orders_are_told_nothing(booking: Running, peers: Peers) -> None:
    sale = a_sale()
    assert code(await confirm(booking, sale)) == (404, "booking_not_found")
    peers.calls_forged(order_of(sale))
    assert code(await confirm(booking, sale)) == (400, "invalid_signature")
    peers.knows(order_of(sale), sale, "succeeded")
    assert code(await confirm(booking, sale, "usr_2")) == (404, "booking_not_found")
    assert await booking.document(sale) == {}


async def test_a_body_that_is_no_receipt_is_422(booking: Running) -> None:
    whole = {"orderId": "o", "razorpayPaymentId": "p", "razorpaySignature": "s"}
    bodies: list[Any] = [
        {},
        {"orderId": "o"},
        [],
        "x",
        {**whole, "orderId": 1},
        {**whole, "orderId": "o\u0000"},
        {**whole, "orderId": "o" * 300},
        {**whole, "razorpaySignature": ""},
    ]
    for body in bodies:
        assert code(await booking.call("POST", "/api/bookings/confirm", body)) == (422, "validation_error")
    for body, path in ((whole | {"orderId": 1}, "orderId"), ({"orderId": "o"}, "razorpayPaymentId"), ([], "body")):
        _, problem = await booking.call("POST", "/api/bookings/confirm", body)
        assert problem["errors"][0]["path"] == path
    for body in ({"paymentIntentId": ""}, {"paymentIntentId": "pi_1", "orderId": "o"}):
        assert code(await booking.call("POST", "/api/bookings/confirm", body)) == (422, "validation_error")
    assert code(await booking.call("POST", "/api/bookings/confirm", b"")) == (400, "malformed_body")
    assert code(await booking.call("POST", "/api/bookings/confirm", b'{"orderId": "\\ud800')) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("order_id", "proof"),
    [
        ("order_1", {"orderId": "order_1", "razorpayPaymentId": "pay_1", "razorpaySignature": "s"}),
        ("pi_1", {"paymentIntentId": "pi_1"}),
    ],
)
async def test_what_a_page_hands_over_is_passed_on_to_payment_as_it_came(
    booking: Running, peers: Peers, order_id: str, proof: dict[str, str]
) -> None:
    assert code(await booking.call("POST", "/api/bookings/confirm", proof)) == (404, "booking_not_found")
    assert peers.to_settle == [{"orderId": order_id, "proof": proof}]
