"""Header rules: what is passed on to a service, what comes back, and what every answer bears."""

from collections.abc import Callable, Iterable, Mapping

from chassis.problems import Problem
from multidict import CIMultiDict
from starlette.types import Message, Scope, Send

RawHeaders = Iterable[tuple[bytes, bytes]]

# RFC 9110 §7.6.1, and what nginx and curl still send.
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
                        b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"})  # fmt: skip
# Said anew on the way in: a client cannot claim to be a proxy.
_OURS = frozenset({b"host", b"content-length", b"expect", b"forwarded", b"x-real-ip", b"x-request-id", b"traceparent"})

_API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")  # fmt: skip
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class MalformedHeaders(Problem):
    """Header values must be UTF-8 to be passed on as they are."""

    status, code = 400, "malformed_headers"


def inward(scope: Scope, ours: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers a service gets: the client's end-to-end ones, who the client is, and `ours`."""
    given = list(end_to_end(scope["headers"]))
    try:
        passed = CIMultiDict([(name.decode(), value.decode()) for name, value in given if _is_clients(name)])
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode()
    except UnicodeDecodeError:
        raise MalformedHeaders("a header is no UTF-8") from None
    passed["X-Forwarded-For"] = scope["client"][0] if scope.get("client") else "unknown"
    passed["X-Forwarded-Proto"] = scope["scheme"]
    passed["X-Forwarded-Host"] = host
    passed.update(ours)
    return passed


def _is_clients(name: bytes) -> bool:
    return name not in _OURS and not name.startswith(b"x-forwarded-")


def end_to_end(headers: RawHeaders) -> Iterable[tuple[bytes, bytes]]:
    """Headers in lower case without those that concern one connection alone."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {word.strip().lower() for name, value in pairs if name == b"connection" for word in value.split(b",")}
    dropped = HOP_BY_HOP | named
    return (pair for pair in pairs if pair[0] not in dropped)


def outward(headers: RawHeaders, origin: str) -> list[tuple[bytes, bytes]]:
    """A service's headers as the client gets them; a redirect to the copy's own address becomes a relative one."""
    mine = origin.encode()
    return [(name, value.removeprefix(mine) if name == b"location" else value) for name, value in end_to_end(headers)]


def dressing(cross_origin: RawHeaders, *, page: bool, production: bool) -> Callable[[Send], Send]:
    """Wrap `send` so that every answer bears the security headers, unless a service said its own, and CORS."""
    policy = (b"content-security-policy", _PAGE_POLICY if page else _API_POLICY)
    defaults = (policy, *_SECURITY, *((_HSTS,) if production else ()))
    always = list(cross_origin)

    def dress(send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message["headers"] = [pair for pair in message["headers"] if not _is_cross_origin(pair[0])]
                names = {name for name, _ in said}
                said.extend(pair for pair in defaults if pair[0] not in names)
                said.extend(always)
            await send(message)

        return dressed

    return dress


def _is_cross_origin(name: bytes) -> bool:
    return name.lower().startswith(b"access-control-")
