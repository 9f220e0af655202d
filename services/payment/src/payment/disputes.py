"""What payers dispute at their banks, and what that holds back. Pure, without a clock."""

from collections.abc import Callable, Iterator
from functools import partial

from contracts.event import Event
from contracts.payment import DISPUTE_RANKS, PaymentDisputed
from payment.domain import Facts, SeenDispute, latest


def latest_disputes(facts: Facts) -> list[SeenDispute]:
    """Each dispute once, as it is now."""
    return latest(
        facts.disputes, identity=lambda seen: seen.dispute_id, rank=lambda seen: DISPUTE_RANKS.index(seen.status)
    )


def is_disputed(facts: Facts, capture_id: str) -> bool:
    """Whether the payer's bank may take, or has taken, money of a capture: nothing of it is to be refunded then."""
    return any(seen.capture_id == capture_id and seen.status != "won" for seen in latest_disputes(facts))


def dispute_events(facts: Facts) -> Iterator[tuple[str, Callable[[], Event]]]:
    """An event for each dispute and status that was seen, with its fixed id."""
    for seen in facts.disputes:
        yield f"payment_disputed:{seen.dispute_id}:{seen.status}", partial(_disputed, facts, seen)


def _disputed(facts: Facts, seen: SeenDispute) -> Event:
    return PaymentDisputed(
        payment_id=facts.payment_id,
        booking_id=facts.booking_id,
        provider=facts.provider_of(seen.capture_id) or "",
        dispute_id=seen.dispute_id,
        capture_id=seen.capture_id,
        amount=seen.amount,
        currency=seen.currency,
        status=seen.status,
        reason=seen.reason,
        respond_by=seen.respond_by,
        of_booking=facts.winner is not None and facts.winner.capture_id == seen.capture_id,
        theater_id=facts.theater_id,
    )
