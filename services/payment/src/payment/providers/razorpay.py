"""Razorpay as the port `Provider`: its answers turned into yes, no and unknown, its entities into ours."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from payment.domain import ProviderName, RefundOutcome
from payment.ports import PAGE, No, Outcome, PaymentStatus, ProviderOrder, ProviderPayment, ProviderRefund, Unknown, Yes
from payment.providers.transport import Answer, Call, NoAnswer, NotSent, Transport, timeouts

_WRITE_SECONDS = 6.0
_READ_SECONDS = 5.0  # guests do not wait for it so long: what asks for them has a shorter patience
_LOOKUP_SECONDS = 2.0  # a guest waits for the order
_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{10,37}")
_FINAL = ("fully refunded already", "greater than amount captured", "more than 6 months old", "must be atleast")
_NOTE = "refund_key"
# Captured by itself however late its bank answers: nothing of ours captures.
_CAPTURE = {
    "capture": "automatic",
    "capture_options": {"automatic_expiry_period": 7200, "manual_expiry_period": 7200, "refund_speed": "normal"},
}

T = TypeVar("T")
E = TypeVar("E", bound="_Entity")


class _Entity(BaseModel):
    """Only what is needed: entities differ from producer to producer, and empty notes come as a list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

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


class _Offer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str


