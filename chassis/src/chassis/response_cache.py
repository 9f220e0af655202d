"""A cache of answers to GETs: the bytes of an earlier answer, while nothing that it shows has changed.

Each call reads the count of changes: a cached answer is used only where the count is the same as when it was made.
"""

import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cachetools import LRUCache
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry
from chassis.bodies import JsonRoute
from chassis.change_count import ChangeCount
from chassis.conditional import is_unchanged
from chassis.problems import DeadlineExceeded, Problem

_MAX_BYTES = 32 * 1_048_576
_OVERHEAD_BYTES = 1_024  # of an answer, beside its body
_NOT_WITH_304 = frozenset({b"content-length", b"content-type"})


def reuse(request: Request, seconds: float, until: datetime | None = None) -> None:
    """Let the answer to this request be given again for `seconds`, or until the time at which what it shows changes."""
    ends = time.time() + seconds
    request.state.reusable_until = ends if until is None else min(ends, until.timestamp())


class ChangingRoute(JsonRoute):
    """The `route_class` of routers whose calls change what is shown: they raise the count before they answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and then the count: a refusal has changed nothing, any other failure may have."""
        handle = super().get_route_handler()

        async def handle_and_count(request: Request) -> Response:
            changes: ChangeCount = request.state.change_count
            try:
                answer = await handle(request)
            except (Problem, HTTPException, RequestValidationError):
                raise
            except Exception:
                with suppress(Exception):
                    await changes.increase()
                raise
            try:
                await changes.increase()
            except Exception:  # noqa: BLE001  whatever it is, the change is made and may not be seen
                raise DeadlineExceeded("the change may not be seen yet: repeat the call") from None
            return answer

        return handle_and_count


@dataclass(frozen=True, slots=True)
class _Answer:
    changes: int
    until: float
    route: object
    path: str
    headers: list[tuple[bytes, bytes]]
    etag: str
    body: bytes

    async def send(self, if_none_match: str, send: Send) -> None:
        unchanged = is_unchanged(if_none_match, self.etag)
        headers = [pair for pair in self.headers if pair[0] not in _NOT_WITH_304] if unchanged else list(self.headers)
        await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if unchanged else self.body})


def _size(answer: _Answer) -> int:
    return len(answer.body) + _OVERHEAD_BYTES


class ResponseCache:
    """ASGI middleware for GETs below some paths. The lifespan state must hold `change_count`. Endpoints call `reuse`
    and set an ETag where an answer may be given again; the least recently used ones go where all exceed `max_bytes`."""

    def __init__(self, app: ASGIApp, below: Sequence[str], max_bytes: int = _MAX_BYTES) -> None:
        self._app, self._below = app, tuple(below)
        self._answers: LRUCache[tuple[str, bytes], _Answer] = LRUCache(max_bytes, getsizeof=_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self._below):
            return await self._app(scope, receive, send)
        change_count: ChangeCount = scope["state"]["change_count"]
        changes = await change_count.now()
        key = (scope["path"], scope["query_string"])
        answer = self._answers.get(key)
        if answer is None or answer.changes != changes or answer.until <= time.time():
            return await self._render(key, changes, scope, receive, send)
        scope["route"] = answer.route
        with telemetry.span(f"GET {answer.path}", SpanKind.SERVER):
            return await answer.send(_if_none_match(scope), telemetry.noting_status(answer.path, send))

    async def _render(self, key: tuple[str, bytes], changes: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer as if the client had nothing yet; store what may be given again, pass on anything else."""
        plain = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
        whole = {**scope, "headers": plain}
        capture = _Capture(whole, send)
        try:
            await self._app(whole, receive, capture)
        finally:
            scope["route"] = whole.get("route")
        if capture.start is None:
            return
        answer = capture.answer(changes)
        with suppress(ValueError):  # larger than the whole cache
            self._answers[key] = answer
        await answer.send(_if_none_match(scope), send)


class _Capture:
    """A `send` that holds back an answer that may be given again, and passes on any other."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self.start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and self._until is not None:
            self.start = message
        elif self.start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")

    @property
    def _until(self) -> float | None:
        until: float | None = self._scope["state"].get("reusable_until")
        return until

    def answer(self, changes: int) -> _Answer:
        """The answer that was held back, with the count of changes it was made at."""
        headers = self.start["headers"] if self.start else []
        route = self._scope.get("route")
        return _Answer(
            changes=changes,
            until=self._until or 0.0,
            route=route,
            path=str(getattr(route, "path", self._scope["path"])),
            headers=headers,
            etag=next(value.decode() for name, value in headers if name == b"etag"),
            body=self._body,
        )


def _if_none_match(scope: Scope) -> str:
    return ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match")
