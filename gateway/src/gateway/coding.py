"""Content codings: answers over 1 KB leave compressed where the client takes it.

Levels were chosen by processor time (seat maps and lists of 11 to 74 kB): zstd 3 makes them 4 to 16 times smaller in
12 to 100 µs, brotli 4 a tenth smaller still for twice the time, gzip 5 is slowest. Bytes that go out again and again,
such as lists of movies, are coded once: the last 128 bodies are kept beside their coded form.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard
from starlette.types import Message, Send

from gateway.headers import vary

LEAST_BYTES, MOST_BYTES = 1_024, 4 * 1_048_576
_MOST_KEPT_BYTES = 131_072  # larger ones are coded in a thread each time
_TEXTS = frozenset(
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
CODINGS: Codings = {  # the first is preferred among equals
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=4),
    "gzip": lambda body: zlib.compress(body, level=5, wbits=31),
}


@lru_cache(maxsize=256)
def chosen(accept_encoding: bytes) -> str | None:
    """The coding that a client likes best (RFC 9110 §12.5.3); None to send the bytes as they are."""
    weights = dict(_weight(part) for part in accept_encoding.decode("latin-1").lower().split(",") if part.strip())
    others = weights.get("*", 0.0)
    liked = {coding: weights.get("x-gzip", others) if coding == "gzip" else others for coding in CODINGS}
    liked.update((coding, weights[coding]) for coding in CODINGS if coding in weights)
    best = max(CODINGS, key=lambda coding: liked[coding])
    return best if liked[best] > 0 and liked[best] >= weights.get("identity", 0.0) else None


def _weight(part: str) -> tuple[str, float]:
    """`gzip;q=0.5` → gzip, 0.5; a weight that is none counts as 0."""
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


class Coding:
    """A `send` that gives whole answers in a coding. A stream, which says no length, goes on as it comes.

    A coded answer's ETag is weak: the same version in other bytes. `end` must be called when the app is done.
    """

    __slots__ = ("_body", "_coding", "_head", "_if_none_match", "_send", "_start")

    def __init__(self, send: Send, method: str, accept_encoding: bytes, if_none_match: bytes) -> None:
        self._send, self._head, self._if_none_match = send, method == "HEAD", if_none_match
        self._coding = chosen(accept_encoding)
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
        """An answer that stopped in the middle goes out as far as it came, so that it is seen to be cut."""
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)
            await self._send({"type": "http.response.body", "body": b"".join(self._body), "more_body": True})

    async def _begin(self, start: Message) -> None:
        headers = start["headers"]
        said = dict(headers)
        if start["status"] == 304 and self._coding is not None:
            _weaken(headers, unless_in=self._if_none_match)
        if start["status"] == 304 or _is_text(said):
            vary(headers, b"Accept-Encoding")
        if self._coding is None or start["status"] in _UNCODED_STATUSES or not _pays(said):
            await self._send(start)
        elif self._head:
            await self._send(_in_coding(start, self._coding, None))
        else:
            self._start = start

    async def _finish(self, start: Message, body: bytes) -> None:
        self._start = None
        assert self._coding is not None  # noqa: S101  else nothing was held back
        if len(body) > _MOST_KEPT_BYTES:
            coded = await asyncio.to_thread(CODINGS[self._coding], body)
        elif _is_private(start["headers"]):
            coded = CODINGS[self._coding](body)
        else:
            coded = _coded(self._coding, body)
        await self._send(_in_coding(start, self._coding, len(coded)))
        await self._send({"type": "http.response.body", "body": coded, "more_body": False})


def _is_text(said: Mapping[bytes, bytes]) -> bool:
    return said.get(b"content-type", b"").partition(b";")[0].strip().lower() in _TEXTS


def _pays(said: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is whole, long enough, and may be coded."""
    length = said.get(b"content-length", b"")
    return (
        length.isdigit()
        and LEAST_BYTES <= int(length) <= MOST_BYTES
        and _is_text(said)
        and b"content-encoding" not in said
        and b"no-transform" not in said.get(b"cache-control", b"")
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
