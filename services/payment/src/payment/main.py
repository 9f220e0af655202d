"""Composition root of payment."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis.app import build
from chassis.due import whenever_due
from chassis.loops import forever
from chassis.metrics import MEASURE_SECONDS
from chassis.mongo import Database
from chassis.resources import ResourcesState, resources
from chassis.settings import load
from payment.assembly import assemble, edges_of, prepare
from payment.consumers import handlers
from payment.registry import REGISTRY, Registry, api_of, connected
from payment.settings import Settings
from payment.usecases import UseCases

API = api_of(REGISTRY)
CALLS_AGE = timedelta(seconds=2)  # a change of the payment follows most calls sooner, and takes them along


class State(ResourcesState):
    """What requests find in `request.state`."""

    payment: UseCases


def create() -> ASGIApp:
    """The service, by its environment."""
    return assembled(load(Settings))


def assembled(settings: Settings, registry: Registry = REGISTRY) -> ASGIApp:
    """The service, by given settings."""
    api = API if registry is REGISTRY else api_of(registry)
    return build(api, settings, lifespan=partial(lifespan, settings, registry))


@asynccontextmanager
async def lifespan(settings: Settings, registry: Registry, _app: FastAPI) -> AsyncIterator[State]:
    """Start everything that lives as long as the process; stop it at the end, in reverse."""
    async with resources(settings, "payment") as process:
        providers = await process.enter(connected(registry, settings.providers))
        use_cases = assemble(settings, edges := edges_of(settings, process, providers), process.background)
        await process.prepare(partial(prepare, edges, use_cases))
        store_calls = partial(edges.payments.store_calls, CALLS_AGE)
        await process.run(forever("calls", store_calls, pause=CALLS_AGE.total_seconds()))
        if settings.works:
            heard = handlers(use_cases.recorder, use_cases.closing, settings.prefetch)
            await process.work(*_loops(settings, process.database, use_cases), handlers=heard)
        yield {**process.state, "payment": use_cases}


def _loops(settings: Settings, database: Database, use_cases: UseCases) -> Iterator[Awaitable[object]]:
    due = partial(whenever_due, shortest=settings.due_poll_seconds)
    yield due("due", database["payments"], use_cases.reconciler.run_due)
    yield due("inbox", database["inbox"], use_cases.webhooks.run_due)
    yield due("windows", database["watermarks"], use_cases.windows.run_due)
    yield forever("metrics", use_cases.reconciler.measure, pause=MEASURE_SECONDS)
    yield forever("unmatched", use_cases.webhooks.measure, pause=MEASURE_SECONDS)
