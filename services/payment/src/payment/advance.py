"""What follows from a payment's facts: status, refunds, cases, events to say and work to do. Pure, without a clock."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from contracts.audit import audit_id
from contracts.event import Event
from contracts.payment import AuditRecorded, Difference, OrderCreated, PaymentFailed, PaymentSucceeded
from contracts.sale import Sale
from payment.cases import Case, cases_of
from payment.counter import contact_event, nobodys
from payment.disputes import dispute_events, is_disputed, latest_disputes
from payment.domain import COUNTER, Attempt, Capture, CaseClosed, CounterTerms, Facts, Order, latest
from payment.owed import Refund, amount_refunded, refund_events, refunds_of

Status = Literal["created", "authorized", "succeeded", "failed", "partially_refunded", "refunded"]

POLL = "poll"
CANCEL = "cancel:"
ANNOUNCE = "announce"
REFUND = "refund:"
WATCH = "watch:"
DISPUTE = "dispute:"
ATTEMPT_RANKS = ("processing", "failed", "authorized", "lapsed")
"""How far an attempt has got: it goes from left to right, never back."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows. `events_to_say` make the events, by their fixed ids; `tasks` name due work, and `due_at` says
    when that is due which has a time of its own; `awaits_answer`: booking has not said yet what becomes of the
    winner."""

    status: Status
    refunds: tuple[Refund, ...]
    cases: tuple[Case, ...]
    events_to_say: Mapping[str, Callable[[], Event]]
    tasks: frozenset[str]
    due_at: Mapping[str, datetime]
    awaits_answer: bool

    @property
    def events(self) -> dict[str, Event]:
        """All events that follow."""
        return self.events_beside(frozenset())

    def events_beside(self, said: frozenset[str]) -> dict[str, Event]:
        """Those that were not said yet: no other is made."""
        return {event_id: make() for event_id, make in self.events_to_say.items() if event_id not in said}


def advance(facts: Facts) -> Consequences:
    """The consequences of the facts, the same for any order in which they were recorded."""
    refunds = tuple(refunds_of(facts))
    awaits_answer = _awaits_answer(facts)
    orders_to_close = _orders_to_close(facts)
    return Consequences(
        status=_status(facts),
        refunds=refunds,
        cases=tuple(cases_of(facts, refunds, awaits_answer=awaits_answer)),
        events_to_say=dict(_events(facts)),
        tasks=frozenset((*_tasks(facts, refunds, awaits_answer=awaits_answer), *orders_to_close)),
        due_at=orders_to_close,
        awaits_answer=awaits_answer,
    )


def latest_attempts(facts: Facts) -> list[Attempt]:
    """Each attempt as it is now: a failed one may still be authorized, and an authorized one lapse; never back."""
    return latest(
        facts.attempts,
        identity=lambda attempt: attempt.attempt_id,
        rank=lambda attempt: ATTEMPT_RANKS.index(attempt.status),
    )


def _status(facts: Facts) -> Status:
    if facts.winner is not None:
        return _paid_status(facts, facts.winner)
    seen = {attempt.status for attempt in latest_attempts(facts)}
    if "authorized" in seen:
        return "authorized"
    return "failed" if (seen and "processing" not in seen) or facts.captures else "created"


def _paid_status(facts: Facts, winner: Capture) -> Status:
    refunded = amount_refunded(facts, winner.capture_id)
    if not refunded:
        return "succeeded"
    return "refunded" if refunded >= winner.amount else "partially_refunded"


def _awaits_answer(facts: Facts) -> bool:
    winner = facts.winner
    if winner is None or winner.capture_id in facts.decided:
        return False
    return not any(request.capture_id == winner.capture_id for request in facts.refund_requests)


def _orders_to_close(facts: Facts) -> dict[str, datetime]:
    """Orders on which nothing was paid are closed when their seats are held no longer, whether these were sold or not:
    by their tasks, and when."""
    if facts.sale is None:
        return {}
    until = max(facts.hold_until or facts.sale.hold_expires_at, facts.sale.hold_expires_at)
    due_at = min(facts.hold_ended_at or until, until)
    settled = {*facts.closed_orders, *(capture.order_id for capture in facts.captures)}
    open_orders = (order.order_id for order in facts.orders if order.cancellable and order.order_id not in settled)
    return {f"{CANCEL}{order_id}": due_at for order_id in open_orders}


def _tasks(facts: Facts, refunds: tuple[Refund, ...], *, awaits_answer: bool) -> Iterator[str]:
    has_open_order = any(order.order_id not in facts.closed_orders for order in facts.orders)
    if has_open_order and facts.winner is None and not facts.polling_ended:
        yield POLL
    if awaits_answer:
        yield ANNOUNCE
    for refund in refunds:
        if refund.status == "due" and not is_disputed(facts, refund.capture_id):
            yield f"{REFUND}{refund.key}"
        elif refund.status == "pending":
            yield f"{WATCH}{refund.key}"
    for dispute in latest_disputes(facts):
        if dispute.status == "open":
            yield f"{DISPUTE}{dispute.dispute_id}"


def _events(facts: Facts) -> Iterator[tuple[str, Callable[[], Event]]]:
    for order in facts.orders if facts.sale else ():
        yield f"order_created:{order.order_id}", partial(_order_created, facts, order)
    if facts.winner is not None and facts.sale is not None:
        yield announced_id(facts), partial(_succeeded, facts, facts.sale, facts.winner)
        yield from contact_event(facts)
    for attempt in facts.attempts:
        if attempt.status in {"failed", "lapsed"}:
            yield f"payment_failed:{attempt.attempt_id}", partial(_failed, facts, attempt)
    for event_id, event in refund_events(facts):
        yield event_id, partial(_as_it_is, event)
    yield from dispute_events(facts)
    for closing in facts.closings:
        yield f"audit_recorded:{closing.case_id}", partial(_case_closed, facts, closing)
    if facts.counter is not None and facts.counter.tender == "complimentary" and facts.sale is not None:
        yield f"audit_recorded:{facts.payment_id}", partial(_complimentary, facts, facts.counter, facts.sale)


def _order_created(facts: Facts, order: Order) -> Event:
    about = {"payment_id": facts.payment_id, "provider": order.provider, "order_id": order.order_id}
    if facts.sale is not None and facts.counter is not None and order.provider == COUNTER:
        return OrderCreated(**about, sale=nobodys(facts.sale), tender=facts.counter.tender)
    return OrderCreated(**about, sale=facts.sale)


def _failed(facts: Facts, attempt: Attempt) -> Event:
    return PaymentFailed(
        payment_id=facts.payment_id,
        booking_id=facts.booking_id,
        attempt_id=attempt.attempt_id,
        provider=attempt.provider,
        reason=attempt.reason,
        theater_id=facts.theater_id,
    )


def _case_closed(facts: Facts, closing: CaseClosed) -> Event:
    return AuditRecorded.of(
        closing.user_id,
        "cases.closed",
        closing.case_id,
        {"open": True},
        {"open": False, "note": closing.note},
        theater_id=facts.theater_id,
        audit_id=audit_id(closing.case_id),
        at=closing.at,
    )


def _complimentary(facts: Facts, terms: CounterTerms, sale: Sale) -> Event:
    """Who sold other bookings at the counter stands in these; giving tickets away is a manager's decision."""
    sold_at = facts.winner.captured_at if facts.winner else None
    return AuditRecorded.of(
        terms.sold_by,
        "bookings.complimentary",
        sale.booking_id,
        None,
        {"seatIds": [line.seat_id for line in sale.quote.lines], "total": sale.quote.total},
        theater_id=sale.theater_id,
        audit_id=audit_id(facts.payment_id),
        at=sold_at,
    )


