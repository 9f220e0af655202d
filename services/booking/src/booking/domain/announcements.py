"""Which events are to be said of a booking, and each made from the booking."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from booking.domain.advance import EventKind
from booking.domain.booking import Booking
from booking.domain.facts import Grant, Move, Paid, Resend, refund_key
from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingExpired,
    BookingRefused,
    BookingRescheduled,
    CancelledSeats,
    RefundDue,
    ResendRequested,
    SeatsCancelled,
    TicketIssued,
)
from contracts.event import Event
from contracts.layout import SeatLabel


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event that is to be said of a booking; `about` is set where the kind is said more than once: the move, the
    grant, the request that it follows from."""

    kind: EventKind
    about: Move | Grant | Resend | None = None

    @property
    def key(self) -> str:
        """What tells it from the booking's other events: `confirmed`, `rescheduled:3`."""
        return f"{self.kind.value}:{self.about.key}" if self.about else self.kind.value


def announcements(booking: Booking) -> Iterator[Announcement]:
    """All that is to be said of a booking, in the order in which it goes out."""
    for kind in EventKind:
        if kind not in booking.state.events:
            continue
        if kind is EventKind.RESCHEDULED:
            yield from (Announcement(kind, move) for move in booking.facts.moves)
        elif kind is EventKind.RESEND:
            yield from (Announcement(kind, resend) for resend in booking.facts.resends)
        elif kind is EventKind.SEATS_CANCELLED:
            yield from _of_grants(booking)
        elif kind is EventKind.REFUND_DUE:
            yield from _refunds_due(booking)
        else:
            yield Announcement(kind)


def _of_grants(booking: Booking) -> Iterator[Announcement]:
    """For each grant that ended seats: that they are cancelled, and the new ticket once the show is known."""
    for grant in booking.facts.grants:
        if grant.seat_ids:
            yield Announcement(EventKind.SEATS_CANCELLED, grant)
            if EventKind.TICKET in booking.state.events:
                yield Announcement(EventKind.TICKET, grant)


def _refunds_due(booking: Booking) -> Iterator[Announcement]:
    """One for each grant, and one for the end where something is left then."""
    yield from (Announcement(EventKind.REFUND_DUE, grant) for grant in booking.facts.grants if grant.amount)
    if booking.state.refund_due:
        yield Announcement(EventKind.REFUND_DUE)


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
    named, cause = {**about, "reference": booking.reference}, announcement.about
    if isinstance(cause, Grant):
        return _of_grant(announcement.kind, named, booking, paid, cause)
    if isinstance(cause, Resend):
        return _resend(named, booking, cause)
    match announcement.kind:
        case EventKind.CONFIRMED:
            return _confirmed(named, booking, paid)
        case EventKind.TICKET:
            return _ticket(named, booking, None)
        case _:
            return _moved(named, booking, cause) if cause else _end(announcement.kind, named, booking, paid)


def _of_grant(kind: EventKind, named: dict[str, Any], booking: Booking, paid: Paid, grant: Grant) -> Event:
    """What follows from a grant."""
    match kind:
        case EventKind.SEATS_CANCELLED:
            return _seats_cancelled(named, booking, grant)
        case EventKind.TICKET:
            return _ticket(named, booking, grant)
        case _:
            key = refund_key(paid.capture_id, grant.number)
            return _refund_due(named, booking, paid, refund_key=key, amount=grant.amount, reason=grant.by)


def _resend(named: dict[str, Any], booking: Booking, resend: Resend) -> ResendRequested:
    version = resend.ticket_version
    ticket = _ticket(named, booking, booking.facts.cause_of_ticket(version))
    about = {name: value for name, value in named.items() if name != "reference"}
    return ResendRequested(**about, number=resend.number, ticket_version=version, ticket=ticket)


def _ticket(named: dict[str, Any], booking: Booking, grant: Grant | None) -> TicketIssued:
    """The first ticket, or the one that a grant has led to."""
    version = booking.facts.ticket_version_after(grant)
    return TicketIssued(
        **named,
        qr_text=booking.tickets[version - 1].code,
        show=booking.facts.show,
        quote=booking.sale.quote,
        confirmed_at=booking.confirmed_at,
        contact=booking.facts.ticket_contact,
        link_token=booking.tickets[version - 1].link_token,
        ticket_version=version,
        seat_ids=booking.facts.seats_after(grant),
        cancelled=_cancelled(booking, grant) if grant else None,
        is_complimentary=booking.is_complimentary,
    )


def _cancelled(booking: Booking, grant: Grant) -> CancelledSeats:
    labels = _labels(booking, grant.seat_ids)
    currency = booking.sale.quote.currency
    return CancelledSeats(seat_ids=grant.seat_ids, seat_labels=labels, refund=grant.amount, currency=currency)


def _seats_cancelled(named: dict[str, Any], booking: Booking, grant: Grant) -> SeatsCancelled:
    return SeatsCancelled(
        **named,
        **_cancelled(booking, grant).model_dump(),
        number=grant.number,
        reason=grant.by,
        remaining_seat_ids=booking.facts.seats_after(grant),
        ticket_version=booking.facts.ticket_version_after(grant),
        show=booking.facts.show,
    )


def _labels(booking: Booking, seat_ids: Collection[str]) -> tuple[SeatLabel, ...]:
    return tuple(line.label for line in booking.sale.quote.lines if line.seat_id in seat_ids)


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


def _moved(named: dict[str, Any], booking: Booking, move: Move) -> BookingRescheduled:
    """What one move changed, also when the show was moved again since."""
    show = booking.facts.show
    if show is None:
        raise ValueError("only a move of a show that is known can be announced")
    moved = show.model_copy(update={"start_at": move.start_at, "end_at": move.end_at})
    return BookingRescheduled(**named, previous_start_at=move.previous_start_at, show=moved, revision=move.revision)


def _refund_due(about: dict[str, Any], booking: Booking, paid: Paid, **what: Any) -> RefundDue:
    return RefundDue(
        **about, **what, payment_id=booking.sale.payment_id, capture_id=paid.capture_id, currency=paid.currency
    )


def _end(kind: EventKind, named: dict[str, Any], booking: Booking, paid: Paid) -> Event:
    """What is said of the end: of the seats that were booked until then, with all that goes back as it was known."""
    state = booking.state
    if kind is EventKind.REFUND_DUE:
        key = refund_key(paid.capture_id)
        return _refund_due(named, booking, paid, refund_key=key, amount=state.refund_due, reason=state.reason)
    end = {
        **named,
        "reason": booking.state.reason,
        "seat_ids": booking.facts.booked_seats,
        "seat_labels": _labels(booking, booking.facts.booked_seats),
        "currency": paid.currency,
        "show": booking.facts.show,
    }
    if booking.state.status == "refunded":
        return BookingRefused(**end, refund=paid.amount, capture_id=paid.capture_id)
    ended = booking.facts.ended
    before = ended.returned_by_hand + ended.granted if ended else 0
    refund = min(paid.amount, booking.state.refund_due + before)
    return BookingCancelled(**end, refund=refund, was_confirmed=True)
