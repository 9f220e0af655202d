"""What a mail carries beside its words: the ticket as a PDF page, and the show as a calendar entry."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from chassis.logs import logger
from contracts.booking import BookingCancelled, BookingRescheduled, TicketIssued
from notify.domain import BookingOutline
from notify.shares import share_of
from tickets.calendar import CalendarEntry, ticket_ics
from tickets.page import Show, TicketPage, TicketSeat
from tickets.pdf import ticket_pdf

log = logger(__name__)
PROCESSOR_SECONDS = Counter(
    "marquee_attachments_processor_seconds", "Processor time that making tickets and calendar entries took"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; `content_type` comes with its parameters."""

    filename: str
    content_type: str
    content: bytes


def of_ticket(ticket: TicketIssued, moves: int, language: str, guest: str, url: str) -> list[Attachment]:
    """The ticket of a booking and its calendar entry, whose version counts tickets and moves of the show.

    Takes milliseconds, mostly without the interpreter's lock.
    """
    entry = CalendarEntry(
        ticket.booking_id,
        ticket.reference,
        ticket.ticket_version + moves,
        Show.of(ticket.show),
        tuple(f"{line.label}" for line in share_of(ticket).lines),
        ticket.confirmed_at,
        url=url,
        language=language,
    )
    return [*_made(lambda: _pdf(ticket, language, guest)), *_made(lambda: _ics(entry))]


def of_change(
    event: BookingRescheduled | BookingCancelled, outline: BookingOutline, language: str, changed_at: datetime
) -> list[Attachment]:
    """The calendar entry of a show that has moved, or of a booking that has ended: it replaces the earlier one."""
    if event.show is None:
        return []
    ticket, is_cancelled = outline.ticket, isinstance(event, BookingCancelled)
    seats = tuple(f"{line.label}" for line in share_of(ticket).lines) if ticket else ()
    entry = CalendarEntry(
        event.booking_id,
        event.reference,
        ticket.ticket_version + outline.moves if ticket else event.version,
        Show.of(event.show),
        tuple(map(str, event.seat_labels)) if isinstance(event, BookingCancelled) else seats,
        changed_at,
        is_cancelled=is_cancelled,
        language=language,
    )
    return _made(lambda: _ics(entry))


def _made(make: Callable[[], Attachment]) -> list[Attachment]:
    """The attachment; none where it cannot be made: the mail itself bears the code and a link."""
    before = time.thread_time()
    try:
        return [make()]
    except Exception:
        log.exception("an attachment cannot be made")
        return []
    finally:
        PROCESSOR_SECONDS.inc(time.thread_time() - before)


def _pdf(ticket: TicketIssued, language: str, guest: str) -> Attachment:
    share = share_of(ticket)
    page = TicketPage(
        reference=ticket.reference,
        code=ticket.qr_text,
        version=ticket.ticket_version,
        show=Show.of(ticket.show, ticket.show.city or ""),
        seats=tuple(TicketSeat.of(line) for line in share.lines),
        fees=share.fees,
        taxes=share.taxes,
        total=share.total,
        currency=ticket.quote.currency,
        language=language,
        guest_name=guest,
    )
    return Attachment(f"ticket-{ticket.reference}.pdf", "application/pdf", ticket_pdf(page))


def _ics(entry: CalendarEntry) -> Attachment:
    method = "CANCEL" if entry.is_cancelled else "PUBLISH"
    content_type = f"text/calendar; charset=utf-8; method={method}"
    return Attachment(f"ticket-{entry.reference}.ics", content_type, ticket_ics(entry))
