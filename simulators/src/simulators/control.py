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
class Works:
    """The moving parts that all HTTP simulators are made of."""

    journal: Journal
    clock: Clock
    schedule: Schedule
    faults: Faults
    deliveries: Deliveries


class Advance(BaseModel):
    seconds: float


def control_router(works: Works, ledger: Callable[[], JsonObject]) -> APIRouter:
    # Every endpoint is a coroutine: SQLite and the books live on the event loop's thread.
    router = APIRouter(prefix="/_sim")
    router.add_api_route("/ledger", _answering(ledger), methods=["GET"])
    router.add_api_route("/calls", _answering(works.journal.calls), methods=["GET"])
    _add_deliveries(router, works)
    _add_faults(router, works.faults)
    _add_clock(router, works)
    return router


def _answering(read: Callable[[], object]) -> Callable[[], object]:
    async def endpoint() -> object:
        return read()

    return endpoint


def _add_deliveries(router: APIRouter, works: Works) -> None:
    @router.get("/deliveries")
    async def deliveries() -> list[Delivery]:
        return works.deliveries.listed()

    @router.post("/deliveries/{delivery_id}/replay")
    async def replay(delivery_id: str) -> Delivery:
        delivery = works.deliveries.replay(delivery_id)
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


def _add_clock(router: APIRouter, works: Works) -> None:
    @router.post("/clock/advance")
    async def advance(body: Advance) -> dict[str, float]:
        works.clock.advance(body.seconds)
        works.schedule.clock_moved()
        return {"now": works.clock.now()}

    @router.post("/reset")
    async def reset() -> dict[str, bool]:
        works.journal.wipe()
        works.clock.reset()
        works.faults.clear()
        works.schedule.clear()
        works.deliveries.forget()
        works.schedule.clock_moved()
        return {"ok": True}
