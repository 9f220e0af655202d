"""What the deliveries about a booking say of it together."""

from notify.domain import BookingOutline, Delivery, Kind, RelatedDelivery
from notify.triggers import reference_of, show_of, ticket_of

_OUTDATED_BY = {
    Kind.CONFIRMATION: {Kind.CANCELLATION: 0, Kind.SEATS_CANCELLED: 1},
    Kind.RESEND: {Kind.CANCELLATION: 0, Kind.SEATS_CANCELLED: 1},
    Kind.SEATS_CANCELLED: {Kind.CANCELLATION: 0},
    Kind.RESCHEDULE: {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1},
    Kind.REMINDER: {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1, Kind.SEATS_CANCELLED: 1},
}
"""By how much the version of a delivery of the inner kind must be higher to make one of the outer kind wrong."""


def is_outdated(delivery: Delivery, related: list[RelatedDelivery]) -> bool:
    """Whether another delivery makes this one wrong: a confirmation after a cancellation admits to nothing, and
    neither does a ticket that is sent again after a newer one."""
    newer, version = _OUTDATED_BY.get(delivery.kind, {}), delivery.booking_version or 0
    return any(other.kind in newer and (other.booking_version or 0) >= version + newer[other.kind] for other in related)


def owner_of(related: list[RelatedDelivery]) -> str | None:
    """Whose booking it is: a refund may not say so, other deliveries do."""
    return next((other.user_id for other in related if other.user_id), None)


def outline_of(delivery: Delivery, related: list[RelatedDelivery]) -> BookingOutline:
    """Reference, show and ticket, from this delivery's event or, where it does not say, from the newest delivery that
    does; and the name of the first message about the booking, where that is another one."""
    newest_first = sorted(related, key=lambda other: other.booking_version or 0, reverse=True)
    event = delivery.event
    references = [reference_of(event), *(other.reference for other in newest_first)]
    shows = [show_of(event), *(other.show for other in newest_first)]
    tickets = [ticket_of(event), *(other.ticket for other in newest_first)]
    versions: list[tuple[str, Kind, int | None]] = [
        (delivery.id, delivery.kind, delivery.booking_version),
        *((other.id, other.kind, other.booking_version) for other in related),
    ]
    now = delivery.booking_version or 0
    moves = {name for name, kind, version in versions if kind is Kind.RESCHEDULE and (version or 0) <= now}
    earlier = [
        other
        for other in related
        if other.channel is delivery.channel and other.id != delivery.id and other.created_at < delivery.created_at
    ]
    first = min(earlier, key=lambda other: other.created_at, default=None)
    return BookingOutline(
        reference=next(filter(None, references), None),
        show=next(filter(None, shows), None),
        ticket=next(filter(None, tickets), None),
        moves=len(moves),
        first_message_id=first.message_id if first else None,
    )
