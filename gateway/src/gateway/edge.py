"""The front of the gateway: what is done with a request, by its head, and our own app for what no service answers."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Problem
from gateway import routes
from gateway.admission import Admission, refusal_of
from gateway.api import has_page, is_own
from gateway.clients import TrustedProxies
from gateway.cors import CrossOrigin, is_open, preflight_answer
from gateway.headers import Defaults, default_headers
from gateway.live import stream
from gateway.rate_classes import READING, RateClass, class_of
from gateway.request import Fields, RequestHead
from gateway.routes import Route
from gateway.waiting import paths

_MAX_CACHED_PATH_BYTES = 256
Find = Callable[[str], Route | None]


class _Target(NamedTuple):
    """What is at a path; `path` is None where two servers could read it differently. `reads` and `writes` are the rate
    classes of calls to it; `holds`: a POST to it holds seats."""

    path: str | None
    route: Route | None
    defaults: Defaults
    reads: RateClass | None
    writes: RateClass | None
    holds: bool


class Edge:
    """Admits requests. As an ASGI app it is `own`, which answers health, documents and pages; `find` gives the route of
    a path."""

    def __init__(
        self, own: ASGIApp, find: Find, origins: frozenset[str], proxies: TrustedProxies, *, production: bool
    ) -> None:
        self._own, self._find, self._production, self._proxies = own, find, production, proxies
        self._cross_origin = CrossOrigin(origins)
        self._target = lru_cache(maxsize=1_024)(self._look_up)

    def admit(self, request: RequestHead, refusal: Problem | None = None) -> Admission:
        """Decide by the head; a `refusal` of the connection counts before all else."""
        if self._proxies:
            peer = request.address
            request.address = self._proxies.client_of(peer, request.fields)
            request.scheme = self._proxies.scheme_of(peer, request.scheme, request.by_name)
        look_up = self._target if len(request.path) <= _MAX_CACHED_PATH_BYTES else self._look_up
        target = look_up(request.path)
        exists = target.route is not None or is_own(target.path)
        refused = refusal or refusal_of(request, path_exists=exists)
        origin = request.by_name.get(b"origin")
        if origin is None:
            rate_class, holds = _rate_class(request, target), _holds(request, target)
            return Admission(target.route, refused, target.defaults, rate_class=rate_class, holds=holds)
        return self._across_origins(request, origin.decode("latin-1"), target, refused)

    def _across_origins(self, request: RequestHead, origin: str, target: _Target, refused: Problem | None) -> Admission:
        wanted = request.by_name.get(b"access-control-request-method") if request.method == "OPTIONS" else None
        if wanted is not None:
            policy = self._cross_origin.policy(origin, wanted.decode("latin-1"), target.path)
            answer = partial(preflight_answer, policy, request.fields)
            return Admission(target.route, refused, target.defaults, preflight=answer)
        policy = self._cross_origin.policy(origin, request.method, target.path)
        granted: Fields = self._cross_origin.granted(policy, origin) if policy is not None else ()
        rate_class, holds = _rate_class(request, target), _holds(request, target)
        return Admission(target.route, refused, target.defaults, granted, rate_class, holds=holds)

    def _look_up(self, raw_path: bytes) -> _Target:
        path = routes.decoded(raw_path)
        defaults = default_headers(page=has_page(path), open_to_all=is_open(path), production=self._production)
        route = None if path is None or is_own(path) else self._find(path)
        if path is None or (route is None and path != stream.PATH and not paths.is_queue(path)):
            return _Target(path, route, defaults, None, None, holds=False)
        return _Target(path, route, defaults, class_of("GET", path), class_of("POST", path), paths.holds(path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._own(scope, receive, send)


def _holds(request: RequestHead, target: _Target) -> bool:
    return target.holds and request.method == "POST"


def _rate_class(request: RequestHead, target: _Target) -> RateClass | None:
    return target.reads if request.method in READING else target.writes
