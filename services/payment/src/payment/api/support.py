"""HTTP in, for booking: all money of a booking, for who works at its theater."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from contracts.ids import is_id
from payment.api.state import UseCasesDep
from payment.errors import PaymentNotFound
from payment.payment import Payment
from payment.support_schemas import BooksView, CallsView
from payment.usecases import UseCases
from payment.usecases.counter import SELLERS

internal = APIRouter(include_in_schema=False, route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", *SELLERS))]


@internal.get("/internal/payments/{payment_id}")
async def get_books(payment_id: str, caller: StaffDep, use_cases: UseCasesDep) -> Response:
    """Booking has judged what of the theater this caller may see; another theater's is not found here either."""
    return json_response(BooksView.of(await _payment(payment_id, caller, use_cases)))


@internal.get("/internal/payments/{payment_id}/calls")
async def get_calls(payment_id: str, caller: StaffDep, use_cases: UseCasesDep) -> Response:
    """What was asked of providers about it, oldest first."""
    payment = await _payment(payment_id, caller, use_cases)
    return json_response(CallsView.of(await use_cases.payments.calls(payment.facts.payment_id)))


async def _payment(payment_id: str, caller: Caller, use_cases: UseCases) -> Payment:
    payment = await use_cases.payments.find(payment_id) if is_id("pay", payment_id) else None
    sale = payment.facts.sale if payment else None
    if payment is None or sale is None or not caller.has(sale.theater_id or "", *SELLERS):
        raise PaymentNotFound("no such payment")
    return payment
