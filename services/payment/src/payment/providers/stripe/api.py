"""HTTP in: the call by which a page opens Stripe's payment intent."""

from fastapi import APIRouter, Response

from chassis.auth import CallerDep
from chassis.bodies import JsonRoute, created
from chassis.problems import answering
from payment.api.state import UseCasesDep
from payment.errors import OPENING
from payment.providers.stripe.adapter import NAME
from payment.providers.stripe.schemas import CreateIntent, IntentView

router = APIRouter(tags=["payments"], route_class=JsonRoute)


@router.post(
    "/api/payments/create-intent",
    summary="Open the payment intent of a hold, ready for Stripe.js",
    status_code=201,
    response_model=IntentView,
    responses=answering(*OPENING),
)
async def create_intent(body: CreateIntent, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """The amount is the hold's quote. A second call gives the open intent again, and a new one where it was canceled.
    A total of 0 is booked at once."""
    opened = IntentView.of(await use_cases.orders.open(body.hold, caller, NAME))
    return created(opened, f"/api/payments/{opened.payment_id}")
