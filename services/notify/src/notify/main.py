"""Composition root of notify: it answers health alone, and writes mails."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import dead_letters, mongo
from chassis.app import Api, Check, build
from chassis.broker import publishing
from chassis.consume import consuming
from chassis.due import whenever_due
from chassis.logs import logger
from chassis.loops import Background, forever, running
from chassis.outbox import POLL_SECONDS, Outbox
from chassis.preparation import Preparation
from chassis.settings import load
from notify.channels import SmtpChannel
from notify.consumers import handlers
from notify.mails import Mails
from notify.settings import Settings
from notify.store import MongoDeliveries, MongoRecipients
from notify.usecases import Mailroom

log = logger(__name__)
API = Api("notify", ())
_SHORTEST_SECONDS = 0.02  # a mail goes out as soon as it is asked for


class State(TypedDict):
    """What requests find in their state."""

    checks: dict[str, Check]


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything the process holds, given back in reverse."""
    async with AsyncExitStack() as stack:
        uri, url = settings.mongo_uri.get_secret_value(), settings.rabbitmq_url.get_secret_value()
        database = await stack.enter_async_context(mongo.connect(uri, settings.database_prefix + "notify"))
        publisher = await stack.enter_async_context(publishing(url, "notify"))
        background = Background()
        stack.push_async_callback(background.finish)
        out = Outbox(database["deliveries"], publisher, background)
        mails = Mails(settings.mail_from, settings.public_url)
        deliveries = MongoDeliveries(database["deliveries"], out, mails.sender.rpartition("@")[2])
        recipients = MongoRecipients(database["recipients"])
        room = Mailroom(
            deliveries,
            recipients,
            SmtpChannel(settings, mails.sender),
            mails,
            retry_seconds=settings.mail_retry_seconds,
        )
        preparation = Preparation()
        await stack.enter_async_context(running(preparation.run(deliveries.ensure_indexes)))
        await preparation.wait()
        if settings.works:
            loops: list[Awaitable[object]] = [
                forever("outbox", out.poll, pause=POLL_SECONDS),
                dead_letters.watch(url, "notify"),
                forever("metrics", deliveries.measure, pause=5),
                whenever_due(
                    "mails", out.collection, partial(deliveries.run_due, room.work), shortest=_SHORTEST_SECONDS
                ),
            ]
            await stack.enter_async_context(running(*loops))
            heard = handlers(recipients, deliveries)
            await stack.enter_async_context(consuming(url, "notify", heard, publisher, prefetch=settings.prefetch))
        yield State(checks={"mongo": database.ping, "indexes": preparation.check, "broker?": publisher.ping})
