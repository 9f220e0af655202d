"""The events of a booking, made from its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from booking.saga import Facts, Move, Paid, Say, Standing
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
class Matter:
    """A booking at the moment something is said of it: what it became with the version of this very write."""

    sale: Sale
    facts: Facts
    standing: Standing
    version: int
    reference: str
    confirmed_at: datetime | None
    ticket: str | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event of a booking. With the booking's id its key is the event's id."""

    say: Say
    move: Move | None = None

    @property
    def key(self) -> str:
        return f"{self.say.value}:{self.move.revision}" if self.move else self.say.value


def announcements(matter: Matter) -> Iterator[Announcement]:
    """All that is to be said of a booking, in the order in which it goes out."""
    for say in Say:
        if say not in matter.standing.says:
            continue
        if say is Say.RESCHEDULED:
            yield from (Announcement(say, move) for move in matter.facts.moves)
        else:
            yield Announcement(say)


def sealed(announcement: Announcement, matter: Matter) -> Envelope:
    """The event with its id, which booking and kind, and the move it tells of, determine."""
    return seal(_event(announcement, matter), key=f"{matter.sale.booking_id}:{announcement.key}")


def _event(announcement: Announcement, matter: Matter) -> Event:
    sale, paid = matter.sale, matter.facts.paid
    about: dict[str, Any] = {
        "booking_id": sale.booking_id,
        "version": matter.version,
        "user_id": sale.user_id,
        "showtime_id": sale.showtime_id,
    }
    if announcement.say is Say.EXPIRED or paid is None:  # all others are said of a booking that was paid
        return BookingExpired(**about)
    named = {**about, "reference": matter.reference}
    match announcement.say:
        case Say.CONFIRMED:
            return _confirmed(named, matter, paid)
        case Say.TICKET:
            shown = {"qr_text": matter.ticket, "show": matter.facts.show, "quote": sale.quote}
            return TicketIssued(**named, **shown, confirmed_at=matter.confirmed_at)
        case Say.RESCHEDULED:
            return BookingRescheduled(**named, **_moved(announcement.move, matter.facts.show))
        case Say.REFUND_DUE:
            return _refund_due(about, matter, paid)
        case Say.REFUSED | Say.CANCELLED:
            return _end(named, matter, paid)
    assert_never(announcement.say)


def _confirmed(named: dict[str, Any], matter: Matter, paid: Paid) -> BookingConfirmed:
    return BookingConfirmed(
        **named,
        payment_id=matter.sale.payment_id,
        capture_id=paid.capture_id,
        seat_ids=matter.sale.seat_ids,
        amount=paid.amount,
        currency=paid.currency,
        confirmed_at=matter.confirmed_at,
    )


def _moved(move: Move | None, show: ShowDetails | None) -> dict[str, Any]:
    """What one move changed, also when the show was moved again since."""
    if move is None or show is None:
        raise ValueError("only a move of a show that is known can be announced")
    moved = show.model_copy(update={"start_at": move.start_at, "end_at": move.end_at})
    return {"previous_start_at": move.previous_start_at, "show": moved, "revision": move.revision}


def _refund_due(about: dict[str, Any], matter: Matter, paid: Paid) -> RefundDue:
    return RefundDue(
        **about,
        payment_id=matter.sale.payment_id,
        capture_id=paid.capture_id,
        refund_key=refund_key(paid.capture_id),
        amount=matter.standing.refund_due,
        currency=paid.currency,
        reason=matter.standing.reason,
    )


def _end(named: dict[str, Any], matter: Matter, paid: Paid) -> BookingRefused | BookingCancelled:
    """The refund is all that goes back, as it was known when the booking ended."""
    end = {
        **named,
        "reason": matter.standing.reason,
        "seat_ids": matter.sale.seat_ids,
        "seat_labels": tuple(line.label for line in matter.sale.quote.lines),
        "currency": paid.currency,
        "show": matter.facts.show,
    }
    if matter.standing.status == "refunded":
        return BookingRefused(**end, refund=paid.amount)
    returned = matter.facts.ended.returned if matter.facts.ended else 0
    refund = min(paid.amount, matter.standing.refund_due + returned)
    return BookingCancelled(**end, refund=refund, was_confirmed=True)
