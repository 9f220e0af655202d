"""What ops watch of payments."""

from collections.abc import Iterable, Mapping
from typing import get_args

from prometheus_client import Counter, Gauge

from payment.cases import Kind
from payment.domain import Facts, ProviderName, Reason

WEBHOOKS = Counter("marquee_webhooks_total", "Webhooks by outcome", ["provider", "outcome"])
WITHOUT_ANSWER = Gauge("marquee_payments_without_answer", "Captured for over 60 s, neither confirmed nor refunded")
OPEN_CASES = Gauge("marquee_open_cases", "Cases that a person has to look at", ["kind"])
IN_DOUBT = Gauge("marquee_open_cases_minor_units", "How much is in doubt in open cases", ["kind", "currency"])
CAPTURED = Counter("marquee_captured_minor_units_total", "Money taken", ["provider", "currency"])
REFUNDED = Counter("marquee_refunded_minor_units_total", "Money that has gone back", ["provider", "currency"])
NOT_ACCEPTED = Counter(
    "marquee_captures_not_accepted_total", "Captures that go back, for they are not what was asked for", ["reason"]
)
for _reason in (*get_args(Reason), "unexplained"):
    NOT_ACCEPTED.labels(_reason)  # a counter that begins at 1 was never seen to rise
UNMATCHED = Gauge(
    "marquee_webhooks_unmatched", "Webhooks about what their provider does not know, which are tried again"
)
LIST_LAG = Gauge(
    "marquee_provider_list_lag_seconds",
    "Seconds since what was read and settled last of a list",
    ["provider", "list"],
)


def show_open_cases(cases: Mapping[tuple[Kind, str], tuple[int, int]]) -> None:
    """Show how many there are and how much is in doubt, by kind and currency; 0 of each kind that has none."""
    IN_DOUBT.clear()
    for kind in get_args(Kind):
        OPEN_CASES.labels(kind).set(sum(number for (of, _), (number, _) in cases.items() if of == kind))
    for (kind, currency), (_, amount) in cases.items():
        IN_DOUBT.labels(kind, currency).set(amount)


def count_money(before: Facts, after: Facts) -> None:
    """Count what a write has recorded for the first time: captures, and refunds that were made."""
    known = {capture.capture_id for capture in before.captures}
    for capture in after.captures:
        if capture.capture_id not in known:
            CAPTURED.labels(capture.provider, capture.currency).inc(capture.amount)
    made = {refund.provider_refund_id for refund in before.refunds_seen if refund.outcome == "processed"}
    for refund in after.refunds_seen:
        if refund.outcome == "processed" and refund.provider_refund_id not in made:
            provider = after.provider_of(refund.capture_id) or "unknown"
            REFUNDED.labels(provider, refund.currency).inc(refund.amount)


def show_webhooks_of(providers: Iterable[ProviderName]) -> None:
    """Begin to count at 0 what is refused of these providers' webhooks."""
    for provider in (*providers, "any"):
        for outcome in ("forged", "wrong_mode", "lost"):
            WEBHOOKS.labels(provider, outcome)
