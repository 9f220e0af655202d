"""The way past the framework for the few calls so frequent that its layers would cost more than the call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import telemetry

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    span: str
    endpoint: Endpoint


class Shortcuts:
    """ASGI: exact methods and paths are answered by their endpoints, everything else by `app`.

    A failure is left to `RequestContext`, which stands around this.
    """

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._routes = {key: _Route(key[1], " ".join(key), endpoint) for key, endpoint in endpoints.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            return await self._app(scope, receive, send)
        scope["route"] = route
        with telemetry.span(route.span, SpanKind.SERVER):
            response = await route.endpoint(Request(scope, receive))
            return await response(scope, receive, send)
