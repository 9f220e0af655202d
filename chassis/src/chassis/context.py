"""The outermost layer of every HTTP process: request id, trace, body limit, metrics, and an answer to every failure."""

import re
import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache

import structlog
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from chassis import metrics, problems, telemetry
from chassis.logs import logger

log = logger(__name__)
MAX_BODY_BYTES = 1_048_576
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_OWN_HEADERS = frozenset({b"x-request-id", b"date"})
_NOT_STORED = (b"cache-control", b"private, no-store")


class RequestContext:
    """ASGI middleware; the app finds `request_id` in the scope, and leaves there the `route` it matched."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        request_id = scope["request_id"] = request_id_of(headers.get(b"x-request-id", b""))
        started = time.perf_counter()
        answering = _Answering(send, request_id)
        with telemetry.continued(headers.get(b"traceparent")):
            structlog.contextvars.bind_contextvars(
                service=self._service, request_id=request_id, trace_id=telemetry.trace_id()
            )
            try:
                await self._app(scope, limited(receive, headers.get(b"content-length", b"")), answering)
            except Exception as error:
                if answering.status and not answering.whole:
                    raise  # the server cuts the connection: what was sent is no answer
                if answering.whole:
                    log.exception("failed after its answer", status=answering.status)
                if not answering.status:
                    await problems.response_for(error)(scope, receive, answering)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                record(scope["method"], route, answering.status, time.perf_counter() - started)
        return None


def request_id_of(header: bytes) -> str:
    """The caller's request id where its header is usable, else a new one."""
    return header.decode() if _REQUEST_ID.fullmatch(header) else str(uuid7())


class _Answering:
    """A `send` that adds the request id and the date, and knows how much of the answer was sent: `status` is 0 before
    its beginning, `whole` is true after its last part.

    An answer without `Cache-Control` may belong to one guest alone: it gets one that lets no cache store it.
    """

    __slots__ = ("_request_id", "_send", "status", "whole")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id.encode()
        self.status, self.whole = 0, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_own_headers(message["headers"])
        else:
            self.whole = not message.get("more_body", False)
        await self._send(message)

    def _with_own_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = [pair for name, value in headers if (pair := (name.lower(), value))[0] not in _OWN_HEADERS]
        if b"cache-control" not in {name for name, _ in own}:
            own.append(_NOT_STORED)
        own += ((b"x-request-id", self._request_id), (b"date", http_date(int(time.time()))))
        return own


@lru_cache(maxsize=2)
def http_date(second: int) -> bytes:
    """A Unix time as the `Date` header has it."""
    return formatdate(second, usegmt=True).encode()


class TooLarge(HTTPException):
    """The body has more than `max_bytes` bytes: 413."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(413, f"the body may have {max_bytes} bytes")


def limited(receive: Receive, content_length: bytes, max_bytes: int = MAX_BODY_BYTES) -> Receive:
    """A `receive` that raises `TooLarge` as soon as the Content-Length or the bytes received exceed `max_bytes`."""
    announced = int(content_length) if content_length.isdigit() else None
    if announced is not None and announced <= max_bytes:
        return receive  # the server sees to it that no more comes
    seen = announced or 0

    async def receiving() -> Message:
        nonlocal seen
        message: Message = {"more_body": True} if seen > max_bytes else await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise TooLarge(max_bytes)
        return message

    return receiving


async def read_body(receive: Receive) -> bytes:
    """The whole body; raises `ClientDisconnect`."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def record(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered; 0 is the status of one that was not."""
    requests, latency = _meters(method, route, str(status))
    requests.inc()
    latency.observe(seconds)
    if status >= 500 or status == 0:
        log.warning("request failed", method=method, route=route, status=status, seconds=round(seconds, 4))


@lru_cache(maxsize=1_000)
def _meters(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    return metrics.REQUESTS.labels(method, route, status), metrics.LATENCY.labels(method, route)
