"""Composition root of seating."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from chassis import redis as redis_client
from chassis.app import Api, Application, build
from chassis.idempotency import Idempotent
from chassis.loops import running
from chassis.resources import ResourcesState, resources
from chassis.settings import load
from seating import api, consumers, waitlist_api
from seating.assembly import assemble
from seating.availability import SeatMapTemplates
from seating.settings import Settings
from seating.usecases.use_cases import UseCases
from seating.waitlist.joining import Waitlist

API = Api("seating", (api.router, waitlist_api.router), idempotency=Idempotent, fast_path=api.fast_path)


class State(ResourcesState):
    """What requests find in `request.state`."""

    use_cases: UseCases
    templates: SeatMapTemplates
    waitlist: Waitlist


def create() -> Application:
    """The service's app; settings come from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """All that the process holds, given back in reverse."""
    async with resources(settings, "seating") as process:
        redis = await process.enter(redis_client.connect(settings.redis_url.get_secret_value()))
        seating = assemble(settings, process, redis)
        await process.prepare(*seating.ensure_indexes)
        if settings.works:
            await process.work(*seating.loops(), handlers=consumers.handlers(seating.use_cases, seating.waitlist))
        else:
            await process.activities.enter_async_context(running(seating.handing_over()))
        state = process.state
        state["checks"]["redis"] = partial(redis_client.ping, redis)
        yield {**state, "use_cases": seating.use_cases, "templates": SeatMapTemplates(), "waitlist": seating.waitlist}
