"""What the process of a service that guests call holds: database and bus, an HTTP client, tokens, idempotency keys."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from chassis.auth import Tokens
from chassis.calls import Peer, client, jwks_fetcher, revocation_reader
from chassis.idempotency_store import MongoIdempotencyStore
from chassis.process import Process, ProcessState, process
from chassis.replicas import Replicas
from chassis.revocations import Revocations
from chassis.settings import ServiceSettings


class ResourcesState(ProcessState):
    """What the requests of a service with `Resources` find in their state."""

    tokens: Tokens
    idempotency: MongoIdempotencyStore


@dataclass(frozen=True)
class Resources(Process):
    """`http` is the process's one HTTP client, `tokens` verifies what identity signed."""

    http: aiohttp.ClientSession
    tokens: Tokens
    idempotency: MongoIdempotencyStore

    @property
    def state(self) -> ResourcesState:
        """The part of the lifespan state that chassis itself reads."""
        return {"checks": self.checks, "tokens": self.tokens, "idempotency": self.idempotency}

    def peer(self, urls: str) -> Peer:
        """Another service, by its replicas' origins, separated by commas."""
        return Peer(self.http, Replicas(urls))

    async def prepare(self, *steps: Callable[[], Awaitable[object]]) -> None:
        """As `Process.prepare`, and the index of the idempotency keys."""
        await super().prepare(self.idempotency.ensure_index, *steps)


@asynccontextmanager
async def resources(settings: ServiceSettings, service: str) -> AsyncIterator[Resources]:
    """The resources of one process, given back in reverse at the end of the block."""
    async with process(settings, service) as opened:
        http = await opened.enter(client())
        identity = Peer(http, Replicas(settings.identity_url))
        revocations = Revocations(settings.rabbitmq_url.get_secret_value(), service, revocation_reader(identity))
        await opened.run(revocations.listen(), revocations.watch())
        tokens = Tokens(jwks_fetcher(identity), revocations)
        idempotency = MongoIdempotencyStore(opened.database["idempotency"])
        yield Resources(**vars(opened), http=http, tokens=tokens, idempotency=idempotency)
