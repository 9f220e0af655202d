"""What the process of a service holds: its database, the bus, work in the background, and the loops of a worker."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from chassis import dead_letters, mongo
from chassis.broker import Publisher, publishing
from chassis.consume import Handler, Handlers, consuming
from chassis.health import Check
from chassis.loops import Background, forever, running
from chassis.mongo import Database
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.settings import ServiceSettings

T = TypeVar("T")


class ProcessState(TypedDict):
    """What the requests of every service find in their state."""

    checks: dict[str, Check]


@dataclass(frozen=True)
class Process:
    """One process of `service`. At its end consumers stop first, then the loops, then work in the background; clients
    that were entered close after that, and the bus and the database last. `activities` holds what runs, `clients` what
    it uses."""

    service: str
    settings: ServiceSettings
    database: Database
    publisher: Publisher
    background: Background
    preparation: Preparation
    clients: AsyncExitStack
    activities: AsyncExitStack
    outboxes: dict[str, Outbox]

    @property
    def checks(self) -> dict[str, Check]:
        """What `/readyz` asks of every service. A name that ends in `?` is shown, and does not decide."""
        return {"mongo": self.database.ping, "indexes": self.preparation.check, "broker?": self.publisher.ping}

    @property
    def state(self) -> ProcessState:
        """The part of the lifespan state that chassis itself reads."""
        return {"checks": self.checks}

    def outbox(self, collection: str) -> Outbox:
        """The outbox of a collection. `prepare` makes its index, and `work` polls it."""
        if collection not in self.outboxes:
            self.outboxes[collection] = Outbox(self.database[collection], self.publisher, self.background)
        return self.outboxes[collection]

    async def enter(self, client: AbstractAsyncContextManager[T]) -> T:
        """Open a client of the service's own, which closes after all that may use it has ended."""
        return await self.clients.enter_async_context(client)

    async def prepare(self, *steps: Callable[[], Awaitable[object]]) -> None:
        """Make the outboxes' indexes, then do the steps, which must be idempotent.

        Returns after 3 s even where Mongo is unavailable. The process is not ready until all is done.
        """
        indexes = [outbox.ensure_index for outbox in self.outboxes.values()]
        await self.activities.enter_async_context(running(self.preparation.run(*indexes, *steps)))
        await self.preparation.wait()

    async def run(self, *loops: Awaitable[object]) -> None:
        """Run loops until the process ends, whatever its role."""
        await self.activities.enter_async_context(running(*loops))

    async def work(
        self, *loops: Awaitable[object], handlers: Handlers | None = None, of_open_queue: Handler | None = None
    ) -> None:
        """What a worker does until the process ends: run the loops, poll the outboxes, consume the events with a
        handler (and those of the service's open queue) and count their dead letters. To be called only where
        `settings.works`."""
        polls = [forever("outbox", outbox.poll, pause=POLL_SECONDS) for outbox in self.outboxes.values()]
        await self.activities.enter_async_context(running(*loops, *polls))
        if handlers:
            url, prefetch = self.settings.rabbitmq_url.get_secret_value(), self.settings.prefetch
            await self.activities.enter_async_context(running(dead_letters.watch(url, self.service)))
            consumers = consuming(
                url, self.service, handlers, self.publisher, prefetch=prefetch, of_open_queue=of_open_queue
            )
            await self.activities.enter_async_context(consumers)


@asynccontextmanager
async def process(settings: ServiceSettings, service: str) -> AsyncIterator[Process]:
    """The process of a service that calls no other and verifies no tokens of identity's; for others see `resources`."""
    uri, url = settings.mongo_uri.get_secret_value(), settings.rabbitmq_url.get_secret_value()
    async with (
        mongo.connect(uri, settings.database_prefix + service) as database,
        publishing(url, service) as publisher,
        AsyncExitStack() as clients,
        AsyncExitStack() as activities,
    ):
        background = Background()
        activities.push_async_callback(background.finish)
        yield Process(service, settings, database, publisher, background, Preparation(), clients, activities, {})