def _as_it_is(event: Event) -> Event:
    return event


def announced_id(facts: Facts) -> str:
    """The one id under which the winner is announced, however often."""
    return f"payment_succeeded:{facts.payment_id}"


def succeeded(facts: Facts) -> PaymentSucceeded | None:
    """The announcement of the winner."""
    if facts.winner is None or facts.sale is None:
        return None
    return _succeeded(facts, facts.sale, facts.winner)


def _succeeded(facts: Facts, sale: Sale, winner: Capture) -> PaymentSucceeded:
    terms = winner.counter
    at_counter = terms and {
        "tender": terms.tender,
        "sold_by": terms.sold_by,
        "has_contact": terms.contact is not None,
    }
    return PaymentSucceeded(
        **(at_counter or {}),
        payment_id=facts.payment_id,
        sale=nobodys(sale) if terms else sale,
        provider=winner.provider,
        order_id=winner.order_id,
        capture_id=winner.capture_id,
        amount=winner.amount,
        currency=winner.currency,
        captured_at=winner.captured_at,
        difference=difference_of(sale, winner),
    )


def difference_of(sale: Sale, winner: Capture) -> Difference | None:
    """What the provider explains, and else what was left off when it was asked for; none of what was given away."""
    if winner.counter and winner.counter.tender == "complimentary":
        return None
    amount = winner.amount - sale.quote.total
    reason = winner.difference.reason if winner.difference else "rounding"
    return Difference(amount=amount, reason=reason) if amount else None
