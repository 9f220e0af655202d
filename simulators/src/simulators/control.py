"""The part of the control plane that every HTTP simulator has: calls, deliveries, faults, the clock, reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from simulators.balance import Balance
from simulators.clock import Clock
from simulators.deliveries import Camel, Deliveries, Delivery, WebhookPlan
from simulators.faults import Fault, Faults
from simulators.journal import Journal, JsonObject
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Parts:
    """The moving parts that all HTTP simulators are made of."""

    journal: Journal
    clock: Clock
    schedule: Schedule
    faults: Faults
    deliveries: Deliveries


class Advance(BaseModel):
    seconds: float


class Cause(Camel):
    """What people or banks did, and how the webhooks that tell of it are delivered."""

    webhooks: WebhookPlan | None = None


class Webhooks(WebhookPlan):
    """The plan for webhooks whose cause names none, and a new secret."""

    secret: str | None = None


class BalanceBody(Camel):
    """What the merchant's account holds; unset: it is never short. `vague`: the provider does not say what is wrong."""

    amount: int | None = None
    vague: bool = False


class RefundsBody(Camel):
    """`pending`: refunds from now on wait for the bank."""

    pending: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard of a provider of payment sets."""

    parts: Parts
    outgoing: Outgoing
    secret: WebhookSecret
    balance: Balance

    async def act(self, act: Callable[[], JsonObject]) -> JsonObject:
        """Do it in one transaction; answer when the webhooks are out that were to come before."""
        async with self.parts.deliveries.before_response():
            with self.parts.journal.atomic():
                return act()


def control_router(parts: Parts, ledger: Callable[[], JsonObject]) -> APIRouter:
    # Every endpoint is a coroutine: SQLite and the books live on the event loop's thread.
    router = APIRouter(prefix="/_sim")
    router.add_api_route("/ledger", _answering(ledger), methods=["GET"])
    router.add_api_route("/calls", _answering(parts.journal.calls), methods=["GET"])
    _add_deliveries(router, parts)
    _add_faults(router, parts.faults)
    _add_clock(router, parts)
    return router


def add_dashboard(router: APIRouter, dashboard: Dashboard) -> None:
    @router.post("/balance")
    async def balance(body: BalanceBody) -> BalanceBody:
        dashboard.balance.set(body.amount, vague=body.vague)
        return body

    @router.post("/refunds")
    async def refunds(body: RefundsBody) -> RefundsBody:
        dashboard.balance.hold_refunds_back(pending=body.pending)
        return body

    add_webhooks(router, dashboard.outgoing, dashboard.secret)


def add_webhooks(router: APIRouter, outgoing: Outgoing, secret: WebhookSecret) -> None:
    @router.post("/webhooks")
    async def webhooks(settings: Webhooks) -> WebhookPlan:
        plan = WebhookPlan.model_validate(settings.model_dump(exclude={"secret"}))
        outgoing.set_plan(plan)
        if settings.secret is not None:
            secret.rotate(settings.secret)
        return plan


def _answering(read: Callable[[], object]) -> Callable[[], object]:
    async def endpoint() -> object:
        return read()

    return endpoint


def _add_deliveries(router: APIRouter, parts: Parts) -> None:
    @router.get("/deliveries")
    async def deliveries() -> list[Delivery]:
        return parts.deliveries.listed()

    @router.post("/deliveries/{delivery_id}/replay")
    async def replay(delivery_id: str) -> Delivery:
        delivery = parts.deliveries.replay(delivery_id)
        if delivery is None:
            raise HTTPException(404, "no such delivery")
        return delivery


def _add_faults(router: APIRouter, faults: Faults) -> None:
    @router.get("/faults")
    async def listed() -> list[object]:
        return list(faults.listed())

    @router.post("/faults")
    async def add(fault: Fault) -> Fault:
        faults.add(fault)
        return fault

    @router.delete("/faults")
    async def clear() -> dict[str, bool]:
        faults.clear()
        return {"ok": True}


def _add_clock(router: APIRouter, parts: Parts) -> None:
    @router.post("/clock/advance")
    async def advance(body: Advance) -> dict[str, float]:
        parts.clock.advance(body.seconds)
        parts.schedule.clock_moved()
        return {"now": parts.clock.now()}

    @router.post("/reset")
    async def reset() -> dict[str, bool]:
        parts.journal.wipe()
        parts.clock.reset()
        parts.faults.clear()
        parts.schedule.clear()
        parts.deliveries.forget()
        parts.schedule.clock_moved()
        return {"ok": True}
