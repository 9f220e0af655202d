"""Sales at the counter through the whole house: who sells, who reads, where the ticket goes, and what goes back."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import Stack, until

from stack.buyer import Answer, Buyer, StackClient, Stage, build, schedule
from stack.paying import RAZORPAY, a_customer, sold


@dataclass(frozen=True)
class Crew:
    """Who works at a theater where a show is on sale, and who works at another."""

    stage: Stage
    showtime: str
    seller: Buyer
    colleague: Buyer
    manager: Buyer
    stranger: Buyer


@pytest.fixture
async def crew(client: StackClient, slots: Iterator[int]) -> Crew:
    stage, other = await build(client, rows=2, cols=8), await build(client, rows=2, cols=8)
    workers = [(stage, "staff"), (stage, "staff"), (stage, "manager"), (other, "manager")]
    seller, colleague, manager, stranger = [await client.worker(role, each.theater_id) for each, role in workers]
    showtime = await schedule(client, stage, slot=next(slots))
    return Crew(stage, showtime, seller, colleague, manager, stranger)


async def _sold(crew: Crew, seats: list[str], **how: Any) -> tuple[Answer, dict[str, Any]]:
    """The sale of these seats by the seller, and the hold."""
    held = await crew.seller.hold(crew.showtime, seats)
    assert held.status == 201, held
    return await sold(crew.seller, held.body, **how), held.body


async def _confirmed(reader: Buyer, booking_id: str) -> dict[str, Any]:
    async def known() -> dict[str, Any] | None:
        answer = await reader.booking(booking_id)
        is_whole = answer.status == 200 and answer.body["status"] == "confirmed"
        return dict(answer.body) if is_whole and answer.body["showtime"]["startAt"] else None

    return dict(await until(known))


async def test_staff_sell_for_cash_and_the_ticket_goes_where_the_customer_says(
    stack: Stack, client: StackClient, crew: Crew
) -> None:
    customer = a_customer()
    sale, hold = await _sold(crew, ["A1", "A2"], customer=customer)
    total, received = hold["quote"]["total"], -(-hold["quote"]["total"] // 10_000) * 10_000
    assert (sale.status, sale.body["amount"], sale.body["change"]) == (201, total, received - total)
    booking_id = sale.body["bookingId"]
    booking = await _confirmed(crew.colleague, booking_id)
    assert (booking["amount"], booking["paymentId"]) == (total, sale.body["paymentId"])
    slip = f"{client.stack_info['gateway']}/api/bookings/{booking_id}/ticket.pdf?format=slip"
    async with client.http.get(slip, headers={"Authorization": f"Bearer {crew.colleague.token}"}) as paper:
        assert (paper.status, (await paper.read())[:5]) == (200, b"%PDF-")

    async def told() -> list[Any]:
        url = f"{client.stack_info['mail']['http']}/messages?to={customer['email']}"
        return list((await client.call("GET", url)).body)

    (mail,) = await until(told)
    assert booking["reference"] in mail["text"]

    async def shown() -> dict[str, Any] | None:
        body = (await crew.colleague.call("GET", f"/api/admin/bookings/{booking_id}")).body
        return body if ("mail", "sent") in [(each["channel"], each["status"]) for each in body["messages"]] else None

    whole = await until(shown)
    (money,) = whole["payments"]
    assert (money["provider"], money["tender"], money["soldBy"]) == ("counter", "cash", crew.seller.user["id"])
    assert (money["received"], money["change"], money["status"]) == (received, received - total, "succeeded")
    assert whole["refunds"] == []
    stack.audit()


async def test_it_belongs_to_nobody_and_only_its_theater_sees_it(client: StackClient, crew: Crew) -> None:
    sale, hold = await _sold(crew, ["A1"], tender="card_terminal")
    booking_id, payment_id = sale.body["bookingId"], sale.body["paymentId"]
    await _confirmed(crew.colleague, booking_id)
    again = await sold(crew.seller, hold, tender="card_terminal")
    assert (again.status, again.code) == (409, "hold_sold")
    guest = await client.buyer()
    for who in (crew.seller, guest):
        assert (await who.call("GET", "/api/bookings/my")).body["total"] == 0
    for stranger, status in ((crew.stranger, 404), (guest, 403)):
        assert (await stranger.call("GET", f"/api/admin/bookings/{booking_id}")).status == status
        assert (await stranger.booking(booking_id)).code == "booking_not_found"
        assert (await stranger.call("GET", f"/api/payments/{payment_id}")).code == "payment_not_found"
    for worker in (crew.seller, crew.manager):
        assert (await worker.call("POST", f"/api/bookings/{booking_id}/cancel")).code == "booking_not_found"
    assert (await crew.colleague.call("GET", f"/api/payments/{payment_id}")).body["status"] == "succeeded"


async def test_who_does_not_work_there_sells_nothing_and_staff_give_nothing_away(
    client: StackClient, crew: Crew
) -> None:
    guest = await client.buyer()
    for seller, tender, refusal in (
        (guest, "cash", "forbidden"),
        (crew.stranger, "cash", "forbidden"),
        (crew.seller, "complimentary", "forbidden"),
    ):
        held = (await seller.hold(crew.showtime, ["B1"])).body
        assert (await sold(seller, held, tender=tender)).code == refusal
        assert (await crew.colleague.call("DELETE", f"/api/seats/hold/{held['id']}")).status == 404
        assert (await sold(crew.colleague, held)).code == "hold_not_found"
        assert (await seller.call("DELETE", f"/api/seats/hold/{held['id']}")).status == 204


async def test_managers_give_away_give_back_and_cancel(stack: Stack, client: StackClient, crew: Crew) -> None:
    held = (await crew.manager.hold(crew.showtime, ["B1"])).body
    gift = await sold(crew.manager, held, tender="complimentary")
    assert (gift.status, gift.body["amount"]) == (201, 0)
    booking = await _confirmed(crew.colleague, gift.body["bookingId"])
    assert (booking["amount"], booking["seats"][0]["price"]) == (0, held["quote"]["lines"][0]["price"])
    quote = await crew.manager.call("GET", f"/api/bookings/{booking['id']}/cancel-quote")
    assert (quote.body["paid"], quote.body["kept"], quote.body["refund"]) == (0, 0, 0)
    sale, hold = await _sold(crew, ["A1", "A2"])
    path, total = f"/api/admin/bookings/{sale.body['bookingId']}", hold["quote"]["total"]
    await _confirmed(crew.colleague, sale.body["bookingId"])
    spilled = {"reason": "spilled", "amount": 1_000}
    assert (await crew.seller.call("POST", f"{path}/refund", spilled)).code == "forbidden"
    given = await crew.manager.with_retries("POST", f"{path}/refund", spilled)
    assert (given.status, given.body["status"]) == (200, "confirmed")
    assert given.body["refund"] == {"amount": 1_000, "status": "done"}
    more = await crew.manager.call("POST", f"{path}/refund", {"reason": "more", "amount": total})
    assert (more.status, more.code, more.body["left"]) == (409, "nothing_left", total - 1_000)
    for ended, refund in ((path, total), (f"/api/admin/bookings/{booking['id']}", 0)):
        answer = await crew.manager.with_retries("POST", f"{ended}/cancel", {"reason": "closed", "refund": "full"})
        assert (answer.body["status"], answer.body["refund"]) == ("cancelled", {"amount": refund, "status": "done"})

    async def recorded() -> bool:
        payment = await crew.manager.call("GET", f"/api/payments/{sale.body['paymentId']}")
        return bool(payment.body["status"] == "refunded")

    async def all_free() -> bool:
        seats = await client.call("GET", f"/api/seats/state?showtimeId={crew.showtime}")
        return bool(seats.body["state"] == "a" * 16)

    await until(recorded)
    await until(all_free)
    shown = (await crew.manager.call("GET", path)).body
    assert [(each["amount"], each["status"], each["note"]) for each in shown["refunds"]] == [
        (1_000, "done", "spilled"),
        (total - 1_000, "done", "closed"),
    ]
    stack.audit()


async def test_a_hold_that_is_paid_online_and_at_the_counter_at_once_is_paid_once(
    stack: Stack, client: StackClient, crew: Crew
) -> None:
    held = (await crew.seller.hold(crew.showtime, ["A1"])).body
    order = (await RAZORPAY.opened(crew.seller, held["id"])).body
    _, sale = await asyncio.gather(RAZORPAY.paid(client, order), sold(crew.seller, held))
    if sale.status == 201:
        await _confirmed(crew.colleague, sale.body["bookingId"])

        async def given_back() -> bool:
            shown = (await crew.manager.call("GET", f"/api/admin/bookings/{sale.body['bookingId']}")).body
            refunds = [(refund["reason"], refund["status"]) for refund in shown["refunds"]]
            return refunds == [("second_payment", "done")]

        await until(given_back)
    else:
        assert (sale.status, sale.code) == (409, "hold_sold")
        assert (await crew.seller.settled(order["bookingId"]))["status"] == "confirmed"
    stack.audit()
