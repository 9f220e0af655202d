"""A waiting list: what comes free is offered to those who wait, in their order, before anybody else can have it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from services.seating.tests.conftest import Running
from services.seating.tests.factories import a_cancellation, a_user
from services.seating.tests.harness import Answer, Harness
from services.seating.tests.integration.test_replans import now, to_screen

from contracts.identity import UserErased
from contracts.ids import UserId, new_hold_id
from seating.consumers import handlers
from seating.domain import Showtime
from seating.shards import keys_of

JSON = {"content-type": "application/json"}


@dataclass
class SoldOut:
    """A showtime of one row, each seat held by another guest."""

    harness: Harness
    showtime: Showtime
    holds: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    async def of(cls, harness: Harness, seats: int = 3, **layout: Any) -> "SoldOut":
        screen = cls(harness, await harness.showtime(layout={"rows": 1, "cols": seats, **layout}))
        for seat in screen.showtime.seats:
            user = a_user()
            screen.holds[seat.seat_id] = user, await harness.held(screen.showtime, user, seat.seat_id)
        return screen

    async def comes_free(self, *seats: str) -> None:
        for seat in seats:
            user, hold_id = self.holds[seat]
            assert (await self.harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)).status == 204

    async def join(self, user: str, count: int = 1, **more: Any) -> Answer:
        body = {"showtimeId": self.showtime.id, "count": count, **more}
        return await self.harness.call("POST", "/api/waitlist", user=user, json=body, headers=JSON)

    async def waits(self, count: int = 1, **more: Any) -> str:
        user = a_user()
        answer = await self.join(user, count, **more)
        assert answer.status == 201, answer.body
        assert answer.json["status"] == "waiting"
        return user

    async def entry(self, user: str) -> dict[str, Any]:
        """The newest entry of the user."""
        answer = await self.harness.call("GET", "/api/waitlist/my", user=user)
        first: dict[str, Any] = answer.json["items"][0]
        return first

    async def offered(self, user: str) -> list[str]:
        """The seats of the offer that the user has; none without one."""
        offer = (await self.entry(user)).get("offer")
        if offer is None:
            return []
        hold = await self.harness.call("GET", f"/api/seats/hold/{offer['holdId']}", user=user)
        assert hold.json["status"] == "active"
        assert datetime.fromisoformat(hold.json["expiresAt"]) == datetime.fromisoformat(offer["expiresAt"])
        return list(hold.json["seatIds"])

    async def work(self) -> None:
        await self.harness.seating.offering.step()

    async def letters(self) -> str:
        return await self.harness.map(self.showtime)


async def test_who_waits_is_offered_what_comes_free_and_the_public_never_sees_it(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    first, second = await screen.waits(), await screen.waits()
    await screen.comes_free("A2")
    assert await screen.letters() == "hhh"
    assert (await harness.hold(screen.showtime, a_user(), "A2")).json["code"] == "seats_unavailable"
    await screen.work()
    assert (await screen.offered(first), await screen.offered(second)) == (["A2"], [])
    entries = await harness.process.database["waitlist"].find({"showtime_id": screen.showtime.id, "open": True})
    (event,) = [event for entry in entries for event in entry["outbox"]]
    assert event["type"] == "seating.waitlist_offered.v1"
    offer = (await screen.entry(first))["offer"]["holdId"]
    assert (await harness.call("DELETE", f"/api/seats/hold/{offer}", user=first)).status == 204
    assert (await screen.entry(first))["status"] == "lapsed"
    await screen.work()
    assert await screen.offered(second) == ["A2"]


async def test_seats_go_to_the_first_whom_they_suit_and_what_suits_nobody_is_for_everybody(harness: Harness) -> None:
    screen = await SoldOut.of(harness, 5)
    pair, single = await screen.waits(2), await screen.waits(1)
    await screen.comes_free("A1")
    await screen.work()
    assert (await screen.offered(pair), await screen.offered(single)) == ([], ["A1"])
    await screen.comes_free("A3")
    await screen.work()
    assert await screen.letters() == "hhahh"
    await screen.comes_free("A4")
    await screen.work()
    assert await screen.offered(pair) == ["A3", "A4"]


async def test_only_seats_of_the_type_suit(harness: Harness) -> None:
    screen = await SoldOut.of(harness, 3, rows=2, seat_types=({"type": "vip", "rows": ("B",)},))
    vip = await screen.waits(1, type="vip")
    await screen.comes_free("A1")
    await screen.work()
    assert (await screen.offered(vip), await screen.letters()) == ([], "ahhhhh")
    await screen.comes_free("B3")
    await screen.work()
    assert await screen.offered(vip) == ["B3"]
    refused = await screen.join(a_user(), 1, type="throne")
    assert (refused.status, refused.json["errors"][0]["path"]) == (422, "type")


async def test_nobody_waits_twice_or_beside_free_seats(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits()
    again = await screen.join(user)
    assert (again.status, again.json["code"]) == (409, "already_waiting")
    entry = await screen.entry(user)
    assert (await harness.call("DELETE", f"/api/waitlist/{entry['id']}", user=a_user())).status == 404
    for _ in range(2):
        assert (await harness.call("DELETE", f"/api/waitlist/{entry['id']}", user=user)).status == 204
    assert (await screen.entry(user))["status"] == "left"
    await screen.work()
    await screen.comes_free("A2")
    assert await screen.letters() == "hah"
    left = await screen.join(user)
    assert (left.status, left.json["code"], left.json["left"]) == (409, "seats_left", 1)
    joined = await screen.join(user, 2)
    assert (joined.status, joined.json) == (201, await screen.entry(user))


async def test_who_leaves_lets_go_of_what_was_offered(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    first, second = await screen.waits(), await screen.waits()
    await screen.comes_free("A1")
    await screen.work()
    entry = await screen.entry(first)
    assert (await harness.call("DELETE", f"/api/waitlist/{entry['id']}", user=first)).status == 204
    await screen.work()
    assert ((await screen.entry(first))["status"], await screen.offered(second)) == ("left", ["A1"])


async def test_an_offer_that_is_paid_for_is_taken_and_does_not_count_among_holds(harness: Harness) -> None:
    screen = await SoldOut.of(harness, 5)
    user = await screen.waits()
    await screen.comes_free("A1")
    await screen.work()
    offer = (await screen.entry(user))["offer"]["holdId"]
    sale = await harness.use_cases.checkouts.begin(user, offer)
    await harness.use_cases.sales.sell(sale)
    assert (await screen.entry(user))["status"] == "taken"
    other = await screen.waits()
    await screen.comes_free("A2")
    await screen.work()
    assert await screen.offered(other) == ["A2"]
    await screen.comes_free("A3", "A4", "A5")
    for seat in ("A3", "A4", "A5"):
        assert (await harness.hold(screen.showtime, other, seat)).status == 201
    await screen.comes_free()
    assert (await harness.hold(screen.showtime, other, "A1")).json["code"] == "seats_unavailable"


async def test_an_offer_that_was_let_go_and_is_paid_for_all_the_same_is_taken(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits()
    await screen.comes_free("A2")
    await screen.work()
    offer = (await screen.entry(user))["offer"]["holdId"]
    sale = await harness.use_cases.checkouts.begin(user, offer)
    assert (await harness.call("DELETE", f"/api/seats/hold/{offer}", user=user)).status == 204
    assert (await screen.entry(user))["status"] == "lapsed"
    await harness.use_cases.sales.sell(sale)
    for _ in range(2):
        assert (await screen.entry(user))["status"] == "taken"
    assert await screen.letters() == "hsh"


@pytest.mark.parametrize("hold_seconds", [1])
async def test_an_offer_lapses_at_its_instant_and_the_seats_go_on(harness: Harness, another: Running) -> None:
    async with another() as slow:
        screen = await SoldOut.of(slow)
        first, second = await screen.waits(), await screen.waits()
        await screen.comes_free("A3")
        screen.harness = harness
        await screen.work()
        await harness.seating.offering.serve(screen.showtime.id)
        end = datetime.fromisoformat((await screen.entry(first))["offer"]["expiresAt"])
        await harness.redis_reaches(round(end.timestamp() * 1000) + 1)
        assert await screen.letters() == "hhh"
        await slow.seating.offering.serve(screen.showtime.id)
        assert (await screen.entry(first))["status"] == "lapsed"
        assert await screen.offered(second) == ["A3"]


async def test_a_cancelled_booking_is_for_the_list_first(harness: Harness) -> None:
    showtime = await harness.showtime(layout={"rows": 1, "cols": 1})
    sale = await harness.checked_out(showtime, a_user(), "A1")
    await harness.use_cases.sales.sell(sale)
    screen = SoldOut(harness, showtime)
    user = await screen.waits()
    await harness.use_cases.sales.cancel(a_cancellation(sale))
    assert await screen.letters() == "h"
    await screen.work()
    assert await screen.offered(user) == ["A1"]


async def test_the_list_outlives_redis(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits(3)
    await harness.redis.flushdb()
    sale = await harness.checked_out(screen.showtime, a_user(), "A1")
    await harness.use_cases.checkouts.give_up(screen.showtime, sale.hold_id)
    await harness.call("DELETE", f"/api/seats/hold/{sale.hold_id}", user=sale.user_id)
    await harness.seating.offering.serve(screen.showtime.id)
    assert await screen.offered(user) == ["A1", "A2", "A3"]


async def test_late_money_is_before_the_list(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    await screen.waits()
    user, hold_id = screen.holds["A1"]
    sale = await harness.use_cases.checkouts.begin(user, hold_id)
    await harness.call("DELETE", f"/api/seats/hold/{hold_id}", user=user)
    assert await screen.letters() == "hhh"
    await harness.use_cases.sales.sell(sale)
    await screen.work()
    assert await screen.letters() == "shh"


async def test_what_is_reserved_is_for_everybody_once_no_worker_came_in_time(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits()
    await screen.comes_free("A1")
    ends_key = keys_of(screen.showtime.id)[4]
    ends: Any = await harness.redis.zrange(ends_key, 0, -1, withscores=True)
    ((reserve, end),) = [(id_, end) for id_, end in ends if id_.startswith(b"reserve:")]
    assert end <= await harness.redis_now() + 10_000
    await harness.redis.zadd(ends_key, {reserve: 1})
    await harness.redis.hset(keys_of(screen.showtime.id)[0], "next_at", 1)
    assert await screen.letters() == "ahh"
    await screen.work()
    assert await screen.offered(user) == ["A1"]


async def test_an_offer_whose_worker_died_is_made_again_and_one_that_was_made_is_recorded(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits()
    await screen.comes_free("A1")
    entries, seats = harness.seating.entries, harness.seating.offering
    (entry,) = await entries.on_list(screen.showtime.id)
    from_another = {"status": "offering", "number": 1, "due_at": datetime.now(UTC)}
    offer = {
        "hold_id": new_hold_id(screen.showtime.id),
        "seat_ids": ["A1"],
        "expires_at": None,
    }
    document = {**from_another, "offer": {**offer, "made_by": datetime(2020, 1, 1, tzinfo=UTC)}}
    await entries.collection.update({"_id": entry.id}, {"$set": document})
    assert not await seats.serve(screen.showtime.id)
    assert await screen.letters() == "hhh"
    await seats.run_due()
    await screen.work()
    assert await screen.offered(user) == ["A1"]


async def test_a_list_is_joined_while_a_process_that_died_left_a_swap_half_done(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(_showtime: Showtime) -> None:
        raise ConnectionError("killed")

    showtime = await harness.showtime()
    with monkeypatch.context() as context:
        context.setattr(harness.seat_holds, "tell_all", dies)
        with pytest.raises(ConnectionError):
            await harness.use_cases.replans.replan(showtime.id, to_screen())
    assert len((await now(harness, showtime)).seats) == 18
    screen = SoldOut(harness, showtime)
    left = await screen.join(a_user())
    assert (left.status, left.json["code"], left.json["left"]) == (409, "seats_left", 18)


async def test_nobody_waits_for_a_show_that_was_cancelled(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    user = await screen.waits()
    snapshot = screen.showtime.snapshot.model_copy(update={"revision": 2, "status": "cancelled"})
    await harness.use_cases.scheduling.follow(snapshot)
    await screen.work()
    assert (await screen.entry(user))["status"] == "lapsed"
    assert (await screen.join(a_user())).json["code"] == "showtime_closed"


async def test_who_is_erased_waits_no_more_and_what_was_offered_goes_on(harness: Harness) -> None:
    screen = await SoldOut.of(harness)
    erased, next_one = await screen.waits(), await screen.waits()
    await screen.comes_free("A2")
    await screen.work()
    assert await screen.offered(erased) == ["A2"]
    event = UserErased(user_id=UserId(erased), revision=2, at=datetime.now(UTC))
    await handlers(harness.use_cases, harness.seating.waitlist)[UserErased](event)
    assert (await harness.call("GET", "/api/waitlist/my", user=erased)).json == {"items": [], "total": 0}
    await screen.work()
    assert await screen.offered(next_one) == ["A2"]
