"""A provider of payment in memory: the fake of the port `Provider`, and a further provider for a process of its own."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Response

from chassis.auth import CallerDep
from chassis.bodies import JsonRoute, RequestBody, ResponseBody, created
from contracts.payment import DisputeStatus
from payment.api.state import UseCasesDep
from payment.domain import Order, Reason
from payment.providers.kind import ProviderKind, ProviderSettings
from payment.settings import Settings
from payment.usecases.provider import (
    Hint,
    No,
    Outcome,
    Page,
    Provider,
    ProviderDispute,
    ProviderOrder,
    ProviderPayment,
    ProviderRefund,
    Unknown,
    Webhook,
    Yes,
)

T = TypeVar("T")
NAME = "fake"
_SECRET = b"fake-secret"
_PAGE = 2
_LEAST = 50
_TOLD = ("failed", "authorized", "captured")

Trouble = Literal["unreachable", "answer lost"]


@dataclass
class FakeProvider:
    """The port `Provider`. `pay` is what a payer does; `trouble` is how the next call of a name ends."""

    name: str = NAME
    accepted_differences: frozenset[Reason] = frozenset()
    closes_orders: bool = False
    seal_keys: Sequence[str] = ("fake-seal",)
    orders: dict[str, ProviderOrder] = field(default_factory=dict)
    payments: dict[str, ProviderPayment] = field(default_factory=dict)
    refunds: dict[str, ProviderRefund] = field(default_factory=dict)
    disputes: dict[str, ProviderDispute] = field(default_factory=dict)
    trouble: dict[str, Trouble] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    # What a payer does, and what the provider says of it

    def pay(
        self,
        order_id: str,
        status: Literal["created", "processing", "failed", "authorized", "captured"] = "captured",
        amount: int | None = None,
    ) -> str:
        """The id of a new payment on the order."""
        order = self.orders[order_id]
        payment = ProviderPayment(
            payment_id=f"{self.name[0]}pay_{len(self.payments) + 1}",
            order_id=order_id,
            amount=order.amount if amount is None else amount,
            currency=order.currency,
            status=status,
            at=_now(),
            reason="declined" if status == "failed" else None,
        )
        self.payments[payment.payment_id] = payment
        return payment.payment_id

    def dispute_by_payer(self, payment_id: str, status: DisputeStatus = "open", dispute_id: str | None = None) -> str:
        """The id of a dispute of all of a payment: a new one, or that one as it goes on."""
        payment, which = self.payments[payment_id], dispute_id or f"fdsp_{len(self.disputes) + 1}"
        respond_by = _now() + timedelta(days=7)
        self.disputes[which] = ProviderDispute(
            which, payment_id, payment.amount, payment.currency, status, _now(), "fraud", respond_by
        )
        return which

    def fail(self, payment_id: str) -> None:
        """What was under way comes to nothing."""
        self.payments[payment_id] = replace(self.payments[payment_id], status="failed", reason="declined")

    def proof(self, order_id: str, payment_id: str) -> dict[str, str]:
        """What its checkout hands to the page."""
        return {"fakePayment": payment_id, "fakeProof": _sign(f"{order_id} {payment_id}".encode())}

    def notice(
        self, event_id: str, payment_id: str, *, refund_id: str | None = None, **told: str
    ) -> tuple[bytes, dict[str, str]]:
        """A webhook about a payment as it is now, or as `told`, or about a refund or dispute of it: its body and
        headers."""
        payment = self.payments.get(payment_id)
        refund = self.refunds[refund_id] if refund_id else None
        hint = {
            "subject": "refunds" if refund else "payment",
            "payment_id": payment_id,
            "order_id": payment.order_id if payment else None,
            "payment_status": payment.status if payment and not refund and payment.status in _TOLD else None,
            "refund_id": refund_id,
            "refund_outcome": refund.outcome if refund else None,
        }
        body = json.dumps({"id": event_id, "hint": {**hint, **told}}).encode()
        return body, {"x-fake-signature": _sign(body)}

    def notice_of_closed(self, event_id: str, order_id: str) -> tuple[bytes, dict[str, str]]:
        """A webhook that says that an order is closed."""
        hint = {"subject": "order", "order_id": order_id, "order_is_closed": True}
        body = json.dumps({"id": event_id, "hint": hint}).encode()
        return body, {"x-fake-signature": _sign(body)}

    # The port

    def least_amount(self, currency: str) -> int:
        return _LEAST

    def payable(self, amount: int, currency: str) -> int:
        return amount

    def offer(self) -> Mapping[str, str]:
        return {"publishable_key": "fpk_1"}

    async def page_values(self, order: Order) -> Outcome[Mapping[str, str]]:
        if self.orders[order.order_id].is_closed:
            return No("it is closed", "closed")
        return Yes({"fake_order": order.order_id})

    def proven_payment(self, order: Order, proof: Mapping[str, str]) -> str | None:
        payment_id = proof.get("fakePayment", "")
        return payment_id if proof == self.proof(order.order_id, payment_id) else None

    def webhook(self, raw: bytes, headers: Mapping[str, str]) -> Webhook | None:
        if headers.get("x-fake-signature") != _sign(raw):
            return None
        body = json.loads(raw)
        return Webhook(body["id"], Hint("fake.changed", **body["hint"]))

    async def open_order(
        self,
        receipt: str,
        number: int,
        amount: int,
        currency: str,
        notes: Mapping[str, str],
    ) -> Outcome[ProviderOrder]:
        self.numbers.append(number)

        def opened() -> Outcome[ProviderOrder]:
            if amount < _LEAST:
                return No("too little", field="amount")
            order = ProviderOrder(
                f"{self.name[0]}ord_{len(self.orders) + 1}", receipt, amount, currency, _now(), notes=notes
            )
            self.orders[order.order_id] = order
            return Yes(order)

        return self._answer("open_order", opened)

    async def close_order(self, order_id: str) -> Outcome[bool]:
        def closed() -> Outcome[bool]:
            if order_id not in self.orders:
                return No("no such order", "not_found")
            payments = [payment for payment in self.payments.values() if payment.order_id == order_id]
            if any(payment.status in {"processing", "captured"} for payment in payments):
                return Yes(False)
            self.orders[order_id] = replace(self.orders[order_id], is_closed=True)
            return Yes(True)

        return self._answer("close_order", closed)

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        return self._answer(
            "orders_of", lambda: Yes([order for order in self.orders.values() if order.receipt == receipt])
        )

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        return self._answer("order", lambda: _found(self.orders, order_id))

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        return self._answer("payment", lambda: _found(self.payments, payment_id))

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        def tried() -> Outcome[Sequence[ProviderPayment]]:
            if order_id not in self.orders:
                return No("no such order", "not_found")
            is_closed = self.orders[order_id].is_closed
            tried = [payment for payment in self.payments.values() if payment.order_id == order_id]
            nothing = [self._nothing_on(self.orders[order_id])] if is_closed and not tried else []
            return Yes([replace(payment, order_is_closed=is_closed) for payment in (*tried, *nothing)])

        return self._answer("payments_of", tried)

    async def payments_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderPayment]]:
        first = start.replace(microsecond=0)
        listed = [payment for payment in reversed(self.payments.values()) if first <= payment.at <= end]
        return self._answer("payments_between", lambda: Yes(_page(listed, cursor)))

    async def refunds_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderRefund]]:
        first = start.replace(microsecond=0)
        listed = [refund for refund in reversed(self.refunds.values()) if first <= refund.at <= end]
        return self._answer("refunds_between", lambda: Yes(_page(listed, cursor)))

    async def refund(
        self, payment_id: str, key: str, number: int, amount: int, currency: str
    ) -> Outcome[ProviderRefund]:
        def refunded() -> Outcome[ProviderRefund]:
            payment, refund_id = self.payments.get(payment_id), f"fref_{key}_{number}"
            if payment is None:
                return No("no such payment", "not_found")
            if refund_id not in self.refunds:
                if amount > payment.amount - payment.refunded:
                    return No("more than is left", final=True)
                self.refunds[refund_id] = ProviderRefund(
                    refund_id, payment_id, key, amount, payment.currency, "processed", _now()
                )
                self.payments[payment_id] = replace(payment, refunded=payment.refunded + amount)
            return Yes(self.refunds[refund_id])

        return self._answer("refund", refunded)

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        def made() -> Outcome[Sequence[ProviderRefund]]:
            if payment_id not in self.payments:
                return No("no such payment", "not_found")
            return Yes([refund for refund in self.refunds.values() if refund.payment_id == payment_id])

        return self._answer("refunds_of", made)

    async def dispute(self, dispute_id: str) -> Outcome[ProviderDispute]:
        return self._answer("dispute", lambda: _found(self.disputes, dispute_id))

    async def disputes_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderDispute]]:
        first = start.replace(microsecond=0)
        listed = [dispute for dispute in self.disputes.values() if first <= dispute.at <= end]
        return self._answer("disputes_between", lambda: Yes(_page(listed, cursor)))

    def _nothing_on(self, order: ProviderOrder) -> ProviderPayment:
        return ProviderPayment(order.order_id, order.order_id, order.amount, order.currency, "created", _now())

    def _answer(self, call: str, done: Callable[[], Outcome[T]]) -> Outcome[T]:
        self.calls.append(call)
        trouble = self.trouble.pop(call, None)
        if trouble == "unreachable":
            return No("it cannot be reached", "unreachable")
        outcome = done()
        return Unknown("no answer came back") if trouble == "answer lost" else outcome


def _now() -> datetime:
    """Providers tell whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _sign(message: bytes) -> str:
    return hmac.new(_SECRET, message, hashlib.sha256).hexdigest()


