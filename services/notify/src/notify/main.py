"""Composition root of notify: it answers health alone, and writes to guests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import Api, build
from chassis.due import whenever_due
from chassis.loops import forever
from chassis.process import ProcessState, process
from chassis.settings import load
from notify.assembly import assemble
from notify.settings import Settings

API = Api("notify", ())
_SHORTEST_SECONDS = 0.02  # a message goes out as soon as it is asked for


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
        await resources.prepare(deliveries.ensure_indexes)
        if settings.works:
            await resources.work(
                forever("metrics", deliveries.measure, pause=5),
                whenever_due(
                    "deliveries",
                    deliveries.collection,
                    partial(deliveries.run_due, notify.worker.work),
                    shortest=_SHORTEST_SECONDS,
                ),
                handlers=notify.consumers.handlers(),
            )
        yield resources.state
