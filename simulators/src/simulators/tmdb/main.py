"""Composition root of the TMDB simulator."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, FastAPI

from simulators import assembly
from simulators.control import control_router
from simulators.deliveries import Endpoint, Message, WebhookPlan
from simulators.edge import Answer, Edge, ProviderEdge
from simulators.journal import Journal, JsonObject
from simulators.settings import location, required
from simulators.tmdb.api import Api
from simulators.tmdb.errors import outage
from simulators.tmdb.movies import Movie, Movies
from simulators.wire import serve


def run() -> None:
    here = location()
    app = create(required("TMDB_TOKEN"), Journal(here.file("tmdb.sqlite")))
    asyncio.run(serve(app, here.host, here.port))


def create(token: str, journal: Journal) -> FastAPI:
    parts = assembly.parts(journal, Endpoint(None, _unsigned))
    movies = Movies(journal)
    app = assembly.application("TMDB simulator", parts)
    app.include_router(control_router(parts, lambda: {"movies": movies.all()}))
    app.include_router(tmdb_router(movies))
    provider = ProviderEdge(Api(token, movies).answer, outage, _never_busy, "", parts.deliveries.before_response)
    app.mount("/", Edge(provider, journal, parts.clock, parts.faults))
    return app


def tmdb_router(movies: Movies) -> APIRouter:
    """TMDB's side of the control plane: its editors."""
    router = APIRouter(prefix="/_sim")

    @router.post("/movies")
    async def put(movie: Movie) -> JsonObject:
        return movies.put(movie)

    @router.get("/movies")
    async def listed() -> list[JsonObject]:
        return movies.all()

    return router


def _unsigned(_message: Message, _plan: WebhookPlan) -> dict[str, str]:
    """TMDB sends no webhooks, so none is ever signed."""
    return {}


def _never_busy(_: str) -> Answer:
    """TMDB knows no idempotency keys, so none is ever at work."""
    return outage(409)