def _found(entities: Mapping[str, T], entity_id: str) -> Outcome[T]:
    return Yes(entities[entity_id]) if entity_id in entities else No("no such id", "not_found")


def _page(items: Sequence[T], cursor: str | None) -> Page[T]:
    start = int(cursor or 0)
    end = start + _PAGE
    return Page(items[start:end], str(end) if end < len(items) else None)


# The folder that a further provider would be: settings, its own call, and what connects it


class FakeSettings(ProviderSettings):
    """One word that has to be there."""

    account: str


class SettingsWithFake(Settings):
    """The line in the settings of the process."""

    fake: FakeSettings | None = None


class FakeOrderBody(RequestBody):
    """Which hold is to be paid."""

    hold_id: str


class FakeOrderView(ResponseBody):
    """The order."""

    payment_id: str
    fake_order: str
    amount: int


router = APIRouter(tags=["payments"], route_class=JsonRoute)


@router.post("/api/payments/create-fake", status_code=201, response_model=FakeOrderView)
async def create_fake(body: FakeOrderBody, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """As Razorpay's."""
    opened = await use_cases.orders.open(body.hold_id, caller, NAME)
    assert opened.order is not None
    payment_id, amount = opened.sale.payment_id, opened.order.amount
    view = FakeOrderView(payment_id=payment_id, amount=amount, **opened.page_values)
    return created(view, f"/api/payments/{payment_id}")


DOCUMENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [{"name": "X-Fake-Signature", "in": "header", "required": True, "schema": {"type": "string"}}],
}


def kind_of(provider: FakeProvider) -> ProviderKind[FakeSettings]:
    """Its kind, connected to this very provider."""

    @asynccontextmanager
    async def connected(_settings: FakeSettings) -> AsyncIterator[Provider]:
        yield provider

    return ProviderKind(connected, DOCUMENT, router)
