"""HTTP in: one booking to read, with its ticket on paper. A guest reads with an access token, or by the link of a mail,
whose token opens this one booking and nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from booking.domain.booking import Booking
from booking.domain.facts import Show
from booking.errors import BookingNotFound, NoTicket, TicketNotFound
from booking.papers import calendar_entry, ticket_page
from booking.schemas import BookingView, ReadBookingView
from booking.state import UseCasesDep
from booking.usecases.use_cases import UseCases
from chassis.auth import Caller, optional
from chassis.bodies import JsonRoute
from chassis.problems import NotAuthenticated, Unavailable, answering
from tickets import qr
from tickets.calendar import ticket_ics
from tickets.pdf import counter_slip, ticket_pdf

router = APIRouter(prefix="/api/bookings", tags=["bookings"], route_class=JsonRoute)
LinkToken = Annotated[str | None, Query(alias="token", description="of a link in a mail, in place of a login")]
Paper = Annotated[
    Literal["page", "slip"], Query(alias="format", description="an A4 page, or a strip for a printer of 80 mm")
]
_NOT_STORED = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A booking that somebody may read; `by_link`: without a login, and so without what pays for it."""

    booking: Booking
    by_link: bool


async def _reading(
    booking_id: str,
    caller: Annotated[Caller | None, Depends(optional)],
    use_cases: UseCasesDep,
    token: LinkToken = None,
) -> Reading:
    """Raises `NotAuthenticated`, `BookingNotFound`."""
    if token is not None:
        return Reading(await use_cases.lookup.by_link(booking_id, token), by_link=True)
    if caller is None:
        raise NotAuthenticated
    return Reading(await use_cases.lookup.readable(booking_id, caller), by_link=False)


ReadingDep = Annotated[Reading, Depends(_reading)]


def file_answers(media_type: str, *problems: Any) -> dict[int | str, dict[str, Any]]:
    """As `_file`, of a file that has a name."""
    name = {"description": "the file's name", "schema": {"type": "string"}}
    answers = _file(media_type, *problems)
    return {**answers, 200: {**answers[200], "headers": {"Content-Disposition": name}}}


def _file(media_type: str, *problems: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}} | answering(BookingNotFound, *problems)


@router.get(
    "/{booking_id}", summary="One booking", response_model=ReadBookingView, responses=answering(BookingNotFound)
)
async def get_booking(reading: ReadingDep, use_cases: UseCasesDep) -> Response:
    """As soon as its order is open. What is not known yet is null. Read by a link it is without `paymentId`."""
    view = BookingView.of(await use_cases.lookup.with_show(reading.booking))
    shown = view.model_dump_json(by_alias=True, exclude={"payment_id"} if reading.by_link else None)
    return Response(shown, headers=_NOT_STORED, media_type="application/json")


@router.get(
    "/{booking_id}/qr.svg",
    summary="The ticket's QR code as a drawing",
    response_class=Response,
    responses=_file("image/svg+xml", TicketNotFound),
)
async def get_qr_svg(reading: ReadingDep) -> Response:
    """Of the newest ticket."""
    return _qr_code(reading.booking, qr.svg, "image/svg+xml")


@router.get(
    "/{booking_id}/qr.png",
    summary="The ticket's QR code as a picture",
    response_class=Response,
    responses=_file("image/png", TicketNotFound),
)
async def get_qr_png(reading: ReadingDep) -> Response:
    """Of the newest ticket."""
    return _qr_code(reading.booking, qr.png, "image/png")


def _qr_code(booking: Booking, draw: Callable[[str], bytes], media_type: str) -> Response:
    if booking.valid_ticket is None:
        raise TicketNotFound(f"the booking is {booking.state.status}: it has no ticket")
    return Response(draw(booking.valid_ticket), headers=_NOT_STORED, media_type=media_type)


@router.get(
    "/{booking_id}/ticket.pdf",
    summary="The ticket to print",
    response_class=Response,
    responses=file_answers("application/pdf", NoTicket),
)
async def get_ticket_pdf(reading: ReadingDep, use_cases: UseCasesDep, paper: Paper = "page") -> Response:
    """Of the newest ticket; `format=slip` for the printer at the counter."""
    code, show = await _ticket(use_cases, reading.booking)
    draw = counter_slip if paper == "slip" else ticket_pdf
    drawn = await asyncio.to_thread(draw, ticket_page(reading.booking, show, code))
    return download(drawn, "application/pdf", f"ticket-{reading.booking.reference}.pdf")


@router.get(
    "/{booking_id}/ticket.ics",
    summary="The show as an entry of a calendar",
    response_class=Response,
    responses=file_answers("text/calendar", NoTicket),
)
async def get_ticket_ics(reading: ReadingDep, use_cases: UseCasesDep) -> Response:
    """In UTC, so that every calendar shows it by its own clock."""
    _, show = await _ticket(use_cases, reading.booking)
    entry = await asyncio.to_thread(ticket_ics, calendar_entry(reading.booking, show))
    return download(entry, "text/calendar; charset=utf-8", f"ticket-{reading.booking.reference}.ics")


async def _ticket(use_cases: UseCases, booking: Booking) -> tuple[str, Show]:
    """The ticket's text and its show; raises `NoTicket`, and `Unavailable` while the show is not known."""
    if booking.valid_ticket is None:
        raise NoTicket(f"the booking is {booking.state.status}: it has no ticket")
    shown = await use_cases.lookup.with_show(booking)
    if shown.show is None:
        raise Unavailable("the showtime is not known here yet")
    return booking.valid_ticket, shown.show


def download(data: bytes, media_type: str, name: str) -> Response:
    """A file that is shown where it can be, and stored nowhere on the way."""
    headers = {**_NOT_STORED, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(data, headers=headers, media_type=media_type)
