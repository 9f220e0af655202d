"""Buyers at work while containers come and go: every call of a sale that was not answered is made again under its key,
and every sale must end confirmed."""

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from stack.buyer import Answer, Buyer, StackClient, build, schedule
from stack.waiting import until

Json = Any
ROWS, COLS = 20, 20
SHOWTIMES = 20  # four thousand pairs: more than are sold in the time
BUYERS, SALES_OF_A_BUYER = 8, 25
SALES_SECONDS = 180  # within which they go on after a change
_ROW_NAMES = "ABCDEFGHIJKLMNOPQRST"


@dataclass
class CountingClient(StackClient):
    """Counts what the gateway answers: `answers` by status, `unanswered` what came back with none."""

    answers: Counter[int] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            answer = await StackClient.call(self, method, path, body, token=token, headers=headers)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.unanswered[type(error).__name__] += 1
            raise
        if path.startswith("/"):
            self.answers[answer.status] += 1
        return answer


class Seats:
    """Two neighbours after another, each once: no buyer is in another's way."""

    def __init__(self, showtimes: list[str]) -> None:
        firsts = itertools.product(showtimes, _ROW_NAMES, range(1, COLS, 2))
        self._pairs = iter([(showtime, [f"{row}{first}", f"{row}{first + 1}"]) for showtime, row, first in firsts])

    def next_pair(self) -> tuple[str, list[str]] | None:
        """A showtime, and two seats of it; None where all are sold."""
        return next(self._pairs, None)


@dataclass
class Sales:
    """What was sold, and what went wrong: a line for each sale that retries did not bring to its end."""

    client: CountingClient
    seats: Seats
    confirmed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def sell_until(self, over: asyncio.Event) -> None:
        """One sale after the other, until it is over; a new buyer now and then, whose token lives a quarter hour."""
        buyer = None
        for count in itertools.count():
            pair = self.seats.next_pair()
            if over.is_set() or pair is None:
                return
            try:
                if buyer is None or count % SALES_OF_A_BUYER == 0:
                    buyer = await self.client.buyer()
                await self._sale(buyer, *pair)
            except (aiohttp.ClientError, OSError, TimeoutError, KeyError, TypeError) as error:
                self.failures.append(f"{pair}: {error!r}")

    async def go_on(self) -> None:
        """Return once buyers have sold on, each about once; raises `TimeoutError`."""
        enough = len(self.confirmed) + BUYERS
        await until(lambda: len(self.confirmed) >= enough, seconds=SALES_SECONDS, every=0.1)

    async def _sale(self, buyer: Buyer, showtime_id: str, seat_ids: list[str]) -> None:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        body = {"showtimeId": showtime_id, "seatIds": seat_ids}
        held = await self._made(buyer, "/api/seats/hold", body, key)
        order = await self._made(buyer, "/api/payments/create-order", {"holdId": held["id"]}, key)
        paid = await self.client.pay(order["orderId"], strict=True)
        if "razorpay_payment_id" in paid:  # else it was paid by a call whose answer was lost: the webhook tells of it
            await buyer.confirm(paid)
        booking = await buyer.settled(order["bookingId"])
        if booking["status"] == "confirmed":
            self.confirmed.append(booking["id"])
        else:
            self.failures.append(f"{booking['id']} ended {booking['status']} ({booking.get('reason')})")

    async def _made(self, buyer: Buyer, path: str, body: Json, key: Mapping[str, str]) -> Json:
        """What a POST made; raises `KeyError` with the answer where it is none."""

        async def answered() -> Answer | None:
            answer = await buyer.with_retries("POST", path, body, headers=key)
            return None if answer.code == "idempotency_in_progress" else answer

        answer = await until(answered, every=0.2)
        if answer.status != 201:
            raise KeyError(f"{path} answered {answer.status} {answer.code}")
        return answer.body


@asynccontextmanager
async def selling(stack_info: Mapping[str, Any]) -> AsyncIterator[Sales]:
    """Buyers sell for as long as the block lasts; the sales, which end with it."""
    connector, timeout = aiohttp.TCPConnector(limit=64), aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        client = CountingClient(stack_info, http)
        stage = await build(client, rows=ROWS, cols=COLS)
        showtimes = [await schedule(client, stage, slot=slot) for slot in range(SHOWTIMES)]
        sales = Sales(client, Seats(showtimes))
        client.answers.clear()
        client.unanswered.clear()
        over = asyncio.Event()
        buyers = [asyncio.create_task(sales.sell_until(over)) for _ in range(BUYERS)]
        try:
            yield sales
        finally:
            over.set()
            await asyncio.gather(*buyers)
