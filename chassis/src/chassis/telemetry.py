"""OpenTelemetry: the W3C trace context is always passed on; spans are made and exported where an endpoint is set."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import entry_points

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Message, Send

_NEW_IDS = RandomIdGenerator()
_W3C = TraceContextTextMapPropagator()
_SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)


def configure(service: str, endpoint: str | None) -> bool:
    """Export spans to `endpoint`: those of HTTP and AMQP, and of the drivers whose instrumentation is installed.

    Without an endpoint only the trace context is passed on. Returns whether spans are exported.
    """
    if not endpoint:
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # spans of a no-op provider cost nothing
            trace.set_tracer_provider(trace.NoOpTracerProvider())
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "marquee"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    for instrumentor in entry_points(group="opentelemetry_instrumentor"):
        instrumentor.load()().instrument()
    return True


def new_traceparent() -> str:
    """The start of a new sampled trace."""
    return _header(_new_trace())


def traceparent() -> str | None:
    """The current trace context as a W3C header, or None outside of any trace."""
    span = trace.get_current_span().get_span_context()
    return _header(span) if span.is_valid else None


def trace_id() -> str | None:
    """The current trace's id as 32 hex digits, or None."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


@contextmanager
def continued(header: bytes | str | None) -> Iterator[None]:
    """Run the block in the trace that `header` (a traceparent) names; a bad or absent one starts a new trace."""
    parent = _parse(header.decode("latin-1") if isinstance(header, bytes) else header) if header else _new_trace()
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(parent), context.Context()))
    try:
        yield
    finally:
        context.detach(token)


def _parse(header: str) -> trace.SpanContext:
    """The span that a traceparent names; the start of a new trace for anything else."""
    span_context = trace.get_current_span(_W3C.extract({"traceparent": header}, context.Context())).get_span_context()
    return span_context if span_context.is_valid else _new_trace()


def _new_trace() -> trace.SpanContext:
    return trace.SpanContext(_NEW_IDS.generate_trace_id(), _NEW_IDS.generate_span_id(), True, _SAMPLED)


def _header(span: trace.SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def span(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL) -> AbstractContextManager[object]:
    """A span in the current trace; it costs next to nothing where nothing is exported."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        return provider.get_tracer("marquee").start_as_current_span(name, kind=kind)
    return nullcontext()


def noting_status(route: str, send: Send) -> Send:
    """A `send` that notes route and status in the current server span, as FastAPI does: from 500 on it is an error."""
    span = trace.get_current_span()
    if not span.is_recording():
        return send

    async def send_noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attributes({"http.route": route, "http.response.status_code": message["status"]})
            if message["status"] >= 500:
                span.set_status(trace.StatusCode.ERROR)
        await send(message)

    return send_noting
