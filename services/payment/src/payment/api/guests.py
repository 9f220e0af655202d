"""HTTP in: orders, payments, webhooks, and settling for booking."""

from fastapi import APIRouter, Request, Response

from chassis.auth import CallerDep
from chassis.bodies import JsonRoute, created, json_response
from chassis.problems import Problem, answering
from contracts.ids import HoldId, is_id, payment_of
from contracts.sale import Sale
from payment.api.state import StateDep
from payment.api.webhook import RAZORPAY, WebhookStoredView
from payment.assembly import State
from payment.errors import (
    AmountNotPayable,
    BookingNotFound,
    HoldExpired,
    HoldNotFound,
    HoldSold,
    InvalidSignature,
    PaymentNotFound,
    ProviderError,
    SeatsUnavailable,
    ShowtimeClosed,
)
from payment.schemas import CreateOrder, OrderView, PaymentView, SettleAnswer, SettleBody
from payment.store import Payment

router = APIRouter(tags=["payments"], route_class=JsonRoute)
internal = APIRouter(include_in_schema=False, route_class=JsonRoute)


@router.post(
    "/api/payments/create-order",
    summary="Open the order of a hold, ready for Checkout",
    status_code=201,
    response_model=OrderView,
    responses=answering(
        HoldNotFound, HoldExpired, HoldSold, SeatsUnavailable, ShowtimeClosed, AmountNotPayable, ProviderError
    ),
)
async def create_order(body: CreateOrder, caller: CallerDep, state: StateDep) -> Response:
    """The amount is the hold's quote. A second call gives the open order again. A total of 0 is booked at once."""
    if not is_id("hld", body.hold_id):
        raise HoldNotFound("no such hold")
    try:
        sale = await state.checkout.ask(body.hold_id, caller.token)
    except Problem:
        payment = await state.payments.find(payment_of(HoldId(body.hold_id)))
        booked = _sale_of(payment, caller.user_id)
        if payment is None or booked is None or not payment.is_free:
            raise
        return _opened(payment, booked, state)  # what the first call answered: by now its seats are sold or refused
    if sale.user_id != caller.user_id:
        raise HoldNotFound("no such hold")
    return _opened(await state.orders.open(sale), sale, state)


def _opened(payment: Payment, sale: Sale, state: State) -> Response:
    opened = OrderView.of(payment, sale, state.key_id)
    return created(opened, f"/api/payments/{opened.payment_id}")


@router.get(
    "/api/payments/{payment_id}",
    summary="One payment of the caller",
    response_model=PaymentView,
    responses=answering(PaymentNotFound),
)
async def get_payment(payment_id: str, caller: CallerDep, state: StateDep) -> Response:
    """Status and refunds; another's payment is not found."""
    payment = await state.payments.find(payment_id) if is_id("pay", payment_id) else None
    sale = _sale_of(payment, caller.user_id)
    if payment is None or sale is None:
        raise PaymentNotFound("no such payment")
    return json_response(PaymentView.of(payment, sale, state.provider))


@router.post(
    "/api/payments/webhook",
    summary="The provider's webhooks",
    response_model=WebhookStoredView,
    openapi_extra=RAZORPAY,
    responses=answering(InvalidSignature),
)
async def receive_webhook(request: Request, state: StateDep) -> Response:
    """Answered once it is stored; duplicates too. What it says is looked up at the provider afterwards."""
    headers = request.headers
    await state.webhooks.take(
        await request.body(), headers.get("x-razorpay-signature"), headers.get("x-razorpay-event-id")
    )
    return json_response(WebhookStoredView())


@router.post(
    "/api/payments/webhook/razorpay",
    summary="Razorpay's webhooks",
    response_model=WebhookStoredView,
    openapi_extra=RAZORPAY,
    responses=answering(InvalidSignature),
)
async def receive_razorpay_webhook(request: Request, state: StateDep) -> Response:
    """The same, at an address of its own."""
    return await receive_webhook(request, state)


@internal.post("/internal/payments/settle")
async def settle(body: SettleBody, caller: CallerDep, state: StateDep) -> Response:
    """Settle what Checkout says was paid; answers within 3 s with what is known then."""
    payment = await state.payments.of_order(body.order_id)
    sale = _sale_of(payment, caller.user_id)
    if payment is None or sale is None:
        raise BookingNotFound("no such order")
    attempt_id, signature = (body.proof.get(name, "") for name in ("razorpayPaymentId", "razorpaySignature"))
    if not state.signs_checkout(body.order_id, attempt_id, signature):
        raise InvalidSignature("the signature does not fit the order")
    payment, heard = await state.settlement.confirm(payment, attempt_id)
    answer = SettleAnswer.of(payment, sale, attempt_id, heard=heard)
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")


def _sale_of(payment: Payment | None, user_id: str) -> Sale | None:
    sale = payment.facts.sale if payment else None
    return sale if sale is not None and sale.user_id == user_id else None
