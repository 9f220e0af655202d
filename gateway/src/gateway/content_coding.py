"""Content codings: answers over 1 KB leave compressed where the client takes it.

Levels were chosen by processor time (seat maps and lists of 11 to 74 kB): zstd 3 makes them 4 to 16 times smaller in
12 to 100 µs, brotli 4 a tenth smaller still for twice the time, gzip 5 is slowest. Bytes that go out again and again,
such as lists of movies, are coded once: a cache has the last 128 bodies with their coded form.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard
from starlette.types import Message, Send

from gateway.headers import vary

MIN_BYTES, MAX_BYTES = 1_024, 4 * 1_048_576
_MAX_CACHED_BYTES = 131_072  # larger bodies are coded each time, in a thread
_TEXT_TYPES = frozenset(
    {
        b"application/json",
        b"application/problem+json",
        b"application/javascript",
        b"text/javascript",
        b"application/jwk-set+json",
        b"image/svg+xml",
        b"text/html",
        b"text/css",
        b"text/plain",
        b"text/csv",
        b"text/calendar",
    }
)
_UNCODED_STATUSES = frozenset({204, 206, 304})

Codings = Mapping[str, Callable[[bytes], bytes]]
CODINGS: Codings = {  # in order of preference at equal weights
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=4),
    "gzip": lambda body: zlib.compress(body, level=5, wbits=31),
}


@lru_cache(maxsize=256)
def preferred_coding(accept_encoding: bytes) -> str | None:
    """The coding with the greatest weight (RFC 9110 §12.5.3); None to send the bytes as they are (`identity`)."""
    weights = dict(_weight(part) for part in accept_encoding.decode("latin-1").lower().split(",") if part.strip())
    default = weights.get("*", 0.0)
    weight_of = {coding: weights.get("x-gzip", default) if coding == "gzip" else default for coding in CODINGS}
    weight_of.update((coding, weights[coding]) for coding in CODINGS if coding in weights)
    best = max(CODINGS, key=lambda coding: weight_of[coding])
    return best if weight_of[best] > 0 and weight_of[best] >= weights.get("identity", 0.0) else None


def _weight(part: str) -> tuple[str, float]:
    """`gzip;q=0.5` → gzip, 0.5; a weight that is no number counts as 0."""
    coding, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return coding, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return coding, 0.0
    return coding, 1.0


@lru_cache(maxsize=128)
def _coded(coding: str, body: bytes) -> bytes:
    return CODINGS[coding](body)


class ContentCoding:
    """A `send` that compresses whole answers. A stream, which has no Content-Length, is sent on as it comes.

    A coded answer's ETag is weak: the same version in other bytes. `end` must be called when the app has returned.
    """

    __slots__ = ("_body", "_coding", "_head", "_if_none_match", "_send", "_start")

    def __init__(self, send: Send, method: str, accept_encoding: bytes, if_none_match: bytes) -> None:
        self._send, self._head, self._if_none_match = send, method == "HEAD", if_none_match
        self._coding = preferred_coding(accept_encoding)
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start, b"".join(self._body))

    async def end(self) -> None:
        """Send what is held back of an answer that stopped in the middle, so that the client sees that it was cut."""
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)
            await self._send({"type": "http.response.body", "body": b"".join(self._body), "more_body": True})

    async def _begin(self, start: Message) -> None:
        headers = start["headers"]
        fields = dict(headers)
        if start["status"] == 304 and self._coding is not None:
            _weaken(headers, unless_in=self._if_none_match)
        if start["status"] == 304 or _is_text(fields):
            vary(headers, b"Accept-Encoding")
        if self._coding is None or start["status"] in _UNCODED_STATUSES or not _is_worth_coding(fields):
            await self._send(start)
        elif self._head:
            await self._send(_in_coding(start, self._coding, None))
        else:
            self._start = start

    async def _finish(self, start: Message, body: bytes) -> None:
        self._start = None
        assert self._coding is not None  # noqa: S101  else nothing was held back
        if len(body) > _MAX_CACHED_BYTES:
            coded = await asyncio.to_thread(CODINGS[self._coding], body)
        elif _is_private(start["headers"]):
            coded = CODINGS[self._coding](body)
        else:
            coded = _coded(self._coding, body)
        await self._send(_in_coding(start, self._coding, len(coded)))
        await self._send({"type": "http.response.body", "body": coded, "more_body": False})


def _is_text(fields: Mapping[bytes, bytes]) -> bool:
    return fields.get(b"content-type", b"").partition(b";")[0].strip().lower() in _TEXT_TYPES


def _is_worth_coding(fields: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is whole, long enough, and may be coded."""
    length = fields.get(b"content-length", b"")
    return (
        length.isdigit()
        and MIN_BYTES <= int(length) <= MAX_BYTES
        and _is_text(fields)
        and b"content-encoding" not in fields
        and b"no-transform" not in fields.get(b"cache-control", b"")
    )


def _is_private(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"cache-control" and b"no-store" in value for name, value in headers)


def _in_coding(start: Message, coding: str, length: int | None) -> Message:
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    _weaken(headers)
    headers.append((b"content-encoding", coding.encode()))
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    return {**start, "headers": headers}


def _weaken(headers: list[tuple[bytes, bytes]], unless_in: bytes | None = None) -> None:
    """Make the ETag weak; for a 304 only where that is the one the client has (RFC 9111 §4.3.4 compares them)."""
    for at, (name, value) in enumerate(headers):
        if name == b"etag" and not value.startswith(b"W/") and (unless_in is None or b"W/" + value in unless_in):
            headers[at] = (name, b"W/" + value)
