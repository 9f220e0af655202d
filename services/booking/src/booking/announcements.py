"""The events of a booking, made from its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from booking.saga import BookingState, EventKind, Facts, Move, Paid
from chassis.envelope import Envelope, seal
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
from contracts.sale import Sale


def refund_key(capture_id: str) -> str:
    """The key of the one refund a booking asks for of a capture."""
    return f"refund_{capture_id}"


@dataclass(frozen=True, slots=True)
class EventContext:
    """A booking at the moment something is said of it: what it became with the version of this very write."""

    sale: Sale
    facts: Facts
    state: BookingState
    version: int
    reference: str
    confirmed_at: datetime | None
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event of a booking. With the booking's id its key is the event's id."""

    kind: EventKind
    move: Move | None = None

    @property
    def key(self) -> str:
        return f"{self.kind.value}:{self.move.revision}" if self.move else self.kind.value


def announcements(context: EventContext) -> Iterator[Announcement]:
    """All that is to be said of a booking, in the order in which it goes out."""
    for kind in EventKind:
        if kind not in context.state.events:
            continue
        if kind is EventKind.RESCHEDULED:
            yield from (Announcement(kind, move) for move in context.facts.moves)
        else:
            yield Announcement(kind)


def sealed(announcement: Announcement, context: EventContext) -> Envelope:
    """The event with its id, which booking and kind, and the move it tells of, determine."""
    return seal(_event(announcement, context), key=f"{context.sale.booking_id}:{announcement.key}")


def _event(announcement: Announcement, context: EventContext) -> Event:
    sale, paid = context.sale, context.facts.paid
    about: dict[str, Any] = {
        "booking_id": sale.booking_id,
        "version": context.version,
        "user_id": sale.user_id,
        "showtime_id": sale.showtime_id,
    }
    if announcement.kind is EventKind.EXPIRED or paid is None:  # all others are said of a booking that was paid
        return BookingExpired(**about)
    named = {**about, "reference": context.reference}
    match announcement.kind:
        case EventKind.CONFIRMED:
            return _confirmed(named, context, paid)
        case EventKind.TICKET:
            shown = {"qr_text": context.ticket, "show": context.facts.show, "quote": sale.quote}
            return TicketIssued(**named, **shown, confirmed_at=context.confirmed_at)
        case EventKind.RESCHEDULED:
            return BookingRescheduled(**named, **_moved(announcement.move, context.facts.show))
        case EventKind.REFUND_DUE:
            return _refund_due(about, context, paid)
        case EventKind.REFUSED | EventKind.CANCELLED:
            return _end(named, context, paid)
    assert_never(announcement.kind)


def _confirmed(named: dict[str, Any], context: EventContext, paid: Paid) -> BookingConfirmed:
    return BookingConfirmed(
        **named,
        payment_id=context.sale.payment_id,
        capture_id=paid.capture_id,
        seat_ids=context.sale.seat_ids,
        amount=paid.amount,
        currency=paid.currency,
        confirmed_at=context.confirmed_at,
    )


def _moved(move: Move | None, show: ShowDetails | None) -> dict[str, Any]:
    """What one move changed, also when the show was moved again since."""
    if move is None or show is None:
        raise ValueError("only a move of a show that is known can be announced")
    moved = show.model_copy(update={"start_at": move.start_at, "end_at": move.end_at})
    return {"previous_start_at": move.previous_start_at, "show": moved, "revision": move.revision}


def _refund_due(about: dict[str, Any], context: EventContext, paid: Paid) -> RefundDue:
    return RefundDue(
        **about,
        payment_id=context.sale.payment_id,
        capture_id=paid.capture_id,
        refund_key=refund_key(paid.capture_id),
        amount=context.state.refund_due,
        currency=paid.currency,
        reason=context.state.reason,
    )


def _end(named: dict[str, Any], context: EventContext, paid: Paid) -> BookingRefused | BookingCancelled:
    """The refund is all that goes back, as it was known when the booking ended."""
    end = {
        **named,
        "reason": context.state.reason,
        "seat_ids": context.sale.seat_ids,
        "seat_labels": tuple(line.label for line in context.sale.quote.lines),
        "currency": paid.currency,
        "show": context.facts.show,
    }
    if context.state.status == "refunded":
        return BookingRefused(**end, refund=paid.amount)
    returned = context.facts.ended.returned if context.facts.ended else 0
    refund = min(paid.amount, context.state.refund_due + returned)
    return BookingCancelled(**end, refund=refund, was_confirmed=True)
