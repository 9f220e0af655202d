"""A booking that was sold at the counter: nobody's, its theater's to read, and given back by its managers."""

from typing import Any

import pytest
from services.booking.tests.conftest import Answer, Running
from services.booking.tests.factories import at_counter, order_created, seats_sold
from tests.factories import BEGAN, a_sale, a_snapshot

from booking.usecases.ports import Books, Message, Money, MoneyBack
from contracts.ids import counter_customer_of
from contracts.payment import Tender
from contracts.sale import Sale
from stack.waiting import until

THEATER, ANOTHER = "thr_00000000000000000000000001", "thr_00000000000000000000000002"
STAFF, MANAGER = {THEATER: ["staff"]}, {THEATER: ["manager"]}
ELSEWHERE = {ANOTHER: ["staff", "manager"]}
SELLER = "usr_8"


async def schedule(booking: Running, sale: Sale) -> None:
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": THEATER}))


async def a_counter_sale(booking: Running, tender: Tender = "cash", *, has_contact: bool = False) -> Sale:
    sale = a_sale(SELLER)
    await schedule(booking, sale)
    await booking.say(*at_counter(sale, tender, has_contact=has_contact), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    return sale


async def an_online_sale(booking: Running) -> Sale:
    sale = a_sale()
    await schedule(booking, sale)
    await booking.confirm(sale)
    return sale


async def support(booking: Running, sale: Sale, call: str, body: Any = None, grants: Any = None) -> Answer:
    method, _, what = call.partition(" ")
    path = f"/api/admin/bookings/{sale.booking_id}{what}"
    return await booking.call(method, path, body, "usr_9", grants=MANAGER if grants is None else grants)


async def test_who_works_at_the_theater_reads_it(booking: Running) -> None:
    sale = await a_counter_sale(booking)
    status, shown = await support(booking, sale, "GET ", grants=STAFF)
    assert (status, shown["status"], shown["amount"]) == (200, "confirmed", sale.quote.total)
    path = f"/api/bookings/{sale.booking_id}"
    status, read = await booking.call("GET", path, None, "usr_7", grants=STAFF)
    assert (status, {**read, "payments": [], "refunds": [], "messages": []}) == (200, shown)
    assert (await booking.call("GET", path, None, "usr_9", "admin"))[0] == 200
    assert (await booking.call("GET", f"{path}/cancel-quote", None, "usr_7", grants=STAFF))[0] == 200


@pytest.mark.parametrize("grants", [{}, ELSEWHERE])
async def test_it_is_nobodys(booking: Running, grants: Any) -> None:
    sale = await a_counter_sale(booking)
    path = f"/api/bookings/{sale.booking_id}"
    for call in ("GET ", "GET /cancel-quote", "GET /qr.svg", "POST /cancel", "POST /resend"):
        method, _, what = call.partition(" ")
        status, problem = await booking.call(method, path + what, None, SELLER, grants=grants)
        assert (status, problem["code"]) == (404, "booking_not_found"), call
    assert (await booking.call("GET", "/api/bookings/my", None, SELLER, grants=grants))[1]["total"] == 0


@pytest.mark.parametrize("grants", [STAFF, MANAGER])
async def test_no_guests_call_cancels_it(booking: Running, grants: Any) -> None:
    sale = await a_counter_sale(booking)
    status, problem = await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", None, SELLER, grants=grants)
    assert (status, problem["code"]) == (404, "booking_not_found")


async def test_staff_see_nothing_of_another_theater_or_of_what_was_sold_online(booking: Running) -> None:
    sold, online = await a_counter_sale(booking), await an_online_sale(booking)
    for sale in (sold, online):
        assert (await support(booking, sale, "GET ", grants=ELSEWHERE))[0] == 404
        assert (await support(booking, sale, "GET ", grants={}))[0] == 403
    assert (await support(booking, online, "GET ", grants=STAFF))[1]["code"] == "forbidden"
    assert (await support(booking, online, "GET "))[0] == 200
    assert (await booking.call("GET", f"/api/bookings/{online.booking_id}", None, "usr_9", grants=MANAGER))[0] == 404


async def test_it_is_nobodys_although_its_seller_had_begun_to_pay_online(booking: Running) -> None:
    sale = a_sale(SELLER)
    await schedule(booking, sale)
    await booking.say(order_created(sale))
    await booking.until_status(sale, "pending")
    assert (await booking.call("GET", "/api/bookings/my", None, SELLER))[1]["total"] == 1
    await booking.say(*at_counter(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    assert (await booking.call("GET", "/api/bookings/my", None, SELLER))[1]["total"] == 0
    assert (await booking.document(sale))["user_id"] == counter_customer_of(sale.booking_id)


async def test_it_is_read_as_soon_as_it_is_sold_before_its_money_has_arrived(booking: Running) -> None:
    sale = a_sale(SELLER)
    await schedule(booking, sale)
    order, taken = at_counter(sale)
    await booking.say(order)
    await booking.until_status(sale, "pending")
    assert (await support(booking, sale, "GET ", grants=STAFF))[1]["status"] == "pending"
    await booking.say(taken, seats_sold(sale))
    await booking.until_status(sale, "confirmed")


async def test_the_ticket_goes_where_the_customer_said(booking: Running) -> None:
    sale = await a_counter_sale(booking, has_contact=True)
    await booking.until_event_types(sale, ["booking.confirmed.v1", "booking.ticket_issued.v1"])
    (ticket,) = [event for event in booking.events(sale) if event["type"] == "booking.ticket_issued.v1"]
    assert ticket["contact"] == {"name": "Asha", "email": "asha@example.org", "phone": None}
    others = [event for event in booking.events(sale) if event["type"] != "booking.ticket_issued.v1"]
    assert "asha" not in str(others)


@pytest.mark.parametrize("refund", ["full", "policy", "none"])
async def test_only_a_manager_cancels_it_and_its_refund_is_done_when_it_is_recorded(
    booking: Running, refund: str
) -> None:
    sale, body = await a_counter_sale(booking), {"reason": "a mistake", "refund": refund}
    assert (await support(booking, sale, "POST /cancel", body, grants=STAFF))[1]["code"] == "forbidden"
    status, ended = await support(booking, sale, "POST /cancel", body)
    assert (status, ended["status"], ended["refund"]["status"]) == (200, "cancelled", "done")
    assert ended["refund"]["amount"] == (0 if refund == "none" else sale.quote.total)
    assert (await booking.document(sale))["facts"]["ended"]["user_id"] == "usr_9"


async def test_support_gives_back_in_parts_and_never_more_than_is_left(booking: Running) -> None:
    sale = await a_counter_sale(booking)
    total = sale.quote.total
    assert (await support(booking, sale, "POST /refund", {"reason": "r"}, grants=STAFF))[1]["code"] == "forbidden"
    assert (await support(booking, sale, "POST /refund", {"reason": "r"}, grants=ELSEWHERE))[0] == 404
    status, shown = await support(booking, sale, "POST /refund", {"reason": "spilled", "amount": 1_000})
    assert (status, shown["status"], shown["refund"]) == (200, "confirmed", {"amount": 1_000, "status": "done"})
    assert shown["qrCode"] is not None
    status, refused = await support(booking, sale, "POST /refund", {"reason": "r", "amount": total})
    assert (status, refused["code"], refused["left"]) == (409, "nothing_left", total - 1_000)
    status, unknown = await support(booking, sale, "POST /refund", {"reason": "r", "seatIds": ["Z99"]})
    assert (status, unknown["code"]) == (422, "unknown_seats")
    assert (await support(booking, sale, "POST /refund", {"reason": "all"}))[1]["refund"]["amount"] == total
    assert (await support(booking, sale, "POST /refund", {"reason": "again"}))[1]["code"] == "nothing_left"

    def due() -> list[int]:
        events = [event for event in booking.events(sale) if event["type"] == "booking.refund_due.v1"]
        return sorted(event["amount"] for event in events)

    await until(lambda: due() == sorted([1_000, total - 1_000]))
    grants = (await booking.document(sale))["facts"]["grants"]
    assert [(grant["user_id"], grant["note"]) for grant in grants] == [("usr_9", "spilled"), ("usr_9", "all")]


async def test_of_what_is_given_away_nothing_is_paid_kept_or_refunded(booking: Running) -> None:
    sale = await a_counter_sale(booking, "complimentary")
    path = f"/api/bookings/{sale.booking_id}/cancel-quote"
    _, quote = await booking.call("GET", path, None, "usr_9", grants=MANAGER)
    assert (quote["paid"], quote["kept"], quote["refund"]) == (0, 0, 0)
    _, shown = await support(booking, sale, "GET ")
    assert (shown["amount"], shown["fees"], shown["taxes"]) == (0, 0, 0)
    assert sum(seat["price"] for seat in shown["seats"]) == sale.quote.subtotal
    assert (await support(booking, sale, "POST /refund", {"reason": "r"}))[1]["code"] == "nothing_left"
    _, ended = await support(booking, sale, "POST /cancel", {"reason": "r", "refund": "full"})
    assert (ended["status"], ended["refund"]) == ("cancelled", {"amount": 0, "status": "done"})


async def test_a_refund_of_what_was_paid_online_is_due_until_it_is_made(booking: Running) -> None:
    sale = await an_online_sale(booking)
    status, shown = await support(booking, sale, "POST /refund", {"reason": "spilled", "amount": 1_000})
    assert (status, shown["status"], shown["refund"]) == (200, "confirmed", {"amount": 1_000, "status": "due"})
    for body in ({}, {"reason": "r", "amount": 0}, {"reason": "r", "seatIds": []}, {"reason": "r", "note": "x"}):
        status, refused = await support(booking, sale, "POST /refund", body)
        assert (status, refused["code"]) == (422, "validation_error"), body


async def test_it_is_shown_with_its_money_and_its_messages(booking: Running) -> None:
    sale = await a_counter_sale(booking)
    cash = Money(
        id=sale.payment_id,
        provider="counter",
        tender="cash",
        sold_by=SELLER,
        received=100_000,
        change=100_000 - sale.quote.total,
        amount=sale.quote.total,
        currency="INR",
        status="succeeded",
        at=BEGAN,
    )
    twice = MoneyBack(key="refund_pay_x", amount=7, currency="INR", status="pending", reason="second_payment")
    booking.peers.has_books(sale.payment_id, Books(payments=(cash,), refunds=(twice,)))
    booking.peers.has_messages(
        sale.booking_id, Message(channel="mail", kind="confirmation", status="delivered", at=BEGAN)
    )
    await support(booking, sale, "POST /refund", {"reason": "spilled", "amount": 1_000, "seatIds": ["C8"]})
    await support(booking, sale, "POST /cancel", {"reason": "flooded", "refund": "full"})
    status, shown = await support(booking, sale, "GET ")
    at = BEGAN.isoformat().replace("+00:00", "Z")
    (money,), (spilled, flooded, other), (mail,) = shown["payments"], shown["refunds"], shown["messages"]
    assert status == 200
    assert money == {**cash.model_dump(by_alias=True, exclude_none=True), "at": at}
    assert mail == {"channel": "mail", "kind": "confirmation", "status": "delivered", "at": at}
    assert (spilled["amount"], spilled["status"], spilled["reason"]) == (1_000, "done", "by_theater")
    assert (spilled["seatIds"], spilled["userId"], spilled["note"]) == (["C8"], "usr_9", "spilled")
    assert (flooded["amount"], flooded["userId"], flooded["note"]) == (sale.quote.total - 1_000, "usr_9", "flooded")
    assert other == {"amount": 7, "currency": "INR", "status": "pending", "reason": "second_payment"}


async def test_while_payment_or_notify_cannot_be_asked_it_is_not_shown_without_them(booking: Running) -> None:
    sale = await a_counter_sale(booking)
    booking.peers.is_silent = True
    status, problem = await support(booking, sale, "GET ")
    assert (status, problem["code"]) == (503, "service_unavailable")
    assert (await booking.call("GET", f"/api/bookings/{sale.booking_id}", None, "usr_7", grants=STAFF))[0] == 200
