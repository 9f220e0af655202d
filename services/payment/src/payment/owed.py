"""What is owed back of a payment's captures, how far each refund is, and the events about it. Pure, without a clock.

A refund is asked for under a key: by booking (`RefundRequest`), or by payment itself for a capture that does not pay
for the booking. What exists at the provider are `SeenRefund`s: those under our keys, and those made there by hand.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from contracts.event import Event
from contracts.payment import PaymentRefundCompleted, PaymentRefunded, PaymentRefundFailed
from payment.amounts import payable
from payment.domain import Capture, Facts, RefundOutcome, SeenRefund, Value, is_ours, latest

RefundStatus = Literal["due", "pending", "done", "failed"]

BY_HAND = "by_hand"
OUTCOME_RANKS: tuple[RefundOutcome, ...] = ("pending", "processed", "failed")
"""How far a refund has got: it goes from left to right, never back."""
_STATUS_BY_OUTCOME: dict[RefundOutcome, RefundStatus] = {"pending": "pending", "processed": "done", "failed": "failed"}
_FAILED = "the provider reports that the refund failed"
_UNPAYABLE = "no provider pays so little back in this currency"


class Refund(Value):
    """Money that is to go back to the payer, or went.

    `amount`, in minor units, is what is still owed while `status` is `due` or `failed`, and else what went back under
    `key`: 0 where refunds by hand covered all of it. `failures` counts refunds under `key` that failed at the provider;
    `number`, from 1, is that of the next attempt there. `of_booking`: it is of the capture that pays for the booking,
    whoever asked for it.
    """

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
    number: int = 1


def refunds_of(facts: Facts) -> Iterator[Refund]:
    """Every refund of a payment with its progress: those asked for, then those made by hand at the provider."""
    requested = list(_requested(facts))
    keys = {refund.key for refund in requested}
    for refund in requested:
        yield _with_progress(facts, refund)
    for seen in _latest_refunds(facts):
        if seen.key not in keys:
            yield Refund(
                key=_hand_key(seen),
                capture_id=seen.capture_id,
                amount=seen.amount,
                currency=seen.currency,
                reason=BY_HAND,
                of_booking=False,
                by_hand=True,
                status=_STATUS_BY_OUTCOME[seen.outcome],
                provider_refund_id=seen.provider_refund_id,
            )


def amount_refunded(facts: Facts, capture_id: str) -> int:
    """How much of a capture has gone back or is on its way, whoever asked for it."""
    return _sum(_standing(seen for seen in _latest_refunds(facts) if seen.capture_id == capture_id))


def failure_of(facts: Facts, refund: Refund) -> str | None:
    """Why the refund was refused or failed, if it ever was."""
    return _refusal_of(facts, refund.key) or (_FAILED if refund.failures else None)


# What is asked for


def _requested(facts: Facts) -> Iterator[Refund]:
    """Every refund that is asked for, in full and `due`: payment's own first, then those that booking requested."""
    yield from _captures_to_return(facts)
    for request in facts.refund_requests:
        yield Refund(**request.model_dump(), of_booking=True, status="due")


def _captures_to_return(facts: Facts) -> Iterator[Refund]:
    """A second capture, or one whose amount or currency is wrong, goes back in full under its own key."""
    for capture in facts.captures:
        remaining = _remaining(facts, capture)
        if capture.match != "winner" and remaining > 0:
            yield Refund(
                key=_return_key(capture),
                capture_id=capture.capture_id,
                amount=remaining,
                currency=capture.currency,
                reason="second_payment" if capture.match == "extra" else "wrong_amount",
                of_booking=False,
                status="due",
            )


def _return_key(capture: Capture) -> str:
    return f"refund_{capture.capture_id}"


def _remaining(facts: Facts, capture: Capture) -> int:
    """The capture's amount less the refunds made before we first saw it, until those are recorded one by one.

    `refunded_before` is their sum alone. As soon as one of them is seen it is taken out of that sum: from then on it
    counts as a refund of its own, which may fail.
    """
    recorded = (
        seen
        for seen in _latest_refunds(facts)
        if seen.capture_id == capture.capture_id and seen.key != _return_key(capture)
    )
    return capture.amount - max(0, capture.refunded_before - _sum(recorded))


# How far it is


@dataclass(frozen=True, slots=True)
class _RefundsSoFar:
    """Refunds of one capture as they are now at the provider, oldest first: `own` under the key in question, `others`
    by hand or under another key."""

    own: list[SeenRefund]
    others: list[SeenRefund]

    @property
    def failed(self) -> list[SeenRefund]:
        return [seen for seen in (*self.own, *self.others) if seen.outcome == "failed"]


