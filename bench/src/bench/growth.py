"""A sale on a young system beside one on a system that has grown: 10,000 showtimes ahead, a million bookings made,
2,000 seats a screen.

Both stacks run at once and their rounds take turns, so that a noisy minute hits both.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import AsyncMongoClient, MongoClient
from redis import Redis

from bench.cost import Groups, Meter, Round, Shop, Wish, measured_round, median_round, summed
from bench.grown import LARGE, SMALL, Size, grow, scheduled
from bench.history import Document, Place, collections, expiry
from bench.stacks import OwnStack
from bench.yardstick import BareEndpoint, bare_endpoint
from contracts.layout import row_letters
from stack.buyer import StackClient, build, connected

SHOWTIMES_SOLD, SALES, ROUNDS, WARM_UP, BUYERS = 8, 96, 5, 48, 40


@dataclass(slots=True)
class Seller:
    """A stack that sells, and what its rounds cost."""

    client: StackClient
    meter: Meter
    shop: Shop
    bare: BareEndpoint
    wishes: Iterator[Wish]
    rounds: list[Round] = field(default_factory=list)

    async def measure(self) -> None:
        """One more round."""
        wishes = list(itertools.islice(self.wishes, SALES))
        measured = await measured_round(self.meter, self.shop, wishes, self.bare)
        self.rounds.append(summed(measured, Groups.of(self.client)))


@dataclass(frozen=True, slots=True)
class Stored:
    """What a collection holds: documents, and the bytes of its data, of that on disk, and of its indexes."""

    place: Place
    documents: int
    data: int
    on_disk: int
    indexes: int
    lasts: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """The medians of both, and what the collections of the large one hold after so many bookings."""

    small: Round
    large: Round
    showtimes: int
    bookings: int
    stored: Sequence[Stored]
    redis_bytes: int


async def growth(small: OwnStack, large: OwnStack, bookings: int) -> Growth:
    """Measure both; the large one is made large first."""
    async with AsyncExitStack() as clients:
        young = await clients.enter_async_context(connected(small.stack_info))
        old = await clients.enter_async_context(connected(large.stack_info))
        few = await scheduled(young, await build(young, rows=SMALL.rows, cols=SMALL.cols), SMALL)
        many = await grow(old, bookings)
        sellers = [
            await clients.enter_async_context(_seller(small, young, few, SMALL)),
            await clients.enter_async_context(_seller(large, old, many, LARGE)),
        ]
        for seller in sellers:
            await seller.shop.sell(list(itertools.islice(seller.wishes, WARM_UP)))
        for _ in range(ROUNDS):
            for seller in sellers:
                await seller.measure()
        stored = await asyncio.to_thread(lambda: list(_stored(large.stack_info["servers"]["mongo"]["uri"])))
        redis_bytes = await asyncio.to_thread(_redis_bytes, large.stack_info["servers"]["redis"]["url"])
        small_median, large_median = (median_round(seller.rounds) for seller in sellers)
    return Growth(small_median, large_median, len(many), bookings, stored, redis_bytes)


@asynccontextmanager
async def _seller(stack: OwnStack, client: StackClient, showtimes: Sequence[str], size: Size) -> AsyncIterator[Seller]:
    buyers = [await client.buyer() for _ in range(BUYERS)]
    wishes = zip(itertools.cycle(buyers), _seats(showtimes[-SHOWTIMES_SOLD:], size), strict=False)
    async with bare_endpoint(client) as bare, AsyncMongoClient[Any](client.stack_info["servers"]["mongo"]["uri"]) as db:
        yield Seller(client, Meter.of(client, stack.folder), Shop(db["notify"]["deliveries"]), bare, wishes)


def _seats(showtimes: Sequence[str], size: Size) -> Iterator[tuple[str, str]]:
    """Showtime and seat, each once, from the last row on: the first rows are sold already."""
    for row, number in itertools.product(reversed(range(size.rows)), range(1, size.cols + 1)):
        for showtime in showtimes:
            yield showtime, f"{row_letters(row)}{number}"


def _stored(uri: str) -> Iterator[Stored]:
    """The services' collections, as a checkpoint has them."""
    with MongoClient[Document](uri) as mongo:
        mongo.admin.command("fsync")
        for place, collection in collections(mongo):
            stats = mongo[place[0]].command("collStats", place[1])
            sizes = (stats["count"], stats["size"], stats["storageSize"], stats["totalIndexSize"])
            if stats["count"]:
                yield Stored(place, *sizes, lasts=not expiry(collection))


def _redis_bytes(url: str) -> int:
    with Redis.from_url(url) as redis:
        used: dict[str, int] = redis.info("memory")
    return used["used_memory"]
