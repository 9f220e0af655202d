"""Header rules: which headers a service gets, which the client gets back, and which every answer has."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from gateway.request import Fields, RequestHead

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
# Besides, what is set anew on the way in: a client cannot claim to be a proxy, and services answer in one coding.
_NOT_PASSED_ON = HOP_BY_HOP | frozenset(
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

_SET_ANEW = (
    b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\nX-Forwarded-Host: %b\r\nX-Request-Id: %b\r\ntraceparent: %b\r\n"
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

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


def request_fields(request: RequestHead, body: bytes, request_id: str, traceparent: str) -> bytes:
    """What a service gets after the Host header: who the client is, the client's end-to-end headers, and the body."""
    lines = [
        _SET_ANEW
        % (
            request.address.encode(),
            request.scheme.encode(),
            request.by_name.get(b"host", b""),
            request_id.encode(),
            traceparent.encode(),
        )
    ]
    dropped = (
        _NOT_PASSED_ON | _of_this_connection(request.fields) if b"connection" in request.by_name else _NOT_PASSED_ON
    )
    for name, value in request.fields:
        if name not in dropped and not name.startswith(b"x-forwarded-"):
            text = value if value.isascii() else _text(name, value)
            if text is not None:
                lines.append(b"%b: %b\r\n" % (name, text))
    if body or request.method in _WITH_BODY:
        lines.append(b"Content-Length: %d\r\n" % len(body))
    lines += (b"\r\n", body)
    return b"".join(lines)


def _text(name: bytes, value: bytes) -> bytes | None:
    """A value in UTF-8; None for one that is dropped."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1").encode() if name in _READ_BY_SERVICES else None
    return value


def _of_this_connection(fields: Fields) -> set[bytes]:
    """The headers that a Connection header names: they concern one connection alone."""
    return {word.strip().lower() for name, value in fields if name == b"connection" for word in value.split(b",")}


def response_fields(fields: Fields, origin: bytes) -> list[tuple[bytes, bytes]]:
    """A service's end-to-end headers as the client gets them: a redirect to the replica's own address becomes a
    relative one, and who may read across origins is not the service's to say."""
    dropped = HOP_BY_HOP
    if any(name == b"connection" for name, _ in fields):
        dropped = HOP_BY_HOP | _of_this_connection(fields)
    return [
        (name, value.removeprefix(origin) if name == b"location" else value)
        for name, value in fields
        if name not in dropped and not name.startswith(b"access-control-")
    ]


@dataclass(frozen=True, slots=True)
class Defaults:
    """Headers that an answer has where it has no other of that name: in pairs, and in one piece for the common case."""

    fields: tuple[tuple[bytes, bytes], ...]
    names: frozenset[bytes]
    lines: bytes

    @classmethod
    def of(cls, *fields: tuple[bytes, bytes]) -> "Defaults":
        """Those of these fields."""
        return cls(fields, frozenset(name for name, _ in fields), lines_of(fields))

    def without(self, names: AbstractSet[bytes]) -> bytes:
        """Those that are not named, as they are sent."""
        if self.names.isdisjoint(names):
            return self.lines
        return lines_of([field for field in self.fields if field[0] not in names])


def lines_of(fields: Fields) -> bytes:
    """Headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % field for field in fields])


@lru_cache
def default_headers(*, page: bool, open_to_all: bool, production: bool) -> Defaults:
    """OWASP's list, and no place in a cache for what may belong to one guest alone. A page may open the bank's window
    in which a guest pays; nothing else may open one."""
    return Defaults.of(
        (b"content-security-policy", _PAGE_POLICY if page else _API_POLICY),
        (b"cross-origin-opener-policy", b"same-origin-allow-popups" if page else b"same-origin"),
        (b"cross-origin-resource-policy", b"cross-origin" if open_to_all else b"same-origin"),
        *_SECURITY,
        *((_HSTS,) if production else ()),
        (b"cache-control", b"private, no-store"),
    )


def vary(headers: list[tuple[bytes, bytes]], by: bytes) -> None:
    """Add the request header `by` to the answer's `Vary`, if it is not there."""
    at = next((at for at, (name, _) in enumerate(headers) if name == b"vary"), None)
    if at is None:
        headers.append((b"vary", by))
    elif by not in headers[at][1]:
        headers[at] = (b"vary", headers[at][1] + b", " + by)
