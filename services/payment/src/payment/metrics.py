"""What ops watch of payments."""

from prometheus_client import Counter, Gauge

WEBHOOKS = Counter("marquee_webhooks_total", "Webhooks by outcome", ["provider", "outcome"])
WITHOUT_VERDICT = Gauge("marquee_payments_without_verdict", "Captured for over 60 s, neither confirmed nor refunded")
OPEN_CASES = Gauge("marquee_open_cases", "Payments with a case that a person has to look at")
UNMATCHED = Gauge("marquee_webhooks_unmatched", "Webhooks kept that no payment of ours fits")
