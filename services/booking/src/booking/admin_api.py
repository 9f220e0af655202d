"""HTTP in for who works at a theater: the bookings of its shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from booking.admin_schemas import AdminBookingView, SupportRefundBody, TheaterCancelBody
from booking.domain.booking import Booking
from booking.errors import (
    BookingNotFound,
    NotCancellable,
    NothingLeftToRefund,
    NoTicket,
    UnknownSeats,
)
from booking.schemas import BookingView, ResendView
from booking.state import UseCasesDep
from booking.usecases.use_cases import UseCases
from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, etag_of
from chassis.problems import RateLimited, answering

router = APIRouter(prefix="/api/admin/bookings", tags=["admin"], route_class=JsonRoute)
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]
StaffDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]


@router.get(
    "/{booking_id}",
    summary="A booking of one's theaters",
    response_model=AdminBookingView,
    responses=answering(BookingNotFound),
)
async def get_any_booking(booking_id: str, caller: StaffDep, use_cases: UseCasesDep) -> Response:
    """With its money and its messages. Who works at a theater reads what was sold at its counter."""
    return json_response(AdminBookingView.of_record(await use_cases.support.shown(booking_id, caller)))


@router.post(
    "/{booking_id}/cancel",
    summary="Cancel a booking for the theater",
    response_model=BookingView,
    responses={200: TAGGED, **answering(BookingNotFound, NotCancellable)},
)
async def cancel_any_booking(
    booking_id: str, body: TheaterCancelBody, caller: ManagerDep, use_cases: UseCasesDep
) -> Response:
    """Its seats are free again, and the guest is told. A second call changes nothing and gives the same answer."""
    return await _answer(
        use_cases, await use_cases.cancellation.cancel_by_theater(booking_id, caller, body.reason, body.refund)
    )


@router.post(
    "/{booking_id}/refund",
    summary="Give back some or all of what is left of a payment",
    response_model=BookingView,
    responses={200: TAGGED, **answering(BookingNotFound, NothingLeftToRefund, NotCancellable, UnknownSeats)},
)
async def refund_any_booking(
    booking_id: str, body: SupportRefundBody, caller: ManagerDep, use_cases: UseCasesDep
) -> Response:
    """The ticket stays as it is. Each call gives back once more: send an Idempotency-Key. At the counter people hand
    the money back."""
    return await _answer(use_cases, await use_cases.support.refund(booking_id, caller, body.refund(caller.user_id)))


@router.post(
    "/{booking_id}/resend",
    summary="Send a guest's ticket once more",
    status_code=202,
    response_model=ResendView,
    responses={202: TAGGED, **answering(BookingNotFound, NoTicket, RateLimited)},
)
async def resend_any_ticket(booking_id: str, caller: ManagerDep, use_cases: UseCasesDep) -> Response:
    """As its guest may; both count towards three an hour."""
    booking = await use_cases.resending.of_theater(booking_id, caller)
    return json_response(ResendView.of(booking), 202, _tag(booking))


async def _answer(use_cases: UseCases, booking: Booking) -> Response:
    return json_response(BookingView.of(await use_cases.lookup.with_show(booking)), headers=_tag(booking))


def _tag(booking: Booking) -> dict[str, str]:
    return {"ETag": etag_of(booking.version)}
