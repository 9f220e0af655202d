"""HTTP in: the guest's bookings."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from booking.domain.advance import Status
from booking.domain.booking import Booking
from booking.errors import (
    BookingNotFound,
    InvalidSignature,
    NotCancellable,
    NoTicket,
    PaymentFailed,
    PaymentPending,
    RefundChanged,
    SeatsLost,
    UnknownSeats,
)
from booking.schemas import (
    BookingView,
    CancelBody,
    CancelQuoteView,
    ConfirmBody,
    ResendView,
    TicketKeysView,
    confirm_body,
)
from booking.state import UseCasesDep, use_cases_of
from booking.usecases.ports import Receipt
from booking.usecases.use_cases import UseCases
from chassis.auth import CallerDep, Tokens, bearer
from chassis.bodies import JsonRoute, json_response
from chassis.pages import PageRequestDep, PageView
from chassis.problems import RateLimited, answering
from tickets.code import TicketSigner

router = APIRouter(prefix="/api/bookings", tags=["bookings"], route_class=JsonRoute)
SeatIds = Annotated[str, Query(alias="seatIds", max_length=2000, description="all when left out", examples=["C7,C8"])]
_ANY_REFUND = CancelBody()
_STILL_SETTLING: dict[int | str, dict[str, Any]] = {
    202: {
        "model": BookingView,
        "description": "payment or seats still settle: poll",
        "headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
    }
}


@router.post(
    "/confirm",
    summary="Confirm a booking after the payment",
    response_model=BookingView,
    responses=_STILL_SETTLING | answering(InvalidSignature, PaymentFailed, PaymentPending, BookingNotFound, SeatsLost),
)
async def confirm_booking(body: ConfirmBody, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Safe to repeat, and to race with the webhook. 202: payment or seats still settle; call again."""
    receipt = Receipt(body.provider_order_id, body.model_dump(by_alias=True))
    booking = await use_cases.confirmation.confirm(receipt, caller)
    if booking.state.status == "refunded":
        raise SeatsLost(
            "the booking has no seats; the money goes back", reason=booking.state.reason, booking_id=booking.id
        )
    if booking.state.status in {"pending", "expired"}:
        return await _answer(use_cases, booking, status=202, headers={"Retry-After": "1"})
    return await _answer(use_cases, booking)


async def _confirm_quickly(request: Request) -> Response:
    tokens: Tokens = request.state.tokens
    caller = await tokens.verify(bearer(request.headers.get("authorization")))
    return await confirm_booking(confirm_body(await request.body()), caller, await use_cases_of(request))


fast_path = {("POST", "/api/bookings/confirm"): _confirm_quickly}
"""Calls that read their request themselves, because each sale makes them."""


@router.get("/my", summary="The caller's bookings, newest first", response_model=PageView[BookingView])
async def list_my_bookings(
    caller: CallerDep, page: PageRequestDep, use_cases: UseCasesDep, status: Status | None = None
) -> Response:
    """With `status` only those that have it now."""
    bookings, total = await use_cases.lookup.page_of_guest(caller, status, skip=page.skipped, limit=page.size)
    items = [BookingView.of(booking) for booking in bookings]
    return json_response(PageView[BookingView](items=items, total=total, page=page.number, page_size=page.size))


@router.get(
    "/ticket-key", summary="The public key that tickets are verified with, as a JWKS", response_model=TicketKeysView
)
async def get_ticket_key(request: Request) -> Response:
    """Gates store it, so that they can verify tickets without a network."""
    signer: TicketSigner = request.state.signer
    return json_response(TicketKeysView.model_validate({"keys": [signer.key.jwk()]}))


@router.get(
    "/{booking_id}/cancel-quote",
    summary="What cancelling now, in whole or of some seats, would bring",
    response_model=CancelQuoteView,
    responses=answering(BookingNotFound, NotCancellable, UnknownSeats),
)
async def get_cancel_quote(
    booking_id: str, caller: CallerDep, use_cases: UseCasesDep, seat_ids: SeatIds = ""
) -> Response:
    """kept + refund = paid. It holds until `validUntil`; cancel takes its refund as `expectedRefund`. Of what was sold
    at a counter its theater may ask."""
    chosen = [seat for seat in (part.strip() for part in seat_ids.split(",")) if seat]
    return json_response(CancelQuoteView.of(await use_cases.cancellation.quote(booking_id, caller, chosen)))


@router.post(
    "/{booking_id}/cancel",
    summary="Cancel by the theater's policy",
    response_model=BookingView,
    responses=answering(BookingNotFound, NotCancellable, RefundChanged, UnknownSeats),
)
async def cancel_booking(
    booking_id: str, caller: CallerDep, use_cases: UseCasesDep, body: CancelBody = _ANY_REFUND
) -> Response:
    """In whole, or some seats: the others stay booked, with a new ticket. Again gives the same answer. A booking that
    is not paid yet is let go by its hold."""
    cancel = use_cases.cancellation.cancel
    return await _answer(use_cases, await cancel(booking_id, caller, body.expected_refund, body.seat_ids or ()))


@router.post(
    "/{booking_id}/resend",
    summary="Send the ticket once more",
    status_code=202,
    response_model=ResendView,
    responses=answering(BookingNotFound, NoTicket, RateLimited),
)
async def resend_ticket(booking_id: str, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """To where it went before, in its newest version; three times an hour."""
    return json_response(ResendView.of(await use_cases.resending.of_guest(booking_id, caller)), 202)


async def _answer(
    use_cases: UseCases, booking: Booking, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return json_response(BookingView.of(await use_cases.lookup.with_show(booking)), status, headers)
