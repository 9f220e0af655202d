"""Composition root of seating."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.types import ASGIApp

from chassis import calls, dead_letters, mongo, outbox
from chassis import redis as redis_client
from chassis.app import Api, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.consume import consuming
from chassis.health import Check
from chassis.idempotency import Idempotent
from chassis.idempotency_store import IdempotencyStore
from chassis.logs import logger
from chassis.loops import Background, Signal, forever, running, whenever
from chassis.mongo import Database
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.replicas import Replicas
from chassis.settings import load
from seating import api, consumers
from seating.availability import Plates
from seating.holds import RedisSeatHolds
from seating.relay import Relay
from seating.settings import Settings
from seating.store import HOLDS_INDEX, MongoCheckedOutHolds, MongoLedgers, MongoRuns, MongoSnapshots
from seating.usecases.holding import Holding
from seating.usecases.maps import SeatMaps
from seating.usecases.sales import Sales
from seating.watch import Watch

log = logger(__name__)
API = Api("seating", (api.router,), idempotency=Idempotent, fast_path=api.fast_path)


class State(TypedDict):
    """What requests find in `request.state`."""

    checks: Mapping[str, Check]
    tokens: Tokens
    idempotency: IdempotencyStore
    maps: SeatMaps
    holding: Holding
    plates: Plates


def create() -> ASGIApp:
    """The service's app; settings come from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Clients, use cases and, where this process works, consumers and loops; ended in the opposite order."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(calls.client())
        uri, name = settings.mongo_uri.get_secret_value(), settings.database_prefix + "seating"
        database = await stack.enter_async_context(mongo.connect(uri, name))
        client = await stack.enter_async_context(redis_client.connect(settings.redis_url.get_secret_value()))
        broker_url = settings.rabbitmq_url.get_secret_value()
        publisher = await stack.enter_async_context(publishing(broker_url, "seating"))
        background = Background()
        stack.push_async_callback(background.finish)
        unsent = Outbox(database["ledgers"], publisher, background)
        holds = RedisSeatHolds(client, hold_seconds=settings.hold_seconds, payment_seconds=settings.payment_seconds)
        maps = SeatMaps(
            holds, MongoLedgers(unsent), MongoSnapshots(database["showtimes"]), MongoCheckedOutHolds(database["holds"])
        )
        preparation = Preparation()
        await stack.enter_async_context(running(preparation.run(partial(ensure_indexes, database))))
        await preparation.wait()
        if settings.works:
            watch = Watch(client, holds, maps, MongoRuns(database["runs"]), publisher)
            await stack.enter_async_context(loops(Relay(client, publisher), unsent, watch, broker_url, holds.touched))
            handlers = consumers.handlers(maps, Sales(maps))
            await stack.enter_async_context(
                consuming(broker_url, "seating", handlers, publisher, prefetch=settings.prefetch)
            )
        yield State(
            checks={
                "mongo": database.ping,
                "indexes": preparation.check,
                "redis": partial(ping, client),
                "broker?": publisher.ping,
            },
            tokens=Tokens(calls.jwks_fetcher(calls.Peer(http, Replicas(settings.identity_url)))),
            idempotency=IdempotencyStore(database["idempotency"]),
            maps=maps,
            holding=Holding(maps),
            plates=Plates(),
        )


def loops(
    relay: Relay, unsent: Outbox, watch: Watch, broker_url: str, touched: Signal
) -> AbstractAsyncContextManager[None]:
    """What a worker does beside consuming."""
    return running(
        whenever("relay", touched, relay.step, shortest=0.1, longest=1),
        forever("outbox", unsent.poll, pause=POLL_SECONDS),
        whenever("sweep", touched, watch.sweep, shortest=0.5, longest=1),
        whenever("availability", touched, watch.say_how_many_are_left, shortest=0.5, longest=1),
        forever("forget", watch.forget, pause=60),
        forever("run", watch.heed_run, pause=1),
        forever("compare", watch.compare, pause=5),
        dead_letters.watch(broker_url, "seating"),
    )


async def ensure_indexes(database: Database) -> None:
    """Make what is missing; idempotent."""
    await database["ledgers"].ensure_indexes(outbox.INDEX)
    await database["holds"].ensure_indexes(HOLDS_INDEX)
    await IdempotencyStore(database["idempotency"]).ensure_index()


async def ping(client: "Redis") -> None:
    """Raise when Redis cannot be reached."""
    await client.echo("ping")
