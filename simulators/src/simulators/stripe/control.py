"""Stripe's side of the control plane: what payers, banks and the dashboard do."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from simulators.control import Cause, Dashboard, add_dashboard
from simulators.journal import JsonObject
from simulators.stripe.api import Context
from simulators.stripe.attempts import Paying
from simulators.stripe.books import shown
from simulators.stripe.disputes import Disputing


class HandRefund(Cause):
    """A refund made by hand at the dashboard; without an amount, of all that is left."""

    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """Everything the control plane speaks to."""

    context: Context
    dashboard: Dashboard


def stripe_router(control: Control) -> APIRouter:
    router = APIRouter(prefix="/_sim")
    context, act = control.context, control.dashboard.act

    @router.post("/payment_intents/{intent_id}/pay")
    async def pay(intent_id: str, paying: Paying | None = None) -> JsonObject:
        return {"payment_intent": shown(await act(lambda: context.attempts.pay(intent_id, paying or Paying())))}

    @router.post("/payment_intents/{intent_id}/refund")
    async def refund(intent_id: str, wish: HandRefund | None = None) -> JsonObject:
        by_hand = wish or HandRefund()
        refund = await act(lambda: context.refunds.by_hand(intent_id, by_hand.amount, by_hand.webhooks))
        return {"refund": shown(refund)}

    @router.post("/payment_intents/{intent_id}/fail-later")
    async def fail_later(intent_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return {"refund": shown(await act(lambda: context.refunds.fail_last(intent_id, plan)))}

    @router.post("/payment_intents/{intent_id}/dispute")
    async def dispute(intent_id: str, disputing: Disputing | None = None) -> JsonObject:
        return {"dispute": shown(await act(lambda: context.disputes.dispute(intent_id, disputing or Disputing())))}

    @router.post("/refunds/{refund_id}/settle")
    async def settle(refund_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return {"refund": shown(await act(lambda: context.refunds.settle(refund_id, plan)))}

    @router.post("/refunds/{refund_id}/fail")
    async def fail(refund_id: str, cause: Cause | None = None) -> JsonObject:
        plan = None if cause is None else cause.webhooks
        return {"refund": shown(await act(lambda: context.refunds.fail(refund_id, plan)))}

    add_dashboard(router, control.dashboard)
    return router
