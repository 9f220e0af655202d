"""Whether our books say of a capture or a refund what its provider's books say. Pure, without a clock.

The audit of the local stack asks the same of the whole books.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from payment.domain import Drift, Facts, RefundOutcome
from payment.owed import OUTCOME_RANKS, amount_refunded


@dataclass(frozen=True, slots=True)
class CaptureEntry:
    """A capture in the provider's books; `refunded` is how much of it has gone back, or is on its way, there."""

    capture_id: str
    amount: int
    currency: str
    refunded: int


@dataclass(frozen=True, slots=True)
class RefundEntry:
    """A refund in the provider's books."""

    refund_id: str
    capture_id: str
    amount: int
    currency: str
    outcome: RefundOutcome


def drift_of_capture(facts: Facts, entry: CaptureEntry) -> Iterator[Drift]:
    """Each way in which our books differ from the entry."""
    for what, ours, at_provider in (
        ("amount", *_money(_recorded_amount(facts, entry.capture_id), entry.amount, entry.currency)),
        ("refunded", amount_refunded(facts, entry.capture_id), entry.refunded),
    ):
        if ours != at_provider:
            yield Drift(
                about=entry.capture_id,
                capture_id=entry.capture_id,
                what=what,
                ours=ours,
                at_provider=at_provider,
                currency=entry.currency,
            )


def drift_of_refund(facts: Facts, entry: RefundEntry) -> Iterator[Drift]:
    """The same of a refund. One of which our books know that it has got further does not differ."""
    ours, at_provider = _money(_recorded_refund(facts, entry.refund_id), entry.amount, entry.currency)
    if ours != at_provider:
        yield Drift(
            about=entry.refund_id,
            capture_id=entry.capture_id,
            what="amount",
            ours=ours,
            at_provider=at_provider,
            currency=entry.currency,
        )


def lags_behind(facts: Facts, entry: RefundEntry) -> bool:
    """Whether our books do not have what the provider tells of a refund: reading it again mends that."""
    known = [seen.outcome for seen in facts.refunds_seen if seen.provider_refund_id == entry.refund_id]
    return max(map(OUTCOME_RANKS.index, known), default=-1) < OUTCOME_RANKS.index(entry.outcome)


def drifts_still(facts: Facts, drift: Drift) -> bool:
    """Whether our books are as they were when the difference was found."""
    if drift.what == "refunded":
        return amount_refunded(facts, drift.about) == drift.ours
    known = _recorded_amount(facts, drift.about) or _recorded_refund(facts, drift.about)
    return _money(known, drift.at_provider, drift.currency)[0] == drift.ours


def _recorded_amount(facts: Facts, capture_id: str) -> tuple[int, str] | None:
    recorded = (capture for capture in facts.captures if capture.capture_id == capture_id)
    return next(((capture.amount, capture.currency) for capture in recorded), None)


def _recorded_refund(facts: Facts, refund_id: str) -> tuple[int, str] | None:
    """The least where what was seen differs: a refund has one amount."""
    recorded = (seen for seen in facts.refunds_seen if seen.provider_refund_id == refund_id)
    return min(((seen.amount, seen.currency) for seen in recorded), default=None)


def _money(ours: tuple[int, str] | None, at_provider: int, currency: str) -> tuple[int, int]:
    """Both amounts in one currency: in another, or none at all, nothing was recorded."""
    amount = ours[0] if ours is not None and ours[1] == currency else 0
    return amount, at_provider
