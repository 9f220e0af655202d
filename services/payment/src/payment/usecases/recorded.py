"""Whether our books have already what a provider tells: then nobody is asked. Facts are never taken back, so what is
recorded once is recorded in every later state of a payment, too."""

from payment.advance import ATTEMPT_RANKS, latest_attempts
from payment.domain import Facts
from payment.owed import OUTCOME_RANKS
from payment.usecases.provider import Hint, ProviderPayment


def has_capture(facts: Facts, capture_id: str) -> bool:
    """Whether it is one of the payment's captures."""
    return any(capture.capture_id == capture_id for capture in facts.captures)


def has_listed(facts: Facts, seen: ProviderPayment) -> bool:
    """Whether a payment is in the books as it is now at the provider; its refunds have a list of their own."""
    if seen.status == "captured":
        return has_capture(facts, seen.payment_id)
    return any((attempt.attempt_id, attempt.status) == (seen.payment_id, seen.status) for attempt in facts.attempts)


def has_hinted(facts: Facts, hint: Hint) -> bool:
    """Whether a webhook tells nothing that the books do not have, or have gone beyond."""
    if hint.subject == "refunds":
        return _has_refund(facts, hint)
    if hint.subject == "dispute":
        return False
    if hint.order_is_closed:
        return hint.order_id in facts.closed_orders
    if hint.payment_id is None or hint.payment_status is None:
        return False
    if has_capture(facts, hint.payment_id):
        return True
    ranks = [
        ATTEMPT_RANKS.index(attempt.status)
        for attempt in latest_attempts(facts)
        if attempt.attempt_id == hint.payment_id and hint.payment_status != "captured"
    ]
    return any(rank >= ATTEMPT_RANKS.index(hint.payment_status) for rank in ranks)


def _has_refund(facts: Facts, hint: Hint) -> bool:
    if hint.refund_id is None or hint.refund_outcome is None:
        return False
    least = OUTCOME_RANKS.index(hint.refund_outcome)
    return any(
        seen.provider_refund_id == hint.refund_id and OUTCOME_RANKS.index(seen.outcome) >= least
        for seen in facts.refunds_seen
    )
