"""A way past the framework, for the few calls so frequent that its layers would cost more than the call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems, telemetry

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    span: str
    app: ASGIApp


class FastPath:
    """ASGI: exact methods and paths are answered by apps of their own, everything else by `app`."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], ASGIApp]) -> None:
        self._app = app
        self._routes = {key: _Route(key[1], " ".join(key), endpoint) for key, endpoint in endpoints.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            return await self._app(scope, receive, send)
        scope["route"] = route
        with telemetry.span(route.span, SpanKind.SERVER):
            return await route.app(scope, receive, telemetry.noting_status(route.path, send))


def as_app(endpoint: Endpoint) -> ASGIApp:
    """An endpoint as an ASGI app; a failure becomes its problem document, as everywhere."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await endpoint(Request(scope, receive))
        except Exception as error:  # noqa: BLE001  each has its problem document
            response = problems.response_for(error)
        await response(scope, receive, send)

    return app
