"""OpenTelemetry: the W3C trace context goes everywhere; spans are made and exported where an OTLP endpoint is set."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def configure(service: str, endpoint: str | None) -> bool:
    """Export spans of HTTP, AMQP, Mongo and Redis to `endpoint`; without one only the context is passed on."""
    if not endpoint:
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "marquee"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    RedisInstrumentor().instrument()
    PymongoInstrumentor().instrument()
    AioHttpClientInstrumentor().instrument()
    return True


def new_traceparent() -> str:
    """The start of a new sampled trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def traceparent() -> str | None:
    """The current trace context as a W3C header, or None outside of any trace."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The current trace's id as 32 hex digits, or None."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


@contextmanager
def continued(header: str | None) -> Iterator[None]:
    """Run the block in the trace that `header` (a traceparent) names; a bad or absent one starts a new trace."""
    found = propagate.extract({"traceparent": header} if header else {}, context.Context())
    if not trace.get_current_span(found).get_span_context().is_valid:
        found = propagate.extract({"traceparent": new_traceparent()}, context.Context())
    token = context.attach(found)
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def span(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL) -> Iterator[None]:
    """A span in the current trace; free of charge where nothing is exported."""
    with trace.get_tracer("marquee").start_as_current_span(name, kind=kind):
        yield
