"""Composition root of notify: it writes to guests, and tells partners of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import Api, build
from chassis.due import whenever_due
from chassis.idempotency import Idempotent
from chassis.loops import forever
from chassis.metrics import MEASURE_SECONDS
from chassis.resources import ResourcesState, resources
from chassis.settings import load
from notify import api, callbacks
from notify.assembly import assemble
from notify.following import Following
from notify.settings import Settings
from notify.store import Deliveries
from notify.twilio_api import Twilio
from notify.webhooks import api as webhooks_api
from notify.webhooks.admin import WebhookAdmin
from notify.webhooks.assembly import assemble as assemble_webhooks

API = Api("notify", (api.router, callbacks.router, webhooks_api.router), idempotency=Idempotent)
_LOOK_SECONDS = 5
_BIND_SECONDS = 600
_SHORTEST_SECONDS = 0.1  # a first attempt needs no due work: this is for what could not be sent at once


class State(ResourcesState):
    """What requests find in `request.state`."""

    deliveries: Deliveries
    twilio: Twilio | None
    following: Following | None
    webhook_admin: WebhookAdmin


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Start everything that lives as long as the process; stop it at the end, in reverse."""
    async with resources(settings, "notify") as process:
        notify, partners = assemble(settings, process), assemble_webhooks(settings, process)
        deliveries = notify.deliveries
        await process.enter(notify.mail_server)
        process.activities.callback(notify.mail_server.end)
        if notify.twilio is not None:
            await process.enter(notify.twilio)
        await process.enter(partners.client)
        stores = (deliveries, notify.recipients, notify.receipts, partners.webhooks, partners.log)
        await process.prepare(*(store.ensure_indexes for store in stores))
        if settings.works:
            run_due = partial(deliveries.run_due, notify.sending.work, concurrency=settings.mail_connections)
            looks = [forever("sms", notify.following.run_due, pause=_LOOK_SECONDS)] if notify.following else []
            await process.work(
                forever("metrics", deliveries.measure, pause=MEASURE_SECONDS),
                forever("idle mail connections", notify.mail_server.close_idle, pause=15),
                *looks,
                whenever_due("deliveries", deliveries.collection, run_due, shortest=_SHORTEST_SECONDS),
                whenever_due(
                    "webhooks", partners.webhooks.collection, partners.sending.run_due, shortest=_SHORTEST_SECONDS
                ),
                forever("partner bindings", partners.bindings.refresh, pause=_BIND_SECONDS),
                handlers=notify.consumers.handlers(),
                of_open_queue=partners.fan_out.on_event,
            )
        yield {
            **process.state,
            "deliveries": deliveries,
            "twilio": notify.twilio,
            "following": notify.following,
            "webhook_admin": partners.admin,
        }
