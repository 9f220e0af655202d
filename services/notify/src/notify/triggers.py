"""The events that ask for a message: of which kind it is, what names it, how long it is worth trying."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, ResendRequested, TicketIssued
from contracts.event import Event
from contracts.identity import (
    EmailChangeRequested,
    EmailVerificationRequested,
    GuestLinked,
    OtpRequested,
    PasswordResetRequested,
)
from contracts.ids import booking_of as booking_of_hold
from contracts.notify import WebhookDisabled
from contracts.payment import PaymentRefunded, PaymentRefundFailed
from contracts.seating import WaitlistOffered
from contracts.shows import ShowDetails
from notify.domain import GIVE_UP_AFTER, STAYS_FOR, TRIED_AT_LEAST, ChannelName, Delivery, Kind, Recipient, Status

BookingEvent = TicketIssued | ResendRequested | BookingCancelled | BookingRefused | BookingRescheduled | WaitlistOffered
RefundEvent = PaymentRefunded | PaymentRefundFailed
AccountEvent = EmailVerificationRequested | EmailChangeRequested | GuestLinked | PasswordResetRequested
TriggerEvent = BookingEvent | RefundEvent | AccountEvent | OtpRequested | WebhookDisabled
"""The events that ask for a message."""

_KINDS: Mapping[type[Event], Kind] = {
    TicketIssued: Kind.CONFIRMATION,
    ResendRequested: Kind.RESEND,
    BookingCancelled: Kind.CANCELLATION,
    BookingRefused: Kind.REFUSAL,
    BookingRescheduled: Kind.RESCHEDULE,
    WaitlistOffered: Kind.WAITLIST_OFFER,
    PaymentRefunded: Kind.REFUND,
    PaymentRefundFailed: Kind.REFUND_DELAYED,
    EmailVerificationRequested: Kind.VERIFICATION,
    EmailChangeRequested: Kind.EMAIL_CHANGE,
    GuestLinked: Kind.GUEST_LINKED,
    PasswordResetRequested: Kind.RESET,
    OtpRequested: Kind.OTP,
    WebhookDisabled: Kind.WEBHOOK_DISABLED,
}


def kind_of(event: TriggerEvent) -> Kind:
    """The message that an event asks for."""
    if isinstance(event, TicketIssued) and event.cancelled:
        return Kind.SEATS_CANCELLED
    if isinstance(event, TicketIssued) and event.moved and event.ticket_version > 1:
        return Kind.SEATS_MOVED
    if isinstance(event, EmailVerificationRequested) and event.purpose == "welcome":
        return Kind.WELCOME
    return _KINDS[type(event)]


def which_of(event: TriggerEvent) -> str:
    """What tells this message from others of its kind about the booking or user: version, number, refund, revision, or
    request. A token is not told."""
    match event:
        case PaymentRefunded() | PaymentRefundFailed():
            return event.refund_key
        case BookingRescheduled():
            return f"{event.revision}"
        case ResendRequested() | OtpRequested() | WebhookDisabled():
            return f"{event.number}"
        case EmailVerificationRequested() | PasswordResetRequested():
            return hashlib.sha256(event.token.encode()).hexdigest()[:16]
        case EmailChangeRequested() | GuestLinked() | WaitlistOffered():
            return _id_in(event)
        case _:
            return f"{event.version}"


def _id_in(event: EmailChangeRequested | GuestLinked | WaitlistOffered) -> str:
    match event:
        case GuestLinked():
            return event.guest_id
        case WaitlistOffered():
            return event.entry_id
        case _:
            return event.request_id


def booking_of(event: Event) -> str | None:
    """The booking that the event is about, or that an offer may become; None where it is about an account."""
    if isinstance(event, WaitlistOffered):
        return booking_of_hold(event.hold_id)
    return getattr(event, "booking_id", None)


def user_of(event: Event) -> str | None:
    """Whom the event concerns, where it says so."""
    return getattr(event, "user_id", None)


def version_of(event: Event) -> int | None:
    """The version of the booking that the event tells of, where it does."""
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


def without_code(event: Event) -> Event:
    """The event without the text that admits."""
    return event.model_copy(update={"qr_text": ""}) if isinstance(event, TicketIssued) else event


def recipient_of(event: Event) -> Recipient | None:
    """To whom the event itself says that the message goes; None where that is the user as they are now."""
    if isinstance(event, OtpRequested):
        return Recipient(event.challenge_id, "", None, event.phone, event.language)
    if not isinstance(event, AccountEvent):
        return None
    return Recipient(event.user_id, event.name, event.email, language=event.language)


def id_of(channel: ChannelName, event: TriggerEvent) -> str:
    """`channel:kind:booking:which`: one delivery over a channel for each kind, booking (or user, webhook) and
    `which_of`."""
    about = (
        event.subject if isinstance(event, WebhookDisabled) else booking_of(event) or user_of(event) or event.subject
    )
    return f"{channel}:{kind_of(event)}:{about}:{which_of(event)}"


def new_delivery(channel: ChannelName, event: TriggerEvent, message_id: str | None, now: datetime) -> Delivery:
    """The queued delivery that an event asks for."""
    return Delivery(
        id=id_of(channel, event),
        channel=channel,
        kind=kind_of(event),
        booking_id=booking_of(event),
        booking_version=version_of(event),
        user_id=user_of(event),
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
    """Until when a delivery is tried: until the show it announces starts or its link ends, but at least for 10 minutes;
    of an end and of money for a day, and an end until the show it was for would have started."""
    latest, show = now + GIVE_UP_AFTER, show_of(event)
    if isinstance(event, OtpRequested | WaitlistOffered):
        return event.expires_at
    if isinstance(event, EmailVerificationRequested | PasswordResetRequested):
        return min(latest, max(event.expires_at, now + TRIED_AT_LEAST))
    if isinstance(event, TicketIssued | ResendRequested | BookingRescheduled) and show:
        return max(show.start_at, now + TRIED_AT_LEAST)
    if isinstance(event, BookingCancelled | BookingRefused) and show:
        return max(show.start_at, latest)
    return latest


def is_too_late(delivery: Delivery, now: datetime) -> bool:
    """Whether the message would tell of what is over: a code or link that no longer works, a show that has begun."""
    event = delivery.event
    if isinstance(event, OtpRequested | PasswordResetRequested | WaitlistOffered):
        return now >= event.expires_at
    return delivery.kind is Kind.REMINDER and now >= delivery.give_up_at


def expires_at(event: Event, ended_at: datetime) -> datetime:
    """Until when a delivery that has ended is stored: its id keeps the same message from going out again."""
    show = show_of(event)
    return max(ended_at, show.start_at if show else ended_at) + STAYS_FOR
