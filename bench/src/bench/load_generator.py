"""A closed-loop HTTP load generator: ready-made requests over kept connections, one in flight on each.

Small on purpose: on a machine of two cores the generator takes from what it measures, so both sides of a ratio are
driven by the same one.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import cast
from urllib.parse import urlsplit


@dataclass(slots=True)
class Result:
    """Answers by status, seconds taken in all, and each answer's latency in seconds; whether requests ran out."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    ran_out: bool = False

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, which: int) -> float:
        """A percentile of the latencies in milliseconds."""
        return quantiles(self.latencies, n=100)[which - 1] * 1000 if len(self.latencies) > 1 else 0.0


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last answer is whole."""

    def __init__(self, requests: Iterator[bytes], result: Result, ended: "asyncio.Future[None]", until: float) -> None:
        self._requests, self._result, self._ended, self._until = requests, result, ended, until
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # what create_connection makes
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if separator and len(rest) >= _content_length(head):
            self._buffer = b""
            self._result.statuses[int(head[9:12])] += 1
            self._result.latencies.append(time.perf_counter() - self._sent_at)
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        assert self._transport is not None  # noqa: S101  set when the connection was made
        if request is None or time.perf_counter() > self._until:
            self._result.ran_out |= request is None
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 : lowered.find(b"\r\n", at) if b"\r\n" in lowered[at:] else None]) if at >= 0 else 0


def request(method: str, url: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """A whole HTTP/1.1 request."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    every = {"Host": parts.netloc, "Content-Length": len(body), "Content-Type": "application/json", **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def generate_load(url: str, requests: Iterator[bytes], *, connections: int = 64, seconds: float = 4.0) -> Result:
    """Send the requests, `connections` at a time, until there are no more or the time is over."""
    parts, loop, result = urlsplit(url), asyncio.get_running_loop(), Result()
    started = time.perf_counter()
    ended = [loop.create_future() for _ in range(connections)]
    for end in ended:
        await loop.create_connection(
            lambda end=end: _Connection(requests, result, end, started + seconds),  # type: ignore[misc]  # bound per turn
            parts.hostname or "127.0.0.1",
            parts.port or 80,
        )
    await asyncio.gather(*ended)
    result.seconds = time.perf_counter() - started
    return result
