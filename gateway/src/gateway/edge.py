"""The front of the gateway, a bare ASGI function: judge what comes, route it, and give every answer what all bear."""

from collections.abc import Callable
from functools import partial

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import problems, telemetry
from chassis.context import RequestContext
from gateway import routes
from gateway.admission import Admission, judge
from gateway.api import OWN, PAGES
from gateway.coding import Coding
from gateway.cors import CrossOrigin, is_open, is_preflight, preflight_answer
from gateway.headers import dressed, security, vary
from gateway.proxy import Proxy
from gateway.routes import Route

Find = Callable[[str], Route | None]


class Edge:
    """`own` answers what no service does: health, documents, pages. The proxy is found in the lifespan's state."""

    def __init__(self, own: ASGIApp, find: Find, origins: frozenset[str], *, production: bool) -> None:
        self._own, self._find, self._production = own, find, production
        self._cross_origin = CrossOrigin(self._dressed, origins)
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
        path = scope["readable_path"] = routes.readable(scope["raw_path"])
        preflight = is_preflight(scope["method"], headers)
        method = headers["access-control-request-method"] if preflight else scope["method"]
        policy = self._cross_origin.policy(headers["origin"], method, path) if "origin" in headers else None
        if preflight:
            scope["preflight"] = partial(preflight_answer, policy, headers)
        if policy is None or preflight:
            return await self._dressed(scope, receive, _varying_by_origin(send))
        return await policy.simple_response(scope, receive, send, request_headers=headers)

    async def _dressed(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["readable_path"], dict(scope["headers"])
        coding = Coding(send, scope["method"], headers.get(b"accept-encoding", b""), headers.get(b"if-none-match", b""))
        defaults = security(page=path in PAGES, open_to_all=is_open(path), production=self._production)
        route = None if path is None else self._find(path)
        admission = scope["admission"] = judge(scope, route, known=route is not None or path in OWN)
        ours = route is None and admission.refusal is None and "preflight" not in scope
        try:
            await (self._own if ours else self._others)(scope, receive, dressed(coding, defaults))
        finally:
            await coding.end()


def _varying_by_origin(send: Send) -> Send:
    """What another origin would be answered differs by its headers, so no cache may give it this answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            vary(message["headers"], b"Origin")
        await send(message)

    return sending


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Inside the request's context: a refusal, a preflight, or what a service says."""
    admission: Admission = scope["admission"]
    scope["route"] = admission.route
    if admission.refusal is not None:
        await problems.problem_response(admission.refusal)(scope, receive, send)
    elif "preflight" in scope:
        await scope["preflight"]()(scope, receive, send)
    elif admission.route is not None:
        proxy: Proxy = scope["state"]["proxy"]
        with telemetry.span(f"{scope['method']} {admission.route.path}", SpanKind.SERVER):
            await proxy.pass_on(scope, receive, send, admission.route)
