"""catalog: settings → stores → use cases → app."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from starlette.types import ASGIApp

from catalog import consumers, store
from catalog.api import admin, reads
from catalog.settings import Settings
from catalog.usecases.republish import republishing
from catalog.usecases.stores import Context, Stores
from chassis import calls, dead_letters, mongo
from chassis.app import Api, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.change_count import ChangeCount
from chassis.consume import consuming
from chassis.health import Check
from chassis.idempotency import Idempotent
from chassis.idempotency_store import IdempotencyStore
from chassis.loops import Background, forever, running
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.rendered import Rendered
from chassis.replicas import Replicas
from chassis.settings import load

API = Api(
    "catalog",
    (reads.router, admin.router),
    idempotency=Idempotent,
    rendered=partial(Rendered, below=("/api/movies", "/api/theaters", "/api/showtimes")),
)


class State(TypedDict):
    """What a request finds in `request.state`."""

    context: Context
    tokens: Tokens
    idempotency: IdempotencyStore
    checks: dict[str, Check]
    preparation: Preparation
    change_count: ChangeCount


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything that lives as long as the process."""
    async with AsyncExitStack() as stack:
        uri, url = settings.mongo_uri.get_secret_value(), settings.rabbitmq_url.get_secret_value()
        database = await stack.enter_async_context(mongo.connect(uri, settings.database_prefix + "catalog"))
        publisher = await stack.enter_async_context(publishing(url, "catalog"))
        http = await stack.enter_async_context(calls.client())
        background, stores = Background(), Stores(database)
        stack.push_async_callback(background.finish)
        outbox = Outbox(stores.showtimes, publisher, background)
        context = Context(stores, outbox, background, timedelta(minutes=settings.cleaning_minutes))
        preparation = Preparation()
        steps = partial(store.ensure_indexes, stores), partial(store.seed_pricing, stores), stores.change_count.prepare
        await stack.enter_async_context(running(preparation.run(*steps)))
        await preparation.wait()
        loops: list[Awaitable[object]] = []
        if settings.works:
            loops += [
                forever("outbox", outbox.poll, pause=POLL_SECONDS),
                dead_letters.watch(url, "catalog"),
                *republishing(context),
            ]
            handlers = consumers.handlers(stores)
            await stack.enter_async_context(consuming(url, "catalog", handlers, publisher, prefetch=settings.prefetch))
        await stack.enter_async_context(running(*loops))
        checks: dict[str, Check] = {"mongo": database.ping, "indexes": preparation.check, "broker?": publisher.ping}
        tokens = Tokens(calls.jwks_fetcher(calls.Peer(http, Replicas(settings.identity_url))))
        yield State(
            context=context,
            tokens=tokens,
            idempotency=IdempotencyStore(stores.idempotency),
            checks=checks,
            preparation=preparation,
            change_count=stores.change_count,
        )


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))
