"""HTTP bodies of this service."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.text import Paragraph
from contracts.money import Currency, MinorUnits
from contracts.sale import Sale
from payment.advance import Consequences, Status, difference_of, latest_attempts
from payment.cases import Kind, next_step
from payment.domain import FREE, Facts, ProviderName
from payment.owed import RefundStatus
from payment.store import OpenedCase, Payment

_REASONS: list[JsonValue] = [
    "by_guest",
    "by_hand",
    "by_theater",
    "seats_lost",
    "second_payment",
    "showtime_cancelled",
    "too_late",
    "wrong_amount",
]  # those of bookings, and our own
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


class CreateOrder(RequestBody):
    """Which hold is to be paid."""

    hold_id: ShortText


class OrderView(ResponseBody):
    """All that Razorpay Checkout needs. A sale that costs nothing has neither order nor key: its provider is `free`,
    and the booking confirms by itself."""

    payment_id: str
    booking_id: str
    provider: ProviderName
    order_id: Absent[str] = None
    amount: MinorUnits
    currency: Currency
    key_id: Absent[str] = None

    @staticmethod
    def of(payment: Payment, sale: Sale, key_id: str) -> "OrderView":
        """The open order of a payment that has one, or that there is none to pay."""
        if payment.is_free:
            return OrderView(
                payment_id=sale.payment_id,
                booking_id=sale.booking_id,
                provider=FREE,
                amount=0,
                currency=sale.quote.currency,
            )
        order = payment.facts.orders[0]
        return OrderView(
            payment_id=sale.payment_id,
            booking_id=sale.booking_id,
            provider=order.provider,
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            key_id=key_id,
        )


class RefundView(ResponseBody):
    """A refund, as its owner sees it."""

    amount: MinorUnits
    currency: Currency
    status: RefundStatus
    reason: Annotated[str, Field(json_schema_extra={"enum": _REASONS})]


class DifferenceView(ResponseBody):
    """By how much more, or below 0 less, was captured than the sale's total, and why."""

    amount: int
    reason: Literal["fee", "offer", "rounding"]


class PaymentView(ResponseBody):
    """A payment, as its owner sees it; `failed` may still become `succeeded`."""

    id: str
    provider: ProviderName
    provider_ref: Absent[str] = None
    booking_id: str
    amount: MinorUnits
    currency: Currency
    status: Status
    refunds: tuple[RefundView, ...]
    difference: Absent[DifferenceView] = None

    @staticmethod
    def of(payment: Payment, sale: Sale, default: ProviderName) -> "PaymentView":
        """`providerRef` is the capture once there is one, the order before; `default` is who would be asked."""
        facts, found = payment.facts, payment.consequences
        provider, reference = _reference(facts) or (default, None)
        difference = difference_of(sale, facts.winner) if facts.winner else None
        return PaymentView(
            id=facts.payment_id,
            provider=provider,
            provider_ref=reference,
            booking_id=sale.booking_id,
            amount=sale.quote.total,
            currency=sale.quote.currency,
            status=found.status,
            refunds=_refunds(found),
            difference=DifferenceView(**difference.model_dump()) if difference else None,
        )


def _reference(facts: Facts) -> tuple[ProviderName, str | None] | None:
    """Who was asked for the money, and the provider's id of what is known there."""
    if facts.winner is not None:
        return facts.winner.provider, facts.winner.capture_id if facts.winner.provider != FREE else None
    return (facts.orders[0].provider, facts.orders[0].order_id) if facts.orders else None


def _refunds(found: Consequences) -> tuple[RefundView, ...]:
    """Nothing goes back under the key of one that was made by hand in full: that one stands for it."""
    return tuple(
        RefundView(amount=one.amount, currency=one.currency, status=one.status, reason=one.reason)
        for one in found.refunds
        if one.amount
    )


class CaseView(ResponseBody):
    """Something that needs a person, while it has no `closedAt`. `amount` is what is in doubt."""

    id: str
    kind: Kind
    booking_id: str
    payment_id: str
    amount: MinorUnits
    currency: Currency
    detail: str
    next_step: str
    opened_at: datetime
    closed_at: Absent[datetime] = None
    note: Absent[str] = None

    @staticmethod
    def of(payment_id: str, case: OpenedCase) -> "CaseView":
        """Everything there is to know of it."""
        booking_id = f"bkg_{payment_id.removeprefix('pay_')}"
        return CaseView(
            id=case.id,
            kind=case.kind,
            booking_id=booking_id,
            payment_id=payment_id,
            amount=case.amount,
            currency=case.currency,
            detail=case.detail,
            next_step=next_step(case, booking_id),
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            note=case.note,
        )


class CloseCaseBody(RequestBody):
    """Why it needs nobody any more."""

    note: Annotated[str, Field(min_length=1, max_length=1000), Paragraph]


class SettleBody(RequestBody):
    """The order that was paid, and what its provider's checkout handed to the page."""

    order_id: ShortText
    proof: dict[ShortText, ShortText]


SettledStatus = Literal["succeeded", "failed", "pending", "authorized", "unknown"]


class SettleAnswer(BaseModel):
    """What is known of the payment after it was settled."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    sale: Sale
    payment_id: str
    status: SettledStatus
    capture_id: str | None

    @staticmethod
    def of(payment: Payment, sale: Sale, tried: str, *, heard: bool) -> "SettleAnswer":
        """`tried` is the provider's id of the attempt that is asked about; `heard`: the provider told of it."""
        winner = payment.facts.winner
        return SettleAnswer(
            sale=sale,
            payment_id=payment.facts.payment_id,
            status="succeeded" if winner else _status_of(payment.facts, tried, heard=heard),
            capture_id=winner.capture_id if winner else None,
        )


def _status_of(facts: Facts, tried: str, *, heard: bool) -> SettledStatus:
    attempts = {one.attempt_id: one.status for one in latest_attempts(facts)}
    if tried in attempts:
        return "authorized" if attempts[tried] == "authorized" else "failed"
    if any(capture.capture_id == tried for capture in facts.captures):
        return "failed"  # another amount than the order's: it goes back
    return "pending" if heard else "unknown"
