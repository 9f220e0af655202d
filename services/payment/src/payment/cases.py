"""What a person of ops has to look at: cases that follow from a payment's facts. Pure, without a clock."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from contracts.ids import encode
from contracts.money import MinorUnits
from payment.disputes import is_disputed, latest_disputes
from payment.domain import Capture, Drift, Facts, ProviderName, Reason, SeenDispute, UnknownOrder, Value
from payment.drift import drifts_still
from payment.owed import Refund, failure_of

Kind = Literal[
    "refund_failed",
    "refund_by_hand",
    "no_verdict",
    "difference_not_accepted",
    "dispute",
    "refund_disputed",
    "drift",
    "unknown_order",
]
_SECOND = timedelta(seconds=1)
_EXPLAINED: dict[Reason, str] = {
    "fee": "payers bear the fee of this account",
    "offer": "an offer of this account took off a discount",
}

_NEXT_STEPS: dict[Kind, str] = {
    "refund_by_hand": (
        "Keep the booking: close this case with a note. Or cancel it without another refund: "
        'POST /api/admin/bookings/{booking_id}/cancel {{"reason": …, "refund": "none"}}; that closes the case.'
    ),
    "refund_failed": (
        "Look at the account's balance with the provider: what is due is tried again by itself. What can never "
        "be refunded there is paid back in another way; then close this case with a note."
    ),
    "no_verdict": (
        "See why booking has not decided (runbook: a booking that stays pending). It is told of the payment "
        "again and again, and the case closes when it decides."
    ),
    "dispute": (
        "Send the provider what speaks for the sale (booking, ticket, scan at the gate) before the date in the "
        "detail. Nothing is refunded while it is open or lost. Won, the case closes by itself; lost, the bank "
        "has paid the guest: close this case with a note."
    ),
    "drift": (
        "Compare the provider's entry with the payment's document: the provider's books count. What is wrong "
        "here is corrected by hand, and the case closes when both say the same; or close it with a note."
    ),
    "refund_disputed": (
        "Wait for the dispute. Won, the refund is made by itself and the case closes; lost, the guest has the "
        "money from the bank: close this case with a note, nothing more is paid."
    ),
    "unknown_order": (
        "Look at the order in the provider's dashboard. What was paid on it is given back there by hand, unless it is "
        "another house's with the same account; then close this case with a note."
    ),
    "difference_not_accepted": (
        "Change the account at the provider, or set what the detail names; every sale like this one goes back "
        "until then. Then close this case with a note."
    ),
}


class Case(Value):
    """Something a person has to look at, while it is open. `about` is a refund's key, or the id of a dispute, a capture
    or an order, `amount` what is in doubt, of `capture_id` where the capture is known; `note` and `closed_at` say why
    and when a person or the booking's end closed it."""

    id: str
    kind: Kind
    capture_id: str | None = None
    about: str
    amount: MinorUnits
    currency: str
    detail: str
    open: bool
    note: str | None = None
    closed_at: datetime | None = None


def cases_of(facts: Facts, refunds: tuple[Refund, ...], *, awaits_answer: bool) -> Iterator[Case]:
    """Every case there ever was, open or closed. `awaits_answer`: booking owes one on the winner."""
    for case in _cases(facts, refunds, awaits_answer=awaits_answer):
        closing = next((closing for closing in facts.closings if closing.case_id == case.id), None)
        closed = {"open": False, "note": closing.note, "closed_at": closing.at} if closing else {}
        yield case.model_copy(update=closed)


def setting_of(provider: ProviderName) -> str:
    """The setting that says which differences an account accepts."""
    return f"{provider.upper()}_ACCEPTED_DIFFERENCES"


def case_id(payment_id: str, kind: Kind, about: str) -> str:
    """The id of a case: fixed by what it is about."""
    digest = hashlib.sha256(f"{payment_id} {kind} {about}".encode()).digest()
    return f"cas_{encode(int.from_bytes(digest[:16]))}"


def next_step(case: Case, booking_id: str) -> str:
    """What a person does about it."""
    return _NEXT_STEPS[case.kind].format(booking_id=booking_id)


def _cases(facts: Facts, refunds: tuple[Refund, ...], *, awaits_answer: bool) -> Iterator[Case]:
    for refund in refunds:
        detail = failure_of(facts, refund)
        if refund.by_hand:
            yield _of_hand(facts, refund)
        elif detail is not None:
            is_open = refund.status in {"due", "failed"}
            yield _of_refund(facts, refund, "refund_failed", detail, is_open=is_open)
        if facts.disputes and not refund.by_hand:
            yield from _of_refund_held_back(facts, refund)
    for dispute in latest_disputes(facts):
        yield _of_dispute(facts, dispute)
    for drift in facts.drifts:
        yield _of_drift(facts, drift)
    for order in facts.unknown_orders:
        yield _of_unknown_order(facts, order)
    for capture in facts.captures:
        if capture.difference is not None and not capture.difference.accepted:
            yield _of_difference(facts, capture, capture.difference.amount, capture.difference.reason)
        if capture.capture_id in facts.overdue:
            detail = "captured, and booking neither confirmed nor refused"
            yield _of_capture(facts, capture, "no_verdict", capture.amount, detail, is_open=awaits_answer)


