"""OpenTelemetry: the W3C trace context is always passed on; spans are made and exported where an endpoint is set."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from importlib.metadata import entry_points
from random import Random

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from starlette.types import Message, Send

Span = trace.Span
_CURRENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_NO_SPAN_CONTEXT = nullcontext()
_W3C = TraceContextTextMapPropagator()
_random_bits = Random().getrandbits  # noqa: S311  ids are no secrets


class _Sampling(Sampler):
    """A share of all traces, the same ones in every process: the trace's id decides, never a caller's flag. Commands of
    drivers outside of any trace, such as the polls of loops, are left out."""

    def __init__(self, share: float) -> None:
        self._by_id = TraceIdRatioBased(share)

    def should_sample(  # noqa: PLR0917  the SDK's signature
        self,
        parent_context: context.Context | None,
        trace_id: int,
        name: str,
        kind: trace.SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[trace.Link] | None = None,
        trace_state: trace.TraceState | None = None,
    ) -> SamplingResult:
        is_first = not trace.get_current_span(parent_context).get_span_context().is_valid
        if is_first and kind is trace.SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._by_id.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        return f"{self._by_id.get_description()} of the traces of calls and events"


def configure(service: str, endpoint: str | None, share: float = 1.0) -> bool:
    """Export spans of this share of all traces to `endpoint`: those of HTTP and AMQP, and of the drivers whose
    instrumentation is installed.

    Without an endpoint only the trace context is passed on. Returns whether spans are exported.
    """
    if not endpoint:
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # spans of a no-op provider cost nothing
            trace.set_tracer_provider(trace.NoOpTracerProvider())
        return False
    provider = TracerProvider(
        _Sampling(share), Resource.create({"service.name": service, "service.namespace": "marquee"})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    for instrumentor in entry_points(group="opentelemetry_instrumentor"):
        instrumentor.load()().instrument()
    return True


def new_traceparent() -> str:
    """The start of a new sampled trace."""
    return f"00-{_random_bits(128):032x}-{_random_bits(64):016x}-01"


def passed_on(header: bytes | str | None) -> str:
    """The traceparent that a call with this header hands on: the same where it is one (W3C), else a new trace's."""
    if not header:
        return new_traceparent()
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    if _TRACEPARENT.fullmatch(text) and text[3:35] != _NO_TRACE and text[36:52] != _NO_SPAN:
        return text
    named = trace.get_current_span(_W3C.extract({"traceparent": text}, context.Context())).get_span_context()
    return _header(named) if named.is_valid else new_traceparent()


def traceparent() -> str | None:
    """The current trace context as a W3C header, or None outside of any trace."""
    if _provider() is not None and (span := trace.get_current_span().get_span_context()).is_valid:
        return _header(span)
    return _CURRENT.get()


def trace_id() -> str | None:
    """The current trace's id as 32 hex digits, or None."""
    return trace_id_of(traceparent())


def trace_id_of(header: str | None) -> str | None:
    """The trace's id in a traceparent; None for none."""
    return header[3:35] if header else None


def continued(header: bytes | str | None) -> AbstractContextManager[None]:
    """Run the block in the trace that `header` (a traceparent) names; a bad or absent one starts a new trace."""
    return _Continued(passed_on(header))


class _Continued:
    """Where nothing is exported, there is no span object: the header's text is the context."""

    __slots__ = ("_attached", "_header", "_token")

    def __init__(self, header: str) -> None:
        self._header = header
        self._attached: Token[context.Context] | None = None

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._header)
        if _provider() is not None:
            self._attached = context.attach(_parent(self._header))

    def __exit__(self, *_raised: object) -> None:
        if self._attached is not None:
            context.detach(self._attached)
        _CURRENT.reset(self._token)


@contextmanager
def taken_up(header: str | None, name: str) -> Iterator[None]:
    """Run the block in the trace that `header` names instead of the present one, in a span that links to the present
    one; outside of any trace where it names none."""
    provider, cause = _provider(), trace.get_current_span().get_span_context()
    token = _CURRENT.set(header)
    attached = context.attach(_parent(header) if header else context.Context()) if provider is not None else None
    try:
        if provider is None or header is None:
            yield
        else:
            links = [trace.Link(cause)] if cause.is_valid else []
            with _tracer(provider).start_as_current_span(name, links=links):
                yield
    finally:
        if attached is not None:
            context.detach(attached)
        _CURRENT.reset(token)


def span(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL) -> AbstractContextManager[object]:
    """A span in the current trace; nothing where nothing is exported."""
    provider = _provider()
    return _NO_SPAN_CONTEXT if provider is None else _tracer(provider).start_as_current_span(name, kind=kind)


def begin_span(name: str, traceparent: str) -> Span | None:
    """The server span of a call that runs in no context of its own; None where nothing is exported."""
    provider = _provider()
    if provider is None:
        return None
    return _tracer(provider).start_span(name, _parent(traceparent), trace.SpanKind.SERVER)


def end_span(span: Span, route: str, status: int) -> None:
    """End it, with its route and status: from 500 on, or without an answer (0), it is an error."""
    _note_status(span, route, status)
    span.end()


def header_of(span: Span) -> str:
    """The traceparent of a span."""
    return _header(span.get_span_context())


def _note_status(span: Span, route: str, status: int) -> None:
    span.set_attributes({"http.route": route, "http.response.status_code": status})
    if status >= 500 or status == 0:
        span.set_status(trace.StatusCode.ERROR)


def _provider() -> TracerProvider | None:
    provider = trace.get_tracer_provider()
    return provider if isinstance(provider, TracerProvider) else None


def _tracer(provider: TracerProvider) -> trace.Tracer:
    return provider.get_tracer("marquee")


def _parent(header: str) -> context.Context:
    return _W3C.extract({"traceparent": header}, context.Context())


def _header(span: trace.SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def noting_status(route: str, send: Send) -> Send:
    """A `send` that notes route and status in the current server span, as FastAPI does: from 500 on it is an error."""
    span = trace.get_current_span()
    if not span.is_recording():
        return send

    async def send_noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            _note_status(span, route, message["status"])
        await send(message)

    return send_noting
