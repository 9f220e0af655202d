"""What a connection to Mongo does when no answer comes, and when nobody waits for it any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pymongo
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, DuplicateKeyError, NetworkTimeout
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from chassis import mongo
from chassis.mongo import Collection
from chassis.unavailable import outcome_unknown

LETTERS = {"_id": {"$gte": "a"}}


@dataclass
class Proxy:
    """Between a client and Mongo: it passes answers on while `answers` is set, and says once that it holds one.

    The first answer to a command that has the bytes of `loses` in it is lost, and its connection with it.
    """

    host: str
    port: int
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    holds_answer: asyncio.Event = field(default_factory=asyncio.Event)
    loses: bytes = b""
    has_lost: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_mongo, to_mongo = await asyncio.open_connection(self.host, self.port)
        lost = False

        async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, *, waits: bool) -> None:
            nonlocal lost
            with suppress(OSError):
                while data := await source.read(65_536):
                    if waits:
                        if lost:
                            break
                        if b"cursor" in data and not self.answers.is_set():
                            self.holds_answer.set()
                        await self.answers.wait()
                    elif self.loses and self.loses in data and not self.has_lost:
                        lost = self.has_lost = True
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


async def test_a_write_whose_answer_was_lost_is_sent_again_and_done_once(harness: Harness) -> None:
    harness.proxy.loses = b"$inc"
    assert await harness.things.update({"_id": "a"}, {"$inc": {"count": 1}}) == 1
    assert harness.proxy.has_lost
    assert await harness.things.find_one({"_id": "a"}) == {"_id": "a", "count": 1}


async def test_an_amendment_whose_answer_was_lost_is_answered_as_it_was_made(harness: Harness) -> None:
    harness.proxy.loses = b"findAndModify"
    update = {"$inc": {"count": 1}}
    assert await harness.things.find_one_and_update({"_id": "a"}, update) == {"_id": "a", "count": 1}
    assert harness.proxy.has_lost
    assert await harness.things.find_one({"_id": "a"}) == {"_id": "a", "count": 1}


async def test_writes_of_many_documents_by_one_command_are_each_done_once_though_the_answer_was_lost(
    harness: Harness,
) -> None:
    await harness.things.insert({"_id": "b"})
    harness.proxy.loses = b"$inc"
    assert await harness.things.update_each([({"_id": key}, {"$inc": {"count": 1}}) for key in "abc"]) == 2
    assert harness.proxy.has_lost
    assert await harness.things.find(LETTERS) == [{"_id": "a", "count": 1}, {"_id": "b", "count": 1}]


async def test_one_write_of_many_documents_is_not_sent_again(harness: Harness) -> None:
    harness.proxy.loses = b"$inc"
    with pytest.raises(AutoReconnect):
        await harness.things.update_many(LETTERS, {"$inc": {"count": 1}})
    assert await harness.things.find_one({"_id": "a"}) == {"_id": "a", "count": 1}


async def test_a_document_whose_insertion_was_not_answered_is_inserted_once(harness: Harness) -> None:
    harness.proxy.loses = b"insert"
    await harness.things.insert({"_id": "b"})
    assert harness.proxy.has_lost
    with pytest.raises(DuplicateKeyError):
        await harness.things.insert({"_id": "b"})


async def test_of_documents_whose_insertion_was_not_answered_each_is_inserted_once_and_told(harness: Harness) -> None:
    harness.proxy.loses = b"insert"
    assert await harness.things.insert_each([{"_id": "b"}, {"_id": "a"}, {"_id": "c"}]) == [True, False, True]
    assert harness.proxy.has_lost
    assert await harness.things.find(LETTERS) == [{"_id": "a"}, {"_id": "b"}, {"_id": "c"}]


async def test_what_was_not_answered_is_read_again(harness: Harness) -> None:
    harness.proxy.loses = b"filter"
    assert await harness.things.find_one({"_id": "a"}) == {"_id": "a"}
    assert harness.proxy.has_lost


async def test_calls_that_nobody_waits_for_any_more_leave_their_places_to_others(harness: Harness) -> None:
    harness.proxy.answers.clear()
    calls = [asyncio.ensure_future(harness.things.find_one({"_id": "a"})) for _ in range(100)]
    await harness.proxy.holds_answer.wait()
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    harness.proxy.answers.set()
    answers = await asyncio.gather(*(harness.things.find_one({"_id": "a"}) for _ in range(100)))
    assert answers == [{"_id": "a"}] * 100


async def test_more_documents_than_one_answer_holds_are_read_whole(harness: Harness) -> None:
    await harness.things.insert_each([{"_id": number} for number in range(1_000)])
    documents = await harness.things.find({"_id": {"$gte": 0}}, sort=[("_id", 1)])
    assert [document["_id"] for document in documents] == list(range(1_000))
    assert len(await harness.things.find({"_id": {"$gte": 0}}, skip=1, limit=900)) == 900


async def test_who_watches_the_driver_sees_each_command(mongo_uri: str, mongo_database_prefix: str) -> None:
    seen: list[str] = []

    class Listener(CommandListener):
        def started(self, event: CommandStartedEvent) -> None:
            seen.append(event.command_name)

        def succeeded(self, event: CommandSucceededEvent) -> None: ...
        def failed(self, event: CommandFailedEvent) -> None: ...

    async with AsyncMongoClient[Any](mongo_uri, event_listeners=[Listener()]) as client:
        things = Collection(client[mongo_database_prefix]["things"], asyncio.Semaphore())
        await things.insert({"_id": "a"})
        await things.update({"_id": "a"}, {"$set": {"seen": True}})
        assert await things.find_one({"_id": "a"}) == {"_id": "a", "seen": True}
    assert seen[:3] == ["insert", "update", "find"]


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
