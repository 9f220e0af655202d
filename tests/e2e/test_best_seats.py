"""Best-available and accessible seats that are released in stages, through the whole house."""

from collections.abc import Iterator

from tests.conftest import Stack, until
from tests.e2e.shapes import BEST_SEATS, fitting

from stack.buyer import StackClient, build, schedule

LAYOUT = {"rows": 3, "cols": 8, "accessible": ["C1"], "companions": {"C2": "C1"}}
UNTIL_THE_START = [{"hoursBefore": 0, "share": 1}]


async def test_accessible_seats_are_for_those_who_need_them_until_the_theater_releases_them(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    stage, token = await build(client), await client.admin()
    theater = f"/api/admin/theaters/{stage.theater_id}"
    kept = await client.with_retries("PATCH", theater, {"accessibleRelease": UNTIL_THE_START}, token=token)
    assert kept.body["accessibleRelease"] == UNTIL_THE_START
    screen = {"layout": LAYOUT}
    await client.with_retries("PATCH", f"/api/admin/screens/{stage.screen_ids[0]}", screen, token=token)
    showtime = await schedule(client, stage, slot=next(slots))

    async def letters() -> str:
        return str((await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body["state"])

    assert await letters() == "a" * 16 + "bbaaaaaa"
    guest, other = await client.buyer(), await client.buyer()
    refused = await guest.hold(showtime, ["C1", "C2"])
    assert (refused.status, refused.code, refused.body["seatIds"]) == (409, "seats_unavailable", ["C1", "C2"])
    wish = {"showtimeId": showtime, "count": 2}
    best = await guest.with_retries("POST", "/api/seats/best-available", {**wish, "accessible": True})
    assert fitting(best, 201, BEST_SEATS)["seatIds"] == ["C1", "C2"]
    usual = await other.with_retries("POST", "/api/seats/best-available", wish)
    assert (usual.body["seatIds"], usual.body["split"]) == (["B4", "B5"], False)
    ordered = await guest.order(best.body["id"])
    booking = await guest.settled(ordered.body["bookingId"]) if await client.pay(ordered.body["orderId"]) else {}
    assert [seat["seatId"] for seat in booking["seats"]] == ["C1", "C2"]
    cancelled = await guest.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
    assert cancelled.body["status"] == "cancelled"

    async def is_withheld_again() -> bool:
        return (await letters())[16:] == "bbaaaaaa"

    assert await until(is_withheld_again)
    await client.with_retries("PATCH", theater, {"accessibleRelease": []}, token=token)

    async def is_released() -> bool:
        return (await letters())[16:] == "aaaaaaaa"

    assert await until(is_released)
    none = await other.with_retries("POST", "/api/seats/best-available", {**wish, "accessible": True, "count": 10})
    assert none.status == 201
    none = await guest.with_retries("POST", "/api/seats/best-available", {**wish, "accessible": True})
    assert (none.code, none.body["left"]) == ("not_enough_seats", 0)
