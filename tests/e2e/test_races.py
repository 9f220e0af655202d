"""Many want the same seats at once: one wins, nobody is half-held, and the money adds up."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.conftest import Stack

from stack.buyer import Answer, Buyer, StackClient, build, schedule

Crowd = list[tuple[str, Mapping[str, Any]]]


async def test_of_two_hundred_clients_for_the_same_four_seats_one_wins_each_time(
    client: StackClient, crowd: Crowd, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=4, cols=12)
    showtime = await schedule(client, stage, slot=next(slots))
    buyers = [Buyer(client, token, user) for token, user in crowd]
    for number in range(10):
        row = "ABCD"[number % 4]
        seats = [f"{row}{column}" for column in range(1 + number // 4 * 4, 5 + number // 4 * 4)]
        answers = await asyncio.gather(*(buyer.hold(showtime, random.sample(seats, 4)) for buyer in buyers))
        assert Counter(answer.status for answer in answers) == {201: 1, 409: 199}
        assert {answer.code for answer in answers if answer.status == 409} == {"seats_unavailable"}
        winner = next(answer for answer in answers if answer.status == 201)
        assert await _held(client, showtime, seats) == 4
        await _release(buyers, winner)
        assert await _held(client, showtime, seats) == 0


async def _held(client: StackClient, showtime: str, seats: list[str]) -> int:
    answer = await client.call("GET", f"/api/seats/availability?showtimeId={showtime}")
    return sum(seat["status"] == "held" for seat in answer.body["seats"] if seat["seatId"] in seats)


async def _release(buyers: list[Buyer], winner: Answer) -> None:
    answers = await asyncio.gather(*(v.with_retries("DELETE", f"/api/seats/hold/{winner.body['id']}") for v in buyers))
    assert Counter(answer.status for answer in answers) == {204: 1, 404: 199}


async def test_two_hundred_clients_for_overlapping_seats_share_without_a_double(
    client: StackClient, crowd: Crowd, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=1, cols=12)
    showtime = await schedule(client, stage, slot=next(slots))
    pairs = itertools.cycle([[f"A{n}", f"A{n + 1}"] for n in range(1, 12)])
    answers = await asyncio.gather(*(Buyer(client, *guest).hold(showtime, next(pairs)) for guest in crowd))
    won = Counter(seat for answer in answers if answer.status == 201 for seat in answer.body["seatIds"])
    assert max(won.values()) == 1
    assert await _held(client, showtime, [f"A{n}" for n in range(1, 13)]) == len(won)


class FickleBuyer:
    """Somebody who may change their mind, fail to pay, lose the callback, or see webhooks arrive in any manner."""

    def __init__(self, buyer: Buyer, dice: random.Random) -> None:
        self.buyer, self.dice = buyer, dice

    async def shop(self, showtime: str, seats: list[str]) -> str:
        held = await self.buyer.with_retries("POST", "/api/seats/hold", {"showtimeId": showtime, "seatIds": seats})
        if held.status != 201:
            return f"hold {held.code}"
        if self.dice.random() < 0.1:
            return "left" if self.dice.random() < 0.5 else await self._let_go(held.body["id"])
        ordered = await self.buyer.order(held.body["id"])
        if ordered.status != 201 or self.dice.random() < 0.1:
            return f"order {ordered.code or 'left'}"
        return await self._pay(ordered.body)

    async def _let_go(self, hold_id: str) -> str:
        return f"let go {(await self.buyer.with_retries('DELETE', f'/api/seats/hold/{hold_id}')).status}"

    async def _pay(self, order: Mapping[str, Any]) -> str:
        webhooks = {
            "deliver": self.dice.random() < 0.9,
            "delayMs": self.dice.randrange(300),
            "duplicates": self.dice.randrange(3),
            "shuffle": self.dice.random() < 0.5,
        }
        outcome = "failed" if self.dice.random() < 0.15 else "captured"
        paid = await self.buyer.client.pay(order["orderId"], outcome=outcome, webhooks=webhooks)
        if self.dice.random() < 0.3:
            return f"{outcome}, callback lost"
        return f"confirm {(await self.buyer.confirm(paid)).status}"


async def test_five_hundred_buyers_on_two_hundred_seats_lose_neither_a_seat_nor_a_rupee(
    stack: Stack, client: StackClient, crowd: Crowd, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=10, cols=20)
    showtime = await schedule(client, stage, slot=next(slots))
    dice = random.Random(20)
    seats = [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, 21)]
    gate = asyncio.Semaphore(100)

    async def shop(number: int) -> str:
        start = dice.randrange(200)
        wanted = seats[start : start + dice.randrange(1, 4)]
        async with gate:
            return await FickleBuyer(Buyer(client, *crowd[number % len(crowd)]), dice).shop(showtime, wanted)

    ends = Counter(await asyncio.gather(*(shop(number) for number in range(500))))
    assert ends["confirm 200"] + ends["confirm 202"] > 0, ends
    stack.audit()


@pytest.mark.parametrize("racers", [8])
async def test_confirm_racing_with_itself_and_the_webhook_gives_one_booking(
    client: StackClient, slots: Iterator[int], racers: int
) -> None:
    stage = await build(client, rows=1, cols=2)
    showtime = await schedule(client, stage, slot=next(slots))
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1", "A2"])
    orders = await asyncio.gather(*(buyer.order(held.body["id"]) for _ in range(racers)))
    assert {answer.status for answer in orders} == {201}
    assert len({answer.body["orderId"] for answer in orders}) == 1
    paid = await client.pay(orders[0].body["orderId"], webhooks={"deliver": True, "duplicates": 3, "shuffle": True})
    answers = await asyncio.gather(*(buyer.decided(paid) for _ in range(racers)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["reference"] for answer in answers}) == 1
    mine = await buyer.call("GET", "/api/bookings/my")
    assert mine.body["total"] == 1
