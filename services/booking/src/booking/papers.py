"""What of a booking is printed: its ticket as a page or a strip, and its entry in a calendar. Pure; drawing takes some
milliseconds and belongs in a thread."""

from datetime import datetime

from booking.domain.booking import Booking
from booking.domain.facts import Show
from booking.domain.policy import even_parts, seat_shares
from contracts.prices import Charge, Quote
from tickets import page
from tickets.calendar import CalendarEntry
from tickets.page import TicketPage, TicketSeat

_ORDINARY = "adult"


def ticket_page(booking: Booking, show: Show, code: str) -> TicketPage:
    """The newest ticket, whose text is `code`, with what was paid for the seats that it admits to."""
    quote, seat_ids = booking.sale.quote, booking.facts.booked_seats
    lines = [line for line in quote.lines if line.seat_id in seat_ids]
    fees, taxes = _charges(quote, seat_ids)
    total = sum(share.ticket + share.fees for share in seat_shares(quote) if share.seat_id in seat_ids)
    contact = booking.facts.contact
    return TicketPage(
        reference=booking.reference,
        code=code,
        version=booking.facts.ticket_version,
        show=page.Show.of(show, show.city or ""),
        seats=tuple(TicketSeat.of(line, _ticket_type(line.ticket_type)) for line in lines),
        fees=fees,
        taxes=taxes,
        total=0 if booking.is_complimentary else total,
        currency=quote.currency,
        guest_name=(contact.name if contact else None) or "",
    )


def _ticket_type(ticket_type: str) -> str:
    return "" if ticket_type == _ORDINARY else ticket_type


def _charges(quote: Quote, seat_ids: tuple[str, ...]) -> tuple[tuple[Charge, ...], tuple[Charge, ...]]:
    """(fees, taxes) of these seats: of fees and their taxes each seat bears as much as any other."""
    if len(seat_ids) == len(quote.lines):
        return quote.fee_lines, quote.tax_lines
    shared = {f"{fee.name} tax" for fee in quote.fee_lines}
    of_fees = [_part_of(charge, quote, seat_ids) for charge in quote.tax_lines if charge.name in shared]
    names = [charge.name for charge in quote.tax_lines if charge.name not in shared]
    of_tickets = sum(line.tax for line in quote.lines if line.seat_id in seat_ids)
    taxes = [Charge(name=" / ".join(names), amount=of_tickets)] if names else []
    return tuple(_part_of(fee, quote, seat_ids) for fee in quote.fee_lines), (*taxes, *of_fees)


def _part_of(charge: Charge, quote: Quote, seat_ids: tuple[str, ...]) -> Charge:
    parts = zip(quote.lines, even_parts(charge.amount, len(quote.lines)), strict=True)
    return Charge(name=charge.name, amount=sum(part for line, part in parts if line.seat_id in seat_ids))


def calendar_entry(booking: Booking, show: Show, now: datetime) -> CalendarEntry:
    """The show of a booking with a ticket, as it is `now`."""
    labels = [str(line.label) for line in booking.sale.quote.lines if line.seat_id in booking.facts.booked_seats]
    return CalendarEntry(
        booking_id=booking.id,
        reference=booking.reference,
        version=booking.facts.ticket_version + len(booking.facts.moves),
        show=page.Show.of(show, show.city or ""),
        seats=tuple(labels),
        changed_at=now,
    )
