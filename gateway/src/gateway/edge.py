"""The front of the gateway, a bare ASGI function: refuse odd targets, answer preflights, route, dress every answer."""

from collections.abc import Callable

from chassis.context import RequestContext
from chassis.problems import NotFound, Problem
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems, telemetry
from gateway import cors, routes
from gateway.api import OWN, PAGES
from gateway.cors import CrossOrigin
from gateway.headers import dressing
from gateway.proxy import Proxy
from gateway.routes import Route

Find = Callable[[str], Route | None]
MAX_TARGET_BYTES = 8_192
MAX_HEADER_BYTES = 32_768


class TargetTooLong(Problem):
    """No address of ours is that long."""

    status, code = 414, "uri_too_long"


class HeadersTooLarge(Problem):
    """More header bytes than any call of ours needs."""

    status, code = 431, "headers_too_large"


class Edge:
    """`own` answers what no service does: health, documents, pages. The proxy is found in the lifespan's state."""

    def __init__(self, own: ASGIApp, find: Find, cross_origin: CrossOrigin, *, production: bool) -> None:
        self._own, self._find, self._cross_origin, self._production = own, find, cross_origin, production
        self._others = RequestContext(_answer, "gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1000})
            case _:
                await self._own(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        path = routes.readable(scope["raw_path"])
        granted = self._cross_origin.grant(headers.get("origin"))
        preflight = cors.is_preflight(scope["method"], headers)
        if preflight and len(granted) > 1:
            granted += cors.preflight_pairs()
        dress = dressing(granted, page=path in PAGES, production=self._production)
        route = None if path is None else self._find(path)
        scope["gateway"] = {
            "receive": receive,
            "route": route,
            "preflight": preflight,
            "refusal": _refusal(scope, path, route),
        }
        ours = path is not None and route is None and not preflight and scope["gateway"]["refusal"] is None
        await (self._own if ours else self._others)(scope, receive, dress(send))


def _refusal(scope: Scope, path: str | None, route: Route | None) -> Problem | None:
    if route is None and path not in OWN:
        return NotFound()
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return TargetTooLong()
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return HeadersTooLarge()
    return None


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Inside the request's context: a refusal, a preflight, or what a service says."""
    found = scope["gateway"]
    scope["route"] = found["route"]
    proxy: Proxy = scope["state"]["proxy"]
    if found["refusal"] is not None:
        await problems.response(found["refusal"])(scope, receive, send)
    elif found["preflight"]:
        await cors.preflight_answer()(scope, receive, send)
    else:
        with telemetry.span(f"{scope['method']} {found['route'].path}", SpanKind.SERVER):
            await proxy.pass_on(scope, receive, send, found["route"])
