"""Add facts to a payment's facts: each once, in whatever order they come. Pure: the time is an argument."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from contracts.ids import PaymentId
from contracts.sale import Sale
from payment.domain import (
    FREE,
    Attempt,
    Cancelled,
    Capture,
    CaptureMatch,
    CaseClosed,
    ClosedOrder,
    Decided,
    Drift,
    Fact,
    Facts,
    HoldEnded,
    HoldExtended,
    Order,
    Overdue,
    PollingEnded,
    RefundRequest,
    Refusal,
    SeenCapture,
    SeenDispute,
    SeenRefund,
    UnknownOrder,
    is_ours,
)

FACT_NAMES = frozenset(Facts.model_fields) - {"payment_id"}


def record(facts: Facts, *new: Fact) -> Facts:
    """The facts with those added that were not there yet; a fact that comes again changes nothing."""
    for fact in new:
        facts = facts.model_copy(update=_added(facts, fact))
    return facts


def changed_facts(before: Facts, after: Facts) -> frozenset[str]:
    """The names of the facts that were recorded in between: what stays is the same value, not only an equal one."""
    return frozenset(name for name in FACT_NAMES if getattr(before, name) is not getattr(after, name))


def _added(facts: Facts, fact: Fact) -> dict[str, object]:  # noqa: C901, PLR0911, PLR0912  one line per kind of fact
    """The field of the facts that changes, with its new value."""
    match fact:
        case Sale():
            return {"sale": facts.sale or fact}
        case Order():
            return {"orders": _with_new(facts.orders, fact, lambda order: order.order_id)}
        case ClosedOrder():
            return {"closed_orders": _with_new(facts.closed_orders, fact.order_id, str)}
        case HoldExtended():
            return {"hold_until": max(facts.hold_until or fact.until, fact.until)}
        case HoldEnded():
            return {"hold_ended_at": facts.hold_ended_at or fact.at}
        case Attempt():
            return {"attempts": _with_new(facts.attempts, fact, lambda attempt: (attempt.attempt_id, attempt.status))}
        case SeenCapture():
            capture = with_match(facts, fact)
            return {"captures": _with_new(facts.captures, capture, lambda known: known.capture_id)}
        case RefundRequest():
            return {"refund_requests": _with_new(facts.refund_requests, fact, lambda request: request.key)}
        case SeenRefund():
            return {
                "refunds_seen": _with_new(
                    facts.refunds_seen, fact, lambda seen: (seen.provider_refund_id, seen.outcome)
                )
            }
        case SeenDispute():
            return {"disputes": _with_new(facts.disputes, fact, lambda seen: (seen.dispute_id, seen.status))}
        case Drift():
            return {"drifts": _with_new(facts.drifts, fact, lambda drift: drift)}
        case Refusal():
            return {"refusals": _with_new(facts.refusals, fact, lambda refusal: refusal)}
        case Decided():
            return {"decided": _with_new(facts.decided, fact.capture_id, str)}
        case Overdue():
            return {"overdue": _with_new(facts.overdue, fact.capture_id, str)}
        case Cancelled():
            return {"cancelled": facts.cancelled or fact.model_copy(update={"after": _refunds_by_hand(facts)})}
        case CaseClosed():
            return {"closings": _with_new(facts.closings, fact, lambda closing: closing.case_id)}
        case UnknownOrder():
            return {"unknown_orders": _with_new(facts.unknown_orders, fact, lambda order: order.order_id)}
        case PollingEnded():
            return {"polling_ended": True}


def _refunds_by_hand(facts: Facts) -> tuple[str, ...]:
    """The ids of refunds that bear no key of ours, each once."""
    return tuple(dict.fromkeys(seen.provider_refund_id for seen in facts.refunds_seen if not is_ours(seen.key)))


_T = TypeVar("_T")


def _with_new(known: tuple[_T, ...], value: _T, identity: Callable[[_T], object]) -> tuple[_T, ...]:
    """The values with one more, unless one of the same identity is among them."""
    return known if identity(value) in map(identity, known) else (*known, value)


def with_match(facts: Facts, seen: SeenCapture) -> Capture:
    """The first capture of its order's amount and currency wins, and any other is an `extra`; so is one of which money
    had gone back. A difference that is explained and accepted counts as the order's amount."""
    match: CaptureMatch = "mismatch"
    if _fits(facts, seen):
        match = "winner" if facts.winner is None and seen.refunded_before == 0 else "extra"
    return Capture(**seen.model_dump(), match=match)


def _fits(facts: Facts, seen: SeenCapture) -> bool:
    """Whether it is what was asked for: by an order at its provider, or by a sale that costs nothing."""
    if seen.provider == FREE:
        quote = facts.sale.quote if facts.sale else None
        return quote is not None and (quote.total, quote.currency) == (0, seen.currency) and seen.amount == 0
    order = facts.order(seen.order_id)
    if order is None or order.provider != seen.provider:
        return False
    explained = seen.difference.amount if seen.difference and seen.difference.accepted else 0
    return (order.amount + explained, order.currency) == (seen.amount, seen.currency)


def free_capture(sale: Sale, now: datetime) -> SeenCapture:
    """The capture of a sale that costs nothing; its id is fixed by the payment's, so there is one however many ask."""
    return SeenCapture(
        provider=FREE,
        capture_id=free_capture_id(sale.payment_id),
        order_id=None,
        amount=0,
        currency=sale.quote.currency,
        captured_at=in_milliseconds(now),
    )


def in_milliseconds(time: datetime) -> datetime:
    """As Mongo stores it."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def free_capture_id(payment_id: PaymentId) -> str:
    """The id of a payment's capture where it costs nothing."""
    return f"{FREE}_{payment_id.removeprefix('pay_')}"
