"""What is owed back of a payment's captures, how far that is, and what is said of it. Pure, without a clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from contracts.event import Event
from contracts.payment import PaymentRefunded, PaymentRefundFailed
from payment.amounts import payable
from payment.domain import Capture, Facts, MadeRefund, Value, is_ours

RefundStatus = Literal["due", "pending", "done", "failed"]

BY_HAND = "by_hand"
_FATE_RANKS = ("pending", "processed", "failed")
_FAILED = "the provider reports that the refund failed"
_UNPAYABLE = "no provider pays so little back in this currency"


class Refund(Value):
    """Money that goes back, or went: `amount` is what is still owed, or else what went back under this key.

    `failures` counts refunds of this key that failed at the provider, `number` is that of the next try there.
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
    """Every refund of a payment as it stands, those made by hand too."""
    owed = list(_asked(facts))
    keys = {refund.key for refund in owed}
    for refund in owed:
        yield _as_it_stands(facts, refund)
    for made in _current_made(facts):
        if made.key not in keys:
            yield Refund(
                key=_hand_key(made),
                capture_id=made.capture_id,
                amount=made.amount,
                currency=made.currency,
                reason=BY_HAND,
                of_booking=False,
                by_hand=True,
                status=_status_of(made),
                provider_refund_id=made.provider_refund_id,
            )


def _asked(facts: Facts) -> Iterator[Refund]:
    """What is to go back, each in full."""
    yield from _not_ours(facts)
    for ask in facts.asks:
        yield Refund(**ask.model_dump(), of_booking=True, status="due")


def _not_ours(facts: Facts) -> Iterator[Refund]:
    """A second capture, or one whose amount or currency is wrong, goes back in full under its own key."""
    for capture in facts.captures:
        left = _here(facts, capture)
        if capture.verdict != "winner" and left > 0:
            reason = "second_payment" if capture.verdict == "extra" else "wrong_amount"
            yield Refund(
                key=_key_of(capture),
                capture_id=capture.capture_id,
                amount=left,
                currency=capture.currency,
                reason=reason,
                of_booking=False,
                status="due",
            )


def _key_of(capture: Capture) -> str:
    return f"refund_{capture.capture_id}"


def _here(facts: Facts, capture: Capture) -> int:
    """What of a capture had not gone back before we saw it.

    That counts only until the refunds it is made of are seen themselves: any of them may fail.
    """
    seen = (
        made for made in _current_made(facts) if made.capture_id == capture.capture_id and made.key != _key_of(capture)
    )
    return capture.amount - max(0, capture.refunded_before - _total(seen))


def _as_it_stands(facts: Facts, asked: Refund) -> Refund:
    """What is still owed of it, or how far it is: by refunds under its key, or by what others gave back."""
    gone = _gone(facts, asked)
    given, refused = _alive(gone.own), _refused_for_good(facts, asked)
    owed = _owed(facts, asked, given, _alive(gone.others))
    failures = len(gone.own) - len(given)
    if owed:
        final = (owed, len(gone.failed)) in refused
        number = 1 + len(gone.own) + len({amount for amount, _ in refused})
        changes = {"status": "failed" if final else "due", "amount": owed, "failures": failures, "number": number}
        return asked.model_copy(update=changes)
    by = given or _alive(gone.others)
    if not by and _is_unpayable(facts, asked.key):
        return asked.model_copy(update={"status": "failed"})
    status = "pending" if any(made.fate == "pending" for made in by) else "done"
    found = {"status": status, "provider_refund_id": by[-1].provider_refund_id if by else None}
    return asked.model_copy(update={**found, "amount": _total(given), "failures": failures})


@dataclass(frozen=True, slots=True)
class _Gone:
    """Refunds of a capture as they stand, the oldest first: under a key, and by hand or under another."""

    own: list[MadeRefund]
    others: list[MadeRefund]

    @property
    def failed(self) -> list[MadeRefund]:
        return [made for made in (*self.own, *self.others) if made.fate == "failed"]


def _gone(facts: Facts, asked: Refund) -> _Gone:
    made = sorted(_current_made(facts), key=lambda one: (one.made_at, one.provider_refund_id))
    others = [one for one in made if one.capture_id == asked.capture_id and one.key != asked.key]
    return _Gone(own=[one for one in made if one.key == asked.key], others=others)


def _owed(facts: Facts, asked: Refund, own: Iterable[MadeRefund], others: Iterable[MadeRefund]) -> int:
    """What is left of an ask when so much went back: never more than the capture still has, nor what nobody can pay."""
    captures = (_here(facts, capture) for capture in facts.captures if capture.capture_id == asked.capture_id)
    left = min(asked.amount, next(captures, asked.amount + _total(others)) - _total(others))
    return payable(max(0, left - _total(own)), asked.currency)


def _is_unpayable(facts: Facts, key: str) -> bool:
    """Whether all that is asked for under a key is less than a provider can give back."""
    return any(ask.key == key and ask.amount > 0 == payable(ask.amount, ask.currency) for ask in facts.asks)


def _refused_for_good(facts: Facts, asked: Refund) -> set[tuple[int, int]]:
    """Which amounts, each with how many refunds of the capture had failed by then."""
    return {
        (asked.amount if refusal.amount is None else refusal.amount, refusal.failed_before)
        for refusal in facts.refusals
        if refusal.key == asked.key and refusal.final
    }


