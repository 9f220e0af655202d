"""What a connection to Mongo does when no answer comes, and when nobody waits for it any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pymongo
import pytest
from pymongo.errors import NetworkTimeout

from chassis import mongo
from chassis.mongo import Collection
from chassis.unavailable import outcome_unknown


@dataclass
class Proxy:
    """Between a client and Mongo: it passes answers on while `answers` is set, and says once that it holds one."""

    host: str
    port: int
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    holds_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_mongo, to_mongo = await asyncio.open_connection(self.host, self.port)

        async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, *, waits: bool) -> None:
            with suppress(OSError):
                while data := await source.read(65_536):
                    if waits:
                        if b"cursor" in data and not self.answers.is_set():
                            self.holds_answer.set()
                        await self.answers.wait()
                    target.write(data)
            target.close()

        await asyncio.gather(
            pass_on(reader, to_mongo, waits=False), pass_on(from_mongo, writer, waits=True), return_exceptions=True
        )


@dataclass
class Harness:
    proxy: Proxy
    things: Collection


@pytest.fixture
async def harness(
    mongo_uri: str, mongo_database_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Harness]:
    monkeypatch.setattr(mongo, "_ANSWER_SECONDS", 1)
    host, port = pymongo.uri_parser.parse_uri(mongo_uri)["nodelist"][0]
    proxy = Proxy(host, port)
    proxy.answers.set()
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()[1]
        async with mongo.connect(
            f"mongodb://127.0.0.1:{address}/?directConnection=true", mongo_database_prefix
        ) as database:
            await database["things"].insert({"_id": "a"})
            yield Harness(proxy, database["things"])
        server.close()


async def test_a_call_without_an_answer_ends_after_its_timeout_with_an_unknown_outcome(harness: Harness) -> None:
    harness.proxy.answers.clear()
    with pytest.raises(NetworkTimeout) as raised:
        await harness.things.update({"_id": "a"}, {"$set": {"seen": True}})
    assert outcome_unknown(raised.value)
    harness.proxy.answers.set()
    assert await harness.things.count({"_id": "a"}) == 1


async def test_a_deadline_ends_a_call_before_its_timeout(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.proxy.answers.clear()
    with pytest.raises(NetworkTimeout), pymongo.timeout(0.1):
        async with asyncio.timeout(0.9):
            await harness.things.find_one({"_id": "a"})
    harness.proxy.answers.set()


async def test_an_answer_that_nobody_waits_for_any_more_is_nobody_elses(harness: Harness) -> None:
    harness.proxy.answers.clear()
    call = asyncio.ensure_future(harness.things.find_one({"_id": "a"}))
    await harness.proxy.holds_answer.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    harness.proxy.answers.set()
    assert await harness.things.find_one({"_id": "b"}) is None
    assert await harness.things.find_one({"_id": "a"}) == {"_id": "a"}


async def test_a_call_makes_no_task(harness: Harness) -> None:
    made: list[object] = []
    loop = asyncio.get_running_loop()

    def counting(running: asyncio.AbstractEventLoop, work: object, **named: object) -> "asyncio.Task[object]":
        made.append(work)
        return asyncio.Task(work, loop=running, **named)  # type: ignore[arg-type]

    loop.set_task_factory(counting)  # type: ignore[arg-type]
    try:
        await harness.things.find_one({"_id": "a"})
    finally:
        loop.set_task_factory(None)
    assert made == []
