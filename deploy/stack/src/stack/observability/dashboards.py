"""The dashboards: one a service, one of the objectives, and one that shows where the money is."""

from stack.observability.objectives import OBJECTIVES, WINDOWS
from stack.observability.panels import Dashboard, Panel, Row

HEARS = ("identity", "catalog", "seating", "booking", "payment", "notify")
_RATE = "[5m]"


def _requests(job: str) -> Row:
    of_job = f'job="{job}",route!~"/readyz|/healthz|/metrics"'
    failed = f'{of_job},status=~"5..|0"'
    slowest = f"sum by (le, route) (rate(marquee_http_request_seconds_bucket{{{of_job}}}{_RATE}))"
    return Row(
        "Calls",
        (
            Panel(
                "Calls a second",
                ((f"sum by (route) (rate(marquee_http_requests_total{{{of_job}}}{_RATE}))", "{{route}}"),),
                "reqps",
            ),
            Panel(
                "Answered with 5xx, or not at all",
                (
                    (
                        f"sum by (route, status) (rate(marquee_http_requests_total{{{failed}}}{_RATE}))",
                        "{{route}} {{status}}",
                    ),
                ),
                "reqps",
            ),
            Panel("99 of 100 within", ((f"histogram_quantile(0.99, {slowest})", "{{route}}"),), "s"),
            Panel("Half within", ((f"histogram_quantile(0.5, {slowest})", "{{route}}"),), "s"),
        ),
    )


def _events(job: str) -> Row:
    return Row(
        "Events",
        (
            Panel(
                "Handled a second",
                (
                    (
                        f'sum by (queue) (rate(marquee_events_handled_total{{job="{job}",outcome="done"}}{_RATE}))',
                        "{{queue}}",
                    ),
                ),
                "ops",
            ),
            Panel(
                "Failed a second",
                (
                    (
                        f'sum by (queue) (rate(marquee_events_handled_total{{job="{job}",outcome="failed"}}{_RATE}))',
                        "{{queue}}",
                    ),
                ),
                "ops",
            ),
            Panel("Waiting in queues", ((f'max by (queue) (marquee_queue_messages{{job="{job}"}})', "{{queue}}"),)),
            Panel(
                "Oldest event that was not sent",
                ((f'max by (outbox) (marquee_outbox_oldest_seconds{{job="{job}"}})', "{{outbox}}"),),
                "s",
            ),
            Panel("Dead letters", ((f'max(marquee_dead_letters{{job="{job}"}})', "dead letters"),), is_number=True),
            Panel(
                "Failures of loops a second",
                ((f'sum by (loop) (rate(marquee_loop_failures_total{{job="{job}"}}{_RATE}))', "{{loop}}"),),
                "ops",
            ),
        ),
    )


def _process(job: str) -> Row:
    return Row(
        "Processes",
        (
            Panel("Processes that answer", ((f'sum(up{{job="{job}"}})', "up"), (f'count(up{{job="{job}"}})', "all"))),
            Panel("What they reach", ((f'min by (check) (marquee_check_up{{job="{job}"}})', "{{check}}"),)),
            Panel(
                "Processor",
                ((f'rate(process_cpu_seconds_total{{job="{job}"}}{_RATE})', "{{instance}}"),),
                "percentunit",
            ),
            Panel("Memory", ((f'process_resident_memory_bytes{{job="{job}"}}', "{{instance}}"),), "bytes"),
            Panel("Open files and connections", ((f'process_open_fds{{job="{job}"}}', "{{instance}}"),)),
        ),
    )


