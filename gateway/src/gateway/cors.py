"""Which front ends may call us and read our answers (CORS): Starlette's middleware, one for each of two policies.

`CLIENT_URL` alone may make private calls. What anybody may read anyhow is open to every origin, without credentials.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis import problems
from gateway.errors import PreflightRefused
from gateway.request import Fields

EXPOSED = (
    "ETag",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
    "Idempotency-Replayed",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-queue-pass",
    "traceparent",
    "baggage",
)
READING = frozenset({"GET", "HEAD"})
HEADERS_OF_READING = ("content-type", "if-none-match", "last-event-id", "traceparent", "baggage")
_OPEN = (
    "/api/cities",
    "/api/movies",
    "/api/theaters",
    "/api/showtimes",
    "/api/seats/availability",
    "/api/seats/state",
    "/api/seats/stream",
    "/socket.io",
    "/marquee-seats.js",
    "/web",
)
_OPEN_BELOW = tuple(f"{path}/" for path in _OPEN)


def is_open(path: str | None) -> bool:
    """Whether anybody may read what is at `path`, from any origin."""
    return path is not None and (path in _OPEN or path.startswith(_OPEN_BELOW))


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """The policies judge; they are called around nothing."""


class CrossOrigin:
    """The two policies. `origins` are those that may make private calls."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins
        self._private = CORSMiddleware(
            _nothing,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=HEADERS,
            allow_credentials=True,
            expose_headers=EXPOSED,
        )
        self._open = CORSMiddleware(
            _nothing,
            allow_origins=("*",),
            allow_methods=sorted(READING),
            allow_headers=HEADERS_OF_READING,
            expose_headers=EXPOSED,
        )

    def policy(self, origin: str, method: str, path: str | None) -> CORSMiddleware | None:
        """The one for a call by `method`, or None where this origin may read nothing."""
        if origin in self._origins:
            return self._private
        return self._open if method in READING and is_open(path) else None

    @staticmethod
    def granted(policy: CORSMiddleware, origin: str) -> Fields:
        """The headers that let this origin read an answer; `Vary: Origin` is on every answer anyhow."""
        headers = MutableHeaders(policy.simple_headers)
        if not policy.allow_all_origins:
            policy.allow_explicit_origin(headers, origin)
        return [pair for pair in headers.raw if pair[0] != b"vary"]


def preflight_answer(policy: CORSMiddleware | None, fields: Fields) -> Response:
    """What the policy grants: 204, or a problem that says what it refuses."""
    if policy is None:
        return problems.problem_response(PreflightRefused("this origin may not make this call"))
    judged = policy.preflight_response(Headers(raw=list(fields)))
    if judged.status_code != 200:
        return problems.problem_response(PreflightRefused(bytes(judged.body).decode()))
    granted = {name: value for name, value in judged.headers.items() if not name.startswith("content-")}
    # Starlette names those beside that every browser may send unasked.
    granted["access-control-allow-headers"] = ", ".join(HEADERS_OF_READING if policy.allow_all_origins else HEADERS)
    return Response(status_code=204, headers=granted)
