"""HTTP in: the guest's bookings."""

from typing import Annotated, Any

import orjson
from chassis.app import answering
from chassis.auth import CallerDep
from chassis.bodies import JsonRoute
from chassis.problems import Unavailable
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel

from booking.errors import (
    BookingNotFound,
    InvalidSignature,
    NotCancellable,
    PaymentFailed,
    PaymentPending,
    SeatsLost,
    TicketNotFound,
)
from booking.records import Booking
from booking.saga import Status
from booking.schemas import BookingBody, BookingList, ConfirmBody
from booking.shapes import shaped
from booking.store import MongoBookings, MongoShowtimes
from booking.tickets import Signer, picture
from booking.usecases import Desk, Receipt

router = APIRouter(prefix="/api/bookings", tags=["bookings"], route_class=JsonRoute)
Page = Annotated[int, Query(ge=1, le=100_000)]
_UNSETTLED: dict[int | str, dict[str, Any]] = {
    202: {"model": BookingBody, "description": "payment or seats still settle: poll"}
}
_PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
_SHOWN: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in _PICTURES.values()}}}
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=100)]


def _desk(request: Request) -> Desk:
    desk: Desk = request.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]


@router.post("/confirm", summary="Confirm a booking after the payment", response_model=BookingBody,
             responses=_UNSETTLED
             | answering(InvalidSignature, PaymentFailed, PaymentPending, BookingNotFound, SeatsLost,
                         Unavailable))  # fmt: skip
async def confirm(body: ConfirmBody, request: Request, caller: CallerDep, desk: DeskDep) -> Response:
    if body.payment_intent_id is not None:
        raise BookingNotFound("there is no booking for this payment intent")
    receipt = Receipt(body.order_id or "", body.razorpay_payment_id or "", body.razorpay_signature or "")
    booking = await desk.confirm(receipt, caller.user_id, caller.token)
    if booking.standing.status == "refunded":
        raise SeatsLost("the booking has no seats; the money goes back", reason=booking.standing.reason,
                        bookingId=booking.id)  # fmt: skip
    if booking.standing.status in {"pending", "expired"}:
        return await _answer(request, booking, status=202, headers={"Retry-After": "1"})
    return await _answer(request, booking)


@router.get("/my", summary="The caller's bookings, newest first", response_model=BookingList)
async def my(
    request: Request, caller: CallerDep, status: Status | None = None, page: Page = 1, page_size: PageSize = 20
) -> Response:
    bookings: MongoBookings = request.state.bookings
    showtimes: MongoShowtimes = request.state.showtimes
    found, total = await bookings.of_user(caller.user_id, status, skip=(page - 1) * page_size, limit=page_size)
    snapshots = await showtimes.find_all([booking.sale.showtime_id for booking in found])
    items = [shaped(booking, snapshots.get(booking.sale.showtime_id)) for booking in found]
    return _json(BookingList(items=items, total=total, page=page, page_size=page_size))


@router.get("/ticket-key", summary="The public key that tickets are verified with, as a JWKS")
async def ticket_key(request: Request) -> dict[str, list[dict[str, str]]]:
    signer: Signer = request.state.signer
    return signer.jwks()


@router.get("/{booking_id}", summary="One booking", response_model=BookingBody,
            responses=answering(BookingNotFound))  # fmt: skip
async def one(booking_id: str, request: Request, caller: CallerDep, desk: DeskDep) -> Response:
    return await _answer(request, await desk.of(booking_id, caller.user_id))


@router.get("/{booking_id}/qr.{kind}", summary="The ticket's QR code as a picture: svg or png", response_class=Response,
            responses=_SHOWN | answering(BookingNotFound, TicketNotFound))  # fmt: skip
async def qr(booking_id: str, kind: str, caller: CallerDep, desk: DeskDep) -> Response:
    if kind not in _PICTURES:
        raise HTTPException(404)
    booking = await desk.of(booking_id, caller.user_id)
    if booking.admits is None:
        raise TicketNotFound(f"the booking is {booking.standing.status}: it has no ticket")
    headers = {"Cache-Control": "private, no-store"}
    return Response(picture(booking.admits, kind), headers=headers, media_type=_PICTURES[kind])


@router.post("/{booking_id}/cancel", summary="Cancel by the theater's policy", response_model=BookingBody,
             responses=answering(BookingNotFound, NotCancellable))  # fmt: skip
async def cancel(booking_id: str, request: Request, caller: CallerDep, desk: DeskDep) -> Response:
    return await _answer(request, await desk.cancel(booking_id, caller.user_id))


async def _answer(
    request: Request, booking: Booking, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    showtimes: MongoShowtimes = request.state.showtimes
    return _json(shaped(booking, await showtimes.find(booking.sale.showtime_id)), status, headers)


def _json(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """As camelCase JSON. What a booking does not have yet is null; what only some have is left out."""
    content = body.model_dump(by_alias=True, mode="json")
    for booking in content.get("items", [content]):
        for name in ("reason", "refund"):
            if booking[name] is None:
                del booking[name]
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
