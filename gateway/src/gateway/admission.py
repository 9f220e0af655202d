"""Whether a request is admitted, decided by its head alone, before its body is read."""

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
_CHECKED = frozenset({b"host", b"transfer-encoding", b"content-encoding"})


@dataclass(frozen=True, slots=True)
class Admission:
    """With a `refusal` the request is answered with it; else it goes to the service of `route`, or without a route to
    the gateway's own app."""

    route: Route | None
    refusal: Problem | None


def admit(scope: Scope, route: Route | None, *, path_exists: bool) -> Admission:
    """Decide by the head. A `refusal` that the connection put into the scope counts first; without `path_exists` the
    answer is 404."""
    return Admission(route, scope.get("refusal") or _refusal(scope, path_exists=path_exists))


def _refusal(scope: Scope, *, path_exists: bool) -> Problem | None:
    size, checked = 0, dict[bytes, list[bytes]]()
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _CHECKED:
            checked.setdefault(name, []).append(value)
    if detail := _ambiguity(scope, checked):
        return MalformedRequest(detail)
    if not path_exists:
        return NotFound()
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return TargetTooLong()
    if size > MAX_HEADER_BYTES:
        return HeadersTooLarge()
    return UnsupportedEncoding() if any(value.strip() for value in checked.get(b"content-encoding", ())) else None


def _ambiguity(scope: Scope, checked: Mapping[bytes, list[bytes]]) -> str | None:
    """What two servers could read differently in this head, or None (RFC 9112 §2.3, §3.2, §6.1)."""
    version, hosts = scope["http_version"], checked.get(b"host", [])
    if version not in {"1.0", "1.1"}:
        return f"HTTP/{version} is not spoken here"
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "one Host header is needed"
    if hosts and not _HOST.fullmatch(hosts[0]):
        return "the Host header is no host"
    framing = checked.get(b"transfer-encoding")
    if framing is None:
        return None
    chunked = [value.lower() for value in framing] == [b"chunked"]
    return None if chunked and version == "1.1" else "Transfer-Encoding may be chunked alone, in HTTP/1.1"
