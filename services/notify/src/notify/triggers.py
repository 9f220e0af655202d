"""The events that ask for a message: of which kind it is, what names it, how long it is worth trying."""

from collections.abc import Mapping
from datetime import datetime

from contracts.booking import (
    BookingCancelled,
    BookingRefused,
    BookingRescheduled,
    ResendRequested,
    ShowDetails,
    TicketIssued,
)
from contracts.event import Event
from contracts.payment import PaymentRefunded
from notify.domain import GIVE_UP_AFTER, STAYS_FOR, TRIED_AT_LEAST, ChannelName, Delivery, Kind, Status

BookingEvent = TicketIssued | ResendRequested | BookingCancelled | BookingRefused | BookingRescheduled
TriggerEvent = BookingEvent | PaymentRefunded
"""The events that ask for a message."""


_KINDS: Mapping[type[Event], Kind] = {
    TicketIssued: Kind.CONFIRMATION,
    ResendRequested: Kind.RESEND,
    BookingCancelled: Kind.CANCELLATION,
    BookingRefused: Kind.REFUSAL,
    BookingRescheduled: Kind.RESCHEDULE,
    PaymentRefunded: Kind.REFUND,
}


def kind_of(event: TriggerEvent) -> Kind:
    """The message that an event asks for."""
    if isinstance(event, TicketIssued) and event.cancelled:
        return Kind.SEATS_CANCELLED
    return _KINDS[type(event)]


def which_of(event: TriggerEvent) -> str:
    """What tells this message from others of its kind about the booking: version, number, refund, or revision."""
    match event:
        case PaymentRefunded():
            return event.refund_key
        case BookingRescheduled():
            return f"{event.revision}"
        case ResendRequested():
            return f"{event.number}"
        case _:
            return f"{event.version}"


def version_of(event: Event) -> int | None:
    """The version of the booking that the event tells of; a refund's event does not say it."""
    return getattr(event, "version", None)


def reference_of(event: Event) -> str | None:
    """The booking's reference, where the event says it."""
    ticket = ticket_of(event)
    return ticket.reference if ticket else getattr(event, "reference", None)


def show_of(event: Event) -> ShowDetails | None:
    """The show that the event tells of, where it does."""
    ticket = ticket_of(event)
    show: ShowDetails | None = ticket.show if ticket else getattr(event, "show", None)
    return show


def ticket_of(event: Event) -> TicketIssued | None:
    """The ticket that the event bears, where it does."""
    return event.ticket if isinstance(event, ResendRequested) else event if isinstance(event, TicketIssued) else None


def id_of(channel: ChannelName, event: TriggerEvent) -> str:
    """`channel:kind:booking:which`: one delivery over a channel for each kind, booking and `which_of`."""
    return f"{channel}:{kind_of(event)}:{event.booking_id}:{which_of(event)}"


def new_delivery(channel: ChannelName, event: TriggerEvent, message_id: str | None, now: datetime) -> Delivery:
    """The queued delivery that an event asks for."""
    return Delivery(
        id=id_of(channel, event),
        channel=channel,
        kind=kind_of(event),
        booking_id=event.booking_id,
        booking_version=version_of(event),
        user_id=event.user_id,
        status=Status.QUEUED,
        sending=False,
        attempts=0,
        unanswered=0,
        message_id=message_id,
        created_at=now,
        give_up_at=give_up_at(event, now),
        event=event,
    )


def give_up_at(event: TriggerEvent, now: datetime) -> datetime:
    """Until when a delivery is tried: for a day, or until the show it announces starts, but at least for 10 minutes."""
    latest, show = now + GIVE_UP_AFTER, show_of(event)
    if isinstance(event, TicketIssued | ResendRequested | BookingRescheduled) and show:
        return min(latest, max(show.start_at, now + TRIED_AT_LEAST))
    return latest


def expires_at(event: Event, ended_at: datetime) -> datetime:
    """Until when a delivery that has ended is stored: its id keeps the same message from going out again."""
    show = show_of(event)
    return max(ended_at, show.start_at if show else ended_at) + STAYS_FOR
