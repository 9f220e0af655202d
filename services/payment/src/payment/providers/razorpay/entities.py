"""Razorpay's entities, read with tolerance, and what each means to the use cases."""

from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.payment import DisputeStatus
from payment.domain import RefundOutcome
from payment.usecases.provider import ProviderDispute, ProviderOrder, ProviderPayment, ProviderRefund

KEY_NOTE = "refund_key"
"""The note of a refund that bears our key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Entity(_Part):
    """Only what is needed: entities differ from producer to producer, and empty notes come as a list."""

    id: str
    amount: int = Field(strict=True)
    currency: str
    created_at: datetime
    notes: dict[str, object] = {}

    @field_validator("notes", mode="before")
    @classmethod
    def _of_a_list(cls, value: object) -> object:
        return value if isinstance(value, dict) else {}


class _Order(_Entity):
    receipt: str | None = None


class _Offer(_Part):
    id: str


class _Offers(_Part):
    items: tuple[_Offer, ...] = ()


class _Payment(_Entity):
    order_id: str | None = None
    status: Literal["created", "authorized", "captured", "refunded", "failed"]
    captured: bool = False
    captured_at: datetime | None = None
    amount_refunded: int | None = None
    error_reason: str | None = None
    error_description: str | None = None
    fee: int | None = None
    fee_bearer: str | None = None
    offer_id: str | None = None
    offers: _Offers = _Offers()


class _Refund(_Entity):
    payment_id: str
    receipt: str | None = None
    status: RefundOutcome


class _Dispute(_Entity):
    payment_id: str
    status: str
    amount_deducted: int | None = None
    reason_code: str | None = None
    respond_by: datetime | None = None


_E = TypeVar("_E", bound=_Entity)


def order_of(body: dict[str, Any]) -> ProviderOrder:
    """One order; this and the others raise `ValidationError`."""
    return _order(_Order.model_validate(body))


def orders_in(body: dict[str, Any]) -> list[ProviderOrder]:
    """A list of orders."""
    return [_order(order) for order in _items(body, _Order)]


def payment_of(body: dict[str, Any]) -> ProviderPayment:
    """One payment."""
    return _payment(_Payment.model_validate(body))


def payments_in(body: dict[str, Any]) -> list[ProviderPayment]:
    """A list of payments."""
    return [_payment(payment) for payment in _items(body, _Payment)]


def refund_of(body: dict[str, Any]) -> ProviderRefund:
    """One refund."""
    return _refund(_Refund.model_validate(body))


def refunds_in(body: dict[str, Any]) -> list[ProviderRefund]:
    """A list of refunds."""
    return [_refund(refund) for refund in _items(body, _Refund)]


def dispute_of(body: dict[str, Any]) -> ProviderDispute:
    """One dispute."""
    return _dispute(_Dispute.model_validate(body))


def items_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of a list, as they are."""
    items = body.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _items(body: dict[str, Any], entity: type[_E]) -> list[_E]:
    return [entity.model_validate(item) for item in items_of(body)]


def _order(order: _Order) -> ProviderOrder:
    notes = {name: value for name, value in order.notes.items() if isinstance(value, str)}
    return ProviderOrder(order.id, order.receipt or "", order.amount, order.currency, order.created_at, notes=notes)


def _payment(payment: _Payment) -> ProviderPayment:
    offers = {payment.offer_id, *(offer.id for offer in payment.offers.items)}
    return ProviderPayment(
        payment_id=payment.id,
        order_id=payment.order_id or "",
        amount=payment.amount,
        currency=payment.currency,
        status=_status(payment),
        at=(payment.captured_at or payment.created_at).astimezone(UTC),
        refunded=payment.amount_refunded or 0,
        reason=payment.error_reason or payment.error_description,
        fee=payment.fee,
        payer_bears_fee=payment.fee_bearer == "customer",
        offer_ids=tuple(offer_id for offer_id in offers if offer_id),
    )


def _status(payment: _Payment) -> Literal["created", "failed", "authorized", "captured", "lapsed"]:
    """`refunded` is said of what was captured and went back, and of what was never captured."""
    if payment.status == "refunded":
        return "captured" if payment.captured else "lapsed"
    return payment.status


def _refund(refund: _Refund) -> ProviderRefund:
    noted = refund.notes.get(KEY_NOTE)
    return ProviderRefund(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        key=noted if isinstance(noted, str) else refund.receipt,
        amount=refund.amount,
        currency=refund.currency,
        outcome=refund.status,
        at=refund.created_at.astimezone(UTC),
    )


def _dispute(dispute: _Dispute) -> ProviderDispute:
    return ProviderDispute(
        dispute_id=dispute.id,
        payment_id=dispute.payment_id,
        amount=dispute.amount,
        currency=dispute.currency,
        status=_dispute_status(dispute),
        at=dispute.created_at.astimezone(UTC),
        reason=dispute.reason_code,
        respond_by=dispute.respond_by.astimezone(UTC) if dispute.respond_by else None,
    )


def _dispute_status(dispute: _Dispute) -> DisputeStatus:
    """One that was closed without a verdict is lost where money was taken for it; a word that is not known is taken
    for an open dispute."""
    match dispute.status:
        case "won":
            return "won"
        case "lost":
            return "lost"
        case "closed":
            return "lost" if dispute.amount_deducted else "won"
        case _:
            return "open"
