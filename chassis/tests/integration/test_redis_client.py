"""The Redis client at its end."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from chassis import redis as redis_client
from stack.waiting import until


async def test_a_call_that_is_under_way_when_the_client_closes_ends_and_leaves_no_connection(redis_url: str) -> None:
    async with redis_client.connect(redis_url) as other:

        async def connections() -> int:
            return sum(each["name"] == "closing" for each in await other.client_list())

        async def are_closed() -> bool:
            return await connections() == 0

        async with redis_client.connect(f"{redis_url}?client_name=closing", answer_seconds=30) as client:
            under_way = asyncio.ensure_future(client.blpop(["never"], timeout=30))
            await until(connections)
        with pytest.raises(RedisConnectionError):
            await under_way
        with pytest.raises(RedisConnectionError):
            await client.get("anything")
        await until(are_closed)