def _refunds_so_far(facts: Facts, refund: Refund) -> _RefundsSoFar:
    seen_refunds = sorted(_latest_refunds(facts), key=lambda seen: (seen.made_at, seen.provider_refund_id))
    return _RefundsSoFar(
        own=[seen for seen in seen_refunds if seen.key == refund.key],
        others=[seen for seen in seen_refunds if seen.capture_id == refund.capture_id and seen.key != refund.key],
    )


def _with_progress(facts: Facts, refund: Refund) -> Refund:
    """The requested refund with what is still owed of it; once nothing is, with what settled it.

    Refunds under its own key settle it, or else those that others made of the same capture.
    """
    so_far = _refunds_so_far(facts, refund)
    own, others = _standing(so_far.own), _standing(so_far.others)
    failures = len(so_far.own) - len(own)
    owed = _still_owed(facts, refund, own, others)
    if owed:
        refused = _final_refusals(facts, refund)
        return refund.model_copy(
            update={
                "status": "failed" if (owed, len(so_far.failed)) in refused else "due",
                "amount": owed,
                "failures": failures,
                "number": 1 + len(so_far.own) + len({amount for amount, _ in refused}),
            }
        )
    settled_by = own or others
    if not settled_by and _is_unpayable(facts, refund.key):
        return refund.model_copy(update={"status": "failed"})
    return refund.model_copy(
        update={
            "status": "pending" if any(seen.outcome == "pending" for seen in settled_by) else "done",
            "provider_refund_id": settled_by[-1].provider_refund_id if settled_by else None,
            "amount": _sum(own),
            "failures": failures,
        }
    )


def _still_owed(facts: Facts, refund: Refund, own: Iterable[SeenRefund], others: Iterable[SeenRefund]) -> int:
    """What is left of a refund when `own` went back under its key and `others` under none or another.

    Never more than the capture still has beside `others`, and without the last digit that no provider can pay.
    """
    elsewhere = _sum(others)
    captures = (_remaining(facts, capture) for capture in facts.captures if capture.capture_id == refund.capture_id)
    available = next(captures, refund.amount + elsewhere) - elsewhere
    return payable(max(0, min(refund.amount, available) - _sum(own)), refund.currency)


def _is_unpayable(facts: Facts, key: str) -> bool:
    """Whether all that booking wants back under a key is less than any provider can pay back."""
    return any(
        request.key == key and request.amount > 0 == payable(request.amount, request.currency)
        for request in facts.refund_requests
    )


def _final_refusals(facts: Facts, refund: Refund) -> set[tuple[int, int]]:
    """The amounts that the provider will never refund under this key, each with how many refunds of the capture had
    failed when it said so: one that fails later makes room for another attempt at the same amount."""
    return {
        (refund.amount if refusal.amount is None else refusal.amount, refusal.failed_before)
        for refusal in facts.refusals
        if refusal.key == refund.key and refusal.final
    }


def _refusal_of(facts: Facts, key: str) -> str | None:
    """Why the provider refused, or that there is nothing it could be asked for; None where neither is so."""
    refusals = (refusal.detail for refusal in facts.refusals if refusal.key == key)
    return min(refusals, default=_UNPAYABLE if _is_unpayable(facts, key) else None)


def _latest_refunds(facts: Facts) -> list[SeenRefund]:
    """Each refund at the provider once, as it is now: pending, then processed, and failed for good."""
    return latest(
        facts.refunds_seen,
        identity=lambda seen: seen.provider_refund_id,
        rank=lambda seen: OUTCOME_RANKS.index(seen.outcome),
    )


def _standing(refunds: Iterable[SeenRefund]) -> list[SeenRefund]:
    """Those that have not failed."""
    return [seen for seen in refunds if seen.outcome != "failed"]


def _sum(refunds: Iterable[SeenRefund]) -> int:
    return sum(seen.amount for seen in refunds)


# What is said of it


def refund_events(facts: Facts) -> Iterator[tuple[str, Event]]:
    """Events with their fixed ids: each accepted attempt and each failure of what was asked for under its number, and
    each refund that was made by hand of the money that pays for the booking."""
    for refund in _requested(facts):
        yield from _events_of(facts, refund)
    for seen in _latest_refunds(facts):
        if facts.winner is not None and seen.capture_id == facts.winner.capture_id and not is_ours(seen.key):
            yield from _events_by_hand(facts, seen)


