"""From a request to its endpoint: the most literal path that matches, 405 for a method that it lacks, HEAD as GET.

FastAPI's own search tries every route of every router twice, inside seven layers; here a path is looked up and the app
of its route is called (ADR 24).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import telemetry
from chassis.context import read_body
from chassis.problems import MethodNotAllowed, NotFound, handle, problem_response, response_for

Endpoint = Callable[[Request], Awaitable[Response]]
Middleware = Callable[[ASGIApp], ASGIApp]
_HANDLERS = ({Exception: handle}, dict[int, Any]())


@dataclass(frozen=True, slots=True)
class _Target:
    """A method of a path."""

    route: Route
    span: str
    app: ASGIApp


Methods = Mapping[str, _Target]


class Routing:
    """ASGI: calls the routes; what is no HTTP goes to `framework`, which is the app that requests know.

    Some endpoints read their request themselves, past the framework: `fast_path` has them by method and path, in place
    of those of the routes. `idempotency` is put around every POST, save of the `keyless` paths.
    """

    def __init__(
        self,
        framework: ASGIApp,
        routes: Iterable[BaseRoute],
        fast_path: Mapping[tuple[str, str], Endpoint],
        idempotency: Middleware | None,
        keyless: frozenset[str] = frozenset(),
    ) -> None:
        self._framework = framework
        by_path: dict[str, dict[str, _Target]] = {}
        patterns: dict[str, Route] = {}
        for route in (route for route in routes if isinstance(route, Route)):
            patterns[route.path] = route
            for method in route.methods or ():
                quick = fast_path.get((method, route.path))
                app = _read_by_endpoint(quick) if quick else _read_by_framework(route.app)
                app = idempotency(app) if idempotency and method == "POST" and route.path not in keyless else app
                by_path.setdefault(route.path, {})[method] = _Target(route, f"{method} {route.path}", app)
        self._literal: Mapping[str, Methods] = {path: by_path[path] for path in by_path if "{" not in path}
        templates = sorted(by_path.keys() - self._literal.keys(), key=lambda path: (path.count("{"), path))
        self._templates = [(patterns[path].path_regex, patterns[path], by_path[path]) for path in templates]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._framework(scope, receive, send)
        methods = self._find(scope)
        if methods is None:
            return await problem_response(NotFound())(scope, receive, send)
        target = methods.get(scope["method"]) or (methods.get("GET") if scope["method"] == "HEAD" else None)
        if target is None:
            return await _refused(methods)(scope, receive, send)
        scope.update(app=self._framework, route=target.route, endpoint=target.route.endpoint)
        if scope["method"] == "HEAD" and "HEAD" not in methods:  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        with telemetry.span(target.span, SpanKind.SERVER):
            return await target.app(scope, receive, telemetry.noting_status(target.route.path, send))

    def _find(self, scope: Scope) -> Methods | None:
        """The methods of the path; its parameters go into the scope."""
        path = scope["path"]
        if literal := self._literal.get(path):
            return literal
        for pattern, route, methods in self._templates:
            if match := pattern.match(path):
                values = match.groupdict().items()
                scope["path_params"] = {name: route.param_convertors[name].convert(value) for name, value in values}
                return methods
        return None


def _refused(methods: Iterable[str]) -> Response:
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)
    return problem_response(
        MethodNotAllowed("this path is called with another method", headers={"Allow": ", ".join(sorted(allowed))})
    )


def _read_by_framework(endpoint: ASGIApp) -> ASGIApp:
    """A route's app with what FastAPI's layers give it: a stack for what ends with the request, and who answers for
    failures."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["starlette.exception_handlers"] = _HANDLERS
        async with AsyncExitStack() as stack:
            scope["fastapi_middleware_astack"] = stack
            await endpoint(scope, receive, send)

    return app


class _Request(Request):
    """Its body, which mostly comes at once, is read without a generator."""

    async def body(self) -> bytes:
        """The whole body; raises `ClientDisconnect`."""
        if not hasattr(self, "_body"):
            self._body = await read_body(self.receive)
        return self._body


def _read_by_endpoint(endpoint: Endpoint) -> ASGIApp:
    """An endpoint as an ASGI app; a failure becomes its problem document, as everywhere."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await endpoint(_Request(scope, receive))
        except Exception as error:  # noqa: BLE001  each has its problem document
            response = response_for(error)
        await response(scope, receive, send)

    return app
