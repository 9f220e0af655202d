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
