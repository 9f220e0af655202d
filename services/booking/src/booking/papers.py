"""What of a booking is printed: its ticket as a page or a strip, and its entry in a calendar. Pure; drawing takes some
milliseconds and belongs in a thread."""

from booking.domain.booking import Booking
from booking.domain.facts import Show
from tickets import page
from tickets.calendar import CalendarEntry
from tickets.page import TicketPage, TicketSeat
from tickets.shares import share_of


def ticket_page(booking: Booking, show: Show, code: str) -> TicketPage:
    """The newest ticket, whose text is `code`, with what was paid for the seats that it admits to."""
    quote = booking.quote
    share = share_of(quote, booking.facts.booked_seats)
    contact = booking.facts.contact
    return TicketPage(
        reference=booking.reference,
        code=code,
        version=booking.facts.ticket_version,
        show=page.Show.of(show, show.city or ""),
        seats=tuple(TicketSeat.of(line) for line in share.lines),
        fees=share.fees,
        taxes=share.taxes,
        total=0 if booking.is_complimentary else share.total,
        currency=quote.currency,
        guest_name=(contact.name if contact else None) or "",
    )


def calendar_entry(booking: Booking, show: Show) -> CalendarEntry:
    """The show of a booking with a ticket. It is dated by the last change of the seats: where the show has moved its
    number alone rises."""
    facts = booking.facts
    changes = [booking.confirmed_at or booking.created_at, *(grant.at for grant in facts.grants)]
    changes += [reseating.at for reseating in facts.reseatings]
    return CalendarEntry(
        booking_id=booking.id,
        reference=booking.reference,
        version=facts.ticket_version + len(facts.moves),
        show=page.Show.of(show, show.city or ""),
        seats=tuple(map(str, booking.seat_labels)),
        changed_at=max(changes),
    )
