"""The part of the control plane that every HTTP simulator has: calls, deliveries, faults, the clock, reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from simulators.clock import Clock
from simulators.deliveries import Deliveries, Delivery
from simulators.faults import Fault, Faults
from simulators.journal import Journal, JsonObject
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


def control_router(parts: Parts, ledger: Callable[[], JsonObject]) -> APIRouter:
    # Every endpoint is a coroutine: SQLite and the books live on the event loop's thread.
    router = APIRouter(prefix="/_sim")
    router.add_api_route("/ledger", _answering(ledger), methods=["GET"])
    router.add_api_route("/calls", _answering(parts.journal.calls), methods=["GET"])
    _add_deliveries(router, parts)
    _add_faults(router, parts.faults)
    _add_clock(router, parts)
    return router


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
