"""The service as it runs, against the real simulator, servers, and a stand-in for seating's checkout and the keys."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import aio_pika
import aiohttp
import pytest
import uvicorn
from pymongo import AsyncMongoClient
from services.payment.tests.integration.harness import Body, Neighbours, Said, Service, Start, listen, standing_in
from services.payment.tests.integration.stripe_sales import Sales
from services.payment.tests.simulator import ACCOUNT, STRIPE_ACCOUNT, Simulator, StripeSimulator

from chassis import outbox
from payment import inbox
from payment.main import assembled
from payment.providers.razorpay import adapter
from payment.registry import REGISTRY, Registry
from payment.settings import Settings
from payment.usecases import confirmation
from stack.waiting import until

_NO_CHANGE: Mapping[str, str] = MappingProxyType({})


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    async with standing_in(Neighbours()) as neighbours:
        yield neighbours


@pytest.fixture(autouse=True)
def generous_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is waited for: a slow answer of the simulator is no silence, a slow write or task no crash."""
    monkeypatch.setattr(confirmation, "_TIMEOUT_SECONDS", 60.0)
    monkeypatch.setattr(adapter, "_READ_SECONDS", 60.0)
    monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(seconds=30))
    monkeypatch.setattr(inbox, "_HEAD_START", timedelta(seconds=30))
    monkeypatch.setattr(inbox, "_BATCH_SECONDS", 0.02)


@pytest.fixture
def base_settings(
    simulator: Simulator, neighbours: Neighbours, mongo_uri: str, rabbitmq_vhost_url: str, mongo_database_prefix: str
) -> dict[str, Any]:
    """What the service is started with, beside the settings of providers."""
    return {
        "mongo_uri": mongo_uri,
        "rabbitmq_url": rabbitmq_vhost_url,
        "identity_url": neighbours.url,
        "seating_url": neighbours.url,
        "port": simulator.service_port,
        "database_prefix": mongo_database_prefix,
        "due_poll_seconds": 0.02,
        "log_level": "WARNING",
        "refund_retry_seconds": 0.05,
        "announce_again_seconds": 3600,
        "reconcile_window_seconds": 3600,
    }


@pytest.fixture
async def start(simulator: Simulator, neighbours: Neighbours, base_settings: dict[str, Any]) -> Start:
    @asynccontextmanager
    async def starting(
        razorpay: Mapping[str, str] = _NO_CHANGE,
        settings_type: type[Settings] = Settings,
        registry: Registry = REGISTRY,
        **changed: Any,
    ) -> AsyncIterator[Service]:
        account = {**ACCOUNT, "base_url": simulator.url, **razorpay}
        settings = settings_type.model_validate({**base_settings, "razorpay": account, **changed})
        config = uvicorn.Config(
            assembled(settings, registry), port=settings.port, log_config=None, lifespan="on", http="httptools"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        said: list[Said] = []
        mongo_uri, broker_url = settings.mongo_uri.get_secret_value(), settings.rabbitmq_url.get_secret_value()
        client: AsyncMongoClient[Body] = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
        async with await aio_pika.connect(broker_url) as connection, aiohttp.ClientSession() as http:
            url, database = f"http://127.0.0.1:{settings.port}", client[settings.database_prefix + "payment"]
            exchange = await listen(connection, said)
            service = Service(url, settings, simulator, neighbours, http, database, exchange, said)

            async def ready() -> bool:
                if not server.started:
                    return False
                async with http.get(f"{service.url}/readyz") as answer:
                    return "down" not in await answer.text()

            try:
                await until(ready)
                yield service
            finally:
                server.should_exit = True
                await asyncio.wait_for(serving, 60)
                await client.close()

    return starting


@pytest.fixture
async def service(start: Start) -> AsyncIterator[Service]:
    async with start() as running:
        yield running


@pytest.fixture
async def unpolled(start: Start) -> AsyncIterator[Service]:
    """The service while nobody polls orders: it knows what it was told."""
    async with start(reconcile_first_seconds=3600) as running:
        yield running


@pytest.fixture
async def sales(start: Start, stripe_simulator: StripeSimulator) -> AsyncIterator[Sales]:
    account = {**STRIPE_ACCOUNT, "base_url": stripe_simulator.url}
    async with start(stripe=account, reconcile_first_seconds=3600) as service:
        yield Sales(service, stripe_simulator)
