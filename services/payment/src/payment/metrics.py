"""What ops watch of payments."""

from prometheus_client import Counter, Gauge

WEBHOOKS = Counter("marquee_webhooks_total", "Webhooks by outcome", ["provider", "outcome"])
WITHOUT_ANSWER = Gauge("marquee_payments_without_answer", "Captured for over 60 s, neither confirmed nor refunded")
OPEN_CASES = Gauge("marquee_open_cases", "Payments with a case that a person has to look at")
DRIFT = Gauge("marquee_provider_drift", "Open cases in which a provider's books differ from ours", ["kind"])
DRIFT_AMOUNT = Gauge(
    "marquee_provider_drift_minor_units", "How much is in doubt where they differ", ["kind", "currency"]
)
NOT_ACCEPTED = Counter(
    "marquee_captures_not_accepted_total", "Captures that go back, for they are not what was asked for", ["reason"]
)
UNMATCHED = Gauge("marquee_webhooks_unmatched", "Webhooks kept that no payment of ours fits")
LIST_LAG = Gauge(
    "marquee_provider_list_lag_seconds",
    "Seconds since what was read and settled last of a list",
    ["provider", "list"],
)
