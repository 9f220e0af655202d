"""The front of the gateway, a bare ASGI function: admit a request or refuse it, route it, and give every answer the
headers that all have."""

from collections.abc import Callable
from functools import partial

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import problems, telemetry
from chassis.context import RequestContext
from gateway import routes
from gateway.admission import Admission, admit
from gateway.api import OWN_PATHS, PAGES
from gateway.content_coding import ContentCoding
from gateway.cors import CrossOrigin, is_open, is_preflight, preflight_answer
from gateway.headers import security_headers, vary, with_defaults
from gateway.proxy import Proxy
from gateway.routes import Route

Find = Callable[[str], Route | None]


class Edge:
    """ASGI. `own` answers what no service does: health, documents, pages. `find` gives the route of a path. The proxy
    that calls services is in the lifespan's state."""

    def __init__(self, own: ASGIApp, find: Find, origins: frozenset[str], *, production: bool) -> None:
        self._own, self._find, self._production = own, find, production
        self._cross_origin = CrossOrigin(self._with_defaults, origins)
        self._forwarding = RequestContext(_refuse_or_forward, "gateway")

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
        path = scope["decoded_path"] = routes.decoded(scope["raw_path"])
        preflight = is_preflight(scope["method"], headers)
        method = headers["access-control-request-method"] if preflight else scope["method"]
        policy = self._cross_origin.policy(headers["origin"], method, path) if "origin" in headers else None
        if preflight:
            scope["preflight"] = partial(preflight_answer, policy, headers)
        if policy is None or preflight:
            return await self._with_defaults(scope, receive, _varying_by_origin(send))
        return await policy.simple_response(scope, receive, send, request_headers=headers)

    async def _with_defaults(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, headers = scope["decoded_path"], dict(scope["headers"])
        coding = ContentCoding(
            send, scope["method"], headers.get(b"accept-encoding", b""), headers.get(b"if-none-match", b"")
        )
        defaults = security_headers(page=path in PAGES, open_to_all=is_open(path), production=self._production)
        route = None if path is None else self._find(path)
        admission = scope["admission"] = admit(scope, route, path_exists=route is not None or path in OWN_PATHS)
        ours = route is None and admission.refusal is None and "preflight" not in scope
        try:
            await (self._own if ours else self._forwarding)(scope, receive, with_defaults(coding, defaults))
        finally:
            await coding.end()


def _varying_by_origin(send: Send) -> Send:
    """A `send` that adds `Vary: Origin`: a request with another origin gets other headers, so caches must not share."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            vary(message["headers"], b"Origin")
        await send(message)

    return sending


async def _refuse_or_forward(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the refusal or the preflight that the scope holds, or else with what the service answers."""
    admission: Admission = scope["admission"]
    scope["route"] = admission.route
    if admission.refusal is not None:
        await problems.problem_response(admission.refusal)(scope, receive, send)
    elif "preflight" in scope:
        await scope["preflight"]()(scope, receive, send)
    elif admission.route is not None:
        proxy: Proxy = scope["state"]["proxy"]
        with telemetry.span(f"{scope['method']} {admission.route.path}", SpanKind.SERVER):
            await proxy.forward(scope, receive, send, admission.route)
