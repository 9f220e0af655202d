"""Answers given again from their bytes: by any replica, as long as nothing has changed, and never longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from chassis import mongo
from chassis.app import Api, build
from chassis.change_count import ChangeCount
from chassis.conditional import json_unless_unchanged
from chassis.problems import Problem
from chassis.response_cache import ChangingRoute, ResponseCache, reuse
from chassis.settings import ProcessSettings
from stack.testing import serving


class NoThing(Problem):
    """There is none."""

    status, code = 404, "no_thing"


@dataclass
class Shop:
    """What all replicas show, and how often they have rendered it."""

    price: int = 1
    renderings: list[str] = field(default_factory=list)
    seconds: float = 60
    until: datetime | None = None
    failing: Exception | None = None


def api(shop: Shop) -> Api:
    reads, changes = APIRouter(), APIRouter(route_class=ChangingRoute)

    @reads.get("/things")
    @reads.get("/things/{name}")
    async def read(request: Request, name: str = "", size: int = 1) -> Response:
        shop.renderings.append(name)
        if name == "none":
            raise NoThing
        content = f'{{"price": {shop.price}, "pad": "{"x" * size}"}}'.encode()
        if name != "fresh":
            reuse(request, shop.seconds, shop.until)
        return json_unless_unchanged(request, f'"{shop.price}"', lambda: content, "no-cache")

    @changes.post("/prices/{price}")
    async def change(price: int) -> int:
        if price < 0:
            raise NoThing
        shop.price = price
        if shop.failing is not None:
            raise shop.failing
        return price

    return Api("probe", (reads, changes), response_cache=partial(ResponseCache, below=("/things",)))


@dataclass
class Replicas:
    shop: Shop
    first: aiohttp.ClientSession
    second: aiohttp.ClientSession
    change_count: ChangeCount

    async def read(
        self, path: str = "/things", replica: aiohttp.ClientSession | None = None, if_none_match: str = ""
    ) -> Any:
        headers = {"If-None-Match": if_none_match} if if_none_match else {}
        async with (replica or self.first).get(path, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers

    async def renderings(self, *paths: str) -> int:
        before = len(self.shop.renderings)
        for path in paths:
            await self.read(path)
        return len(self.shop.renderings) - before


@pytest.fixture
async def replicas(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Replicas]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
            yield {"checks": {}, "change_count": ChangeCount(database["change_counts"])}

    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        shop, change_count = Shop(), ChangeCount(database["change_counts"])
        await change_count.prepare()
        apps = [build(api(shop), ProcessSettings(), lifespan=lifespan) for _ in range(2)]
        async with serving(apps[0]) as first, serving(apps[1]) as second:
            yield Replicas(shop, first, second, change_count)


async def test_what_has_not_changed_is_rendered_once_and_told_unchanged_without_rendering(replicas: Replicas) -> None:
    _, body, headers = await replicas.read()
    assert await replicas.renderings("/things", "/things", "/things?") == 0
    assert (await replicas.read())[:2] == (200, body)
    status, nothing, known = await replicas.read(if_none_match=f'W/{headers["ETag"]}, "x"')
    assert (status, nothing, known["ETag"], known["Cache-Control"]) == (
        304,
        b"",
        headers["ETag"],
        headers["Cache-Control"],
    )
    assert (await replicas.read(if_none_match='"other"'))[:2] == (200, body)
    assert replicas.shop.renderings == [""]
    assert await replicas.renderings("/things?size=2", "/things?size=2", "/things/a") == 2


async def test_one_who_has_it_already_makes_it_ready_for_others(replicas: Replicas) -> None:
    assert (await replicas.read(if_none_match='"1"'))[0] == 304
    assert (await replicas.read())[0] == 200
    assert replicas.shop.renderings == [""]


async def test_who_changes_something_reads_it_through_any_replica(replicas: Replicas) -> None:
    for price in range(2, 12):
        await asyncio.gather(*(replicas.read(replica=replica) for replica in (replicas.first, replicas.second)))
        async with replicas.first.post(f"/prices/{price}") as answer:
            assert answer.status == 200
        bodies = await asyncio.gather(
            *(replicas.read(replica=replica) for replica in (replicas.second, replicas.first) * 4)
        )
        assert all(f'"price": {price},'.encode() in body for _, body, _ in bodies)


async def test_a_refusal_changes_nothing_and_a_failure_may_have(replicas: Replicas) -> None:
    await replicas.read()
    async with replicas.first.post("/prices/-1") as answer:
        assert answer.status == 404
    assert await replicas.renderings("/things") == 0
    replicas.shop.failing = ConnectionError("after the write")
    async with replicas.first.post("/prices/7") as answer:
        assert answer.status >= 500
    assert b'"price": 7,' in (await replicas.read())[1]


async def test_what_the_clock_changes_ends_by_the_clock(replicas: Replicas) -> None:
    replicas.shop.until = datetime.now(UTC) - timedelta(seconds=1)
    assert await replicas.renderings("/things", "/things") == 2
    replicas.shop.until = datetime.now(UTC) + timedelta(hours=1)
    assert await replicas.renderings("/things", "/things") == 1
    replicas.shop.seconds = 0
    assert await replicas.renderings("/things/a", "/things/a") == 2


async def test_problems_and_what_says_nothing_of_it_are_not_given_again(replicas: Replicas) -> None:
    assert await replicas.renderings("/things/none", "/things/none", "/things/fresh", "/things/fresh") == 4
    status, body, _ = await replicas.read("/things/none")
    assert (status, b"no_thing" in body) == (404, True)
    async with replicas.first.head("/things") as answer:
        assert (answer.status, answer.headers["ETag"]) == (200, '"1"')


class Slow(mongo.Collection):
    """A collection whose answers are on their way for as long as one likes."""

    def __init__(self, collection: mongo.Collection) -> None:
        super().__init__(collection.raw, asyncio.Semaphore(8))
        self.answers, self.read, self.arrive = 0, asyncio.Event(), asyncio.Event()

    async def find_one(self, query: Any, projection: Any = None) -> Any:
        document = await super().find_one(query, projection)
        self.answers += 1
        self.read.set()
        await self.arrive.wait()
        return document


async def test_who_looks_after_a_change_does_not_share_a_look_that_began_before_it(
    mongo_uri: str, mongo_database_prefix: str
) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        slow = Slow(database["change_counts"])
        elsewhere, here = ChangeCount(database["change_counts"]), ChangeCount(slow)
        await elsewhere.prepare()
        first = asyncio.create_task(here.now())
        await slow.read.wait()
        await elsewhere.increase()
        later = [asyncio.create_task(here.now()) for _ in range(20)]
        await asyncio.sleep(0)
        slow.arrive.set()
        assert await asyncio.gather(first, *later) == [0] + [1] * 20
        assert slow.answers == 2


async def test_who_hangs_up_takes_no_look_from_others(replicas: Replicas) -> None:
    looks = [asyncio.ensure_future(replicas.change_count.now()) for _ in range(3)]
    await asyncio.sleep(0)
    looks[0].cancel()
    assert await asyncio.gather(*looks[1:]) == [0, 0]


async def test_what_was_longest_unused_goes_first() -> None:
    calls: list[str] = []

    class Still(ChangeCount):
        def __init__(self) -> None:
            """Nothing changes."""

        async def now(self) -> int:
            return 1

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(scope["path"])
        reuse(Request(scope), 60)
        headers = [(b"etag", b'"1"'), (b"content-length", b"9000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * 9_000})

    async def read(path: str) -> None:
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [],
            "state": {"change_count": Still()},
        }

        async def send(message: Any) -> None:
            sent.append(message)

        await rendered(scope, None, send)  # type: ignore[arg-type]
        assert sum(len(message.get("body", b"")) for message in sent) == 9_000

    rendered = ResponseCache(app, ["/"], max_bytes=25_000)
    for path in ("/a", "/b", "/a", "/c", "/a", "/b"):
        await read(path)
    assert calls == ["/a", "/b", "/c", "/b"]
