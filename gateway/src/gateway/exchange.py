"""One request on a client's connection and its answer, whoever gives it: a service, our own app, or a refusal."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp

from chassis import context, problems, telemetry
from chassis.logs import logger
from chassis.problems import BodyTooLarge, Problem
from gateway.admission import Admission
from gateway.answer import Answer
from gateway.asgi import AsgiCall, scope_of
from gateway.check import Check
from gateway.errors import CLOSING
from gateway.headers import request_fields
from gateway.proxy import Call, Proxy
from gateway.rate_limits import RateLimits
from gateway.request import Fields, RequestHead
from gateway.routes import Route
from gateway.waiting.gate import Gate

log = logger(__name__)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Protocol):
    """What an exchange needs of the client's connection."""

    app: ASGIApp
    app_state: dict[str, Any]
    tasks: set[asyncio.Task[None]]

    @property
    def ends(self) -> bool:
        """Whether an answer that begins now is the connection's last."""

    def write(self, data: bytes) -> None:
        """Send."""

    def on_answered(self, *, closes: bool) -> None:
        """The answer is out: the next request's turn, or the end of the connection."""


class Source(Protocol):
    """Who gives the answer."""

    def pause(self) -> None:
        """The client does not read: give nothing for now."""

    def resume(self) -> None:
        """The client reads again."""

    def abandon(self) -> None:
        """The client hung up."""


