"""Which events are to be said of a booking, and each made from the booking."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from booking.domain.advance import EventKind
from booking.domain.auditing import recorded
from booking.domain.booking import Booking
from booking.domain.facts import Grant, Move, Paid, Resend, refund_key, shown_at
from booking.domain.places import Reseating
from contracts.booking import (
    BookingCancelled,
    BookingCheckedIn,
    BookingConfirmed,
    BookingExpired,
    BookingRefused,
    BookingRescheduled,
    CancelledSeats,
    MovedSeats,
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
    about: Move | Grant | Resend | Reseating | Paid | None = None

    @property
    def key(self) -> str:
        """What tells it from the booking's other events: `confirmed`, `rescheduled:3`, `ticket_issued:moved_1`."""
        if isinstance(self.about, Reseating):
            return f"{self.kind.value}:moved_{self.about.key}"
        if isinstance(self.about, Paid):
            return f"{self.kind.value}:sale"
        if isinstance(self.about, Resend) and self.kind is EventKind.AUDIT_RECORDED:
            return f"{self.kind.value}:resend_{self.about.key}"
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
        elif kind is EventKind.TICKET:
            yield Announcement(kind)
            yield from (Announcement(kind, cause) for cause in _reseatings_with_tickets(booking))
        elif kind is EventKind.SEATS_CANCELLED:
            yield from _of_grants(booking)
        elif kind is EventKind.REFUND_DUE:
            yield from _refunds_due(booking)
        elif kind is EventKind.AUDIT_RECORDED:
            yield from _decisions(booking)
        else:
            yield Announcement(kind)


def _of_grants(booking: Booking) -> Iterator[Announcement]:
    """For each grant that ended seats: that they are cancelled, and the new ticket once the show is known."""
    for grant in booking.facts.grants:
        if grant.seat_ids:
            yield Announcement(EventKind.SEATS_CANCELLED, grant)
            if EventKind.TICKET in booking.state.events:
                yield Announcement(EventKind.TICKET, grant)


def _reseatings_with_tickets(booking: Booking) -> Iterator[Reseating]:
    """Those that a ticket was issued for: what came before the first is on that."""
    return (cause for cause in booking.facts.reseatings if cause.is_new and cause.ticket_version > 1)


def _refunds_due(booking: Booking) -> Iterator[Announcement]:
    """One for each grant, and one for the end where something is left then."""
    yield from (Announcement(EventKind.REFUND_DUE, grant) for grant in booking.facts.grants if grant.amount)
    if booking.state.refund_due:
        yield Announcement(EventKind.REFUND_DUE)


def _decisions(booking: Booking) -> Iterator[Announcement]:
    """The sale at the counter, each resend and grant that somebody of the theater decided, and the end."""
    facts = booking.facts
    if facts.paid and facts.paid.sold_by:
        yield Announcement(EventKind.AUDIT_RECORDED, facts.paid)
    yield from (Announcement(EventKind.AUDIT_RECORDED, resend) for resend in facts.resends if resend.user_id)
    yield from (Announcement(EventKind.AUDIT_RECORDED, grant) for grant in facts.grants if grant.user_id)
    if facts.ended and facts.ended.user_id:
        yield Announcement(EventKind.AUDIT_RECORDED)


def event_of(announcement: Announcement, booking: Booking) -> Event:
    """The event, with the version that the booking has here."""
    sale, paid = booking.sale, booking.facts.paid
    about: dict[str, Any] = {
        "booking_id": sale.booking_id,
        "version": booking.version,
        "user_id": booking.user_id,
        "showtime_id": sale.showtime_id,
        "theater_id": sale.theater_id,
    }
    if announcement.kind is EventKind.EXPIRED or paid is None:  # all others are said of a booking that was paid
        return BookingExpired(**about)
    named, cause = {**about, "reference": booking.reference}, announcement.about
    if announcement.kind is EventKind.AUDIT_RECORDED:
        return recorded(booking, cause if isinstance(cause, Grant | Resend | Paid) else None)
    if isinstance(cause, Grant):
        return _of_grant(announcement.kind, named, booking, paid, cause)
    if isinstance(cause, Resend):
        return _resend(named, booking, cause)
    match announcement.kind:
        case EventKind.CHECKED_IN:
            event: Event = _checked_in(about, booking)
        case EventKind.CONFIRMED:
            event = _confirmed(named, booking, paid)
        case EventKind.TICKET:
            event = _ticket(named, booking, cause.ticket_version if isinstance(cause, Reseating) else 1)
        case _:
            event = (
                _moved(named, booking, cause)
                if isinstance(cause, Move)
                else _end(announcement.kind, named, booking, paid)
            )
    return event


