"""Prometheus metrics of every process; the names that say what is stuck are read by `make status`."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

REQUESTS = Counter("marquee_http_requests_total", "Requests answered", ["method", "route", "status"])
LATENCY = Histogram(
    "marquee_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
EVENTS_HANDLED = Counter("marquee_events_handled_total", "Events handled", ["queue", "outcome"])
EVENTS_REFUSED = Counter(
    "marquee_events_refused_by_partners_total",
    "Events that a partner's queue refused; the queues of our services have them",
)
OUTBOX_OLDEST = Gauge("marquee_outbox_oldest_seconds", "Age of the oldest unsent event beyond 2 s", ["outbox"])
QUEUED = Gauge("marquee_queue_messages", "Messages that wait in a queue of the service", ["queue"])
CHECK_UP = Gauge("marquee_check_up", "1 while what a process cannot do without answers it", ["check"])
LOOP_FAILURES = Counter("marquee_loop_failures_total", "Steps of background loops that failed", ["loop"])
MEASURE_SECONDS = 15.0  # how often a worker asks its store for what gauges show
DEAD_LETTERS = Gauge("marquee_dead_letters", "Messages a service could not digest", ["service"])


def exposition() -> Response:
    """The process's metrics in Prometheus' text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
