"""Tickets with the ids and seats that the system really has."""

import random

from contracts.ids import BookingId, ShowtimeId, new_id
from contracts.layout import row_letters
from tickets.code import Ticket, TicketSigner

SIGNER = TicketSigner(bytes(range(32)))


def a_ticket(*seats: str, version: int = 1) -> Ticket:
    return Ticket(BookingId(new_id("bkg")), ShowtimeId(new_id("sho")), seats or ("J7", "J8"), version)


def scattered_seats(count: int, seed: int = 0) -> tuple[str, ...]:
    """Seats of the largest screen there can be, far from each other."""
    choice = random.Random(seed)
    return tuple(f"{row_letters(choice.randrange(100))}{choice.randrange(1, 101)}" for _ in range(count))
