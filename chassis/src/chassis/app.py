"""Build a service's HTTP app: problems, request context, health, metrics and idempotency are the same everywhere."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from chassis import health, logs, telemetry
from chassis.context import RequestContext
from chassis.drain import Drain
from chassis.query_strings import WithoutEmptyParameters
from chassis.routing import Endpoint, Middleware, Routing
from chassis.settings import ProcessSettings
from chassis.zones import use_packaged_zones


@dataclass(frozen=True)
class Api:
    """What a service answers over HTTP, apart from how it runs; the public document is made from it."""

    service: str
    routers: Sequence[APIRouter]
    idempotency: Middleware | None = None
    """`chassis.idempotency.Idempotent` where POSTs take an `Idempotency-Key`."""
    keyless: frozenset[str] = frozenset()
    """Paths whose POST takes none all the same: repeated, it changes nothing."""
    fast_path: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)
    """Endpoints of the routers, by method and path, that are called so often that they read their request themselves,
    past the framework."""
    response_cache: Middleware | None = None
    """`chassis.response_cache.ResponseCache` for the paths whose answers are used again while nothing that they show
    changes."""


@dataclass(frozen=True, slots=True)
class Application:
    """An ASGI app, and how its process serves it: `loop` is uvicorn's name of it, `http` the protocol of connections
    (None: that of `chassis.connection`). `drain` begins when the process is to end."""

    app: ASGIApp
    loop: str = "uvloop"
    http: type[asyncio.Protocol] | None = None
    drain: Drain = field(default_factory=Drain)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def build(
    api: Api, settings: ProcessSettings, *, lifespan: Lifespan[FastAPI], check_seconds: float = 0.8
) -> Application:
    """The application of a service.

    The lifespan state must hold `checks`, a mapping of names to `health.Check`s: `/readyz` asks them, and answers 503
    where one fails whose name does not end in `?`, and where the process is about to end. A check that takes longer
    than `check_seconds` has failed. With `idempotency` the state must hold `idempotency` and `tokens`, with
    `response_cache` `change_count`.
    """
    logs.configure(api.service, settings.log_level)
    use_packaged_zones()
    telemetry.configure(api.service, settings.otel_exporter_otlp_endpoint, settings.otel_traces_sampler_arg)
    framework = FastAPI(
        title=f"Marquee {api.service}",
        lifespan=lifespan,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    framework.state.check_seconds = check_seconds
    framework.state.drain = drain = Drain()
    routes = [route for router in (health.router, *api.routers) for route in router.routes]
    app: ASGIApp = Routing(framework, routes, api.fast_path, api.idempotency, api.keyless)
    if api.response_cache:
        app = api.response_cache(app)
    return Application(RequestContext(WithoutEmptyParameters(app), api.service), drain=drain)