def _events_of(facts: Facts, refund: Refund) -> Iterator[tuple[str, Event]]:
    """`PaymentRefunded` counts accepted attempts from 1, and so does `PaymentRefundCompleted` of those that were
    pending. `PaymentRefundFailed` has the number of the attempt that failed, or 0 where the provider refused before it
    accepted any."""
    about = {
        "payment_id": facts.payment_id,
        "booking_id": facts.booking_id,
        "theater_id": facts.theater_id,
        "refund_key": refund.key,
        **refund.model_dump(include={"capture_id", "currency", "reason", "of_booking"}),
    }
    accepted, failed = _attempts(facts, refund)
    for number, seen in enumerate(accepted, 1):
        by_others = 0 if refund.of_booking else refund.amount  # a refund by hand of booking's money has its own event
        accepted_as = {**about, "amount": seen.amount if seen.key == refund.key else by_others, "number": number}
        yield _numbered(f"payment_refunded:{refund.key}", number, 1), _refunded(facts, seen, accepted_as)
        if _was_pending_and_made(facts, seen):
            event_id = _numbered(f"payment_refund_completed:{refund.key}", number, 1)
            yield event_id, PaymentRefundCompleted(**accepted_as)
    refused = _refusal_of(facts, refund.key)
    details = [*([refused] if refused else []), *([_FAILED] * len(failed))]
    for number, detail in enumerate(details, 0 if refused else 1):
        yield (
            _numbered(f"payment_refund_failed:{refund.key}", number, 0),
            PaymentRefundFailed(**about, amount=refund.amount, number=number, detail=detail),
        )


def _refunded(facts: Facts, seen: SeenRefund, about: dict[str, Any]) -> PaymentRefunded:
    return PaymentRefunded(
        **about,
        user_id=facts.payer_of(seen.capture_id),
        provider_refund_id=seen.provider_refund_id,
        refunded_at=seen.made_at,
        is_pending="pending" in _outcomes_of(facts, seen),
    )


def _was_pending_and_made(facts: Facts, seen: SeenRefund) -> bool:
    """Whether the provider showed the refund as pending, and as made. More facts never take that back."""
    return _outcomes_of(facts, seen) >= {"pending", "processed"}


def _outcomes_of(facts: Facts, seen: SeenRefund) -> set[RefundOutcome]:
    """All that the provider ever said of one refund."""
    return {each.outcome for each in facts.refunds_seen if each.provider_refund_id == seen.provider_refund_id}


def _attempts(facts: Facts, refund: Refund) -> tuple[list[SeenRefund], list[SeenRefund]]:
    """(accepted, failed) attempts at one refund, oldest first. Monotone: more facts only append to either list.

    A refund that others made counts as an attempt only where nothing was owed any more with it.
    """
    so_far = _refunds_so_far(facts, refund)
    accepted_ids = {seen.provider_refund_id for seen in facts.refunds_seen if seen.outcome != "failed"}
    own, others = (
        [seen for seen in refunds if seen.provider_refund_id in accepted_ids] for refunds in (so_far.own, so_far.others)
    )
    was_settled = not _still_owed(facts, refund, own, others)
    failed = [seen for seen in so_far.failed if was_settled or seen.key == refund.key]
    own, others = _standing(so_far.own), _standing(so_far.others)
    if _still_owed(facts, refund, own, others):
        return failed if any(seen.provider_refund_id in accepted_ids for seen in failed) else [], failed
    newest = (own or others)[-1:]
    return sorted([*failed, *newest], key=lambda seen: seen.key != refund.key), failed


def _events_by_hand(facts: Facts, seen: SeenRefund) -> Iterator[tuple[str, Event]]:
    """A refund that was only ever seen as failed gave nothing back: nothing is said of it."""
    outcomes = _outcomes_of(facts, seen)
    if outcomes == {"failed"}:
        return
    key = _hand_key(seen)
    about = {
        "payment_id": facts.payment_id,
        "booking_id": facts.booking_id,
        "theater_id": facts.theater_id,
        "refund_key": key,
        "capture_id": seen.capture_id,
        "amount": seen.amount,
        "currency": seen.currency,
        "reason": BY_HAND,
        "of_booking": True,
        "number": 1,
    }
    yield f"payment_refunded:{key}", _refunded(facts, seen, about)
    if _was_pending_and_made(facts, seen):
        yield f"payment_refund_completed:{key}", PaymentRefundCompleted(**about)
    if "failed" in outcomes:
        yield f"payment_refund_failed:{key}", PaymentRefundFailed(**about, detail=_FAILED)


def _hand_key(seen: SeenRefund) -> str:
    return f"hand_{seen.provider_refund_id}"


def _numbered(event_id: str, number: int, first: int) -> str:
    return event_id if number == first else f"{event_id}:{number}"
