"""A waiting list through the whole house: who waits is told by mail and SMS, and buys before the public sees a seat."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, build, schedule


async def entry_of(guest: Buyer) -> dict[str, Any]:
    """The guest's newest entry."""
    answer = await guest.call("GET", "/api/waitlist/my")
    assert answer.body["total"] == len(answer.body["items"])
    newest: dict[str, Any] = answer.body["items"][0]
    return newest


async def offered(guest: Buyer) -> dict[str, Any]:
    """The guest's entry once it is offered seats."""

    async def has_an_offer() -> bool:
        return bool((await entry_of(guest))["status"] == "offered")

    assert await until(has_an_offer)
    return await entry_of(guest)


async def test_who_waits_buys_what_a_guest_cancels_and_what_is_let_go_goes_on(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=1, cols=2)
    showtime = await schedule(client, stage, slot=next(slots))
    owner, first, second, public = [await client.buyer() for _ in range(4)]
    booking = await owner.buy(showtime, ["A1", "A2"])
    for guest in (first, second):
        wish = {"showtimeId": showtime, "count": 2}
        joined = await guest.with_retries("POST", "/api/waitlist", wish)
        assert (joined.status, joined.body["status"]) == (201, "waiting")
        assert (await guest.call("POST", "/api/waitlist", wish)).code == "already_waiting"
    cancelled = await owner.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
    assert cancelled.status == 200
    offer = (await offered(first))["offer"]
    assert (await public.hold(showtime, ["A1"])).code == "seats_unavailable"

    async def is_told() -> bool:
        return any("free for you" in str(mail) for mail in await client.mails(first.user["email"]))

    assert await until(is_told)
    assert (await first.call("DELETE", f"/api/seats/hold/{offer['holdId']}")).status == 204
    assert (await entry_of(first))["status"] == "lapsed"
    offer = (await offered(second))["offer"]
    ordered = await second.order(offer["holdId"])
    assert ordered.status == 201
    await client.pay(ordered.body["orderId"])
    bought = await second.settled(ordered.body["bookingId"])
    assert bought["status"] == "confirmed"
    assert (await entry_of(second))["status"] == "taken"
