"""Writes that stand beside others: the newest revision wins, whatever order it comes in."""

import asyncio
import itertools
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import mongo

ORDERS = list(itertools.permutations((1, 2, 3)))


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_the_newest_revision_stays(mongo_uri: str, mongo_database_prefix: str, order: tuple[int, ...]) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        users = database["users"]
        saved = [await users.save_newest("usr_1", revision, {"name": f"name {revision}"}) for revision in order]
        assert saved == [revision == max(order[: place + 1]) for place, revision in enumerate(order)]
        assert await users.find_one({"_id": "usr_1"}) == {"_id": "usr_1", "revision": 3, "name": "name 3"}


async def test_of_many_revisions_at_once_the_newest_stays(mongo_uri: str, mongo_database_prefix: str) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        users = database["users"]
        for user_id in map(str, range(100)):
            await asyncio.gather(*(users.save_newest(user_id, revision, {}) for revision in range(8)))
            user = await users.find_one({"_id": user_id})
            assert user == {"_id": user_id, "revision": 7}


class _CountedReads(mongo.Collection):
    """Counts its reads of single documents."""

    reads = 0

    async def find_one(self, *arguments: Any, **named: Any) -> mongo.Document | None:
        self.reads += 1
        return await super().find_one(*arguments, **named)


def _one_more(document: mongo.Document | None) -> dict[str, Any]:
    return {"$set": {"count": (document or {"count": 0})["count"] + 1}}


def _one_at_most(document: mongo.Document | None) -> dict[str, Any] | None:
    return None if document else {"$set": {"count": 1}}


async def test_a_document_that_is_known_is_not_read_before_it_is_amended_unless_it_has_changed(
    mongo_uri: str, mongo_database_prefix: str
) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        counted = _CountedReads(database["counts"].raw, asyncio.Semaphore(8))
        first = await mongo.amend(counted, "a", _one_more, known=None)
        second = await mongo.amend(counted, "a", _one_more, known=first)
        assert (second, counted.reads) == ({"_id": "a", "version": 2, "count": 2}, 0)
        assert await mongo.amend(counted, "a", _one_more, known=first) == {"_id": "a", "version": 3, "count": 3}
        assert await mongo.amend(counted, "a", _one_more, known=None) == {"_id": "a", "version": 4, "count": 4}
        assert counted.reads == 2


async def test_nothing_is_left_undone_because_of_what_is_known(mongo_uri: str, mongo_database_prefix: str) -> None:
    """What an old document says is done may have been undone since."""
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        counts = database["counts"]
        first = await mongo.amend(counts, "a", _one_more)
        await counts.delete({"_id": "a"})
        amended = await mongo.amend(counts, "a", _one_at_most, known=first)
        assert amended == {"_id": "a", "version": 1, "count": 1}


async def test_nothing_is_refused_because_of_what_is_known(mongo_uri: str, mongo_database_prefix: str) -> None:
    def unless_closed(document: mongo.Document | None) -> dict[str, Any]:
        if document and document["is_closed"]:
            raise ValueError("it is closed")
        return {"$set": {"is_open": True}}

    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        doors = database["doors"]
        first = await mongo.amend(doors, "a", lambda _: {"$set": {"is_closed": True}})
        await mongo.amend(doors, "a", lambda _: {"$set": {"is_closed": False}})
        amended = await mongo.amend(doors, "a", unless_closed, known=first)
        assert amended == {"_id": "a", "version": 3, "is_closed": False, "is_open": True}


async def test_of_many_documents_those_are_inserted_that_were_not_there_and_each_is_told(
    mongo_uri: str, mongo_database_prefix: str
) -> None:
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        counts = database["counts"]
        await counts.insert({"_id": "a", "count": 1})
        documents: list[mongo.Document] = [{"_id": "b"}, {"_id": "a"}, {"_id": "b"}, {"_id": "c"}]
        assert await counts.insert_each(documents) == [True, False, False, True]
        assert await counts.find({}, sort=[("_id", 1)]) == [{"_id": "a", "count": 1}, {"_id": "b"}, {"_id": "c"}]
        assert await counts.insert_each([{"_id": "d"}]) == [True]


async def test_many_documents_are_read_in_batches_and_whoever_stops_early_leaves_nothing_open(
    mongo_uri: str, mongo_database_prefix: str
) -> None:
    at = datetime(2026, 12, 31, 18, 30, tzinfo=UTC)
    async with mongo.connect(mongo_uri, mongo_database_prefix) as database:
        lines = database["lines"]
        await lines.insert_each([{"_id": number, "at": at} for number in range(25)])
        wanted: dict[str, Any] = {"sort": [("_id", 1)], "projection": {}, "size": 10}
        batches = [batch async for batch in lines.batches({}, **wanted)]
        assert [len(batch) for batch in batches] == [10, 10, 5]
        assert [document["_id"] for batch in batches for document in batch] == list(range(25))
        assert batches[0][0]["at"] == at
        async with aclosing(lines.batches({}, **wanted, zones=False)) as unzoned:
            first = await anext(unzoned)
        assert first[0]["at"] == at.replace(tzinfo=None)
        assert [task for task in asyncio.all_tasks() if "batches.<locals>" in repr(task.get_coro())] == []
