"""Due work: a loop that sleeps until a document is due, or until this process writes one that is due before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import due, mongo
from chassis.loops import end, running
from chassis.mongo import Collection, Document
from stack.waiting import until

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=0.5)


class WatchedCollection(Collection):
    """Counts the looks for what is due next, each when its answer is there."""

    looks = 0

    async def find(self, *query: Any, **options: Any) -> list[Document]:
        documents = await super().find(*query, **options)
        self.looks += 1
        return documents


@dataclass
class Work:
    """Which documents were worked on, and whether each was due by then."""

    collection: WatchedCollection
    lease: timedelta = HOUR
    done: list[tuple[str, bool]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def off(self) -> None:
        """All that is due now."""
        await due.run_due(self.collection, self._one, lease=self.lease, concurrency=1)

    async def _one(self, document: Document) -> None:
        self.begun.append(document["_id"])
        await self.may_end.wait()
        self.done.append((document["_id"], document["due_from"] <= datetime.now(UTC)))
        await self.collection.update({"_id": document["_id"]}, {"$unset": {"due_at": ""}})

    def loop(self) -> Any:
        """The loop that is tested."""
        return due.whenever_due("test", self.collection, self.off, shortest=0)


def a_document(name: str, wait: timedelta) -> Document:
    at = datetime.now(UTC) + wait
    return {"_id": name, "due_at": at, "due_from": at}


@pytest.fixture
def by_writes_and_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop looks for nothing that others may have written."""
    monkeypatch.setattr(due, "LONGEST_SECONDS", HOUR.total_seconds())


@pytest.fixture
async def work(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Work]:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        collection = WatchedCollection(database["things"].raw, asyncio.Semaphore(8))
        await collection.ensure_indexes(due.INDEX)
        work = Work(collection)
        work.may_end.set()
        yield work


@pytest.mark.usefixtures("by_writes_and_time_alone")
async def test_a_document_that_becomes_due_later_wakes_the_loop(work: Work) -> None:
    await work.collection.insert(a_document("later", 2 * SOON))
    async with running(work.loop()):
        await until(lambda: work.done)
    assert work.done == [("later", True)]


@pytest.mark.usefixtures("by_writes_and_time_alone")
@pytest.mark.parametrize("wait", [timedelta(0), SOON], ids=["at once", "soon"])
async def test_a_document_of_ones_own_that_is_due_before_the_next_one_wakes_the_loop(
    work: Work, wait: timedelta
) -> None:
    late = a_document("late", HOUR)
    await work.collection.insert(late)
    async with running(work.loop()):
        await until(lambda: work.collection.looks)
        await work.collection.insert(a_document("early", wait))
        await until(lambda: work.done)
    assert work.done == [("early", True)]
    [left] = await work.collection.find({"due_at": {"$exists": True}})
    assert left["due_at"] == left["due_from"]


@pytest.mark.usefixtures("by_writes_and_time_alone")
async def test_a_write_that_brings_a_document_forward_wakes_the_loop(work: Work) -> None:
    await work.collection.insert(a_document("moved", HOUR))
    async with running(work.loop()):
        await until(lambda: work.collection.looks)
        now = datetime.now(UTC)
        await work.collection.update({"_id": "moved"}, {"$set": {"due_at": now, "due_from": now}})
        await until(lambda: work.done)
    assert work.done == [("moved", True)]


async def test_what_another_process_makes_due_is_seen_without_a_word(work: Work) -> None:
    async with running(work.loop()):
        await until(lambda: work.collection.looks)
        await work.collection.raw.insert_one(a_document("foreign", timedelta(0)))
        await until(lambda: work.done)
    assert work.done == [("foreign", True)]


@pytest.mark.usefixtures("by_writes_and_time_alone")
async def test_a_loop_that_sleeps_ends_when_it_is_told_to(work: Work) -> None:
    await work.collection.insert(a_document("late", HOUR))
    task = asyncio.ensure_future(work.loop())
    await until(lambda: work.collection.looks)
    async with asyncio.timeout(60):
        await end(task)
    assert task.cancelled()
    assert work.begun == []


@pytest.mark.usefixtures("by_writes_and_time_alone")
async def test_work_that_was_cut_short_is_due_again_when_its_lease_ends(work: Work) -> None:
    work.lease = SOON
    work.may_end.clear()
    await work.collection.insert(a_document("long", timedelta(0)))
    async with asyncio.timeout(60), running(work.loop()):
        await until(lambda: work.begun)
    assert (work.begun, work.done) == (["long"], [])
    work.may_end.set()
    async with running(work.loop()):
        await until(lambda: work.done)
    assert (work.begun, work.done) == (["long", "long"], [("long", True)])
