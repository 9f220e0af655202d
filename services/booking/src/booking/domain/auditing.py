"""What the audit is told of a booking: that it was sold at the counter, refunds and ends that somebody of the theater
decided, tickets that they had sent once more."""

from booking.domain.booking import Booking
from booking.domain.facts import Ended, Grant, Paid, Resend
from contracts.audit import Shown, audit_id
from contracts.booking import AuditRecorded
from contracts.ids import UserId


def recorded(booking: Booking, cause: Grant | Resend | Paid | None) -> AuditRecorded:
    """The record of a sale at the counter, a resend or a grant, or of the booking's end."""
    if isinstance(cause, Paid):
        return _recorded_sale(booking, cause)
    return _recorded_resend(booking, cause) if isinstance(cause, Resend) else recorded_decision(booking, cause)


def _recorded_sale(booking: Booking, paid: Paid) -> AuditRecorded:
    after: Shown = {"amount": paid.amount, "currency": paid.currency, "tender": paid.tender}
    seats: Shown = {"seatIds": list(booking.sale.seat_ids), "showtimeId": booking.sale.showtime_id}
    return AuditRecorded.of(
        _known(paid.sold_by),
        "bookings.sold_at_counter",
        booking.id,
        None,
        {**after, **seats},
        theater_id=booking.facts.theater_id,
        audit_id=audit_id(booking.id, "sale"),
        at=booking.confirmed_at,
    )


def _recorded_resend(booking: Booking, resend: Resend) -> AuditRecorded:
    return AuditRecorded.of(
        _known(resend.user_id),
        "bookings.resent",
        booking.id,
        None,
        {"number": resend.number, "ticketVersion": resend.ticket_version},
        theater_id=booking.facts.theater_id,
        audit_id=audit_id(booking.id, f"resend:{resend.number}"),
        at=resend.at,
    )


def _known(user_id: UserId | None) -> UserId:
    if user_id is None:
        raise ValueError("only what somebody of the theater did is recorded")
    return user_id


def recorded_decision(booking: Booking, grant: Grant | None) -> AuditRecorded:
    """The record of a grant, or of the booking's end, under an id that is fixed by it."""
    decision = grant or booking.facts.ended
    if decision is None or decision.user_id is None:
        raise ValueError("only what somebody of the theater decided is recorded")
    before: Shown | None = None if isinstance(decision, Grant) else {"status": "confirmed"}
    after = _of_grant(booking, decision) if isinstance(decision, Grant) else _of_end(booking, decision)
    return AuditRecorded.of(
        decision.user_id,
        "bookings.refunded" if isinstance(decision, Grant) else "bookings.cancelled",
        booking.id,
        before,
        after,
        theater_id=booking.facts.theater_id,
        audit_id=audit_id(booking.id, str(grant.number) if grant else "end"),
        at=decision.at,
    )


def _of_grant(booking: Booking, grant: Grant) -> Shown:
    seat_ids = grant.for_seats or grant.seat_ids or booking.sale.seat_ids
    currency = booking.sale.quote.currency
    return {"amount": grant.amount, "currency": currency, "seatIds": list(seat_ids), "reason": grant.note}


def _of_end(booking: Booking, ended: Ended) -> Shown:
    """`refund`: what went back then; null is all that was left."""
    currency = booking.sale.quote.currency
    return {"status": "cancelled", "refund": ended.refund, "currency": currency, "reason": ended.note}
