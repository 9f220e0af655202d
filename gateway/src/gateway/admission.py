"""Whether a request is admitted, and to whom: decided by its head alone, before its body is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from starlette.responses import Response

from chassis.context import MAX_BODY_BYTES
from chassis.problems import BodyTooLarge, NotFound, Problem
from gateway.errors import CLOSING, HeadersTooLarge, MalformedRequest, TargetTooLong, UnsupportedEncoding
from gateway.headers import Defaults
from gateway.rate_classes import RateClass
from gateway.request import Fields, RequestHead
from gateway.routes import Route

MAX_TARGET_BYTES = 8_192
MAX_HEADER_BYTES = 32_768
_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=-]*(:\d*)?|\[[0-9A-Fa-f:.]+\](:\d*)?")
_CHECKED = frozenset({b"host", b"transfer-encoding", b"content-encoding"})


@dataclass(frozen=True, slots=True)
class Admission:
    """Who answers: with a `refusal` it is that; else a `preflight`; else the service of `route`; else our own app.

    `defaults` are headers that the answer has unless it brings its own, `granted` those that let another origin read
    it; `rate_class` says which limits the call counts against; one that `holds` seats needs a pass while the
    showtime's waiting room is in force."""

    route: Route | None
    refusal: Problem | None
    defaults: Defaults
    granted: Fields = ()
    rate_class: RateClass | None = None
    preflight: Callable[[], Response] | None = None
    holds: bool = False

    @property
    def is_own(self) -> bool:
        """Whether our own app answers."""
        return self.route is None and self.refusal is None and self.preflight is None

    def refused(self, problem: Problem) -> "Admission":
        """The same, refused."""
        return replace(self, refusal=problem)


def refusal_of(request: RequestHead, *, path_exists: bool) -> Problem | None:
    """Why the request is not admitted, or None. Without `path_exists` it is 404."""
    size, checked = 0, dict[bytes, list[bytes]]()
    for name, value in request.fields:
        size += len(name) + len(value)
        if name in _CHECKED:
            checked.setdefault(name, []).append(value)
    if detail := _ambiguity(request, checked):
        return MalformedRequest(detail)
    if not path_exists:
        return NotFound()
    if len(request.path) + len(request.query) > MAX_TARGET_BYTES:
        return TargetTooLong()
    if size > MAX_HEADER_BYTES:
        return HeadersTooLarge()
    if any(value.strip() for value in checked.get(b"content-encoding", ())):
        return UnsupportedEncoding()
    return _announced(request.by_name.get(b"content-length", b""))


def _ambiguity(request: RequestHead, checked: Mapping[bytes, list[bytes]]) -> str | None:
    """What two servers could read differently in this head, or None (RFC 9112 §2.3, §3.2, §6.1)."""
    hosts = checked.get(b"host", [])
    if request.version not in {"1.0", "1.1"}:
        return f"HTTP/{request.version} is not spoken here"
    if len(hosts) > 1 or (not hosts and request.version == "1.1"):
        return "one Host header is needed"
    if hosts and not _is_host(hosts[0]):
        return "the Host header is no host"
    framing = checked.get(b"transfer-encoding")
    if framing is None:
        return None
    chunked = [value.lower() for value in framing] == [b"chunked"]
    return None if chunked and request.version == "1.1" else "Transfer-Encoding may be chunked alone, in HTTP/1.1"


@lru_cache(maxsize=64)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def _announced(length: bytes) -> Problem | None:
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        return BodyTooLarge(f"the body may have {MAX_BODY_BYTES} bytes", headers=CLOSING)
    return None
