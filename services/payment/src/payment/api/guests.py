"""HTTP in: payments of the caller, and settling for booking. The calls that open orders are the providers' own."""

from fastapi import APIRouter, Request, Response

from chassis.auth import CallerDep, required
from chassis.bodies import JsonRoute, body_as, json_response
from chassis.problems import answering
from contracts.ids import is_id
from payment.api.state import FastPath, UseCasesDep, use_cases_of
from payment.errors import PaymentNotFound
from payment.schemas import PaymentView, ProvidersView, SettleAnswer, SettleBody
from payment.usecases.counter import sale_at_counter

router = APIRouter(tags=["payments"], route_class=JsonRoute)
internal = APIRouter(include_in_schema=False, route_class=JsonRoute)


@router.get("/api/payments/providers", summary="The providers that may be paid with", response_model=ProvidersView)
async def list_providers(use_cases: UseCasesDep) -> Response:
    """No login: a front end asks before it draws its buttons."""
    return json_response(ProvidersView.of(use_cases.providers, use_cases.default_provider))


@router.get(
    "/api/payments/{payment_id}",
    summary="One payment of the caller",
    response_model=PaymentView,
    responses=answering(PaymentNotFound),
)
async def get_payment(payment_id: str, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Status and refunds; another's payment is not found. What was sold at a counter is its theater's to read."""
    payment = await use_cases.payments.find(payment_id) if is_id("pay", payment_id) else None
    sale = (payment.sale_of(caller.owns) or sale_at_counter(payment, caller)) if payment else None
    if payment is None or sale is None:
        raise PaymentNotFound("no such payment")
    return json_response(PaymentView.of(payment, sale, use_cases.default_provider))


@internal.post("/internal/payments/settle")
async def settle(body: SettleBody, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Settle what a page says was paid; answers within 3 s with what is known then."""
    confirmation = await use_cases.confirmations.confirm(body.order_id, body.proof, caller)
    answer = SettleAnswer.of(confirmation)
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")


async def _settle_quickly(request: Request) -> Response:
    caller = await required(request)
    return await settle(body_as(SettleBody, await request.body()), caller, await use_cases_of(request))


fast_path: FastPath = {("POST", "/internal/payments/settle"): _settle_quickly}
