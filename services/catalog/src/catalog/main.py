"""catalog: settings → resources → context → app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from catalog.api import admin, pricing, reads, seats
from catalog.assembly import assemble
from catalog.consumers import handlers
from catalog.settings import Settings
from catalog.usecases.context import Context
from catalog.usecases.republish import republishing
from chassis.app import Api, build
from chassis.change_count import ChangeCount
from chassis.idempotency import Idempotent
from chassis.preparation import Preparation
from chassis.resources import ResourcesState, resources
from chassis.response_cache import ResponseCache
from chassis.settings import load

API = Api(
    "catalog",
    (reads.router, admin.router, pricing.reads, pricing.changes, seats.router),
    idempotency=Idempotent,
    response_cache=partial(ResponseCache, below=("/api/cities", "/api/movies", "/api/theaters", "/api/showtimes")),
)


class State(ResourcesState):
    """What requests find in their state."""

    context: Context
    preparation: Preparation
    change_count: ChangeCount


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything that lives as long as the process."""
    async with resources(settings, "catalog") as process:
        context = assemble(settings, process)
        store = context.store
        await process.prepare(store.prepare)
        if settings.works:
            await process.work(*republishing(store), handlers=handlers(store, settings.prefetch))
        yield {
            **process.state,
            "context": context,
            "preparation": process.preparation,
            "change_count": store.change_count,
        }


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))
