"""A seating of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from services.seating.tests.house import House, seating_house

NO_BROKER = "amqp://guest:guest@127.0.0.1:1/"


@pytest.fixture
async def house(mongo_uri: str, mongo_database_prefix: str, redis_db_url: str) -> AsyncIterator[House]:
    """Without a broker: what would be said stays in the ledger's outbox and in the streams."""
    async with seating_house(mongo_uri, f"{mongo_database_prefix}seating", redis_db_url, NO_BROKER) as made:
        yield made
