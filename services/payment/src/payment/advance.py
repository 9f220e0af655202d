"""What follows from a payment's facts: status, refunds, cases, events to say and work to do. Pure, without a clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.event import Event
from contracts.ids import BookingId
from contracts.payment import OrderCreated, PaymentFailed, PaymentRefunded, PaymentRefundFailed, PaymentSucceeded

from payment.domain import Attempt, Capture, Facts, MadeRefund, Value

Status = Literal["created", "authorized", "succeeded", "failed", "partially_refunded", "refunded"]
RefundStatus = Literal["due", "pending", "done", "failed"]

LOOK = "look"
ANNOUNCE = "announce"
REFUND = "refund:"
WATCH = "watch:"
_ATTEMPT_RANKS = ("failed", "authorized", "lapsed")
_FATE_RANKS = ("pending", "processed", "failed")


class Refund(Value):
    """Money that goes back, or went. `failures` counts refunds of this key that failed at the provider."""

    key: str
    capture_id: str
    amount: int
    currency: str
    reason: str
    of_booking: bool
    by_hand: bool = False
    status: RefundStatus
    provider_refund_id: str | None = None
    failures: int = 0


class Case(Value):
    """Something a person of ops has to look at, while it is open."""

    id: str
    kind: Literal["refund_failed", "refund_by_hand", "no_verdict"]
    capture_id: str
    detail: str
    open: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """All that follows. `events` are by their fixed ids; `tasks` name due work; `awaiting`: booking owes a verdict."""

    status: Status
    refunds: tuple[Refund, ...]
    cases: tuple[Case, ...]
    events: dict[str, Event]
    tasks: frozenset[str]
    awaiting: bool


def advance(facts: Facts) -> Consequences:
    """The consequences of the facts, the same for any order in which they were recorded."""
    refunds = tuple(_refunds(facts))
    awaiting = _awaiting(facts)
    return Consequences(
        status=_status(facts, refunds), refunds=refunds, cases=tuple(_cases(facts, refunds, awaiting=awaiting)),
        events=dict(_events(facts, refunds)), tasks=frozenset(_tasks(facts, refunds, awaiting=awaiting)),
        awaiting=awaiting,
    )  # fmt: skip


def booking_of_payment(facts: Facts) -> BookingId:
    """A payment and its booking share the hold's own part of the id."""
    return BookingId(f"bkg_{facts.payment_id[4:]}")


def current_attempts(facts: Facts) -> list[Attempt]:
    """Each attempt as it stands: failed may turn authorized, and authorized may lapse; never the other way."""
    found: dict[str, Attempt] = {}
    for attempt in sorted(facts.attempts, key=lambda one: _ATTEMPT_RANKS.index(one.status)):
        found[attempt.attempt_id] = attempt
    return list(found.values())


def _status(facts: Facts, refunds: tuple[Refund, ...]) -> Status:
    if facts.winner is not None:
        return _paid_status(facts.winner, refunds)
    seen = {attempt.status for attempt in current_attempts(facts)}
    if "authorized" in seen:
        return "authorized"
    return "failed" if seen or facts.captures else "created"


def _paid_status(winner: Capture, refunds: tuple[Refund, ...]) -> Status:
    gone = sum(refund.amount for refund in refunds
               if refund.capture_id == winner.capture_id and refund.status in {"pending", "done"})  # fmt: skip
    if gone >= winner.amount:
        return "refunded"
    return "partially_refunded" if gone else "succeeded"


def _awaiting(facts: Facts) -> bool:
    winner = facts.winner
    if winner is None or winner.capture_id in facts.decided:
        return False
    return not any(ask.capture_id == winner.capture_id for ask in facts.asks)


def _refunds(facts: Facts) -> Iterator[Refund]:
    owed = [*_not_ours(facts), *(
        Refund(**ask.model_dump(), of_booking=True, status="due") for ask in facts.asks
    )]  # fmt: skip
    keys = {refund.key for refund in owed}
    for refund in owed:
        yield _as_it_stands(facts, refund)
    for made in _current_made(facts):
        if made.key not in keys:
            yield Refund(key=f"hand_{made.provider_refund_id}", capture_id=made.capture_id, amount=made.amount,
                         currency=made.currency, reason="by_hand", of_booking=False, by_hand=True,
                         status=_status_of(made), provider_refund_id=made.provider_refund_id)  # fmt: skip


def _not_ours(facts: Facts) -> Iterator[Refund]:
    """A second capture, or one whose amount or currency is wrong, goes back in full under its own key."""
    for capture in facts.captures:
        left = capture.amount - capture.refunded_before
        if capture.verdict != "winner" and left > 0:
            reason = "second_payment" if capture.verdict == "extra" else "wrong_amount"
            yield Refund(key=f"refund_{capture.capture_id}", capture_id=capture.capture_id, amount=left,
                         currency=capture.currency, reason=reason, of_booking=False, status="due")  # fmt: skip


