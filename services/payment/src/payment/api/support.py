"""HTTP in, for booking: all money of a booking, for who works at its theater."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from contracts.ids import is_id
from payment.api.state import UseCasesDep
from payment.errors import PaymentNotFound
from payment.support_schemas import BooksView
from payment.usecases.counter import SELLERS

internal = APIRouter(include_in_schema=False, route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", *SELLERS))]


@internal.get("/internal/payments/{payment_id}")
async def get_books(payment_id: str, caller: StaffDep, use_cases: UseCasesDep) -> Response:
    """Booking has judged what of the theater this caller may see; another theater's is not found here either."""
    payment = await use_cases.payments.find(payment_id) if is_id("pay", payment_id) else None
    sale = payment.facts.sale if payment else None
    if payment is None or sale is None or not caller.has(sale.theater_id or "", *SELLERS):
        raise PaymentNotFound("no such payment")
    return json_response(BooksView.of(payment))
