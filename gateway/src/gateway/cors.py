"""Which front ends may read our answers (CORS), decided here alone."""

from starlette.datastructures import Headers
from starlette.responses import Response

EXPOSED = "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, Idempotency-Replayed"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id, traceparent, tracestate"

Pairs = tuple[tuple[bytes, bytes], ...]


class CrossOrigin:
    """Callers carry bearer tokens, never cookies, so no credentials are allowed across origins."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def grant(self, origin: str | None) -> Pairs:
        """The headers that let `origin` read an answer; `Vary` wherever the answer depends on who asks."""
        if "*" in self._origins:
            return _pairs("*") if origin else ()
        vary = ((b"vary", b"Origin"),)
        return (*_pairs(origin), *vary) if origin in self._origins and origin else vary


def _pairs(origin: str) -> Pairs:
    return (b"access-control-allow-origin", origin.encode()), (b"access-control-expose-headers", EXPOSED.encode())


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a browser asks before it calls."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight_answer() -> Response:
    """What may be asked; whether this origin may ask is said beside it by `CrossOrigin.grant`."""
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def preflight_pairs() -> Pairs:
    """The headers of a granted preflight."""
    return ((b"access-control-allow-methods", METHODS.encode()), (b"access-control-allow-headers", ALLOWED.encode()),
            (b"access-control-max-age", b"600"))  # fmt: skip
