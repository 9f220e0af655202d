"""The outermost layer of every HTTP process: request id, trace, body limit, metrics and one log line for failures."""

import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from chassis import metrics, telemetry
from chassis.logs import logger

log = logger(__name__)
MAX_BODY_BYTES = 1_048_576
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


def request_id_of(headers: Headers) -> str:
    """The caller's request id where it is usable, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid7())


class RequestContext:
    """ASGI middleware; the route template is read from the scope after the app has matched it."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        request_id = request_id_of(headers)
        started = time.perf_counter()
        with telemetry.continued(headers.get("traceparent")):
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(
                service=self._service, request_id=request_id, trace_id=telemetry.trace_id()
            )
            status: list[int] = []
            await self._app(scope, limited(receive, headers), _answering(send, request_id, status))
            self._record(scope, status[0] if status else 0, time.perf_counter() - started)
        return None

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
        metrics.LATENCY.labels(scope["method"], route).observe(seconds)
        if status >= 500 or status == 0:
            log.warning("request failed", method=scope["method"], route=route, status=status, seconds=round(seconds, 4))


def _answering(send: Send, request_id: str, status: list[int]) -> Send:
    async def answering(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
            MutableHeaders(scope=message)["X-Request-Id"] = request_id
        await send(message)

    return answering


def limited(receive: Receive, headers: Headers, most: int = MAX_BODY_BYTES) -> Receive:
    """A `receive` that raises 413 as soon as more than `most` bytes are announced or come."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        announced = headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > most:
            raise HTTPException(413, f"the body may have {most} bytes")
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, f"the body may have {most} bytes")
        return message

    return receiving
