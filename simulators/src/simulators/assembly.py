"""How an HTTP simulator is put together: its moving parts, and the application that starts and stops them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from simulators.clock import Clock
from simulators.control import Parts
from simulators.deliveries import Deliveries, Endpoint
from simulators.faults import Faults
from simulators.journal import Journal
from simulators.schedule import Schedule


def parts(journal: Journal, endpoint: Endpoint) -> Parts:
    """The moving parts over these books; webhooks go to the endpoint unless a message names its own address."""
    clock = Clock(journal)
    schedule = Schedule(clock)
    deliveries = Deliveries(journal, clock, schedule, endpoint)
    return Parts(journal, clock, schedule, Faults(), deliveries)


def application(title: str, parts: Parts, *starts: Callable[[], None]) -> FastAPI:
    """An application that answers `/healthz`, and runs the schedule and the deliveries as long as it lives.

    `starts` put what the books say is still to come onto the schedule.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, lifespan=_lifespan(parts, starts))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _lifespan(
    parts: Parts, starts: tuple[Callable[[], None], ...]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await parts.deliveries.start()
        for start in starts:
            start()
        schedule = asyncio.create_task(parts.schedule.run())
        yield
        schedule.cancel()
        await parts.deliveries.stop()
        parts.journal.close()

    return lifespan
