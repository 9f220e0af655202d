"""Makes a running stack large: schedules showtimes as ever, sells one seat, and multiplies what that sale left."""

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo import AsyncMongoClient, MongoClient, UpdateOne

from bench import history
from bench.cost import Shop
from bench.history import Document, Place, Trace
from contracts.ids import SUFFIX_LENGTH
from contracts.layout import row_letters
from stack.buyer import Buyer, StackClient, Stage, build
from stack.waiting import until

USERS = 100_000
SALE_EVERY_MS = 60_000
HEARD_SECONDS = 3600  # within this time all services know 10,000 showtimes
HOURS = range(0, 24, 2)


@dataclass(frozen=True, slots=True)
class Size:
    """What is scheduled before the first measured sale: on each of `screens` twelve showtimes a day for `days`."""

    rows: int
    cols: int
    screens: int
    days: int


SMALL, LARGE = Size(10, 20, 1, 1), Size(40, 50, 21, 40)


async def scheduled(client: StackClient, stage: Stage, size: Size) -> list[str]:
    """The showtimes of the stage once all services know them."""
    token, start = await client.admin(), datetime.now(UTC).date() + timedelta(days=2)
    showtimes: list[str] = []
    for screen_id in stage.screen_ids:
        body = {
            "movieId": stage.movie_id,
            "theaterId": stage.theater_id,
            "screenId": screen_id,
            "startAt": f"{start}T00:00:00Z",
            "language": "en",
            "format": "2D",
            "basePrice": 20_000,
            "currency": "INR",
            "repeat": {
                "times": [f"{hour:02}:00" for hour in HOURS],
                "until": f"{start + timedelta(days=size.days - 1)}",
            },
        }
        made = await client.with_retries("POST", "/api/admin/showtimes", body, token=token)
        if made.status != 201:
            raise RuntimeError(f"showtimes: {made.status} {made.body}")
        showtimes += [showtime["id"] for showtime in made.body["items"]]
    async with AsyncMongoClient[Document](client.stack_info["servers"]["mongo"]["uri"]) as mongo:

        async def heard() -> bool:
            places = (mongo["seating"]["ledgers"], mongo["booking"]["showtimes"])
            return min([await place.estimated_document_count() for place in places]) >= len(showtimes)

        await until(heard, seconds=HEARD_SECONDS, every=1)
    return showtimes


async def grow(client: StackClient, bookings: int) -> list[str]:
    """The showtimes, over which so many bookings are spread."""
    stage = await build(client, rows=LARGE.rows, cols=LARGE.cols, screens=LARGE.screens)
    showtimes = await scheduled(client, stage, LARGE)
    shared = [stage.movie_id, stage.theater_id, *stage.screen_ids]
    uri = client.stack_info["servers"]["mongo"]["uri"]
    buyers: list[Buyer] = []

    async def register() -> Sequence[str]:
        buyers.append(await client.buyer())
        await asyncio.sleep(5)  # by then all have heard of the guest
        return [str(buyers[0].user["email"]).partition("@")[0]]

    async def buy() -> Sequence[str]:
        async with AsyncMongoClient[Document](uri) as mongo:
            await Shop(mongo["notify"]["deliveries"]).sell([(buyers[0], (showtimes[0], "A1"))])
            booking = await mongo["booking"]["bookings"].find_one({"showtime_id": showtimes[0]})
        return [booking["reference"]] if booking else []

    with MongoClient[Document](uri) as mongo:
        guest = await history.trace(mongo, register, shared=shared)
        sale = await history.trace(mongo, buy, shared=shared)
        past = Past(guest, sale, str(buyers[0].user["id"]), showtimes, bookings)
        await asyncio.to_thread(past.store, mongo)
    return showtimes


@dataclass(frozen=True, slots=True)
class Past:
    """Guests and bookings that were never made: copies of one guest and of one sale, of the first of the showtimes."""

    guest: Trace
    sale: Trace
    user_id: str
    showtimes: Sequence[str]
    bookings: int

    def store(self, mongo: MongoClient[Document]) -> None:
        """Insert them, and enter each booking in the ledger of its showtime."""
        now_ms = int(time.time() * 1000)

        def guest(number: int) -> Iterator[tuple[Place, bytes]]:
            return self.guest.copy({}, number, now_ms)

        def sale(number: int) -> Iterator[tuple[Place, bytes]]:
            user = self.guest.fresh(_suffix(self.user_id), number % USERS, now_ms)
            others = {
                _suffix(self.user_id): user,
                _suffix(self.showtimes[0]): _suffix(self.showtimes[number % len(self.showtimes)]),
            }
            return self.sale.copy(others, number, now_ms - (self.bookings - number) * SALE_EVERY_MS)

        history.insert(mongo, guest, min(USERS, self.bookings))
        history.insert(mongo, sale, self.bookings)
        self._enter(mongo, now_ms)

    def _enter(self, mongo: MongoClient[Document], now_ms: int) -> None:
        ledgers = mongo["seating"]["ledgers"]
        ledger = ledgers.find_one({"_id": self.showtimes[0]})
        if ledger is None:
            raise RuntimeError("seating has no ledger of the sale")
        ((booking_id, verdict),) = ledger["verdicts"].items()
        own = _suffix(booking_id)
        updates = []
        for at, showtime_id in enumerate(self.showtimes):
            values: Document = {}
            numbers = range(at, self.bookings, len(self.showtimes))
            for number, seat in zip(numbers, _seats(), strict=False):
                copied = self.sale.fresh(own, number, now_ms - (self.bookings - number) * SALE_EVERY_MS).decode()
                values[f"sold.{seat}"] = f"bkg_{copied}"
                values[f"verdicts.bkg_{copied}"] = {**verdict, "seat_ids": [seat]}
            if values:
                updates.append(UpdateOne({"_id": showtime_id}, {"$set": values, "$inc": {"rev": 1}}))
        for first in range(0, len(updates), 200):
            ledgers.bulk_write(updates[first : first + 200], ordered=False)


def _seats() -> Iterator[str]:
    """The seats of the first rows, but the first one, which was sold."""
    for row, number in itertools.product(range(LARGE.rows), range(1, LARGE.cols + 1)):
        if (row, number) != (0, 1):
            yield f"{row_letters(row)}{number}"


def _suffix(id_: str) -> bytes:
    return id_[-SUFFIX_LENGTH:].encode()
