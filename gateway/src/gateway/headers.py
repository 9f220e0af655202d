"""Header rules: which headers a service gets, which the client gets back, and which every answer has."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from multidict import CIMultiDict
from starlette.types import Message, Scope, Send

RawHeaders = Iterable[tuple[bytes, bytes]]

# RFC 9110 §7.6.1, and what nginx and curl still send.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Set anew on the way in: a client cannot claim to be a proxy, and services answer in one coding.
_SET_BY_GATEWAY = frozenset(
    {
        b"host",
        b"content-length",
        b"expect",
        b"forwarded",
        b"x-real-ip",
        b"x-request-id",
        b"traceparent",
        b"accept-encoding",
    }
)
# What services read. Bytes beyond UTF-8 in these reach them, to be judged there; in others they are dropped.
_READ_BY_SERVICES = frozenset(
    {
        b"authorization",
        b"cookie",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"last-event-id",
        b"origin",
        b"user-agent",
        b"x-queue-pass",
    }
)

_API_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def request_headers(scope: Scope, ours: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers a service gets: the client's end-to-end ones, who the client is, and `ours`."""
    passed = CIMultiDict(
        (name.decode(), text)
        for name, value in end_to_end(scope["headers"])
        if _is_clients(name) and (text := _text(name, value)) is not None
    )
    passed["X-Forwarded-For"] = scope["client"][0] if scope.get("client") else "unknown"
    passed["X-Forwarded-Proto"] = scope["scheme"]
    passed["X-Forwarded-Host"] = next((value.decode() for name, value in scope["headers"] if name == b"host"), "")
    passed.update(ours)
    return passed


def _is_clients(name: bytes) -> bool:
    return name not in _SET_BY_GATEWAY and not name.startswith(b"x-forwarded-")


def _text(name: bytes, value: bytes) -> str | None:
    """A value as the HTTP client under us writes it; None for one that is dropped."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1") if name in _READ_BY_SERVICES else None


def end_to_end(headers: RawHeaders) -> Iterable[tuple[bytes, bytes]]:
    """Headers in lower case without those that concern one connection alone."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {word.strip().lower() for name, value in pairs if name == b"connection" for word in value.split(b",")}
    dropped = HOP_BY_HOP | named
    return (pair for pair in pairs if pair[0] not in dropped)


def response_headers(headers: RawHeaders, origin: str) -> list[tuple[bytes, bytes]]:
    """A service's headers as the client gets them: a redirect to the replica's own address becomes a relative one, and
    who may read across origins is not the service's to say."""
    mine = origin.encode()
    return [
        (name, value.removeprefix(mine) if name == b"location" else value)
        for name, value in end_to_end(headers)
        if not name.startswith(b"access-control-")
    ]


@lru_cache
def security_headers(*, page: bool, open_to_all: bool, production: bool) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of OWASP's list. A page may open the bank's window in which a guest pays; nothing else may open
    one."""
    return (
        (b"content-security-policy", _PAGE_POLICY if page else _API_POLICY),
        (b"cross-origin-opener-policy", b"same-origin-allow-popups" if page else b"same-origin"),
        (b"cross-origin-resource-policy", b"cross-origin" if open_to_all else b"same-origin"),
        *_SECURITY,
        *((_HSTS,) if production else ()),
    )


def with_defaults(send: Send, defaults: tuple[tuple[bytes, bytes], ...]) -> Send:
    """A `send` that adds `defaults` to an answer's headers, except those that the answer has already."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            names = {name for name, _ in headers}
            headers.extend(pair for pair in defaults if pair[0] not in names)
        await send(message)

    return sending


def vary(headers: list[tuple[bytes, bytes]], by: bytes) -> None:
    """Add the request header `by` to the answer's `Vary`, if it is not there."""
    at = next((at for at, (name, _) in enumerate(headers) if name == b"vary"), None)
    if at is None:
        headers.append((b"vary", by))
    elif by not in headers[at][1]:
        headers[at] = (b"vary", headers[at][1] + b", " + by)
