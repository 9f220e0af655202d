"""Spans are exported where an endpoint is set, from every driver that is installed; the trace goes on in any case."""

import subprocess
import sys

import pytest

from chassis import telemetry

INSTRUMENTED = """
import sys
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from chassis import telemetry
exporting = telemetry.configure("seating", sys.argv[1] or None)
drivers = (AioHttpClientInstrumentor(), PymongoInstrumentor(), RedisInstrumentor())
print(exporting, *(driver.is_instrumented_by_opentelemetry for driver in drivers))
"""
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(("endpoint", "instrumented"), [("http://127.0.0.1:9", True), ("", False)])
def test_every_installed_driver_is_instrumented_where_spans_are_exported(endpoint: str, instrumented: bool) -> None:
    command = [sys.executable, "-c", INSTRUMENTED, endpoint]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603  our own text
    assert output.split() == [str(instrumented)] * 4


def test_a_block_runs_in_the_trace_that_its_header_names() -> None:
    with telemetry.continued(PARENT):
        assert telemetry.traceparent() == PARENT
        assert telemetry.trace_id() == "0af7651916cd43dd8448eb211c80319c"
    assert telemetry.traceparent() is None


@pytest.mark.parametrize("header", [None, "", b"", b"\xff", "00-0-0-00", PARENT.replace("0af7", "zzzz")])
def test_a_header_that_names_no_trace_starts_a_new_one(header: bytes | str | None) -> None:
    with telemetry.continued(header):
        assert telemetry.trace_id() not in {None, "0" * 32}


EXPORTED = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from chassis import telemetry
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
for status in (200, 503, 0):
    span = telemetry.begin_span("GET /x", parent)
    print(telemetry.header_of(span)[:35])
    telemetry.end_span(span, "/x", status)
with telemetry.continued(parent), telemetry.span("inner"):
    print(telemetry.traceparent()[:35], telemetry.traceparent() != parent)
for span in exporter.get_finished_spans():
    print(span.name, f"{span.parent.span_id:016x}", span.status.status_code.name)
"""


def test_where_spans_are_exported_they_are_children_of_the_callers_and_know_their_status() -> None:
    command = [sys.executable, "-c", EXPORTED]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603  our own text
    trace, parent = PARENT[:35], PARENT[36:52]
    assert output.splitlines() == [
        *[trace] * 3,
        f"{trace} True",
        f"GET /x {parent} UNSET",
        f"GET /x {parent} ERROR",
        f"GET /x {parent} ERROR",
        f"inner {parent} UNSET",
    ]


def test_where_nothing_is_exported_no_span_is_made() -> None:
    assert telemetry.begin_span("GET /x", PARENT) is None
    assert telemetry.passed_on(PARENT.encode()) == PARENT
