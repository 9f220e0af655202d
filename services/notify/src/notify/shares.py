"""What the seats that a ticket admits to cost."""

from dataclasses import replace

from contracts.booking import TicketIssued
from tickets.shares import Share
from tickets.shares import share_of as share_of_seats


def share_of(ticket: TicketIssued) -> Share:
    """The seats that the ticket admits to, with what was paid for them: nothing for a complimentary one."""
    quote = ticket.quote
    share = share_of_seats(quote, ticket.seat_ids or [line.seat_id for line in quote.lines])
    return replace(share, total=0) if ticket.is_complimentary else share
