"""Seats that the theater moves: the fact of it, with the ticket that it leads to, and which seat a client means."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.places import Reseating
from contracts.layout import ScreenDetails
from contracts.seating import SeatMove


@dataclass(frozen=True, slots=True)
class LedgerMove:
    """One reseating as seating says it."""

    number: int
    moves: tuple[SeatMove, ...]
    reason: Literal["seat_blocked", "screen_changed"]
    screen: ScreenDetails | None
    at: datetime


def reseated(booking: Booking | None, move: LedgerMove) -> Facts:
    """The fact that seats of the booking were moved; none where it is known. What was moved before the first ticket is
    on that ticket; later a new one is issued, where the move changes something for a guest who has one.
    `tests/model` has this as a protocol."""
    fact = Reseating(number=move.number, moves=move.moves, reason=move.reason, screen=move.screen, at=move.at)
    if booking is None or not booking.tickets:
        return Facts(reseatings=(fact,))
    facts = booking.facts
    if any(known.number == move.number for known in facts.reseatings):
        return Facts()
    after = facts.with_news(Facts(reseatings=(fact.model_copy(update={"ticket_version": facts.ticket_version}),)))
    is_new = booking.valid_ticket is not None and _shown(facts) != _shown(after)
    version = facts.ticket_version + is_new
    return Facts(reseatings=(fact.model_copy(update={"ticket_version": version, "is_new": is_new}),))


def _shown(facts: Facts) -> tuple[list[str], ScreenDetails | None]:
    """What a ticket would say now: where the booked seats are, and on which screen."""
    return [facts.places.seat_id(seat) for seat in facts.booked_seats], facts.places.screen


def sold_as(facts: Facts, seat_ids: Iterable[str], sold: Collection[str]) -> tuple[str, ...]:
    """What the seats that a client names were sold as: a booked seat that is there now, else one that was there before,
    by an older page. The name of no seat of the booking stays as it is."""
    names = {name: seat for each in facts.reseatings for seat, name in _former(each)} | {seat: seat for seat in sold}
    for seats in (set(sold) - set(facts.booked_seats), facts.booked_seats):
        names |= {facts.places.seat_id(seat): seat for seat in seats}
    return tuple(names.get(name, name) for name in seat_ids)


def _former(reseating: Reseating) -> Iterable[tuple[str, str]]:
    return ((move.sold_as, move.to_seat_id) for move in reseating.moves)
