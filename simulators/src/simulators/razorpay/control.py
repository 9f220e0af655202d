"""Razorpay's side of the control plane: what payers, banks and the dashboard do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter

from simulators.deliveries import Camel, Deliveries, WebhookPlan
from simulators.journal import JsonObject
from simulators.razorpay.api import Context
from simulators.razorpay.books import shown
from simulators.razorpay.events import Events, Signing, signature
from simulators.razorpay.payments import Paying


class Cause(Camel):
    """What people or banks did, and how the webhooks that tell of it are delivered."""

    webhooks: WebhookPlan | None = None


class HandRefund(Cause):
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


@dataclass(frozen=True, slots=True)
class Control:
    """Everything the control plane speaks to."""

    context: Context
    deliveries: Deliveries
    events: Events
    signing: Signing
    key_secret: str

    async def act(self, act: Callable[[], JsonObject]) -> JsonObject:
        """Do it in one transaction; answer when the webhooks are out that were to come before."""
        async with self.deliveries.before_response():
            with self.context.books.journal.atomic():
                return act()


def razorpay_router(control: Control) -> APIRouter:
    router = APIRouter(prefix="/_sim")
    _add_payments(router, control)
    _add_refunds(router, control)
    _add_account(router, control)
    return router


def _add_payments(router: APIRouter, control: Control) -> None:
    payments = control.context.payments

    @router.post("/orders/{order_id}/pay")
    async def pay(order_id: str, paying: Paying | None = None) -> JsonObject:
        payment = await control.act(lambda: payments.pay(order_id, paying or Paying()))
        return {
            "razorpay_payment_id": payment["id"],
            "razorpay_order_id": order_id,
            "razorpay_signature": signature(control.key_secret, f"{order_id}|{payment['id']}"),
        }

    @router.post("/payments/{payment_id}/authorize-late")
    async def authorize_late(payment_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return shown(await control.act(lambda: payments.authorize_late(payment_id, plan)))


def _add_refunds(router: APIRouter, control: Control) -> None:
    refunds = control.context.refunds

    @router.post("/payments/{payment_id}/refund")
    async def refund(payment_id: str, wish: HandRefund | None = None) -> JsonObject:
        by_hand = wish or HandRefund()
        body = by_hand.model_dump(include={"amount", "receipt"}, exclude_none=True)
        return shown(await control.act(lambda: refunds.create(payment_id, body, None, by_hand.webhooks)))

    @router.post("/refunds/{refund_id}/fail")
    async def fail(refund_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return shown(await control.act(lambda: refunds.fail(refund_id, plan)))


def _add_account(router: APIRouter, control: Control) -> None:
    journal = control.context.books.journal

    @router.post("/balance")
    async def balance(balance: Balance) -> Balance:
        journal.set_setting("balance", balance.amount)
        journal.set_setting("vague_balance", balance.vague)
        return balance

    @router.post("/webhooks")
    async def webhooks(settings: Webhooks) -> WebhookPlan:
        plan = WebhookPlan.model_validate(settings.model_dump(exclude={"secret"}))
        control.events.set_plan(plan)
        if settings.secret is not None:
            control.signing.rotate(settings.secret)
        return plan
