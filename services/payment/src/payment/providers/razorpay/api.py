"""HTTP in: the call by which a page opens Razorpay's order."""

from fastapi import APIRouter, Request, Response

from chassis.auth import CallerDep, required
from chassis.bodies import JsonRoute, body_as, created
from chassis.problems import answering
from payment.api.state import FastPath, UseCasesDep, use_cases_of
from payment.errors import OPENING
from payment.providers.razorpay.adapter import NAME
from payment.providers.razorpay.schemas import CreateOrder, OrderView

router = APIRouter(tags=["payments"], route_class=JsonRoute)


@router.post(
    "/api/payments/create-order",
    summary="Open the order of a hold, ready for Checkout",
    status_code=201,
    response_model=OrderView,
    responses=answering(*OPENING),
)
async def create_order(body: CreateOrder, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """The amount is the hold's quote. A second call gives the open order again. A total of 0 is booked at once."""
    opened = OrderView.of(await use_cases.orders.open(body.hold_id, caller, NAME))
    return created(opened, f"/api/payments/{opened.payment_id}")


async def _create_order_quickly(request: Request) -> Response:
    caller = await required(request)
    return await create_order(body_as(CreateOrder, await request.body()), caller, await use_cases_of(request))


fast_path: FastPath = {("POST", "/api/payments/create-order"): _create_order_quickly}
