"""A broken seat and another screen, through the whole house: who is hit, where they go, and what their pages say."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Answer, Buyer, StackClient, build, schedule


async def _patch(client: StackClient, showtime: str, **change: Any) -> Answer:
    return await client.with_retries("PATCH", f"/api/admin/showtimes/{showtime}", change, token=await client.admin())


async def _letters(client: StackClient, showtime: str, *seats: str) -> str:
    shown = (await client.call("GET", f"/api/seats/availability?showtimeId={showtime}")).body["seats"]
    statuses = {seat["seatId"]: seat["status"][0] for seat in shown}
    return "".join(statuses[seat] for seat in seats)


async def _out(client: StackClient, showtime: str) -> dict[str, str | None]:
    """The seats that are taken out, each with its reason."""
    read = await client.call("GET", f"/api/admin/showtimes/{showtime}/blocked-seats", token=await client.admin())
    assert read.status == 200, read
    return {seat["seatId"]: seat.get("reason") for seat in read.body["items"]}


async def _seats(buyer: Buyer, booking: dict[str, Any]) -> list[str]:
    """The labels of a booking's seats, as its page shows them."""
    seats = (await buyer.booking(booking["id"])).body["seats"]
    return sorted(f"{seat['label']['row']}{seat['label']['number']}" for seat in seats)


async def _screen(client: StackClient, theater: str, rows: int, cols: int) -> str:
    body = {"theaterId": theater, "name": "The other", "layout": {"rows": rows, "cols": cols}}
    made = await client.with_retries("POST", "/api/admin/screens", body, token=await client.admin())
    assert made.status == 201, made
    return str(made.body["id"])


async def test_a_broken_seat_is_reported_with_the_bookings_it_hits_and_they_move_at_the_theaters_wish(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=3, cols=8), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["B4"])
    await buyer.shown(booking["id"])
    wrong = await _patch(client, showtime, blockedSeats=["B4", "Z9"])
    assert (wrong.status, wrong.body["errors"][0]["path"]) == (422, "blockedSeats.1")
    dry = await _patch(client, showtime, blockedSeats=["B4", "B5"], reseat=True, dryRun=True)
    hit = {"bookingId": booking["id"], "reference": booking["reference"], "from": ["B4"]}
    assert dry.body["affected"] == [{**hit, "to": ["B3"]}]
    assert await _letters(client, showtime, "B3", "B4", "B5") == "asa"
    told = await _patch(client, showtime, blockedSeats=["B4", "B5"])
    assert (told.status, told.body["affected"]) == (200, [hit])
    assert await _out(client, showtime) == {"B4": None, "B5": None}, "also the one that its booking still has"
    assert await _letters(client, showtime, "B3", "B4", "B5") == "asb"
    moved = await _patch(client, showtime, blockedSeats=["B4", "B5"], reseat=True)
    assert moved.body["affected"] == [{**hit, "to": ["B3"]}]
    again = await _patch(client, showtime, blockedSeats=["B4", "B5"], reseat=True)
    assert again.body["affected"] == moved.body["affected"], "a repeat is answered alike"
    assert await _letters(client, showtime, "B3", "B4", "B5") == "sbb"

    async def shows_it() -> bool:
        return await _seats(buyer, booking) == ["B3"]

    assert await until(shows_it)
    why = {"B5": "broken", "B4": "kept for the house"}
    unknown = await _patch(client, showtime, blockedSeats=["B5"], blockedReasons=why)
    assert (unknown.status, unknown.body["errors"][0]["path"]) == (422, "blockedReasons.B4")
    assert (await _patch(client, showtime, blockedSeats=["B4", "B5"], blockedReasons=why)).status == 200
    assert await _out(client, showtime) == why
    assert (await _patch(client, showtime, blockedSeats=["B5", "C1"], blockedReasons={"C1": "wet"})).status == 200
    assert await _out(client, showtime) == {"B5": "broken", "C1": "wet"}
    dry = await _patch(client, showtime, blockedSeats=["C1"], blockedReasons={"C1": "dry"}, dryRun=True)
    assert dry.status == 200
    assert await _out(client, showtime) == {"B5": "broken", "C1": "wet"}
    repaired = await _patch(client, showtime, blockedSeats=[])
    assert await _out(client, showtime) == {}
    assert repaired.body["affected"] == []
    assert await _letters(client, showtime, "B3", "B4", "B5") == "saa"
    stack.audit()


async def test_a_show_moves_to_another_screen_with_its_guests_and_to_none_that_is_too_small(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    stage, slot = await build(client, rows=3, cols=8), next(slots)
    showtime = await schedule(client, stage, slot=slot)
    near, far, browser = [await client.buyer() for _ in range(3)]
    near_booking, far_booking = await near.buy(showtime, ["A1", "A2"]), await far.buy(showtime, ["C8"])
    for buyer, booking in ((near, near_booking), (far, far_booking)):
        await buyer.shown(booking["id"])
    held = await browser.hold(showtime, ["B1"])
    small, right = [await _screen(client, stage.theater_id, rows, cols) for rows, cols in ((1, 2), (2, 6))]
    refused = await _patch(client, showtime, screenId=small)
    assert (refused.status, refused.code, refused.body["placed"]) == (409, "seats_unplaced", 1)
    assert [one["bookingId"] for one in refused.body["unplaced"]] == [far_booking["id"]]
    assert len((await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body["state"]) == 24
    dry = await _patch(client, showtime, screenId=right, dryRun=True)
    move = {"bookingId": far_booking["id"], "reference": far_booking["reference"], "from": ["C8"], "to": ["B6"]}
    assert (dry.body["placed"], dry.body["moved"], dry.body["unplaced"]) == (2, [move], [])
    assert dry.body["screenId"] != right
    done = await _patch(client, showtime, screenId=right)
    assert (done.body["placed"], done.body["moved"], done.body["unplaced"]) == (2, [move], [])
    shown = (await client.call("GET", f"/api/showtimes/{showtime}")).body
    assert (done.body["screenId"], shown["screenId"], shown["seatsTotal"]) == (right, right, 12)
    assert await _letters(client, showtime, "A1", "A2", "B1", "B6") == "ssas"
    assert (await browser.call("GET", f"/api/seats/hold/{held.body['id']}")).body["status"] != "active"
    again = await _patch(client, showtime, screenId=right)
    assert (again.status, again.body["placed"], again.body["moved"]) == (200, 2, [move])

    async def shows_it() -> bool:
        return await _seats(far, far_booking) == ["B6"] and await _seats(near, near_booking) == ["A1", "A2"]

    assert await until(shows_it)
    late = await browser.buy(showtime, ["B1"])
    assert late["status"] == "confirmed"
    stack.audit()


async def test_no_two_shows_are_moved_to_one_screen_at_one_time(client: StackClient, slots: Iterator[int]) -> None:
    stage, slot = await build(client, rows=2, cols=4, screens=2), next(slots)
    one = await schedule(client, stage, slot=slot)
    other_screen = await _screen(client, stage.theater_id, 2, 4)
    assert (await _patch(client, one, screenId=other_screen)).status == 200
    two = await schedule(client, stage, slot=slot)
    busy = await _patch(client, two, screenId=other_screen)
    assert (busy.status, busy.code) == (409, "screen_busy")
    mixed = await _patch(client, two, screenId=other_screen, format="IMAX")
    assert (mixed.status, mixed.code) == (422, "validation_error")
