"""What a guest hears of seats that the theater moved: the new ticket by mail, no use of the old link, money back."""

from collections.abc import Iterator

from tests.conftest import Stack, until
from tests.e2e.test_mails import links, next_mail, status_of

from stack.buyer import StackClient, build, schedule

TIERS = [{"hoursBefore": 1.5, "refundPercent": 35}]


async def test_a_guest_whose_seat_broke_has_a_new_ticket_and_may_leave_with_all_of_the_money(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    stage, admin = await build(client, rows=2, cols=6), await client.admin()
    strict = {"cancellationPolicy": {"tiers": TIERS, "feesRefunded": False}}
    path = f"/api/admin/theaters/{stage.theater_id}"
    assert (await client.with_retries("PATCH", path, strict, token=admin)).status == 200
    showtime = await schedule(client, stage, slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A2", "A3"])
    old = links(await next_mail(client, buyer, "Your tickets"))["Ticket as PDF"]
    broken = {"blockedSeats": ["A2"], "reseat": True}
    changed = await client.with_retries("PATCH", f"/api/admin/showtimes/{showtime}", broken, token=admin)
    [hit] = changed.body["affected"]
    places = dict(zip(hit["from"], hit["to"], strict=True))  # who sits together may be moved together
    place, seats_now = places["A2"], [places.get(seat, seat) for seat in ("A2", "A3")]
    mail = await next_mail(client, buyer, "Your new ticket")
    assert f"You bought {', '.join(places)} and have {', '.join(places.values())} now." in mail["text"]
    assert [part["contentType"] for part in mail["attachments"]] == ["image/png", "application/pdf", "text/calendar"]
    assert await status_of(client, links(mail)["Ticket as PDF"]) == 200
    assert await status_of(client, old) == 401
    shown = (await buyer.booking(booking["id"])).body
    assert [seat["seatId"] for seat in shown["seats"]] == seats_now
    quote = (await buyer.call("GET", f"/api/bookings/{booking['id']}/cancel-quote")).body
    assert (quote["seatIds"], quote["kept"], quote["refund"]) == (seats_now, 0, booking["amount"])
    # An older page still calls the seat by what was bought.
    part = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {"seatIds": ["A2"]})
    assert [seat["status"] for seat in part.body["seats"]] == ["cancelled", "booked"]

    async def is_free() -> bool:
        seats = (await client.call("GET", f"/api/seats/availability?showtimeId={showtime}")).body["seats"]
        return place in {seat["seatId"] for seat in seats if seat["status"] == "available"}

    await until(is_free)
    rest = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
    assert (rest.body["status"], rest.body["refund"]["amount"]) == ("cancelled", booking["amount"])
    stack.audit()
