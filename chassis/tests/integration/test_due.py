"""Due work: a loop that sleeps until a document is due, or until this process writes one that is due before."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import due, mongo
from chassis.loops import end, running
from chassis.mongo import Collection, Document
from stack.mongo_commands import counted_commands
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


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work under way is not waited for when its process ends."""
    monkeypatch.setattr(due, "FINISH_SECONDS", 0.01)


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


async def test_work_that_does_not_end_in_time_is_given_back_at_once_with_what_has_not_begun(work: Work) -> None:
    work.may_end.clear()
    await work.collection.raw.insert_many(due_documents(3))
    async with asyncio.timeout(60), running(work.off()):
        await until(lambda: work.begun)
    assert (work.begun, work.done) == (["000"], [])
    work.may_end.set()
    await work.off()
    assert sorted(work.done) == [("000", True), ("001", True), ("002", True)]


async def test_work_under_way_is_finished_before_its_process_ends(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "FINISH_SECONDS", 60.0)
    work.may_end.clear()
    await work.collection.raw.insert_many(due_documents(2))
    ending = asyncio.create_task(work.off())
    await until(lambda: work.begun)
    stopped = asyncio.create_task(end(ending))
    await until(lambda: ending.cancelling() or ending.done())
    work.may_end.set()
    await stopped
    assert (work.begun, work.done) == (["000"], [("000", True)])
    assert await work.collection.count({"due_at": {"$lte": datetime.now(UTC)}}) == 1


def due_documents(count: int) -> list[Document]:
    return [a_document(f"{number:03}", -SOON) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, ["find"]), (1, ["find", "findAndModify"]), (50, ["find", "update", "find"])]
)
async def test_a_batch_that_is_due_costs_three_commands_and_one_document_two(
    work: Work, count: int, expected: list[str]
) -> None:
    if count:
        await work.collection.raw.insert_many(due_documents(count))
    worked_on: list[str] = []

    async def note(document: Document) -> None:
        worked_on.append(document["_id"])

    with counted_commands() as commands:
        await due.run_due(work.collection, note, lease=HOUR)
    assert commands == expected
    assert worked_on == [document["_id"] for document in due_documents(count)]


async def test_what_is_due_beyond_one_batch_is_done_in_the_same_run(work: Work) -> None:
    await work.collection.raw.insert_many(due_documents(120))
    await work.off()
    assert [name for name, _ in work.done] == [document["_id"] for document in due_documents(120)]


async def test_replicas_that_claim_at_once_share_what_is_due_and_do_each_document_once(work: Work) -> None:
    await work.collection.raw.insert_many(due_documents(200))
    await asyncio.gather(*(work.off() for _ in range(5)))
    assert sorted(name for name, _ in work.done) == [document["_id"] for document in due_documents(200)]


@pytest.mark.usefixtures("by_writes_and_time_alone")
async def test_a_loop_that_knows_when_the_next_document_is_due_asks_for_nothing_until_then(work: Work) -> None:
    await work.collection.insert(a_document("late", HOUR))
    async with running(work.loop()):
        await until(lambda: work.collection.looks)
        with counted_commands() as commands:
            await work.collection.update({"_id": "late"}, {"$set": {"name": "another"}})
            await work.collection.insert(a_document("later still", 2 * HOUR))
            await work.collection.insert(a_document("early", timedelta(0)))
            await until(lambda: work.done)
    assert commands == ["update", "insert", "insert", "find", "findAndModify", "update"]


async def test_what_becomes_due_is_begun_while_other_work_is_under_way(work: Work) -> None:
    slow, quick = asyncio.Event(), asyncio.Event()

    async def work_on(document: Document) -> None:
        await slow.wait() if document["_id"] == "slow" else quick.set()

    await work.collection.insert(a_document("slow", timedelta(0)))
    async with running(due.run_due(work.collection, work_on, lease=HOUR)):
        await until(lambda: work.collection.looks)
        await work.collection.insert(a_document("quick", timedelta(0)))
        async with asyncio.timeout(60):
            await quick.wait()
        assert not slow.is_set()


