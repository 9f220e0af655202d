"""HTTP in for who works at a theater: sales at its counter."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, created
from chassis.problems import answering
from payment.api.state import UseCasesDep
from payment.errors import SELLING
from payment.schemas import CounterSaleBody, CounterSaleView

router = APIRouter(tags=["payments"], route_class=JsonRoute)
SellerDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]


@router.post(
    "/api/payments/counter",
    summary="Sell a hold at the counter",
    status_code=201,
    response_model=CounterSaleView,
    responses=answering(*SELLING),
)
async def sell_at_counter(body: CounterSaleBody, caller: SellerDep, use_cases: UseCasesDep) -> Response:
    """The hold is the caller's own, of a theater where the caller works. It is paid by this call: the booking confirms
    by itself and belongs to no user. Only managers give tickets away. A repeat gives the same answer."""
    sold = await use_cases.counter.sell(body.hold_id, body.terms(caller.user_id), caller)
    return created(CounterSaleView.of(sold), f"/api/payments/{sold.sale.payment_id}")
