"""Seats that the theater moves, as seating says it on the bus: page, papers, link, and what cancelling brings."""

from functools import partial

from services.booking.tests.conftest import Running
from services.booking.tests.factories import order_created, seats_sold, succeeded
from tests.factories import a_sale, a_snapshot, at

from contracts.layout import ScreenDetails, SeatLabel
from contracts.sale import Sale
from contracts.seating import SeatMove, SeatsMoved
from stack.waiting import until


def seats_moved(sale: Sale, number: int, screen: ScreenDetails | None = None, **places: str) -> SeatsMoved:
    """`C7="E2"`: the seat that was sold as C7 is E2 now."""
    return SeatsMoved(
        booking_id=sale.booking_id,
        showtime_id=sale.showtime_id,
        number=number,
        moves=tuple(
            SeatMove(
                sold_as=sold_as,
                from_seat_id=sold_as,
                to_seat_id=to,
                label=SeatLabel(row=to[0], number=to[1:]),
                type="standard",
            )
            for sold_as, to in places.items()
        ),
        reason="screen_changed" if screen else "seat_blocked",
        screen=screen,
        at=at(number),
    )


async def test_moved_seats_are_on_the_page_and_the_papers_and_an_older_link_opens_nothing(booking: Running) -> None:
    sale = a_sale()
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.confirm(sale)
    old = (await booking.document(sale))["tickets"][0]["link_token"]
    path = f"/api/bookings/{sale.booking_id}"
    for number, place in ((1, "E2"), (2, "E3")):
        moved = seats_moved(sale, number, C7=place)
        await booking.say(moved, moved)
        await until(partial(_has_reseatings, booking, sale, number))
    _, body = await booking.call("GET", path)
    assert [seat["seatId"] for seat in body["seats"]] == ["E3", "C8"]
    assert body["seats"][0]["movedFrom"] == {"seatId": "C7", "label": {"row": "C", "number": "7"}}
    assert "movedFrom" not in body["seats"][1]
    assert (await booking.call("GET", f"{path}?token={old}"))[0] == 401
    _, quote = await booking.call("GET", f"{path}/cancel-quote?seatIds=E3")
    assert (quote["seatIds"], quote["kept"], quote["tier"]) == (["E3"], 0, {"hoursBefore": 0.0, "refundPercent": 100})
    status, body = await booking.call("POST", f"{path}/cancel", {"seatIds": ["C7"], "expectedRefund": quote["refund"]})
    assert (status, [seat["status"] for seat in body["seats"]]) == (200, ["cancelled", "booked"])
    types = ["confirmed", "ticket_issued", "ticket_issued", "ticket_issued", "seats_cancelled", "ticket_issued"]
    await booking.until_event_types(sale, [f"booking.{kind}.v1" for kind in (*types, "refund_due")])
    [cancelled] = [event for event in booking.events(sale) if event["type"] == "booking.seats_cancelled.v1"]
    assert cancelled["seat_ids"] == ["C7"]


async def test_a_move_that_comes_before_the_sale_is_on_the_first_ticket(booking: Running) -> None:
    sale, screen = a_sale(), ScreenDetails(screen_id="scr_2", name="Screen 2")
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.say(seats_moved(sale, 1, screen, C7="A1", C8="A2"))
    await until(partial(_has_reseatings, booking, sale, 1))
    await booking.say(order_created(sale), succeeded(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    _, body = await booking.call("GET", f"/api/bookings/{sale.booking_id}")
    assert ([seat["seatId"] for seat in body["seats"]], body["showtime"]["screenName"]) == (["A1", "A2"], "Screen 2")
    assert len((await booking.document(sale))["tickets"]) == 1


async def _has_reseatings(booking: Running, sale: Sale, count: int) -> bool:
    return len((await booking.document(sale)).get("facts", {}).get("reseatings", ())) == count