def gone_back(facts: Facts, capture_id: str) -> int:
    """How much of a capture has gone back, by whomever."""
    return _total(_alive(made for made in _current_made(facts) if made.capture_id == capture_id))


def _alive(made: Iterable[MadeRefund]) -> list[MadeRefund]:
    return [one for one in made if one.fate != "failed"]


def _total(made: Iterable[MadeRefund]) -> int:
    return sum(one.amount for one in made)


def _current_made(facts: Facts) -> list[MadeRefund]:
    found: dict[str, MadeRefund] = {}
    for made in sorted(facts.made, key=lambda one: _FATE_RANKS.index(one.fate)):
        found[made.provider_refund_id] = made
    return list(found.values())


def _status_of(made: MadeRefund) -> RefundStatus:
    return {"pending": "pending", "processed": "done", "failed": "failed"}[made.fate]  # type: ignore[return-value]  # literals


def failure_of(facts: Facts, refund: Refund) -> str | None:
    """Why the refund was refused or failed, if it ever was."""
    return _refusal_of(facts, refund.key) or (_FAILED if refund.failures else None)


def _refusal_of(facts: Facts, key: str) -> str | None:
    """What the provider said, or that there was nothing to ask it for."""
    refusals = (refusal.detail for refusal in facts.refusals if refusal.key == key)
    return min(refusals, default=_UNPAYABLE if _is_unpayable(facts, key) else None)


def refund_events(facts: Facts) -> Iterator[tuple[str, Event]]:
    """Each accepted try and each failure under its number: a failure has that of the try it ended, or 0. And each
    refund by hand of the money that had paid for the booking."""
    for asked in _asked(facts):
        yield from _events_of(facts, asked)
    for made in _current_made(facts):
        if facts.winner is not None and made.capture_id == facts.winner.capture_id and not is_ours(made.key):
            yield from _events_of_hand(facts, made)


def _events_of_hand(facts: Facts, made: MadeRefund) -> Iterator[tuple[str, Event]]:
    """One that was never seen but as failed had given nothing back."""
    key, fates = _hand_key(made), {one.fate for one in facts.made if one.provider_refund_id == made.provider_refund_id}
    about = {
        "payment_id": facts.payment_id,
        "booking_id": facts.booking_id,
        "refund_key": key,
        "capture_id": made.capture_id,
        "amount": made.amount,
        "currency": made.currency,
        "reason": BY_HAND,
        "of_booking": True,
        "number": 1,
    }
    if fates == {"failed"}:
        return
    yield (
        f"payment_refunded:{key}",
        PaymentRefunded(
            **about,
            user_id=facts.sale.user_id if facts.sale else None,
            provider_refund_id=made.provider_refund_id,
            refunded_at=made.made_at,
        ),
    )
    if "failed" in fates:
        yield f"payment_refund_failed:{key}", PaymentRefundFailed(**about, detail=_FAILED)


def _hand_key(made: MadeRefund) -> str:
    return f"hand_{made.provider_refund_id}"


def _events_of(facts: Facts, asked: Refund) -> Iterator[tuple[str, Event]]:
    about = {
        "payment_id": facts.payment_id,
        "booking_id": facts.booking_id,
        "refund_key": asked.key,
        **asked.model_dump(include={"capture_id", "currency", "reason", "of_booking"}),
    }
    taken, failed = _tries(facts, asked)
    for number, made in enumerate(taken, 1):
        by_others = 0 if asked.of_booking else asked.amount  # of the booking's money theirs is said for itself
        amount = made.amount if made.key == asked.key else by_others
        yield (
            _numbered(f"payment_refunded:{asked.key}", number, 1),
            PaymentRefunded(
                **about,
                amount=amount,
                number=number,
                user_id=facts.sale.user_id if facts.sale else None,
                provider_refund_id=made.provider_refund_id,
                refunded_at=made.made_at,
            ),
        )
    refused = _refusal_of(facts, asked.key)
    details = [*([refused] if refused else []), *([_FAILED] * len(failed))]
    for number, detail in enumerate(details, 0 if refused else 1):
        yield (
            _numbered(f"payment_refund_failed:{asked.key}", number, 0),
            PaymentRefundFailed(
                **about,
                amount=asked.amount,
                number=number,
                detail=detail,
            ),
        )


def _numbered(event_id: str, number: int, first: int) -> str:
    return event_id if number == first else f"{event_id}:{number}"


def _tries(facts: Facts, asked: Refund) -> tuple[list[MadeRefund], list[MadeRefund]]:
    """Refunds that settled it or were to, and those of them that failed; with the facts both lists only grow.

    One by others counts when with it nothing was owed.
    """
    gone, seen = _gone(facts, asked), {made.provider_refund_id for made in facts.made if made.fate != "failed"}
    own, others = ([made for made in some if made.provider_refund_id in seen] for some in (gone.own, gone.others))
    was_settled = not _owed(facts, asked, own, others)
    failed = [made for made in gone.failed if was_settled or made.key == asked.key]
    given, by_others = _alive(gone.own), _alive(gone.others)
    if not _owed(facts, asked, given, by_others):
        newest = (given or by_others)[-1:]
        return sorted([*failed, *newest], key=lambda made: made.key != asked.key), failed
    return failed if any(made.provider_refund_id in seen for made in failed) else [], failed
