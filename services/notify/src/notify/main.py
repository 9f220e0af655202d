"""Composition root of notify: it answers health alone, and writes to guests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import Api, build
from chassis.due import whenever_due
from chassis.loops import forever
from chassis.metrics import MEASURE_SECONDS
from chassis.process import ProcessState, process
from chassis.settings import load
from notify.assembly import assemble
from notify.settings import Settings

API = Api("notify", ())
_SHORTEST_SECONDS = 0.1  # a first attempt needs no due work: this is for what could not be sent at once


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[ProcessState]:
    """Start everything that lives as long as the process; stop it at the end, in reverse."""
    async with process(settings, "notify") as resources:
        notify = assemble(settings, resources)
        deliveries = notify.deliveries
        await resources.enter(notify.mail_server)
        await resources.prepare(deliveries.ensure_indexes)
        if settings.works:
            run_due = partial(deliveries.run_due, notify.sending.work, concurrency=settings.mail_connections)
            await resources.work(
                forever("metrics", deliveries.measure, pause=MEASURE_SECONDS),
                forever("idle mail connections", notify.mail_server.close_idle, pause=15),
                whenever_due("deliveries", deliveries.collection, run_due, shortest=_SHORTEST_SECONDS),
                handlers=notify.consumers.handlers(),
            )
        yield resources.state