class _Offers(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

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


class Razorpay:
    """The adapter."""

    name: ProviderName = "razorpay"

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def open_order(
        self, receipt: str, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        """`POST /orders`, captured automatically. A receipt that is taken is an unknown outcome: look it up."""
        data = {"amount": amount, "currency": currency, "receipt": receipt, "notes": dict(notes), "payment": _CAPTURE}
        outcome = await self._asked(
            lambda client, seconds: client.order.create(data, timeout=timeouts(seconds)),
            _WRITE_SECONDS,
            lambda body: _order(_Order.model_validate(body)),
        )
        if isinstance(outcome, No) and "receipt should be unique" in outcome.detail:
            return Unknown(outcome.detail)
        return outcome

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        """`GET /orders?receipt=`."""
        asked = {"receipt": receipt, "count": 100}
        outcome = await self._asked(
            lambda client, seconds: client.order.all(asked, timeout=timeouts(seconds)),
            _LOOKUP_SECONDS,
            lambda body: [_order(one) for one in _items(body, _Order)],
        )
        match outcome:
            case Yes(orders):
                return Yes([order for order in orders if order.receipt == receipt])
            case _:
                return outcome

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        """`GET /orders/:id`."""
        return await self._read(
            order_id,
            lambda client, seconds: client.order.fetch(order_id, {}, timeout=timeouts(seconds)),
            lambda body: _order(_Order.model_validate(body)),
        )

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        """`GET /payments/:id`, offers expanded."""
        return await self._read(
            payment_id,
            lambda client, seconds: client.payment.fetch(payment_id, {"expand[]": "offers"}, timeout=timeouts(seconds)),
            lambda body: _payment(_Payment.model_validate(body)),
        )

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        """`GET /orders/:id/payments`."""
        return await self._read(
            order_id,
            lambda client, seconds: client.order.payments(order_id, {"count": 100}, timeout=timeouts(seconds)),
            lambda body: [_payment(one) for one in _items(body, _Payment)],
        )

    async def payments_since(self, start: datetime, skip: int) -> Outcome[Sequence[ProviderPayment]]:
        """`GET /payments?from=`."""
        return await self._since("payment", start, skip, lambda body: [_payment(one) for one in _items(body, _Payment)])

    async def refunds_since(self, start: datetime, skip: int) -> Outcome[Sequence[ProviderRefund]]:
        """`GET /refunds?from=`."""
        return await self._since("refund", start, skip, lambda body: [_refund(one) for one in _items(body, _Refund)])

    async def refund(self, payment_id: str, key: str, number: int, amount: int) -> Outcome[ProviderRefund]:
        """`POST /payments/:id/refund`, with key and receipt both derived from `key` and `number`."""
        if not _ID.fullmatch(payment_id):
            return No(f"{payment_id!r} is no id", "not_found")
        own = provider_key(key, number)
        data = {"amount": amount, "speed": "normal", "receipt": own, "notes": {_NOTE: key}}
        headers = {"X-Refund-Idempotency": own}
        return await self._asked(
            lambda client, seconds: client.payment.refund(payment_id, data, timeout=timeouts(seconds), headers=headers),
            _WRITE_SECONDS,
            lambda body: _refund(_Refund.model_validate(body)),
        )

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        """`GET /payments/:id/refunds`."""
        return await self._read(
            payment_id,
            lambda client, seconds: client.payment.fetch_multiple_refund(
                payment_id, {"count": 100}, timeout=timeouts(seconds)
            ),
            lambda body: [_refund(one) for one in _items(body, _Refund)],
        )

    async def _since(
        self, kind: Literal["payment", "refund"], start: datetime, skip: int, parse: Callable[[dict[str, Any]], T]
    ) -> Outcome[T]:
        asked = {"from": int(start.timestamp()), "count": PAGE, "skip": skip}
        return await self._asked(
            lambda client, seconds: getattr(client, kind).all(asked, timeout=timeouts(seconds)), _READ_SECONDS, parse
        )

    async def _read(self, entity_id: str, call: Call, parse: Callable[[dict[str, Any]], T]) -> Outcome[T]:
        if not _ID.fullmatch(entity_id):
            return No(f"{entity_id!r} is no id", "not_found")
        return await self._asked(call, _READ_SECONDS, parse)

    async def _asked(self, call: Call, seconds: float, parse: Callable[[dict[str, Any]], T]) -> Outcome[T]:
        try:
            answer = await self._transport.ask(call, seconds)
        except NotSent as error:
            return No(f"the provider cannot be reached: {error}", "unreachable")
        except NoAnswer as error:
            return Unknown(str(error))
        if not 200 <= answer.status < 300:
            return refusal(answer)
        try:
            return Yes(parse(answer.body))
        except ValidationError as error:
            return Unknown(f"an answer that is not understood: {error.error_count()} errors")


def refusal(answer: Answer) -> No | Unknown:
    """What an answer without success means, by its status and text."""
    error = answer.body.get("error")
    error = error if isinstance(error, dict) else {}
    detail = str(error.get("description") or f"status {answer.status}")
    if answer.status == 429:
        return No(detail, "throttled")
    if not 400 <= answer.status < 500 or "still in progress" in detail:
        return Unknown(detail)
    if answer.status == 404 or "does not exist" in detail or "is not a valid id" in detail:
        return No(detail, "not_found")
    field = error.get("field")
    return No(detail, final=any(text in detail for text in _FINAL), field=field if isinstance(field, str) else None)


def provider_key(key: str, number: int) -> str:
    """A refund's key as the header takes it (letters, digits, `_`, `-`; 10 at least) and as a receipt (40 at most).

    The provider answers a key that failed with the failed refund for ever, so each new try has a number.
    """
    own = key if _KEY.fullmatch(key) else f"refund_{hashlib.sha256(key.encode()).hexdigest()[:28]}"
    return own if number == 1 else f"{own}-{number}"


def _items(body: dict[str, Any], entity: type[E]) -> list[E]:
    items = body.get("items")
    return [entity.model_validate(item) for item in items] if isinstance(items, list) else []


def _order(order: _Order) -> ProviderOrder:
    return ProviderOrder(order.id, order.receipt or "", order.amount, order.currency, order.created_at)


def _payment(payment: _Payment) -> ProviderPayment:
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
        offer_ids=_offers(payment),
    )


def _offers(payment: _Payment) -> tuple[str, ...]:
    own = (payment.offer_id,) if payment.offer_id else ()
    return tuple({*own, *(offer.id for offer in payment.offers.items)})


def _status(payment: _Payment) -> PaymentStatus:
    if payment.status == "refunded":
        return "captured" if payment.captured else "lapsed"
    return payment.status


def _refund(refund: _Refund) -> ProviderRefund:
    noted = refund.notes.get(_NOTE)
    key = noted if isinstance(noted, str) else refund.receipt
    return ProviderRefund(
        refund.id,
        refund.payment_id,
        key,
        refund.amount,
        refund.currency,
        refund.status,
        refund.created_at.astimezone(UTC),
    )
