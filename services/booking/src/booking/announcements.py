"""The events of a booking, made from its facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from chassis.envelope import Envelope, seal
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingExpired,
    BookingRefused,
    RefundDue,
    TicketIssued,
)
from contracts.event import Event
from contracts.sale import Sale

from booking.saga import Facts, Paid, Say, Standing


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


def sealed(say: Say, matter: Matter) -> Envelope:
    """The event with its id, which booking and kind determine."""
    return seal(_event(say, matter), key=f"{matter.sale.booking_id}:{say.value}")


def _event(say: Say, matter: Matter) -> Event:
    sale, paid = matter.sale, matter.facts.paid
    about: dict[str, Any] = {"booking_id": sale.booking_id, "version": matter.version, "user_id": sale.user_id,
                             "showtime_id": sale.showtime_id}  # fmt: skip
    if say is Say.EXPIRED or paid is None:  # all others are said of a booking that was paid
        return BookingExpired(**about)
    match say:
        case Say.CONFIRMED:
            return BookingConfirmed(
                **about, reference=matter.reference, payment_id=sale.payment_id, capture_id=paid.capture_id,
                seat_ids=sale.seat_ids, amount=paid.amount, currency=paid.currency,
                confirmed_at=matter.confirmed_at,
            )  # fmt: skip
        case Say.TICKET:
            return TicketIssued(**about, reference=matter.reference, qr_text=matter.ticket, show=matter.facts.show,
                                quote=sale.quote, confirmed_at=matter.confirmed_at)  # fmt: skip
        case Say.REFUND_DUE:
            return RefundDue(
                **about, payment_id=sale.payment_id, capture_id=paid.capture_id,
                refund_key=refund_key(paid.capture_id), amount=matter.standing.refund, currency=paid.currency,
                reason=matter.standing.reason,
            )  # fmt: skip
        case Say.REFUSED:
            return BookingRefused(**about, **_end(matter, paid))
        case Say.CANCELLED:
            return BookingCancelled(**about, **_end(matter, paid), was_confirmed=True)
    assert_never(say)


def _end(matter: Matter, paid: Paid) -> dict[str, Any]:
    return {
        "reference": matter.reference,
        "reason": matter.standing.reason,
        "seat_ids": matter.sale.seat_ids,
        "seat_labels": tuple(line.label for line in matter.sale.quote.lines),
        "refund": matter.standing.refund,
        "currency": paid.currency,
        "show": matter.facts.show,
    }
