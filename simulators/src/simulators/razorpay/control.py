"""Razorpay's side of the control plane: what payers, banks and the dashboard do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from simulators.deliveries import Camel, WebhookPlan
from simulators.journal import JsonObject
from simulators.razorpay.api import Desk
from simulators.razorpay.books import shown
from simulators.razorpay.events import Events, Signing, signature
from simulators.razorpay.payments import Paying


class Happening(Camel):
    webhooks: WebhookPlan | None = None


class HandRefund(Happening):
    """A refund made by hand at the dashboard; without an amount, of all that is left."""

    amount: int | None = None
    receipt: str | None = None


class Balance(Camel):
    """What the merchant's account holds; unset: it is never short. `vague`: Razorpay does not say what is wrong."""

    amount: int | None = None
    vague: bool = False


class Webhooks(WebhookPlan):
    """The plan for webhooks whose cause names none, and a new secret."""

    secret: str | None = None


def razorpay_router(desk: Desk, events: Events, signing: Signing, key_secret: str) -> APIRouter:
    router = APIRouter(prefix="/_sim")
    _add_payments(router, desk, key_secret)
    _add_refunds(router, desk)
    _add_account(router, desk, events, signing)
    return router


def _add_payments(router: APIRouter, desk: Desk, key_secret: str) -> None:
    @router.post("/orders/{order_id}/pay")
    async def pay(order_id: str, paying: Paying | None = None) -> JsonObject:
        payment = _atomic(desk, lambda: desk.payments.pay(order_id, paying or Paying()))
        return {
            "razorpay_payment_id": payment["id"],
            "razorpay_order_id": order_id,
            "razorpay_signature": signature(key_secret, f"{order_id}|{payment['id']}"),
        }

    @router.post("/payments/{payment_id}/authorize-late")
    async def authorize_late(payment_id: str, happening: Happening | None = None) -> JsonObject:
        plan = None if happening is None else happening.webhooks
        return shown(_atomic(desk, lambda: desk.payments.authorize_late(payment_id, plan)))


def _add_refunds(router: APIRouter, desk: Desk) -> None:
    @router.post("/payments/{payment_id}/refund")
    async def refund(payment_id: str, asked: HandRefund | None = None) -> JsonObject:
        by_hand = asked or HandRefund()
        body = by_hand.model_dump(include={"amount", "receipt"}, exclude_none=True)
        return shown(_atomic(desk, lambda: desk.refunds.create(payment_id, body, None, by_hand.webhooks)))

    @router.post("/refunds/{refund_id}/fail")
    async def fail(refund_id: str, happening: Happening | None = None) -> JsonObject:
        plan = None if happening is None else happening.webhooks
        return shown(_atomic(desk, lambda: desk.refunds.fail(refund_id, plan)))


def _add_account(router: APIRouter, desk: Desk, events: Events, signing: Signing) -> None:
    @router.post("/balance")
    async def balance(balance: Balance) -> Balance:
        desk.books.journal.set_setting("balance", balance.amount)
        desk.books.journal.set_setting("vague_balance", balance.vague)
        return balance

    @router.post("/webhooks")
    async def webhooks(asked: Webhooks) -> WebhookPlan:
        plan = WebhookPlan.model_validate(asked.model_dump(exclude={"secret"}))
        events.set_plan(plan)
        if asked.secret is not None:
            signing.rotate(asked.secret)
        return plan


def _atomic(desk: Desk, act: Callable[[], JsonObject]) -> JsonObject:
    with desk.books.journal.atomic():
        return act()
