"""Content codings: answers over 1 KB leave compressed where the client takes it.

Levels were chosen by processor time (seat maps and lists of 11 to 74 kB): zstd 3 makes them 4 to 16 times smaller in
12 to 100 µs, brotli 4 a tenth smaller still for twice the time, gzip 5 is slowest. Bytes that go out again and again,
such as lists of movies, are coded once: a cache has the last 128 bodies with their coded form.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard

from gateway.request import Fields

MIN_BYTES, MAX_BYTES = 1_024, 4 * 1_048_576
LONG_BYTES = 131_072  # longer bodies are coded each time, and should be in a thread
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


def coding_for(status: int, by_name: Mapping[bytes, bytes], accept_encoding: bytes) -> str | None:
    """The coding in which an answer with these headers leaves, or None. A stream has no Content-Length: it is never
    coded."""
    if status in _UNCODED_STATUSES or not _is_worth_coding(by_name):
        return None
    return preferred_coding(accept_encoding)


def varies(status: int, fields: Fields) -> bool:
    """Whether another Accept-Encoding might have brought other bytes."""
    return status == 304 or any(name == b"content-type" and _is_text(value) for name, value in fields)


def in_coding(fields: Fields, coding: str, length: int | None) -> list[tuple[bytes, bytes]]:
    """The headers of an answer in a coding. Its ETag is weak: the same version in other bytes."""
    coded = [pair for pair in fields if pair[0] != b"content-length"]
    weaken(coded)
    coded.append((b"content-encoding", coding.encode()))
    if length is not None:
        coded.append((b"content-length", b"%d" % length))
    return coded


def weaken(fields: list[tuple[bytes, bytes]], unless_in: bytes | None = None) -> None:
    """Make the ETag weak; for a 304 only where that is the one the client has (RFC 9111 §4.3.4 compares them)."""
    for at, (name, value) in enumerate(fields):
        if name == b"etag" and not value.startswith(b"W/") and (unless_in is None or b"W/" + value in unless_in):
            fields[at] = (name, b"W/" + value)


def code(coding: str, body: bytes, *, private: bool) -> bytes:
    """The body in a coding; `private`: no cache may have it."""
    cached = not private and len(body) <= LONG_BYTES
    return _coded(coding, body) if cached else CODINGS[coding](body)


def is_private(by_name: Mapping[bytes, bytes]) -> bool:
    """Whether no cache may store the answer with these headers; one that does not say counts as such."""
    return b"no-store" in by_name.get(b"cache-control", b"no-store")


@lru_cache(maxsize=128)
def _is_text(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() in _TEXT_TYPES


def _is_worth_coding(by_name: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is whole, long enough, and may be coded."""
    length = by_name.get(b"content-length", b"")
    return (
        length.isdigit()
        and MIN_BYTES <= int(length) <= MAX_BYTES
        and _is_text(by_name.get(b"content-type", b""))
        and b"content-encoding" not in by_name
        and b"no-transform" not in by_name.get(b"cache-control", b"")
    )
