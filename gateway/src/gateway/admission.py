"""Whether a request may come in, judged by its head alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Scope

from chassis.problems import NotFound, Problem
from gateway.errors import HeadersTooLarge, MalformedRequest, TargetTooLong, UnsupportedEncoding
from gateway.routes import Route

MAX_TARGET_BYTES = 8_192
MAX_HEADER_BYTES = 32_768
_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=-]*(:\d*)?|\[[0-9A-Fa-f:.]+\](:\d*)?")
_JUDGED = frozenset({b"host", b"transfer-encoding", b"content-encoding"})


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a request may go: to a service by its `route`, to ourselves without one, nowhere with a `refusal`."""

    route: Route | None
    refusal: Problem | None


def judge(scope: Scope, route: Route | None, *, known: bool) -> Admission:
    """`known` says whether anything is at the path. What the connection refused stays refused."""
    return Admission(route, scope.get("refusal") or _refusal(scope, known=known))


def _refusal(scope: Scope, *, known: bool) -> Problem | None:
    size, judged = 0, dict[bytes, list[bytes]]()
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _JUDGED:
            judged.setdefault(name, []).append(value)
    if detail := _ambiguity(scope, judged):
        return MalformedRequest(detail)
    if not known:
        return NotFound()
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return TargetTooLong()
    if size > MAX_HEADER_BYTES:
        return HeadersTooLarge()
    return UnsupportedEncoding() if any(value.strip() for value in judged.get(b"content-encoding", ())) else None


def _ambiguity(scope: Scope, judged: Mapping[bytes, list[bytes]]) -> str | None:
    """What two readers could read differently, or None (RFC 9112 §2.3, §3.2, §6.1)."""
    version, hosts = scope["http_version"], judged.get(b"host", [])
    if version not in {"1.0", "1.1"}:
        return f"HTTP/{version} is not spoken here"
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "one Host header is needed"
    if hosts and not _HOST.fullmatch(hosts[0]):
        return "the Host header is no host"
    framing = judged.get(b"transfer-encoding")
    if framing is None:
        return None
    chunked = [value.lower() for value in framing] == [b"chunked"]
    return None if chunked and version == "1.1" else "Transfer-Encoding may be chunked alone, in HTTP/1.1"
