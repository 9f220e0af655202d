"""A whole service: hears that a refund is due, makes it once, says so, and shows it to its guest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from pymongo.errors import DuplicateKeyError

from chassis.app import Api, Application, build
from chassis.auth import CallerDep
from chassis.bodies import ResponseBody, json_response
from chassis.envelope import seal
from chassis.outbox import Outbox
from chassis.problems import Problem, answering
from chassis.resources import ResourcesState, resources
from chassis.settings import ServiceSettings, load
from contracts.booking import RefundDue
from contracts.payment import PaymentRefunded


class RefundNotFound(Problem):
    """No refund of the caller has this key."""

    status, code = 404, "refund_not_found"


class RefundView(ResponseBody):
    amount: int
    currency: str


class Refunds:
    """One document per refund; its id is the refund's key, so that an event heard twice has one effect."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def on_refund_due(self, event: RefundDue) -> None:
        refund = event.model_dump(exclude={"version", "showtime_id"})
        refunded = PaymentRefunded(**refund, of_booking=True, provider_refund_id="cash", refunded_at=datetime.now(UTC))
        entry = seal(refunded, key=f"{event.refund_key}:refunded").document()
        with suppress(DuplicateKeyError):
            await self._outbox.insert({"_id": event.refund_key, "version": 1, **refund, "outbox": [entry]})

    async def show(self, refund_key: str, user_id: str) -> RefundView:
        refund = await self._outbox.collection.find_one({"_id": refund_key, "user_id": user_id})
        if refund is None:
            raise RefundNotFound("no refund of yours has this key")
        return RefundView(amount=refund["amount"], currency=refund["currency"])


class State(ResourcesState):
    refunds: Refunds


router = APIRouter()


@router.get("/api/refunds/{refund_key}", responses=answering(RefundNotFound))
async def get_refund(request: Request, refund_key: str, caller: CallerDep) -> Response:
    return json_response(await request.state.refunds.show(refund_key, caller.user_id))


@asynccontextmanager
async def lifespan(settings: ServiceSettings, _app: FastAPI) -> AsyncIterator[State]:
    async with resources(settings, "payment") as process:
        refunds = Refunds(process.outbox("refunds"))
        await process.prepare()
        if settings.works:
            await process.work(handlers={RefundDue: refunds.on_refund_due})
        yield {**process.state, "refunds": refunds}


def create() -> Application:
    settings = load(ServiceSettings)
    return build(Api("payment", [router]), settings, lifespan=partial(lifespan, settings))
