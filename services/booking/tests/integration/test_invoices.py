"""Invoices and credit notes over HTTP: their numbers, which leave no gap, and what they say."""

import asyncio
import io
from typing import Any

import pytest
from pypdf import PdfReader
from services.booking.tests.conftest import Running
from services.booking.tests.factories import by_hand, free_of_charge, order_created, seats_sold
from services.booking.tests.integration.test_cancelling import POLICY, THEATER
from services.booking.tests.integration.test_reading import read, ticket
from tests.factories import a_quote_of, a_sale, a_snapshot

from contracts.sale import Sale
from stack.waiting import until

QUOTE = a_quote_of({"C7": (25_000, 4_500), "C8": (25_000, 4_500)})


async def a_confirmed(booking: Running, code: str | None = "RX", **sale_values: Any) -> Sale:
    sale = a_sale(**{"cancellation_policy": POLICY, "quote": QUOTE, **sale_values})
    theater = {"theater_id": THEATER, "code": code, "tax_id": "27AAPFU0939F1ZV"}
    await booking.schedule(a_snapshot(sale.showtime_id, theater=theater))
    await booking.confirm(sale)
    return sale


async def numbered(booking: Running, sale: Sale, papers: int = 1) -> dict[str, int]:
    """The numbers of the booking's papers, by their keys, once there are so many."""

    async def has_numbers() -> bool:
        return len((await booking.document(sale))["facts"].get("numbers", ())) >= papers

    await until(has_numbers)
    return {number["key"]: number["number"] for number in (await booking.document(sale))["facts"]["numbers"]}


async def text_of(booking: Running, path: str) -> str:
    status, page, headers = await read(booking, path, user="usr_1")
    assert (status, headers["Content-Type"]) == (200, "application/pdf"), page[:300]
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page)).pages)


async def test_a_booking_has_its_invoice_with_a_number_soon_after_it_is_confirmed(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    text = await text_of(booking, f"{path}/invoice.pdf")
    _, body = await booking.call("GET", path)
    number = body["invoiceNumber"]
    assert number.startswith("RX/")
    assert number.endswith("/000001")
    for said in (number, "27AAPFU0939F1ZV", "CGST", "SGST", "45.00", "590.00", body["reference"]):
        assert said in text, said
    assert (await booking.document(sale))["invoice_number"] == number
    assert "due_at" not in await booking.document(sale)
    assert (await read(booking, f"{path}/invoice.pdf", user="usr_2"))[0] == 404


async def test_each_refund_has_its_credit_note_in_a_series_of_its_own(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    status, body, _ = await read(booking, f"{path}/credit-note.pdf", user="usr_1")
    assert (status, b'"no_credit_note"' in body) == (404, True)
    await numbered(booking, sale)
    await booking.call("POST", f"{path}/cancel", {"seatIds": ["C8"]})
    _, shown = await booking.call("GET", path)
    text = await text_of(booking, f"{path}/credit-note.pdf")
    for said in ("RXC/", "/000001", shown["invoiceNumber"], "147.50"):
        assert said in text, said
    await booking.say(by_hand(sale, 10_000))
    await numbered(booking, sale, papers=3)
    assert "100.00" in await text_of(booking, f"{path}/credit-note.pdf")
    await booking.call("POST", f"{path}/cancel")
    numbers = await numbered(booking, sale, papers=4)
    assert sorted(numbers.values()) == [1, 1, 2, 3]
    assert "RXC/" in await text_of(booking, f"{path}/credit-note.pdf")
    assert (await booking.call("GET", path))[1]["invoiceNumber"] == shown["invoiceNumber"]


async def test_what_was_free_and_what_is_not_confirmed_has_no_invoice(booking: Running) -> None:
    sale, ordered = a_sale(quote=a_quote_of({"C7": (0, 0)})), a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"code": "RX"}))
    await booking.say(free_of_charge(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    await booking.say(order_created(ordered))
    await booking.until_status(ordered, "pending")
    for which in (sale, ordered):
        status, body, _ = await read(booking, f"/api/bookings/{which.booking_id}/invoice.pdf", user="usr_1")
        assert (status, b'"no_invoice"' in body) == (404, True)
        assert "invoiceNumber" not in (await booking.call("GET", f"/api/bookings/{which.booking_id}"))[1]


async def test_the_link_of_a_mail_opens_no_invoice(booking: Running) -> None:
    sale = await a_confirmed(booking)
    token = (await ticket(booking, sale))["link_token"]
    for paper in ("invoice", "credit-note"):
        status, body, _ = await read(booking, f"/api/bookings/{sale.booking_id}/{paper}.pdf?token={token}")
        assert (status, b'"not_authenticated"' in body) == (401, True)


async def test_bookings_that_are_confirmed_at_once_are_numbered_without_a_gap(booking: Running) -> None:
    sales = await asyncio.gather(*(a_confirmed(booking) for _ in range(12)))
    others = await asyncio.gather(*(a_confirmed(booking, "Q") for _ in range(3)))
    for group in (sales, others):
        numbers = [(await numbered(booking, sale))["invoice"] for sale in group]
        assert sorted(numbers) == list(range(1, len(group) + 1))


@pytest.mark.parametrize("code", [None, "ABC"])
async def test_without_room_for_a_number_there_is_none(booking: Running, code: str | None) -> None:
    sale = await a_confirmed(booking, code)
    path = f"/api/bookings/{sale.booking_id}"
    await booking.call("POST", f"{path}/cancel")
    expected = 404 if code is None else 200
    assert (await read(booking, f"{path}/invoice.pdf", user="usr_1"))[0] == expected
    assert (await read(booking, f"{path}/credit-note.pdf", user="usr_1"))[0] == 404