class Exchange:
    """From a request's head to the last byte of its answer.

    `begin` says that it is this request's turn on its connection. A refusal is answered then, anything else once the
    body is whole: it is taken in before anybody is asked.
    """

    def __init__(self, connection: Connection, request: RequestHead, admission: Admission, *, closes: bool) -> None:
        self._connection, self._request, self._admission = connection, request, admission
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._is_whole = self._has_begun = False
        self.is_started = self.is_over = False
        """Whether the answer has begun, and whether it has ended or never will."""
        self._source: Source | None = None
        self._out: list[bytes] = []
        self._status = 0
        self._began_at = time.perf_counter()
        self.request_id = context.request_id_of(request.by_name.get(b"x-request-id", b""))
        self._traceparent = ""
        self._is_measured = False
        self._span: telemetry.Span | None = None
        self._answer = Answer(request, self.request_id, admission.defaults, admission.granted, closes=closes)

    def begin(self) -> None:
        """All requests before it are answered."""
        self._has_begun = True
        if self.is_over:
            return
        if self._admission.refusal is not None:
            self.fail(self._admission.refusal)
        elif self._admission.preflight is not None:
            with self._context():
                self._respond(self._admission.preflight())
        elif self._is_whole:
            self._serve()
        elif self._request.by_name.get(b"expect", b"").lower() == b"100-continue":
            self._connection.write(_CONTINUE)

    def receive(self, part: bytes) -> None:
        """Some of the body."""
        if self.is_started or self.is_over:
            return
        self._body.append(part)
        self._body_bytes += len(part)
        if self._body_bytes > context.MAX_BODY_BYTES:
            self.refuse(BodyTooLarge(f"the body may have {context.MAX_BODY_BYTES} bytes", headers=CLOSING))

    def whole(self) -> None:
        """The body is whole."""
        self._is_whole = True
        if self._has_begun and not self.is_started and not self.is_over:
            self._serve()

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem, in its turn, in place of what would be answered. Nobody was asked yet."""
        self._admission = self._admission.refused(problem)
        self._body.clear()
        if self._has_begun:
            self.begin()

    def gone(self) -> None:
        """The client hung up."""
        if self.is_over:
            return
        with self._context():
            if self._source is not None:
                self._source.abandon()
            self._finish()

    def pause(self) -> None:
        """The client does not read."""
        if self._source is not None:
            self._source.pause()

    def resume(self) -> None:
        """The client reads again."""
        if self._source is not None:
            self._source.resume()

    def close_after(self) -> None:
        """The connection is to end with this answer."""
        self._answer.closes = True

    def start(self, status: int, fields: Fields) -> None:
        """The answer begins."""
        self.is_started, self._status = True, status
        self._answer.closes = self._answer.closes or self._connection.ends
        self._out.append(self._answer.head(status, fields))

    def write(self, part: bytes) -> None:
        """Some of the answer's body."""
        self._out.append(self._answer.part(part))

    def end(self) -> None:
        """The answer is whole."""
        if self._answer.is_long:
            coding = asyncio.get_running_loop().run_in_executor(None, self._answer.end)
            coding.add_done_callback(lambda coded: self._end(coded.result()))
        else:
            self._end(self._answer.end())

    def _end(self, rest: bytes) -> None:
        if self.is_over:
            return
        self._out.append(rest)
        self.flush()
        self._finish()
        self._connection.on_answered(closes=self._answer.closes)

    def flush(self) -> None:
        """Send what was said so far."""
        data = b"".join(self._out)
        self._out.clear()
        if data and not self.is_over:
            self._connection.write(data)

    def fail(self, problem: Problem) -> None:
        """There is no answer but this problem."""
        with self._context():
            self._respond(problems.problem_response(problem))

    def cut(self, reason: str) -> None:
        """The answer stopped in the middle: the connection ends, so that it is not taken for whole."""
        with self._context():
            log.warning("answer cut short", route=self._route, reason=reason)
            self._out.append(self._answer.as_far_as_it_came())
            self.flush()
            self._finish()
        self._connection.on_answered(closes=True)

    def _serve(self) -> None:
        body, state = b"".join(self._body), self._connection.app_state
        self._body.clear()
        route = self._admission.route
        answer = partial(self._ask_own, body) if route is None else partial(self._forward, body, route)
        gate: Gate = state["gate"]
        if self._admission.holds and not gate.is_idle:
            answer = partial(self._pass_gate, gate, body, answer)
        limits: RateLimits | None = state["rate_limits"]
        if limits is None or self._admission.rate_class is None:
            return answer()
        check = self._source = Check(answer, self.fail)
        return check.start(limits.admit(self._request, self._admission.rate_class, body))

    def _pass_gate(self, gate: Gate, body: bytes, answer: Callable[[], None], counted: Fields = ()) -> None:
        """Ask for the pass of a waiting room, where one is in force."""
        self._answer.add(counted)
        self._is_measured = True
        check = self._source = Check(lambda _: answer(), self.fail)
        check.start(gate.admit(self._request, body))

    def _ask_own(self, body: bytes, counted: Fields = ()) -> None:
        """Ask our own app."""
        self._answer.add(counted)
        scope = scope_of(self._request, self.request_id, self._connection.app_state)
        own = self._source = AsgiCall(self._connection.app, scope, body, self)
        own.start(self._connection.tasks)

    def _forward(self, body: bytes, route: Route, counted: Fields = ()) -> None:
        """Ask the route's service; `counted` is what the call found of its limits."""
        self._answer.add(counted)
        proxy: Proxy = self._connection.app_state["proxy"]
        traceparent = self._trace()
        self._span = telemetry.begin_span(f"{self._request.method} {route.path}", traceparent)
        if self._span is not None:
            traceparent = telemetry.header_of(self._span)
        rest = request_fields(self._request, body, self.request_id, traceparent)
        self._source = proxy.forward(Call(self._request.method, self._request.target, rest), route, self)

    def _respond(self, response: Response) -> None:
        self.start(response.status_code, [(name.lower(), value) for name, value in response.raw_headers])
        self.write(bytes(response.body))
        self.end()

    def _finish(self) -> None:
        self.is_over, self._source = True, None
        if self._admission.is_own:
            return  # our own app counts its calls itself
        if self._span is not None:
            telemetry.end_span(self._span, self._route, self._status)
        seconds = time.perf_counter() - self._began_at
        context.record(self._request.method, self._route, self._status, seconds)
        if self._is_measured:
            self._connection.app_state["gate"].note(seconds)

    @property
    def _route(self) -> str:
        return self._admission.route.path if self._admission.route is not None else "unmatched"

    def _trace(self) -> str:
        if not self._traceparent:
            self._traceparent = telemetry.passed_on(self._request.by_name.get(b"traceparent"))
        return self._traceparent

    @contextmanager
    def _context(self) -> Iterator[None]:
        """For what is logged or told of this request."""
        with (
            telemetry.continued(self._trace()),
            structlog.contextvars.bound_contextvars(request_id=self.request_id, trace_id=telemetry.trace_id()),
        ):
            yield
