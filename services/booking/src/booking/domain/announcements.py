"""Which events are to be said of a booking, and each made from the booking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from booking.domain.advance import EventKind
from booking.domain.booking import Booking
from booking.domain.facts import Move, Paid
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingExpired,
    BookingRefused,
    BookingRescheduled,
    RefundDue,
    ShowDetails,
    TicketIssued,
)
from contracts.event import Event


def refund_key(capture_id: str) -> str:
    """The key of the one refund a booking asks for of a capture."""
    return f"refund_{capture_id}"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event that is to be said of a booking; `move` is set for `RESCHEDULED` alone."""

    kind: EventKind
    move: Move | None = None

    @property
    def key(self) -> str:
        """What tells it from the booking's other events: `confirmed`, `rescheduled:3`."""
        return f"{self.kind.value}:{self.move.revision}" if self.move else self.kind.value


def announcements(booking: Booking) -> Iterator[Announcement]:
    """All that is to be said of a booking, in the order in which it goes out."""
    for kind in EventKind:
        if kind not in booking.state.events:
            continue
        if kind is EventKind.RESCHEDULED:
            yield from (Announcement(kind, move) for move in booking.facts.moves)
        else:
            yield Announcement(kind)


def event_of(announcement: Announcement, booking: Booking) -> Event:
    """The event, with the version that the booking has here."""
    sale, paid = booking.sale, booking.facts.paid
    about: dict[str, Any] = {
        "booking_id": sale.booking_id,
        "version": booking.version,
        "user_id": booking.user_id,
        "showtime_id": sale.showtime_id,
    }
    if announcement.kind is EventKind.EXPIRED or paid is None:  # all others are said of a booking that was paid
        return BookingExpired(**about)
    named = {**about, "reference": booking.reference}
    match announcement.kind:
        case EventKind.CONFIRMED:
            return _confirmed(named, booking, paid)
        case EventKind.TICKET:
            facts, confirmed_at = booking.facts, booking.confirmed_at
            ticket = {"qr_text": booking.ticket, "show": facts.show, "quote": sale.quote, "contact": facts.contact}
            return TicketIssued(**named, **ticket, confirmed_at=confirmed_at)
        case EventKind.RESCHEDULED:
            return BookingRescheduled(**named, **_moved(announcement.move, booking.facts.show))
        case EventKind.REFUND_DUE:
            return _refund_due(about, booking, paid)
        case EventKind.REFUSED | EventKind.CANCELLED:
            return _end(named, booking, paid)
    assert_never(announcement.kind)


def _confirmed(named: dict[str, Any], booking: Booking, paid: Paid) -> BookingConfirmed:
    return BookingConfirmed(
        **named,
        payment_id=booking.sale.payment_id,
        capture_id=paid.capture_id,
        seat_ids=booking.sale.seat_ids,
        amount=paid.amount,
        currency=paid.currency,
        confirmed_at=booking.confirmed_at,
    )


def _moved(move: Move | None, show: ShowDetails | None) -> dict[str, Any]:
    """What one move changed, also when the show was moved again since."""
    if move is None or show is None:
        raise ValueError("only a move of a show that is known can be announced")
    moved = show.model_copy(update={"start_at": move.start_at, "end_at": move.end_at})
    return {"previous_start_at": move.previous_start_at, "show": moved, "revision": move.revision}


def _refund_due(about: dict[str, Any], booking: Booking, paid: Paid) -> RefundDue:
    return RefundDue(
        **about,
        payment_id=booking.sale.payment_id,
        capture_id=paid.capture_id,
        refund_key=refund_key(paid.capture_id),
        amount=booking.state.refund_due,
        currency=paid.currency,
        reason=booking.state.reason,
    )


def _end(named: dict[str, Any], booking: Booking, paid: Paid) -> BookingRefused | BookingCancelled:
    """The refund is all that goes back, as it was known when the booking ended."""
    end = {
        **named,
        "reason": booking.state.reason,
        "seat_ids": booking.sale.seat_ids,
        "seat_labels": tuple(line.label for line in booking.sale.quote.lines),
        "currency": paid.currency,
        "show": booking.facts.show,
    }
    if booking.state.status == "refunded":
        return BookingRefused(**end, refund=paid.amount, capture_id=paid.capture_id)
    returned = booking.facts.ended.returned_by_hand if booking.facts.ended else 0
    refund = min(paid.amount, booking.state.refund_due + returned)
    return BookingCancelled(**end, refund=refund, was_confirmed=True)
