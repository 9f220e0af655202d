"""A scene of its own for each hard case, at each provider it applies to."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.e2e.hard_cases.providers import PROVIDERS
from tests.e2e.hard_cases.scenes import Scene

from stack.buyer import StackClient, build, schedule


@pytest.fixture(params=list(PROVIDERS))
async def scene(request: pytest.FixtureRequest, client: StackClient, slots: Iterator[int]) -> AsyncIterator[Scene]:
    """One row of four seats, two days from now."""
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    provider = PROVIDERS[request.param](client)
    yield Scene(client, provider, showtime)
    await provider.calm()
