"""notify with a database and a virtual host of its own, and a mail catcher with nothing in its box."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import aiohttp
import pytest
from aio_pika.abc import AbstractIncomingMessage
from pymongo import AsyncMongoClient

from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from chassis.mongo import Document
from contracts.event import Event
from contracts.identity import UserRegistered
from contracts.ids import UserId
from notify.main import create
from simulators import process
from simulators.process import Simulator, free_port
from stack.testing import serving
from stack.waiting import until

ADDRESS = "asha@example.com"


@dataclass
class Running:
    """A running notify, the bus around it, its database and the mail catcher."""

    publisher: Publisher
    db: Any
    mail: aiohttp.ClientSession
    broker_url: str

    @asynccontextmanager
    async def hearing(self, event_type: str) -> AsyncIterator["asyncio.Queue[AbstractIncomingMessage]"]:
        """Messages of this type from now on, as they come over the bus."""
        heard: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        async with await aio_pika.connect(self.broker_url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind("marquee.events", event_type)
            await queue.consume(heard.put, no_ack=True)
            yield heard

    async def say(self, *events: Event) -> None:
        for event in events:
            await self.publisher.publish(seal(event))

    async def caught(self, to: str = ADDRESS) -> list[dict[str, Any]]:
        async with self.mail.get("/messages", params={"to": to}) as response:
            return list(await response.json())

    async def fails(self, kind: str, times: int) -> None:
        async with self.mail.post("/_sim/faults", json={"kind": kind, "times": times}) as response:
            assert response.status == 200

    async def delivery(self, delivery_id: str) -> Document:
        return await self.db["deliveries"].find_one({"_id": delivery_id}) or {}

    async def until(self, delivery_id: str, status: str) -> Document:
        async def there() -> bool:
            return (await self.delivery(delivery_id)).get("status") == status

        await until(there)
        return await self.delivery(delivery_id)

    async def until_sending(self, delivery_id: str) -> None:
        async def there() -> bool:
            return bool((await self.delivery(delivery_id)).get("sending"))

        await until(there)


def a_user(name: str = "Asha Rao", *, revision: int = 1, email: str | None = ADDRESS) -> UserRegistered:
    return UserRegistered(user_id=UserId("usr_1"), revision=revision, name=name, email=email, email_notifications=False)


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("notify",)


@pytest.fixture(scope="session")
def catcher_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One mail server for all tests of a run; `catcher` is it with nothing left of the test before."""
    simulator = process.mail(tmp_path_factory.mktemp("mail"), free_port())
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
async def catcher(catcher_process: Simulator) -> Simulator:
    if not catcher_process.is_running:  # a test has stopped it
        catcher_process.start()
    async with aiohttp.ClientSession(catcher_process.url) as http, http.post("/_sim/reset") as answer:
        assert answer.status == 200
    return catcher_process


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch,
    mongo_uri: str,
    mongo_database_prefix: str,
    rabbitmq_vhost_url: str,
    catcher: Simulator,
) -> None:
    given = {
        "MONGO_URI": mongo_uri,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "DATABASE_PREFIX": mongo_database_prefix,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": catcher.environment["SMTP_PORT"],
        "MAIL_RETRY_SECONDS": "0.2",
        "MAIL_ANSWER_SECONDS": "60",
        "MAIL_CONNECTIONS": "4",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def outside(
    environment: None, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str, catcher: Simulator
) -> AsyncIterator[Running]:
    """All but notify itself."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
    async with client, publishing(rabbitmq_vhost_url, "test") as publisher, aiohttp.ClientSession(catcher.url) as mail:
        await publisher.ready.wait()
        yield Running(publisher, client[f"{mongo_database_prefix}notify"], mail, rabbitmq_vhost_url)


@pytest.fixture
async def notify(outside: Running) -> AsyncIterator[Running]:
    async with serving(create()):
        yield outside
