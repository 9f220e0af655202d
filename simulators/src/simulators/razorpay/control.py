"""Razorpay's side of the control plane: what payers, banks and the dashboard do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter

from simulators.control import Cause, Dashboard, add_dashboard
from simulators.journal import JsonObject
from simulators.razorpay.api import Context
from simulators.razorpay.books import shown
from simulators.razorpay.disputes import Disputing, Progress
from simulators.razorpay.events import signature
from simulators.razorpay.payments import Paying


class HandRefund(Cause):
    """A refund made by hand at the dashboard; without an amount, of all that is left."""

    amount: int | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """Everything the control plane speaks to."""

    context: Context
    dashboard: Dashboard
    key_secret: str


def razorpay_router(control: Control) -> APIRouter:
    router = APIRouter(prefix="/_sim")
    _add_payments(router, control)
    _add_refunds(router, control)
    _add_disputes(router, control)
    add_dashboard(router, control.dashboard)
    return router


def _add_payments(router: APIRouter, control: Control) -> None:
    payments = control.context.payments

    @router.post("/orders/{order_id}/pay")
    async def pay(order_id: str, paying: Paying | None = None) -> JsonObject:
        payment = await control.dashboard.act(lambda: payments.pay(order_id, paying or Paying()))
        return {
            "razorpay_payment_id": payment["id"],
            "razorpay_order_id": order_id,
            "razorpay_signature": signature(control.key_secret, f"{order_id}|{payment['id']}"),
        }

    @router.post("/payments/{payment_id}/authorize-late")
    async def authorize_late(payment_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return shown(await control.dashboard.act(lambda: payments.authorize_late(payment_id, plan)))


def _add_refunds(router: APIRouter, control: Control) -> None:
    refunds = control.context.refunds

    @router.post("/payments/{payment_id}/refund")
    async def refund(payment_id: str, wish: HandRefund | None = None) -> JsonObject:
        by_hand = wish or HandRefund()
        body = by_hand.model_dump(include={"amount", "receipt"}, exclude_none=True)
        act = partial(refunds.create, payment_id, body, None, by_hand.webhooks, is_by_hand=True)
        return shown(await control.dashboard.act(act))

    @router.post("/refunds/{refund_id}/settle")
    async def settle(refund_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return shown(await control.dashboard.act(lambda: refunds.settle(refund_id, plan)))

    @router.post("/refunds/{refund_id}/fail")
    async def fail(refund_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return shown(await control.dashboard.act(lambda: refunds.fail(refund_id, plan)))


def _add_disputes(router: APIRouter, control: Control) -> None:
    disputes = control.context.disputes

    @router.post("/payments/{payment_id}/dispute")
    async def dispute(payment_id: str, disputing: Disputing | None = None) -> JsonObject:
        opened = await control.dashboard.act(lambda: disputes.open(payment_id, disputing or Disputing()))
        return {"dispute": shown(opened)}

    @router.post("/disputes/{dispute_id}")
    async def proceed(dispute_id: str, progress: Progress) -> JsonObject:
        return {"dispute": shown(await control.dashboard.act(lambda: disputes.proceed(dispute_id, progress)))}
