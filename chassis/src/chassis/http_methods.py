"""405 and HEAD: the methods of a path are those of its most literal matching route, and HEAD is answered as GET is,
without the body."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import MethodNotAllowed, problem_response


@dataclass(frozen=True, slots=True)
class _Path:
    pattern: re.Pattern[str]
    methods: frozenset[str]


class AllowedMethods:
    """ASGI middleware that refuses methods which the path does not have.

    The framework would try every route that matches: `GET /payments/webhook` would be answered by `/payments/{id}`.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app, self._paths = app, _paths([route for route in routes if isinstance(route, Route)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._of(scope["path"]) if scope["type"] == "http" else None
        if methods is None or scope["method"] in methods:
            return await self._app(scope, receive, send)
        if scope["method"] == "HEAD" and "GET" in methods:
            return await self._head(scope, receive, send)
        return await _refused(methods)(scope, receive, send)

    def _of(self, path: str) -> frozenset[str] | None:
        return next((route.methods for route in self._paths if route.pattern.match(path)), None)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as to GET: the server knows the method and leaves the body out."""
        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, send)
        finally:
            scope["route"] = as_get.get("route")


def _paths(routes: Sequence[Route]) -> list[_Path]:
    methods: dict[str, set[str]] = {}
    for route in routes:
        methods.setdefault(route.path, set()).update(route.methods or ())
    patterns = {route.path: route.path_regex for route in routes}
    most_literal_first = sorted(methods, key=lambda path: path.count("{"))
    return [_Path(patterns[path], frozenset(methods[path])) for path in most_literal_first]


def _refused(methods: frozenset[str]) -> Response:
    allowed = methods | {"HEAD"} if "GET" in methods else methods
    return problem_response(
        MethodNotAllowed("this path is called with another method", headers={"Allow": ", ".join(sorted(allowed))})
    )
