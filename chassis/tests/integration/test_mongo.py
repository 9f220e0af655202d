"""Writes that stand beside others: the newest revision wins, whatever order it comes in."""

import asyncio
import itertools

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
