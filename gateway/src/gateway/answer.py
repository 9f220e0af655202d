"""The bytes of an answer: headers that all answers have, content coding, framing."""

import time
from http import HTTPStatus

from chassis.context import http_date
from gateway import content_coding
from gateway.headers import Defaults, lines_of, vary
from gateway.request import Fields, RequestHead

_NOT_PASSED_ON = frozenset({b"x-request-id", b"date", b"server", b"x-powered-by"})  # set here, or nobody's business
_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_BODILESS = frozenset({204, 304})
_VARY = b"vary: Origin\r\n"
_VARY_OF_TEXT = b"vary: Accept-Encoding, Origin\r\n"


class Answer:
    """Gives the bytes of one answer: `head`, then `part`s, then `end`.

    `defaults` are headers that it has unless it brings its own; `granted` are those that let another origin read it.
    Where the client takes a coding, an answer that is worth one is held back, and leaves with `end`.
    """

    __slots__ = (
        "_coding",
        "_defaults",
        "_granted",
        "_has_body",
        "_held",
        "_is_chunked",
        "_request",
        "_request_id",
        "_start",
        "closes",
    )

    def __init__(
        self, request: RequestHead, request_id: str, defaults: Defaults, granted: Fields, *, closes: bool
    ) -> None:
        self._request, self._request_id, self._defaults, self._granted = request, request_id, defaults, granted
        self.closes = closes
        """Whether the connection ends with the answer."""
        self._start: tuple[int, list[tuple[bytes, bytes]]] = (0, [])
        self._coding: str | None = None
        self._held: list[bytes] = []
        self._has_body, self._is_chunked = True, False

    def add(self, fields: Fields) -> None:
        """Headers that the answer has besides."""
        self._granted = (*self._granted, *fields)

    def head(self, status: int, fields: Fields) -> bytes:
        """The head. Names of `fields` are in lower case, and there is no Transfer-Encoding among them."""
        pairs = [pair for pair in fields if pair[0] not in _NOT_PASSED_ON]
        by_name = dict(pairs)
        if by_name.get(b"connection") == b"close":
            self.closes = True
        self._has_body = self._request.method != "HEAD" and status not in _BODILESS
        if accepted := self._request.by_name.get(b"accept-encoding"):
            coding = content_coding.coding_for(status, by_name, accepted)
            if coding is not None and self._has_body:
                self._coding, self._start = coding, (status, pairs)
                return b""
            if coding is not None:
                pairs = content_coding.in_coding(pairs, coding, None)
            elif status == 304 and content_coding.preferred_coding(accepted):
                content_coding.weaken(pairs, unless_in=self._request.by_name.get(b"if-none-match", b""))
        return self._head(status, pairs)

    def part(self, part: bytes) -> bytes:
        """Some of the body, framed."""
        if self._coding is not None:
            self._held.append(part)
            return b""
        if not self._has_body or not part:
            return b""
        return b"%x\r\n%b\r\n" % (len(part), part) if self._is_chunked else part

    @property
    def is_long(self) -> bool:
        """Whether `end` takes so long that it should run in a thread."""
        return sum(map(len, self._held)) > content_coding.LONG_BYTES

    def end(self) -> bytes:
        """What is still to be sent."""
        if self._coding is None:
            return b"0\r\n\r\n" if self._is_chunked else b""
        status, pairs = self._start
        private = content_coding.is_private(dict(pairs))
        body = content_coding.code(self._coding, b"".join(self._held), private=private)
        return self._head(status, content_coding.in_coding(pairs, self._coding, len(body))) + body

    def as_far_as_it_came(self) -> bytes:
        """What was held back of an answer that stopped in the middle: the client is to see that it was cut."""
        return b"" if self._coding is None else self._head(*self._start) + b"".join(self._held)

    def _head(self, status: int, pairs: list[tuple[bytes, bytes]]) -> bytes:
        names = {name for name, _ in pairs}
        varies = content_coding.varies(status, pairs)
        if b"vary" in names:
            for by in (b"Accept-Encoding", b"Origin") if varies else (b"Origin",):
                vary(pairs, by)
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status, lines_of(pairs), lines_of(self._granted)]
        if b"vary" not in names:
            lines.append(_VARY_OF_TEXT if varies else _VARY)
        lines.append(self._defaults.without(names))
        lines.append(b"x-request-id: %b\r\ndate: %b\r\n" % (self._request_id.encode(), http_date(int(time.time()))))
        if self._has_body and b"content-length" not in names:
            if self._request.version == "1.0":
                self.closes = True
            else:
                self._is_chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
        if self.closes and b"connection" not in names:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)