async def test_what_a_busy_replica_cannot_begin_is_given_back_and_done_by_another(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_BEGIN_SECONDS", 0.05)
    await work.collection.raw.insert_many(due_documents(10))
    busy = Work(work.collection)
    async with running(busy.loop()):
        await until(lambda: busy.begun)
        async with running(work.loop()):
            await until(lambda: len(work.done) == 9)
    assert busy.begun == ["000"]
    assert busy.done == []


async def test_what_ended_while_it_waited_to_be_begun_is_not_made_due_again(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_BEGIN_SECONDS", 0.05)
    await work.collection.raw.insert_many(due_documents(2))
    busy = Work(work.collection)
    claimed_ended_given_back = 3
    with counted_commands() as commands:
        async with running(busy.off()):
            await until(lambda: busy.begun)
            await work.collection.update({"_id": "001"}, {"$unset": {"due_at": ""}})
            await until(lambda: commands.count("update") >= claimed_ended_given_back)
    assert await work.collection.find({"_id": "001", "due_at": {"$exists": True}}) == []


async def test_an_error_of_the_work_is_raised_once_the_rest_has_ended_and_nothing_more_is_begun(work: Work) -> None:
    begun: list[str] = []

    async def work_on(document: Document) -> None:
        begun.append(document["_id"])
        if document["_id"] == "000":
            raise ValueError("of the work")

    await work.collection.raw.insert_many(due_documents(9))
    with pytest.raises(ValueError, match="of the work"):
        await due.run_due(work.collection, work_on, lease=HOUR, concurrency=2)
    assert begun == ["000", "001"]
    await work.off()
    assert {name for name, _ in work.done} == {f"{number:03}" for number in range(2, 9)}


class MovedWhileClaimed(WatchedCollection):
    """Somebody writes to the first and the second document just after they were claimed."""

    async def find(self, *query: Any, **options: Any) -> list[Document]:
        if "due_batch" in query[0]:
            await self.raw.update_one({"_id": "000"}, {"$unset": {"due_at": ""}})
            await self.raw.update_one({"_id": "001"}, {"$set": {"due_at": datetime.now(UTC) + HOUR}})
        return await super().find(*query, **options)


async def test_what_is_done_or_moved_while_it_is_claimed_is_left_alone_and_keeps_nothing_up(work: Work) -> None:
    await work.collection.raw.insert_many(due_documents(4))
    done: list[str] = []

    async def work_on(document: Document) -> None:
        done.append(document["_id"])
        await work.collection.update({"_id": document["_id"]}, {"$unset": {"due_at": ""}})

    collection = MovedWhileClaimed(work.collection.raw, asyncio.Semaphore(1))
    await due.run_due(collection, work_on, lease=HOUR, concurrency=4)
    assert sorted(done) == ["002", "003"]


CLAIM_AND_HANG = """
import asyncio, sys
from datetime import timedelta
from chassis import due, mongo

async def main(uri, name, lease):
    async def hang(document):
        print(document["_id"], flush=True)
        await asyncio.Event().wait()
    async with mongo.connect(uri, name) as database:
        await due.run_due(database["things"], hang, lease=timedelta(seconds=float(lease)), concurrency=3)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_killed_process_had_claimed_is_done_by_others_when_the_lease_ends(
    work: Work, mongo_uri: str, mongo_database_prefix: str
) -> None:
    await work.collection.raw.insert_many(due_documents(8))
    arguments = ("-c", CLAIM_AND_HANG, mongo_uri, mongo_database_prefix, "3")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        for number in range(3):
            assert await process.stdout.readline() == f"{number:03}\n".encode()
        await work.off()
        already = list(work.done)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert {name for name, _ in already}.isdisjoint({"000", "001", "002"})
    async with running(work.loop()):
        await until(lambda: len(work.done) == 8)
    assert {name for name, _ in work.done} == {document["_id"] for document in due_documents(8)}
