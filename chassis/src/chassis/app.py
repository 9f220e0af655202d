"""Build and serve a service's HTTP app: problems, context, health, metrics and keys are the same everywhere."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Lifespan

from chassis import logs, metrics, problems, telemetry
from chassis.context import RequestContext
from chassis.fast_path import Endpoint, FastPath, called
from chassis.http_methods import Methods
from chassis.idempotency import Idempotent
from chassis.queries import WithoutEmpties
from chassis.rendered import Rendered
from chassis.settings import ProcessSettings
from chassis.zones import use_packaged_zones

Check = Callable[[], Awaitable[str | None]]


class Down(Exception):
    """Raised by a check that can say in plain words what is down."""


@dataclass(frozen=True)
class Api:
    """What a service answers over HTTP, apart from how it runs; the public document is made from it. `fast_path` names
    endpoints of the routers, by method and path, that are called so often that they read their request themselves, past
    the framework. GETs below the paths in `rendered` are answered from bytes while nothing that they show changes."""

    service: str
    routers: Sequence[APIRouter]
    idempotent: bool = False
    fast_path: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)
    rendered: Sequence[str] = ()


def build(api: Api, settings: ProcessSettings, *, lifespan: Lifespan[FastAPI], check_seconds: float = 0.8) -> ASGIApp:
    """The ASGI app of a service. The lifespan state must hold `checks`, a mapping of what `/readyz` asks: names to
    calls that raise (`Down`, with words) or add a word; where a name ends in `?` the answer is not 503 for it. A check
    that takes longer than `check_seconds` is down. Of an idempotent one it must hold `idempotency` and `tokens`
    too, of one with `rendered` paths `change_count`."""
    logs.configure(api.service, settings.log_level)
    use_packaged_zones()
    exporting = telemetry.configure(api.service, settings.otel_exporter_otlp_endpoint)
    app = FastAPI(
        title=f"Marquee {api.service}",
        lifespan=lifespan,
        openapi_url=None,
        strict_content_type=False,
        redirect_slashes=False,
        telemetry={"tracing": exporting, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.check_seconds = check_seconds
    problems.install(app)
    app.include_router(_health)
    for router in api.routers:
        app.include_router(router)
    if api.idempotent:
        app.add_middleware(Idempotent)
    whole: ASGIApp = Methods(app, [route for router in (_health, *api.routers) for route in router.routes])
    whole = Rendered(whole, api.rendered) if api.rendered else whole
    return RequestContext(WithoutEmpties(_with_fast_path(whole, api)), api.service)


def _with_fast_path(app: ASGIApp, api: Api) -> ASGIApp:
    endpoints = {key: called(endpoint) for key, endpoint in api.fast_path.items()}
    if api.idempotent:
        endpoints = {key: Idempotent(endpoint) for key, endpoint in endpoints.items()}
    return FastPath(app, endpoints) if endpoints else app


_health = APIRouter(include_in_schema=False)


@_health.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@_health.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether the process can serve, and what is down."""
    checks: Mapping[str, Check] = request.state.checks
    outcomes = (_outcome(check, request.app.state.check_seconds) for check in checks.values())
    found = dict(zip(checks, await asyncio.gather(*outcomes), strict=True))
    ready = all(outcome.startswith("up") for name, outcome in found.items() if not name.endswith("?"))
    body: dict[str, Any] = {
        "status": "ready" if ready else "not_ready",
        "checks": {name.rstrip("?"): outcome for name, outcome in found.items()},
    }
    return Response(orjson.dumps(body), 200 if ready else 503, media_type="application/json")


async def _outcome(check: Check, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            word = await check()
    except Down as down:
        return f"down: {down}"
    except Exception as error:  # noqa: BLE001  whatever it is, it is down
        return f"down: {type(error).__name__}"
    return f"up, {word}" if word else "up"


@_health.get("/metrics")
async def read_metrics() -> Response:
    """Prometheus' text format."""
    return metrics.exposition()


class _Server(uvicorn.Server):
    """uvicorn's, which looks ten times a second whether it should end; this one sleeps until it is told."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().serve(sockets)

    async def main_loop(self) -> None:
        await self._ending.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._ending.set)


def serve(
    app: ASGIApp, settings: ProcessSettings, *, loop: str = "uvloop", http: str | type[asyncio.Protocol] = "httptools"
) -> None:
    """Serve until SIGTERM: stop accepting, finish what is in hand, then end the lifespan.

    What a caller says of itself in X-Forwarded-* is not believed. `loop` and `http` are names of uvicorn's, or `http`
    a protocol of one's own."""
    gc.freeze()  # what imports made stays: the collector need not walk it again and again
    gc.set_threshold(10_000, 20, 20)  # a request makes hundreds of objects that die by themselves
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop=loop,
        http=http,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=20,
        timeout_keep_alive=75,
        backlog=2048,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    server = _Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(3)  # as uvicorn's own command ends when it could not start
