"""The front of the gateway: what is done with a request, by its head, and our own app for what no service answers."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Problem
from gateway import routes
from gateway.admission import Admission, refusal_of
from gateway.api import OWN_PATHS, PAGES
from gateway.cors import CrossOrigin, is_open, preflight_answer
from gateway.headers import Defaults, default_headers
from gateway.request import Fields, RequestHead
from gateway.routes import Route

_MAX_CACHED_PATH_BYTES = 256
Find = Callable[[str], Route | None]


class _Target(NamedTuple):
    """What is at a path; `path` is None where two servers could read it differently."""

    path: str | None
    route: Route | None
    defaults: Defaults


class Edge:
    """Admits requests. As an ASGI app it is `own`, which answers health, documents and pages; `find` gives the route of
    a path."""

    def __init__(self, own: ASGIApp, find: Find, origins: frozenset[str], *, production: bool) -> None:
        self._own, self._find, self._production = own, find, production
        self._cross_origin = CrossOrigin(origins)
        self._target = lru_cache(maxsize=1_024)(self._look_up)

    def admit(self, request: RequestHead, refusal: Problem | None = None) -> Admission:
        """Decide by the head; a `refusal` of the connection counts before all else."""
        look_up = self._target if len(request.path) <= _MAX_CACHED_PATH_BYTES else self._look_up
        target = look_up(request.path)
        exists = target.route is not None or target.path in OWN_PATHS
        refused = refusal or refusal_of(request, path_exists=exists)
        origin = request.by_name.get(b"origin")
        if origin is None:
            return Admission(target.route, refused, target.defaults)
        return self._across_origins(request, origin.decode("latin-1"), target, refused)

    def _across_origins(self, request: RequestHead, origin: str, target: _Target, refused: Problem | None) -> Admission:
        wanted = request.by_name.get(b"access-control-request-method") if request.method == "OPTIONS" else None
        if wanted is not None:
            policy = self._cross_origin.policy(origin, wanted.decode("latin-1"), target.path)
            answer = partial(preflight_answer, policy, request.fields)
            return Admission(target.route, refused, target.defaults, preflight=answer)
        policy = self._cross_origin.policy(origin, request.method, target.path)
        granted: Fields = self._cross_origin.granted(policy, origin) if policy is not None else ()
        return Admission(target.route, refused, target.defaults, granted)

    def _look_up(self, raw_path: bytes) -> _Target:
        path = routes.decoded(raw_path)
        defaults = default_headers(page=path in PAGES, open_to_all=is_open(path), production=self._production)
        return _Target(path, None if path is None else self._find(path), defaults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._own(scope, receive, send)
