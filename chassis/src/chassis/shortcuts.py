"""The way past the framework for the few calls so frequent that its layers would cost more than the call."""

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
    endpoint: Endpoint


class Shortcuts:
    """ASGI: exact methods and paths are answered by their endpoints, everything else by `app`.

    A failure is answered here as anywhere: `Idempotent`, which stands around this, sees answers.
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
            response = await _answer(route, Request(scope, receive))
            telemetry.note_answer(route.path, response.status_code)
            return await response(scope, receive, send)


async def _answer(route: _Route, request: Request) -> Response:
    try:
        return await route.endpoint(request)
    except Exception as error:  # noqa: BLE001  each has its problem document
        return problems.answer_to(error)