_OWN: dict[str, tuple[Row, ...]] = {
    "seating": (
        Row(
            "Seats",
            (Panel("Seats shown otherwise than sold", (("max(marquee_seats_differing)", "seats"),), is_number=True),),
        ),
    ),
    "booking": (
        Row(
            "Bookings",
            (
                Panel(
                    "Confirmed and refused a second",
                    (
                        (
                            'sum(rate(marquee_events_handled_total{queue="payment.booking.confirmed.v1"}[5m]))',
                            "confirmed",
                        ),
                        ('sum(rate(marquee_events_handled_total{queue="payment.booking.refused.v1"}[5m]))', "refused"),
                        (
                            'sum(rate(marquee_events_handled_total{queue="payment.booking.cancelled.v1"}[5m]))',
                            "cancelled",
                        ),
                    ),
                    "ops",
                    "As payment hears of them.",
                ),
                Panel("Refunds without an answer", (("max(marquee_refunds_unanswered)", "refunds"),), is_number=True),
            ),
        ),
    ),
    "notify": (
        Row(
            "Messages",
            (
                Panel(
                    "From the sale to the ticket's message",
                    (
                        (
                            "histogram_quantile(0.99, sum by (le, channel) (rate(marquee_ticket_seconds_bucket[5m])))",
                            "99 of 100, {{channel}}",
                        ),
                        (
                            "histogram_quantile(0.5, sum by (le, channel) (rate(marquee_ticket_seconds_bucket[5m])))",
                            "half, {{channel}}",
                        ),
                    ),
                    "s",
                ),
                Panel(
                    "Tickets that wait for over 30 s", (("max(marquee_tickets_waiting)", "tickets"),), is_number=True
                ),
                Panel("Lost in a day", (("max by (status) (marquee_mails_failed)", "{{status}}"),)),
                Panel("Settings refused", (("max by (channel) (marquee_messages_misconfigured)", "{{channel}}"),)),
                Panel(
                    "Calls to partners a second",
                    (("sum by (outcome) (rate(marquee_webhook_attempts_total[5m]))", "{{outcome}}"),),
                    "ops",
                ),
                Panel(
                    "Processor time for attachments",
                    (("sum(rate(marquee_attachments_processor_seconds_total[5m]))", "seconds a second"),),
                    "percentunit",
                ),
            ),
        ),
    ),
    "payment": (
        Row(
            "Providers",
            (
                Panel(
                    "Webhooks a second",
                    (("sum by (provider, outcome) (rate(marquee_webhooks_total[5m]))", "{{provider}} {{outcome}}"),),
                    "ops",
                ),
                Panel(
                    "How far their lists are read",
                    (("max by (provider, list) (marquee_provider_list_lag_seconds)", "{{provider}} {{list}}"),),
                    "s",
                ),
            ),
        ),
    ),
    "gateway": (
        Row(
            "Live seats",
            (
                Panel(
                    "Watched showtimes, each for each client",
                    (("sum by (transport) (marquee_live_watchers)", "{{transport}}"),),
                ),
                Panel("Showtimes that copies follow", (("sum(marquee_live_showtimes)", "showtimes"),)),
                Panel("Frames a second", (("sum(rate(marquee_live_frames_total[5m]))", "frames"),), "ops"),
                Panel(
                    "Clients dropped", (("sum by (transport) (rate(marquee_live_dropped_total[5m]))", "{{transport}}"),)
                ),
            ),
        ),
    ),
}

MONEY = Dashboard(
    "money",
    "where is the money",
    (
        Row(
            "Flow",
            (
                Panel(
                    "Taken, an hour",
                    (
                        (
                            "sum by (provider, currency) (rate(marquee_captured_minor_units_total[1h])) * 36",
                            "{{provider}} {{currency}}",
                        ),
                    ),
                    "short",
                    "In hundredths made whole: of a currency without minor units divide by 100 once less.",
                ),
                Panel(
                    "Gone back, an hour",
                    (
                        (
                            "sum by (provider, currency) (rate(marquee_refunded_minor_units_total[1h])) * 36",
                            "{{provider}} {{currency}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "In between: each should be 0",
            (
                Panel(
                    "Paid, neither ticket nor refund",
                    (("max(marquee_payments_without_answer)", "payments"),),
                    is_number=True,
                ),
                Panel("Refunds due, payment silent", (("max(marquee_refunds_unanswered)", "refunds"),), is_number=True),
                Panel(
                    "Refunds the provider refuses",
                    (('max(marquee_open_cases{kind="refund_failed"})', "refunds"),),
                    is_number=True,
                ),
                Panel(
                    "Paid on orders that nobody knows",
                    (
                        ('max(marquee_open_cases{kind="unknown_order"})', "orders"),
                        ("max(marquee_webhooks_unmatched)", "webhooks their provider does not know"),
                    ),
                    is_number=True,
                ),
            ),
        ),
        Row(
            "In doubt",
            (
                Panel("Open cases", (("max by (kind) (marquee_open_cases)", "{{kind}}"),)),
                Panel(
                    "How much, in minor units",
                    (("max by (kind, currency) (marquee_open_cases_minor_units)", "{{kind}} {{currency}}"),),
                ),
                Panel(
                    "Captures that go back, an hour",
                    (("sum by (reason) (increase(marquee_captures_not_accepted_total[1h]))", "{{reason}}"),),
                ),
                Panel(
                    "How far the providers' lists are read",
                    (("max by (provider, list) (marquee_provider_list_lag_seconds)", "{{provider}} {{list}}"),),
                    "s",
                ),
            ),
        ),
    ),
)

SLO = Dashboard(
    "objectives",
    "objectives",
    tuple(
        Row(
            f"{objective.says}: {objective.goal:g} %",
            (
                Panel(
                    "Bad, by window",
                    tuple(
                        (f'marquee:slo_errors:ratio_rate{window}{{slo="{objective.name}"}}', window)
                        for window in WINDOWS
                    ),
                    "percentunit",
                ),
                Panel(
                    "Budget burnt so many times too fast",
                    (
                        (
                            f'marquee:slo_errors:ratio_rate1h{{slo="{objective.name}"}} / {objective.budget}',
                            "in an hour",
                        ),
                    ),
                ),
            ),
        )
        for objective in OBJECTIVES
    ),
)


def _service(job: str) -> Dashboard:
    hears = (_events(job),) if job in HEARS else ()
    return Dashboard(job, job, (_requests(job), *_OWN.get(job, ()), *hears, _process(job)))


DASHBOARDS = (*(_service(job) for job in (*HEARS, "gateway")), MONEY, SLO)
