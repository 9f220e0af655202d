"""Composition root of payment."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import dead_letters, mongo
from chassis.app import Api, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.calls import Peer, client, jwks_fetcher
from chassis.consume import consuming
from chassis.due import whenever_due
from chassis.health import Check
from chassis.idempotency import Idempotent
from chassis.idempotency_store import IdempotencyStore
from chassis.loops import Background, forever, running
from chassis.mongo import Database
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.replicas import Replicas
from chassis.settings import load
from payment import foreign, inbox, store, watermarks
from payment.api import admin, guests
from payment.assembly import State, UseCases, assemble
from payment.consumers import handlers
from payment.providers.razorpay import Razorpay
from payment.providers.transport import Transport
from payment.seating import Checkout
from payment.settings import Settings
from payment.store import Payments

API = Api("payment", (guests.router, admin.router, guests.internal), idempotency=Idempotent)


class Lifespan(TypedDict):
    """What requests find in `request.state`."""

    payment: State
    tokens: Tokens
    idempotency: IdempotencyStore
    checks: dict[str, Check]


def create() -> ASGIApp:
    """The service, by its environment."""
    return assembled(load(Settings))


def assembled(settings: Settings) -> ASGIApp:
    """The service, by given settings."""
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[Lifespan]:
    """Everything in order: what is entered last ends first."""
    rabbitmq_url = settings.rabbitmq_url.get_secret_value()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            mongo.connect(settings.mongo_uri.get_secret_value(), settings.database_prefix + "payment")
        )
        publisher = await stack.enter_async_context(publishing(rabbitmq_url, "payment"))
        http = await stack.enter_async_context(client())
        background = Background()
        stack.push_async_callback(background.finish)
        outbox = Outbox(database["payments"], publisher, background)
        payments = Payments(database["payments"], outbox, settings.intervals)
        transport = Transport(settings.razorpay_key_id, settings.key_secrets[0], settings.razorpay_base_url)
        stack.callback(transport.close)
        house = assemble(settings, payments, database, Razorpay(transport), background)
        preparation = Preparation()
        await stack.enter_async_context(running(preparation.run(partial(_prepare, database, house))))
        await preparation.wait()
        await stack.enter_async_context(running(*_loops(settings, database, outbox, house)))
        if settings.works:
            consumers = consuming(rabbitmq_url, "payment", handlers(payments), publisher, prefetch=settings.prefetch)
            await stack.enter_async_context(consumers)
        checkout = Checkout(Peer(http, Replicas(settings.seating_url)))
        yield {
            "payment": house.state(settings, checkout),
            "idempotency": IdempotencyStore(database["idempotency"]),
            "tokens": Tokens(jwks_fetcher(Peer(http, Replicas(settings.identity_url)))),
            "checks": {"mongo": database.ping, "indexes": preparation.check, "broker?": publisher.ping},
        }


def _loops(settings: Settings, database: Database, outbox: Outbox, house: UseCases) -> Iterator[Awaitable[object]]:
    if settings.works:
        url = settings.rabbitmq_url.get_secret_value()
        shortest = settings.due_poll_seconds
        yield forever("outbox", outbox.poll, pause=POLL_SECONDS)
        yield whenever_due("due", database["payments"], house.reconciler.run_due, shortest=shortest)
        yield whenever_due("inbox", database["inbox"], house.webhooks.run_due, shortest=shortest)
        yield whenever_due("windows", database["watermarks"], house.windows.run_due, shortest=shortest)
        yield forever("metrics", house.reconciler.measure, pause=5)
        yield forever("unmatched", house.webhooks.measure, pause=5)
        yield dead_letters.watch(url, "payment")


async def _prepare(database: Database, house: UseCases) -> None:
    """Indexes, and from when on the provider's lists are read."""
    await database["payments"].ensure_indexes(*store.INDEXES)
    await database["inbox"].ensure_indexes(*inbox.INDEXES)
    await database["webhooks"].ensure_indexes(*inbox.RAW_INDEXES)
    await database["foreign_orders"].ensure_indexes(*foreign.INDEXES)
    await database["watermarks"].ensure_indexes(*watermarks.INDEXES)
    await IdempotencyStore(database["idempotency"]).ensure_index()
    await house.windows.begin()
