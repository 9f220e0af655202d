"""Stripe's entities, read with tolerance, and what each means to the use cases.

An intent is the order, and its capture as well: it is paid once at most. Each try to pay it is a charge.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.payment import DisputeStatus
from payment.domain import RefundOutcome
from payment.providers.stripe.amounts import from_stripe
from payment.usecases.provider import ProviderDispute, ProviderOrder, ProviderPayment, ProviderRefund

RECEIPT = "payment_id"
KEY, NUMBER = "refund_key", "refund_number"
"""Names in the metadata of intents and refunds."""
_OUTCOMES: dict[str, RefundOutcome] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "processed",
    "failed": "failed",
    "canceled": "failed",
}
_Status = Literal["created", "processing", "failed", "authorized", "captured", "lapsed"]


class _Entity(BaseModel):
    """Only what is needed: entities differ from version to version of the API."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    amount: int = Field(strict=True)
    currency: str
    created: datetime
    metadata: dict[str, str] = {}

    @field_validator("currency")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @field_validator("metadata", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return value if isinstance(value, dict) else {}

    @property
    def at(self) -> datetime:
        """When it was made."""
        return self.created.astimezone(UTC)

    def minor(self, amount: int) -> int:
        """An amount of it in minor units."""
        return from_stripe(amount, self.currency)


class _Fee(BaseModel):
    fee: int | None = None


class _Charge(_Entity):
    status: Literal["succeeded", "pending", "failed"]
    payment_intent: str | None = None
    captured: bool = False
    amount_captured: int | None = None
    amount_refunded: int = 0
    refunded: bool = False
    failure_code: str | None = None
    balance_transaction: _Fee | None = None

    @field_validator("payment_intent", mode="before")
    @classmethod
    def _id_of_expanded(cls, value: object) -> object:
        return value.get("id") if isinstance(value, dict) else value

    @field_validator("balance_transaction", mode="before")
    @classmethod
    def _if_expanded(cls, value: object) -> object:
        return value if isinstance(value, dict) else None


class _Error(BaseModel):
    code: str | None = None
    charge: str | None = None


class _Intent(_Entity):
    status: str
    amount_received: int = 0
    latest_charge: _Charge | None = None
    last_payment_error: _Error | None = None

    @field_validator("latest_charge", mode="before")
    @classmethod
    def _if_expanded(cls, value: object) -> object:
        return value if isinstance(value, dict) else None

    @property
    def is_closed(self) -> bool:
        """A canceled intent stays so."""
        return self.status == "canceled"


class _Evidence(BaseModel):
    due_by: datetime | None = None


class _Card(BaseModel):
    case_type: str | None = None


class _Method(BaseModel):
    card: _Card | None = None


class _Dispute(_Entity):
    payment_intent: str | None = None
    charge: str | None = None
    status: str
    reason: str | None = None
    evidence_details: _Evidence | None = None
    payment_method_details: _Method | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether it was turned away before anything was taken."""
        card = self.payment_method_details.card if self.payment_method_details else None
        return card is not None and card.case_type == "block"


class _Refund(_Entity):
    payment_intent: str | None = None
    charge: str | None = None
    status: str | None = None


def order_of(body: dict[str, Any]) -> ProviderOrder:
    """An intent as an order; this and the others raise `ValidationError`."""
    intent = _Intent.model_validate(body)
    return ProviderOrder(
        intent.id,
        intent.metadata.get(RECEIPT, ""),
        intent.minor(intent.amount),
        intent.currency,
        intent.at,
        is_closed=intent.is_closed,
        notes=intent.metadata,
    )


def payments_in_intent(body: dict[str, Any]) -> list[ProviderPayment]:
    """What was tried last on an intent, or that it is closed; nothing where neither is so."""
    payment = payment_of_intent(body)
    return [payment] if payment.status != "created" or payment.order_is_closed else []


def payment_of_intent(body: dict[str, Any]) -> ProviderPayment:
    """The newest try to pay an intent, its charge expanded; `created` where none was made, or the payer is at it."""
    intent = _Intent.model_validate(body)
    charge = intent.latest_charge
    match intent.status:
        case "succeeded":
            return _captured(intent)
        case "processing" if charge is None or charge.status != "pending":
            return _without_charge(intent, "processing")
        case "requires_action" | "requires_confirmation":
            return _without_charge(intent, "created")
    if charge is not None:
        return replace(_payment(charge), order_id=intent.id, order_is_closed=intent.is_closed)
    return _without_charge(intent, "failed" if intent.last_payment_error else "created")


def _without_charge(intent: _Intent, status: _Status) -> ProviderPayment:
    error = intent.last_payment_error if status == "failed" else None
    return ProviderPayment(
        payment_id=(error.charge if error else None) or intent.id,
        order_id=intent.id,
        amount=intent.minor(intent.amount),
        currency=intent.currency,
        status=status,
        at=intent.at,
        reason=error.code if error else None,
        order_is_closed=intent.is_closed,
    )


def _captured(intent: _Intent) -> ProviderPayment:
    """By its charge where that is there: it says when, and how much went back. Raises `ValueError` while more was
    captured than asked for and the fee, which may explain it, is not known: that comes a moment later."""
    charge = intent.latest_charge
    if charge is not None:
        if (charge.amount_captured or 0) > intent.amount and charge.balance_transaction is None:
            raise ValueError("the fee of a charge is not known yet")
        return _payment(charge.model_copy(update={"payment_intent": intent.id, "captured": True}))
    received = intent.minor(intent.amount_received)
    return ProviderPayment(intent.id, intent.id, received, intent.currency, "captured", intent.at)


def payment_of_charge(body: dict[str, Any]) -> ProviderPayment:
    """A charge: what was captured bears the intent's id."""
    return _payment(_Charge.model_validate(body))


def _payment(charge: _Charge) -> ProviderPayment:
    status = _status_of(charge)
    is_captured = status == "captured"
    amount = charge.amount if charge.amount_captured is None or not is_captured else charge.amount_captured
    fee = charge.balance_transaction.fee if charge.balance_transaction else None
    return ProviderPayment(
        payment_id=(charge.payment_intent if is_captured else None) or charge.id,
        order_id=charge.payment_intent or "",
        amount=charge.minor(amount),
        currency=charge.currency,
        status=status,
        at=charge.at,
        refunded=charge.minor(charge.amount_refunded) if is_captured else 0,
        reason=charge.failure_code,
        fee=fee if is_captured else None,
    )


def _status_of(charge: _Charge) -> _Status:
    match charge.status:
        case "pending":
            return "processing"
        case "failed":
            return "failed"
        case "succeeded" if charge.captured:
            return "captured"
        case "succeeded":
            return "lapsed" if charge.refunded else "authorized"


def refund_of(body: dict[str, Any]) -> ProviderRefund:
    """A refund; of a charge without an intent its payment is the charge."""
    refund = _Refund.model_validate(body)
    return ProviderRefund(
        refund_id=refund.id,
        payment_id=refund.payment_intent or refund.charge or "",
        key=refund.metadata.get(KEY),
        amount=refund.minor(refund.amount),
        currency=refund.currency,
        outcome=outcome_of_status(refund.status) or "pending",
        at=refund.at,
    )


def dispute_of(body: dict[str, Any]) -> ProviderDispute:
    """A dispute, or an inquiry before one; of a charge without an intent its payment is the charge."""
    dispute = _Dispute.model_validate(body)
    due_by = dispute.evidence_details.due_by if dispute.evidence_details else None
    return ProviderDispute(
        dispute_id=dispute.id,
        payment_id=dispute.payment_intent or dispute.charge or "",
        amount=dispute.minor(dispute.amount),
        currency=dispute.currency,
        status=_dispute_status(dispute),
        at=dispute.at,
        reason=dispute.reason,
        respond_by=due_by.astimezone(UTC) if due_by else None,
    )


def _dispute_status(dispute: _Dispute) -> DisputeStatus:
    """An inquiry that was closed has taken nothing. One that was prevented has, unless it was blocked: the account's
    rules gave the payer the money. A word that is not known is taken for an open dispute."""
    match dispute.status:
        case "won" | "warning_closed":
            return "won"
        case "prevented":
            return "won" if dispute.is_blocked else "lost"
        case "lost":
            return "lost"
        case _:
            return "open"


def outcome_of_status(status: str | None) -> RefundOutcome | None:
    """How far a refund is; None for a word that is not known."""
    return _OUTCOMES.get(status or "")


def items_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of a list, as they are."""
    items = body.get("data")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