def _of_grant(kind: EventKind, named: dict[str, Any], booking: Booking, paid: Paid, grant: Grant) -> Event:
    """What follows from a grant."""
    match kind:
        case EventKind.SEATS_CANCELLED:
            return _seats_cancelled(named, booking, grant)
        case EventKind.TICKET:
            return _ticket(named, booking, grant.ticket_version)
        case _:
            key = refund_key(paid.capture_id, grant.number)
            return _refund_due(named, booking, paid, refund_key=key, amount=grant.amount, reason=grant.by)


def _resend(named: dict[str, Any], booking: Booking, resend: Resend) -> ResendRequested:
    version = resend.ticket_version
    ticket = _ticket(named, booking, version)
    about = {name: value for name, value in named.items() if name != "reference"}
    return ResendRequested(**about, number=resend.number, ticket_version=version, ticket=ticket)


def _ticket(named: dict[str, Any], booking: Booking, version: int) -> TicketIssued:
    """The ticket of this version, with what led to it."""
    facts, cause = booking.facts, booking.facts.cause_of_ticket(version)
    places = facts.places_at(version)
    return TicketIssued(
        **named,
        qr_text=booking.tickets[version - 1].code,
        show=shown_at(places, facts.show) if facts.show else None,
        quote=places.quote(booking.sale.quote),
        confirmed_at=booking.confirmed_at,
        contact=facts.ticket_contact,
        link_token=booking.tickets[version - 1].link_token,
        ticket_version=version,
        seat_ids=facts.seats_at(version),
        cancelled=_cancelled(booking, cause) if isinstance(cause, Grant) else None,
        moved=_moved_seats(booking, version),
        is_complimentary=booking.is_complimentary,
    )


def _moved_seats(booking: Booking, version: int) -> MovedSeats | None:
    """What the theater has moved by this version of the ticket."""
    causes = [each for each in booking.facts.reseatings if each.is_new and each.ticket_version <= version]
    if not causes:
        return None
    places = booking.facts.places_at(version)
    lines = [line for line in booking.sale.quote.lines if line.seat_id in booking.facts.seats_at(version)]
    moved = [line for line in lines if places.seat_id(line.seat_id) != line.seat_id]
    return MovedSeats(
        number=causes[-1].number,
        reason=causes[-1].reason,
        sold_labels=tuple(line.label for line in moved),
        seat_labels=tuple(places.line(line).label for line in moved),
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
        remaining_seat_ids=booking.facts.seats_at(grant.ticket_version),
        ticket_version=grant.ticket_version,
        show=booking.show,
    )


def _labels(booking: Booking, seat_ids: Collection[str]) -> tuple[SeatLabel, ...]:
    """What is painted on them where they are, by the ids they were sold as."""
    return tuple(line.label for line in booking.quote.lines if line.seat_id in seat_ids)


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


def _checked_in(about: dict[str, Any], booking: Booking) -> BookingCheckedIn:
    scan, show = booking.facts.check_in, booking.facts.show
    if scan is None or show is None:
        raise ValueError("only who was admitted to a show that is known can be announced")
    here = {**about, "theater_id": show.theater_id}
    return BookingCheckedIn(**here, at=scan.at, by=scan.by, device_id=scan.device_id)


def _moved(named: dict[str, Any], booking: Booking, move: Move) -> BookingRescheduled:
    """What one move changed, also when the show was moved again since."""
    show = booking.show
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
        "show": booking.show,
    }
    if booking.state.status == "refunded":
        return BookingRefused(**end, refund=paid.amount, capture_id=paid.capture_id)
    ended = booking.facts.ended
    before = ended.returned_by_hand + ended.granted if ended else 0
    refund = min(paid.amount, booking.state.refund_due + before)
    return BookingCancelled(**end, refund=refund, was_confirmed=True)
