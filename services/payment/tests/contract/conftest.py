"""The resources of a process, for adapters."""

from collections.abc import AsyncIterator

import pytest

from chassis.process import Process, process
from chassis.settings import ServiceSettings


@pytest.fixture
async def base(mongo_uri: str, rabbitmq_vhost_url: str, mongo_database_prefix: str) -> AsyncIterator[Process]:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "payment") as base:
        await base.publisher.ready.wait()
        yield base