def _as_it_stands(facts: Facts, refund: Refund) -> Refund:
    made = [one for one in _current_made(facts) if one.key == refund.key]
    alive = sorted((one for one in made if one.fate != "failed"), key=lambda one: one.provider_refund_id)
    failures = len(made) - len(alive)
    if alive:
        best = next((one for one in alive if one.fate == "processed"), alive[0])
        changes = {"status": _status_of(best), "provider_refund_id": best.provider_refund_id, "failures": failures}
        return refund.model_copy(update=changes)
    final = any(refusal.key == refund.key and refusal.final for refusal in facts.refusals)
    return refund.model_copy(update={"status": "failed" if final else "due", "failures": failures})


def _current_made(facts: Facts) -> list[MadeRefund]:
    found: dict[str, MadeRefund] = {}
    for made in sorted(facts.made, key=lambda one: _FATE_RANKS.index(one.fate)):
        found[made.provider_refund_id] = made
    return list(found.values())


def _status_of(made: MadeRefund) -> RefundStatus:
    return {"pending": "pending", "processed": "done", "failed": "failed"}[made.fate]  # type: ignore[return-value]  # literals


def _cases(facts: Facts, refunds: tuple[Refund, ...], *, awaiting: bool) -> Iterator[Case]:
    for refund in refunds:
        detail, which = failure_of(facts, refund), refund.capture_id
        if refund.by_hand:
            yield Case(id=refund.key, kind="refund_by_hand", capture_id=which, open=True,
                       detail=f"{refund.amount} of {which} was refunded by hand")  # fmt: skip
        elif detail is not None:
            yield Case(id=refund.key, kind="refund_failed", capture_id=which, detail=detail,
                       open=refund.status in {"due", "failed"})  # fmt: skip
    for capture_id in facts.overdue:
        yield Case(id=f"no_verdict_{capture_id}", kind="no_verdict", capture_id=capture_id, open=awaiting,
                   detail="captured, and booking neither confirmed nor refused")  # fmt: skip


def failure_of(facts: Facts, refund: Refund) -> str | None:
    """Why the refund was refused or failed, if it ever was."""
    refused = sorted(refusal.detail for refusal in facts.refusals if refusal.key == refund.key)
    if refused:
        return refused[0]
    return "the provider reports that the refund failed" if refund.failures else None


def _tasks(facts: Facts, refunds: tuple[Refund, ...], *, awaiting: bool) -> Iterator[str]:
    if facts.orders and not facts.looks_ended:
        yield LOOK
    if awaiting:
        yield ANNOUNCE
    for refund in refunds:
        if refund.status == "due":
            yield f"{REFUND}{refund.key}"
        elif refund.status == "pending":
            yield f"{WATCH}{refund.key}"


def _events(facts: Facts, refunds: tuple[Refund, ...]) -> Iterator[tuple[str, Event]]:
    if facts.sale is not None:
        for order in facts.orders:
            yield (
                f"order_created:{order.order_id}",
                OrderCreated(
                    payment_id=facts.payment_id, sale=facts.sale, provider=order.provider, order_id=order.order_id
                ),
            )
    announced = succeeded(facts)
    if announced is not None:
        yield announced_id(facts), announced
    for attempt in facts.attempts:
        if attempt.status in {"failed", "lapsed"}:
            yield f"payment_failed:{attempt.attempt_id}", PaymentFailed(
                payment_id=facts.payment_id, booking_id=booking_of_payment(facts), attempt_id=attempt.attempt_id,
                provider=provider_of(facts, attempt.order_id), reason=attempt.reason,
            )  # fmt: skip
    for refund in refunds:
        yield from _refund_events(facts, refund)


def provider_of(facts: Facts, order_id: str) -> str:
    """Whose order it is."""
    order = facts.order(order_id)
    return order.provider if order else "razorpay"


def announced_id(facts: Facts) -> str:
    """The one id under which the winner is announced, however often."""
    return f"payment_succeeded:{facts.payment_id}"


def succeeded(facts: Facts) -> PaymentSucceeded | None:
    """The announcement of the winner."""
    winner = facts.winner
    if winner is None or facts.sale is None:
        return None
    return PaymentSucceeded(
        payment_id=facts.payment_id, sale=facts.sale, provider=provider_of(facts, winner.order_id),
        order_id=winner.order_id, capture_id=winner.capture_id, amount=winner.amount, currency=winner.currency,
        captured_at=winner.captured_at,
    )  # fmt: skip


def _refund_events(facts: Facts, refund: Refund) -> Iterator[tuple[str, Event]]:
    if refund.by_hand:
        return
    about = {"payment_id": facts.payment_id, "booking_id": booking_of_payment(facts), "refund_key": refund.key,
             **refund.model_dump(include={"capture_id", "amount", "currency", "reason", "of_booking"})}  # fmt: skip
    accepted = sorted(
        (one for one in facts.made if one.key == refund.key and one.fate != "failed"),
        key=lambda one: (one.made_at, one.provider_refund_id),
    )
    if accepted:
        first = accepted[0]
        yield (
            f"payment_refunded:{refund.key}",
            PaymentRefunded(**about, provider_refund_id=first.provider_refund_id, refunded_at=first.made_at),
        )
    detail = failure_of(facts, refund)
    if detail is not None:
        yield f"payment_refund_failed:{refund.key}", PaymentRefundFailed(**about, detail=detail)
