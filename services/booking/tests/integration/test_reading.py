"""One booking to read: by its guest, by staff where it was sold at the counter, and by the link of a mail."""

import io
from typing import Any

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from services.booking.tests.conftest import SIGNER, Running
from services.booking.tests.integration.test_cancelling import THEATER, a_confirmed

from contracts.sale import Sale
from stack.waiting import until

READABLE = ("", "/qr.svg", "/qr.png", "/ticket.pdf", "/ticket.ics")
NO_STORE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}


async def read(booking: Running, path: str, *, user: str | None = None) -> tuple[int, bytes, dict[str, str]]:
    headers = {"Authorization": f"Bearer {SIGNER.token(user)}"} if user else {}
    async with booking.http.get(path, headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def ticket(booking: Running, sale: Sale, version: int = 1) -> dict[str, Any]:
    """What was said of a version of the ticket."""

    def said() -> list[dict[str, Any]]:
        tickets = [event for event in booking.events(sale) if event["type"] == "booking.ticket_issued.v1"]
        return [event for event in tickets if event["ticket_version"] == version]

    await until(lambda: bool(said()))
    return said()[0]


async def test_the_link_of_a_mail_opens_its_booking_without_a_login_and_shows_all_but_the_payment(
    booking: Running,
) -> None:
    sale = await a_confirmed(booking)
    token, path = (await ticket(booking, sale))["link_token"], f"/api/bookings/{sale.booking_id}"
    for what in READABLE:
        status, body, headers = await read(booking, f"{path}{what}?token={token}")
        assert (status, NO_STORE.items() <= headers.items()) == (200, True), what
        if what not in {"", "/ticket.ics"}:
            assert body == (await read(booking, f"{path}{what}", user="usr_1"))[1] or what == "/ticket.pdf"
    _, own = await booking.call("GET", path)
    _, by_link = await booking.call("GET", f"{path}?token={token}", user="usr_2")
    assert own.pop("paymentId") == sale.payment_id
    assert by_link == own


async def test_a_link_opens_nothing_else_and_changes_nothing(booking: Running) -> None:
    sale = await a_confirmed(booking)
    token, path = (await ticket(booking, sale))["link_token"], f"/api/bookings/{sale.booking_id}"
    for method, what in (("GET", "/cancel-quote"), ("POST", "/cancel"), ("POST", "/resend")):
        async with booking.http.request(method, f"{path}{what}?token={token}", json={}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, "not_authenticated"), what
    async with booking.http.get(f"/api/bookings/my?token={token}") as answer:
        assert answer.status == 401
    assert await booking.has_status(sale, "confirmed")


async def test_a_wrong_a_foreign_and_a_revoked_link_are_no_login(booking: Running) -> None:
    sale, other = await a_confirmed(booking), await a_confirmed(booking)
    first, foreign = (await ticket(booking, sale))["link_token"], (await ticket(booking, other))["link_token"]
    path = f"/api/bookings/{sale.booking_id}"
    await booking.call("POST", f"{path}/cancel", {"seatIds": ["C8"]})
    newest = (await ticket(booking, sale, 2))["link_token"]
    for token in (first, foreign, newest[:-1], newest + "A", "x", "%E2%82%AC", "%20", "a" * 5000):
        for what in READABLE:
            status, body, _ = await read(booking, f"{path}{what}?token={token}")
            assert (status, b'"not_authenticated"' in body) == (401, True), (token, what)
    unknown = "/api/bookings/bkg_00000000000000000000000000"
    for target in (f"{unknown}?token={newest}", path, f"{path}?token="):
        status, body, _ = await read(booking, target)
        assert (status, b'"not_authenticated"' in body) == (401, True), target
    assert (await read(booking, f"{path}?token={newest}"))[0] == 200


async def test_no_line_of_a_log_has_the_token_of_a_link(booking: Running, capfd: pytest.CaptureFixture[str]) -> None:
    sale = await a_confirmed(booking)
    token, path = (await ticket(booking, sale))["link_token"], f"/api/bookings/{sale.booking_id}"
    for what in (*READABLE, "/nothing", "/ticket.pdf?format=poster&"):
        await read(booking, f"{path}{what}?token={token}")
    assert token not in "".join(capfd.readouterr())


async def test_the_ticket_on_paper_says_what_it_admits_to(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    _, body = await booking.call("GET", path)
    status, page, headers = await read(booking, f"{path}/ticket.pdf", user="usr_1")
    assert (status, headers["Content-Type"]) == (200, "application/pdf")
    text = text_of(page)
    missing = [said for said in (body["reference"], body["showtime"]["movieTitle"], "C7", "C8") if said not in text]
    assert not missing
    await booking.call("POST", f"{path}/cancel", {"seatIds": ["C8"]})
    text = text_of((await read(booking, f"{path}/ticket.pdf", user="usr_1"))[1])
    assert ("C7" in text, "C8" in text) == (True, False)
    assert "261.80" in text
    slip = PdfReader(io.BytesIO((await read(booking, f"{path}/ticket.pdf?format=slip", user="usr_1"))[1]))
    assert 220 < float(slip.pages[0].mediabox.width) < 230  # 80 mm in points
    assert (await read(booking, f"{path}/ticket.pdf?format=poster", user="usr_1"))[0] == 422


def text_of(page: bytes) -> str:
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page)).pages)


async def test_the_entry_of_the_calendar_has_the_show_and_a_number_that_rises(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}/ticket.ics"
    status, body, headers = await read(booking, path, user="usr_1")
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    [event] = events_in(body)
    assert abs((event["dtstart"].dt - sale.start_at).total_seconds()) < 1
    await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", {"seatIds": ["C8"]})
    [later] = events_in((await read(booking, path, user="usr_1"))[1])
    assert (later["uid"], later["sequence"]) == (event["uid"], event["sequence"] + 1)


def events_in(entry: bytes) -> list[Any]:
    return list(Calendar.from_ical(entry.decode()).walk("VEVENT"))


async def test_without_a_ticket_there_is_none_on_paper(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    await booking.call("POST", f"{path}/cancel")
    for what in ("/ticket.pdf", "/ticket.ics"):
        status, body, _ = await read(booking, f"{path}{what}", user="usr_1")
        assert (status, b'"no_ticket"' in body) == (409, True)
        assert (await read(booking, f"{path}{what}", user="usr_2"))[0] == 404
    status, body = await booking.call("POST", f"{path}/resend")
    assert (status, body["code"]) == (409, "no_ticket")


async def test_a_ticket_goes_out_again_three_times_an_hour_whoever_asks(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}/resend"
    await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", {"seatIds": ["C8"]})
    assert [(await booking.call("POST", path))[0] for _ in range(2)] == [202, 202]
    admin = f"/api/admin/bookings/{sale.booking_id}/resend"
    grants = {THEATER: ["manager"]}
    assert (await booking.call("POST", admin, None, "usr_9", grants=grants))[0] == 202
    for target, token in ((path, SIGNER.token("usr_1")), (admin, SIGNER.token("usr_9", grants=grants))):
        async with booking.http.post(target, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (429, "rate_limited")
            assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    await until(lambda: booking.event_types(sale).count("booking.resend_requested.v1") == 3)
    requests = [event for event in booking.events(sale) if event["type"] == "booking.resend_requested.v1"]
    assert sorted(event["number"] for event in requests) == [1, 2, 3]
    newest = await ticket(booking, sale, 2)
    assert {event["ticket"]["link_token"] for event in requests} == {newest["link_token"]}
    assert (await booking.call("POST", admin, None, "usr_9", grants={"thr_2": ["manager"]}))[0] == 404
