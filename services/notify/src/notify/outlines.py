"""What the deliveries about a booking say of it together."""

from notify.domain import BookingOutline, Delivery, Kind, RelatedDelivery
from notify.triggers import reference_of, show_of, ticket_of

_NEW_TICKETS = {Kind.SEATS_CANCELLED: 1, Kind.SEATS_MOVED: 1}
_OUTDATED_BY = {
    Kind.CONFIRMATION: {Kind.CANCELLATION: 0, **_NEW_TICKETS},
    Kind.WAITLIST_OFFER: {Kind.CONFIRMATION: 0, Kind.CANCELLATION: 0},
    Kind.RESEND: {Kind.CANCELLATION: 0, **_NEW_TICKETS},
    Kind.SEATS_CANCELLED: {Kind.CANCELLATION: 0, **_NEW_TICKETS},
    Kind.SEATS_MOVED: {Kind.CANCELLATION: 0, **_NEW_TICKETS},
    Kind.RESCHEDULE: {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1},
    Kind.REMINDER: {Kind.CANCELLATION: 0, Kind.RESCHEDULE: 1, **_NEW_TICKETS},
}
"""By how much the version of a delivery of the inner kind must be higher to make one of the outer kind wrong."""


def is_outdated(delivery: Delivery, related: list[RelatedDelivery]) -> bool:
    """Whether another delivery makes this one wrong: a confirmation after a cancellation admits to nothing, and
    neither does a ticket after a newer one, whose own mail says how the seats are now."""
    newer, version = _OUTDATED_BY.get(delivery.kind, {}), delivery.booking_version or 0
    return any(other.kind in newer and (other.booking_version or 0) >= version + newer[other.kind] for other in related)


def owner_of(related: list[RelatedDelivery]) -> str | None:
    """Whose booking it is: a refund may not say so, other deliveries do."""
    return next((other.user_id for other in related if other.user_id), None)


def outline_of(delivery: Delivery, related: list[RelatedDelivery]) -> BookingOutline:
    """Reference, ticket, and the show as the newest of these deliveries has it, so that one that waited tells of no
    time that is over. And the name of the first message about the booking, where that is another one."""
    newest_first = sorted(related, key=lambda other: other.booking_version or 0, reverse=True)
    event = delivery.event
    references = [reference_of(event), *(other.reference for other in newest_first)]
    tickets = [ticket_of(event), *(other.ticket for other in newest_first)]
    versions = [(delivery.booking_version or 0, show_of(event))]
    versions += [(other.booking_version or 0, other.show) for other in newest_first]
    shows = [show for _, show in sorted(versions, key=lambda version: version[0], reverse=True)]
    moves = {delivery.id} if delivery.kind is Kind.RESCHEDULE else set()
    moves |= {other.id for other in related if other.kind is Kind.RESCHEDULE}
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
