"""Composition root of booking."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from starlette.types import ASGIApp

from booking import api, metrics
from booking.consumers import Consumers
from booking.payments import HttpPayments
from booking.settings import Settings
from booking.store import MongoBookings, MongoShowtimes
from booking.tickets import Signer
from booking.usecases import UseCases
from booking.wakeups import Wakeups
from chassis import dead_letters, mongo
from chassis.app import Api, Check, build
from chassis.auth import Tokens
from chassis.broker import publishing
from chassis.calls import Peer, client, jwks_fetcher
from chassis.consume import consuming
from chassis.due import whenever_due
from chassis.idempotency_store import INDEX as KEYS_INDEX
from chassis.idempotency_store import Keys
from chassis.logs import logger
from chassis.loops import Background, forever, running
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.replicas import Replicas
from chassis.settings import load

log = logger(__name__)
API = Api("booking", (api.router, api.admin), idempotent=True)


class State(TypedDict):
    """What requests find in their state."""

    checks: dict[str, Check]
    tokens: Tokens
    keys: Keys
    signer: Signer
    bookings: MongoBookings
    showtimes: MongoShowtimes
    usecases: UseCases


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    signer = Signer(settings.ticket_signing_secret.get_secret_value())
    return build(API, settings, lifespan=partial(lifespan, settings, signer))


@asynccontextmanager
async def lifespan(settings: Settings, signer: Signer, _app: FastAPI) -> AsyncIterator[State]:
    """Everything the process holds, given back in reverse."""
    async with AsyncExitStack() as stack:
        uri, url = settings.mongo_uri.get_secret_value(), settings.rabbitmq_url.get_secret_value()
        database = await stack.enter_async_context(mongo.connect(uri, settings.database_prefix + "booking"))
        publisher = await stack.enter_async_context(publishing(url, "booking"))
        http = await stack.enter_async_context(client())
        background, wakeups = Background(), Wakeups()
        stack.push_async_callback(background.finish)
        out = Outbox(database["bookings"], publisher, background)
        bookings = MongoBookings(database["bookings"], out, signer.text, wakeups.wake)
        showtimes, keys = MongoShowtimes(database["showtimes"]), database["keys"]
        usecases = UseCases(bookings, showtimes, HttpPayments(Peer(http, Replicas(settings.payment_url))), wakeups)
        preparation = Preparation(
            bookings.ensure_indexes, showtimes.ensure_indexes, partial(keys.ensure_indexes, KEYS_INDEX)
        )
        await stack.enter_async_context(running(preparation.run()))
        await preparation.wait()
        if settings.works:
            await stack.enter_async_context(running(*_work(url, out, bookings, showtimes, usecases)))
            handlers = Consumers(usecases, showtimes).handlers()
            await stack.enter_async_context(consuming(url, "booking", handlers, publisher, prefetch=settings.prefetch))
        yield State(
            checks={"mongo": database.ping, "indexes": preparation.check, "broker?": publisher.ping},
            tokens=Tokens(jwks_fetcher(Peer(http, Replicas(settings.identity_url)))),
            keys=Keys(keys),
            signer=signer,
            bookings=bookings,
            showtimes=showtimes,
            usecases=usecases,
        )


def _work(
    url: str, out: Outbox, bookings: MongoBookings, showtimes: MongoShowtimes, usecases: UseCases
) -> list[Awaitable[object]]:
    """The outbox poll and due work."""
    return [
        forever("outbox", out.poll, pause=POLL_SECONDS),
        whenever_due("unpaid", bookings.collection, partial(bookings.run_due, usecases.expire_unpaid)),
        whenever_due("showtimes", showtimes.collection, partial(showtimes.run_due, usecases.apply_snapshot)),
        forever("metrics", partial(metrics.measure, bookings), pause=5),
        dead_letters.watch(url, "booking"),
    ]