def _of_hand(facts: Facts, refund: Refund) -> Case:
    """Open until the booking is cancelled: by that ops have decided on every refund that was made before.

    A provider tells times in whole seconds, so one of the same second counts only if it was known then.
    """
    detail = f"{refund.amount} of {refund.capture_id} was refunded by hand at the provider: {refund.status}"
    case = _of_refund(facts, refund, "refund_by_hand", detail, is_open=True)
    end = facts.cancelled
    seen = next(seen for seen in facts.refunds_seen if seen.provider_refund_id == refund.provider_refund_id)
    if end is None or not (seen.provider_refund_id in end.after or seen.made_at + _SECOND <= end.at):
        return case
    note = f"the booking was cancelled afterwards: {end.reason}"
    return case.model_copy(update={"open": False, "note": note, "closed_at": end.at})


def _of_dispute(facts: Facts, dispute: SeenDispute) -> Case:
    """Open until it is won; a lost one until a person has written it off."""
    until = f", respond by {dispute.respond_by:%Y-%m-%d %H:%M} UTC" if dispute.respond_by else ""
    reason = f" ({dispute.reason})" if dispute.reason else ""
    return Case(
        id=case_id(facts.payment_id, "dispute", dispute.dispute_id),
        kind="dispute",
        capture_id=dispute.capture_id,
        about=dispute.dispute_id,
        amount=dispute.amount,
        currency=dispute.currency,
        detail=f"{dispute.amount} of {dispute.capture_id} is disputed{reason}: {dispute.status}{until}",
        open=dispute.status != "won",
    )


def _of_drift(facts: Facts, drift: Drift) -> Case:
    what = "refunded" if drift.what == "refunded" else "amount"
    return Case(
        id=case_id(facts.payment_id, "drift", f"{drift.about} {what} {drift.ours} {drift.at_provider}"),
        kind="drift",
        capture_id=drift.capture_id,
        about=drift.about,
        amount=abs(drift.at_provider - drift.ours),
        currency=drift.currency,
        detail=f"{what} of {drift.about}: {drift.at_provider} in the provider's books, {drift.ours} in ours",
        open=drifts_still(facts, drift),
    )


def _of_unknown_order(facts: Facts, order: UnknownOrder) -> Case:
    """Open until a person has closed it: only the provider's dashboard says whose it is."""
    return Case(
        id=case_id(facts.payment_id, "unknown_order", order.order_id),
        kind="unknown_order",
        about=order.order_id,
        amount=order.amount,
        currency=order.currency,
        detail=f"order {order.order_id} at {order.provider} has our receipt {facts.payment_id}, and no sale of ours",
        open=True,
    )


def _of_refund_held_back(facts: Facts, refund: Refund) -> Iterator[Case]:
    """Open while it is due and disputed; what went back before the dispute was never held back."""
    disputes = [dispute for dispute in latest_disputes(facts) if dispute.capture_id == refund.capture_id]
    was_held_back = refund.status == "due" or any(dispute.status == "won" for dispute in disputes)
    if disputes and was_held_back:
        detail = f"{refund.amount} of {refund.capture_id} would go back ({refund.reason}): its payer disputes it"
        is_open = refund.status == "due" and is_disputed(facts, refund.capture_id)
        yield _of_refund(facts, refund, "refund_disputed", detail, is_open=is_open)


def _of_difference(facts: Facts, capture: Capture, amount: int, reason: Reason) -> Case:
    detail = (
        f"{_EXPLAINED[reason]}: captured {capture.amount}, which is {amount:+} to the order; it goes back. "
        f"{setting_of(capture.provider)}={reason} accepts it"
    )
    return _of_capture(facts, capture, "difference_not_accepted", abs(amount), detail, is_open=True)


def _of_refund(facts: Facts, refund: Refund, kind: Kind, detail: str, *, is_open: bool) -> Case:
    return Case(
        id=case_id(facts.payment_id, kind, refund.key),
        kind=kind,
        capture_id=refund.capture_id,
        about=refund.key,
        amount=refund.amount,
        currency=refund.currency,
        detail=detail,
        open=is_open,
    )


def _of_capture(facts: Facts, capture: Capture, kind: Kind, amount: int, detail: str, *, is_open: bool) -> Case:
    return Case(
        id=case_id(facts.payment_id, kind, capture.capture_id),
        kind=kind,
        capture_id=capture.capture_id,
        about=capture.capture_id,
        amount=amount,
        currency=capture.currency,
        detail=detail,
        open=is_open,
    )
