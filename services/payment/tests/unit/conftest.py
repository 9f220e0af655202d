"""What the tests without servers share."""

from collections.abc import AsyncIterator

import pytest
from services.payment.tests.unit.story import Clock, Story, modules_with_a_clock

from payment.usecases import webhooks


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time passes where the test says so."""
    clock = Clock()
    for module in modules_with_a_clock():
        monkeypatch.setattr(module, "datetime", clock)
    monkeypatch.setattr(webhooks, "_CAPTURE_SECONDS", 0)
    return clock


@pytest.fixture
async def story(clock: Clock) -> AsyncIterator[Story]:
    story = Story(clock)
    await story.use_cases.windows.begin()
    yield story
    await story.background.finish()
