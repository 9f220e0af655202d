"""HTTP in: a booking's invoice, and the credit note of its last refund. Not by the link of a mail."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Response

from booking.domain.booking import Booking
from booking.domain.numbering import Paper
from booking.errors import NoCreditNote, NoInvoice
from booking.invoicing import credit_note_of, invoice_of
from booking.reading_api import download, file_answers
from booking.state import UseCasesDep
from booking.usecases.use_cases import UseCases
from chassis.auth import Caller, CallerDep
from chassis.bodies import JsonRoute
from chassis.problems import Unavailable
from invoices.pdf import credit_note_pdf, invoice_pdf

router = APIRouter(prefix="/api/bookings", tags=["bookings"], route_class=JsonRoute)
_PaperOf = Callable[[Booking], Paper | None]


@router.get(
    "/{booking_id}/invoice.pdf",
    summary="The tax invoice",
    response_class=Response,
    responses=file_answers("application/pdf", NoInvoice),
)
async def get_invoice_pdf(booking_id: str, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Of the whole sale, also when it was cancelled since. Its number is there two seconds after the confirmation."""
    booking, paper, number = await _numbered(use_cases, booking_id, caller, lambda booking: booking.invoice)
    if paper is None:
        raise NoInvoice("the booking was free, or is not confirmed")
    drawn = await asyncio.to_thread(invoice_pdf, invoice_of(booking, paper, number))
    return download(drawn, "application/pdf", f"invoice-{booking.reference}.pdf")


@router.get(
    "/{booking_id}/credit-note.pdf",
    summary="The credit note of the last refund",
    response_class=Response,
    responses=file_answers("application/pdf", NoCreditNote),
)
async def get_credit_note_pdf(booking_id: str, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """With what it takes back of the invoice."""
    booking, paper, number = await _numbered(use_cases, booking_id, caller, _last_credit_note)
    invoice = booking.invoice
    if paper is None or invoice is None:
        raise NoCreditNote("nothing of an invoice was refunded")
    note = credit_note_of(booking, paper, number, invoice, booking.number_of(invoice) or "")
    drawn = await asyncio.to_thread(credit_note_pdf, note)
    return download(drawn, "application/pdf", f"credit-note-{booking.reference}.pdf")


def _last_credit_note(booking: Booking) -> Paper | None:
    return next((paper for paper in reversed(booking.papers) if paper.kind == "credit_note"), None)


async def _numbered(
    use_cases: UseCases, booking_id: str, caller: Caller, paper_of: _PaperOf
) -> tuple[Booking, Paper | None, str]:
    """The booking and the paper with its number, which is waited for; raises `BookingNotFound`, `Unavailable`."""
    booking = await use_cases.lookup.readable(booking_id, caller)
    paper = paper_of(booking)
    if paper is None:
        return booking, None, ""
    booking = await use_cases.lookup.with_numbers(booking)
    number = booking.number_of(paper)
    if number is None:
        raise Unavailable("the series has not given the number yet")
    return booking, paper, number
