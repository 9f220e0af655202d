"""Prices of a theater as its guests meet them: ticket types in the hold, the booking, the ticket and the invoice."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from tests.conftest import until

from stack.buyer import Buyer, StackClient, build, schedule

CHILD = {"type": "child", "label": "Young guest", "percent": 60, "proof": "a school card"}
FEE = {"name": "Booking fee", "perTicket": 1_000, "taxRate": 1_800}


async def _say(client: StackClient, theater_id: str, **prices: Any) -> Any:
    body = {"scope": {"theaterId": theater_id}, **prices}
    answer = await client.with_retries("PATCH", "/api/admin/pricing", body, token=await client.admin())
    assert answer.status == 200, answer
    return answer.body


async def _held(buyer: Buyer, showtime: str, seats: list[str], types: dict[str, str], total: int) -> Any:
    """The hold at this price; None while seating has not heard of it."""
    body = {"showtimeId": showtime, "seatIds": seats, "ticketTypes": types, "expectedTotal": total}
    answer = await buyer.with_retries("POST", "/api/seats/hold", body)
    assert answer.status == 201 or answer.code in {"validation_error", "price_changed"}, answer
    return answer.body if answer.status == 201 else None


async def _printed(buyer: Buyer, path: str) -> str:
    """A PDF's text, on one line, once it is there."""
    url = buyer.client.stack_info["gateway"] + path

    async def drawn() -> bytes | None:
        async with buyer.client.http.get(url, headers={"Authorization": f"Bearer {buyer.token}"}) as answer:
            return await answer.read() if answer.status == 200 else None

    pages = PdfReader(BytesIO(await until(drawn))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def _prices(quote: Any) -> dict[str, tuple[str, int, int]]:
    return {line["seatId"]: (line["ticketType"], line["price"], line["tax"]) for line in quote["lines"]}


async def test_an_adult_and_a_child_pay_their_shares_and_a_later_change_counts_for_new_holds_alone(
    client: StackClient, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=2, cols=6)
    showtime = await schedule(client, stage, slot=next(slots), price=15_000)
    said = await _say(client, stage.theater_id, ticketTypes=[CHILD], fees=[FEE])
    assert said["said"] == {"ticketTypes": [CHILD], "fees": [FEE]}
    buyer, types = await client.buyer(), {"A3": "child"}

    async def sold_to_children() -> bool:
        offered = (await client.call("GET", f"/api/showtimes/{showtime}")).body["ticketTypes"]
        return [each["type"] for each in offered] == ["adult", "child"]

    await until(sold_to_children)
    held = await until(lambda: _held(buyer, showtime, ["A2", "A3"], types, 29_510))
    quote = held["quote"]
    assert _prices(quote) == {
        "A2": ("adult", 15_000, 2_700),
        "A3": ("child", 9_000, 450),
    }
    assert (quote["subtotal"], quote["fees"], quote["taxes"], quote["total"]) == (24_000, 2_000, 3_510, 29_510)

    await _say(client, stage.theater_id, ticketTypes=[{**CHILD, "percent": 50}], fees=[])
    other = await client.buyer()
    later = await until(lambda: _held(other, showtime, ["B2", "B3"], {"B3": "child"}, 25_575))
    assert _prices(later["quote"]) == {"B2": ("adult", 15_000, 2_700), "B3": ("child", 7_500, 375)}
    assert (await buyer.call("GET", f"/api/seats/hold/{held['id']}")).body["quote"] == quote

    ordered = (await buyer.order(held["id"])).body
    assert ordered["amount"] == 29_510
    assert (await buyer.decided(await client.pay(ordered["orderId"]))).status == 200
    booking = await buyer.shown(ordered["bookingId"])
    assert [(seat["seatId"], seat["ticketType"], seat["price"]) for seat in booking["seats"]] == [
        ("A2", "adult", 15_000),
        ("A3", "child", 9_000),
    ]
    assert (booking["amount"], booking["fees"], booking["taxes"]) == (29_510, 2_000, 3_510)
    ticket = await _printed(buyer, f"/api/bookings/{booking['id']}/ticket.pdf")
    assert "1 × Young guest, standard ₹90.00" in ticket
    assert "Please bring along: a school card." in ticket
    invoice = await _printed(buyer, f"/api/bookings/{booking['id']}/invoice.pdf")
    assert "Cinema ticket, standard, Young guest" in invoice
    assert "295.10" in invoice
