"""A seating of its own for each test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from services.seating.tests.harness import Harness, running

Running = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("seating",)


@pytest.fixture
def another(mongo_uri: str, mongo_database_prefix: str, redis_db_url: str) -> Running:
    """Runs a process of the test's one seating: `async with another(hold_seconds=6) as harness`."""
    return partial(running, mongo_uri, mongo_database_prefix, redis_db_url)


@pytest.fixture
def hold_seconds() -> float:
    """How long a hold lasts; a test that waits for its end is parametrized with fewer."""
    return 600


@pytest.fixture
async def harness(another: Running, hold_seconds: float) -> AsyncIterator[Harness]:
    async with another(hold_seconds=hold_seconds) as harness:
        yield harness


@pytest.fixture
async def replica(harness: Harness, another: Running) -> AsyncIterator[Harness]:
    """A second process of the same service."""
    async with another() as replica:
        yield replica
