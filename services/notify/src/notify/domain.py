"""A delivery: one message about one booking to one person over one channel; the outcomes of an attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, ShowDetails, TicketIssued
from contracts.event import Event
from contracts.payment import PaymentRefunded

GIVE_UP_AFTER = timedelta(hours=24)
STAYS_FOR = timedelta(days=400)  # after the show; what was said in the last 30 days may be said again
TRIED_AT_LEAST = timedelta(minutes=10)  # a show bought at the door still gets its mail tried
SENDING_LEASE = timedelta(seconds=30)  # how long an attempt belongs to its process without being renewed
MOST_UNANSWERED = 2  # how often a message is sent again after an attempt without an answer


class ChannelName(StrEnum):
    """How a message reaches a person; the first part of a delivery's id."""

    MAIL = "mail"


class Kind(StrEnum):
    """The messages there are; the second part of a delivery's id."""

    CONFIRMATION = "confirmation"
    CANCELLATION = "cancellation"
    REFUSAL = "refusal"
    REFUND = "refund"
    RESCHEDULE = "reschedule"


KIND_OF: Mapping[type[Event], Kind] = {
    TicketIssued: Kind.CONFIRMATION,
    BookingCancelled: Kind.CANCELLATION,
    BookingRefused: Kind.REFUSAL,
    BookingRescheduled: Kind.RESCHEDULE,
    PaymentRefunded: Kind.REFUND,
}
TRIGGER_OF: Mapping[Kind, type[Event]] = {kind: event for event, kind in KIND_OF.items()}
TriggerEvent = TicketIssued | BookingCancelled | BookingRefused | BookingRescheduled | PaymentRefunded
"""The events that ask for a message."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to; `email` is None for somebody known by phone alone."""

    user_id: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, from the event that asks for it to the server's answer.

    `unanswered` counts the attempts after which no answer was seen; `attempts` counts all.
    """

    id: str
    channel: ChannelName
    kind: Kind
    booking_id: str
    booking_version: int | None
    user_id: str | None
    status: str
    attempts: int
    unanswered: int
    message_id: str
    created_at: datetime
    give_up_at: datetime
    event: TriggerEvent


@dataclass(frozen=True, slots=True)
class RelatedDelivery:
    """What the document of another delivery about the same booking, ended or not, says of that booking."""

    kind: Kind
    booking_version: int | None
    user_id: str | None
    reference: str | None
    show: ShowDetails | None


@dataclass(frozen=True, slots=True)
class BookingOutline:
    """Reference and show of the booking a message is about, where they are known."""

    reference: str | None = None
    show: ShowDetails | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took it."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not sent, to be tried again; `reached` is False when no server answered at all."""

    detail: str
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """Never, however often one tries."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unwritable:
    """The message cannot be written; no server was asked."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It was sent and no answer was seen: the server may have taken it."""

    detail: str


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our own settings are wrong: an alarm, and no fault of the recipient's."""

    detail: str


Outcome = Delivered | Deferred | Refused | Unanswered | Unwritable | Misconfigured


def id_of(channel: ChannelName, event: TriggerEvent) -> str:
    """`channel:kind:booking:which`: one delivery over a channel for each kind and booking, and its version, refund, or
    revision of the show."""
    match event:
        case PaymentRefunded():
            which: str | int = event.refund_key
        case BookingRescheduled():
            which = event.revision
        case _:
            which = event.version
    return f"{channel}:{KIND_OF[type(event)]}:{event.booking_id}:{which}"


def new_delivery(channel: ChannelName, event: TriggerEvent, sender_domain: str, now: datetime) -> Delivery:
    """The due delivery that an event asks for. This fixes its id, its `Message-ID`, which ends in `sender_domain`, and
    its `Date`."""
    delivery_id = id_of(channel, event)
    return Delivery(
        id=delivery_id,
        channel=channel,
        kind=KIND_OF[type(event)],
        booking_id=event.booking_id,
        booking_version=None if isinstance(event, PaymentRefunded) else event.version,
        user_id=event.user_id,
        status="due",
        attempts=0,
        unanswered=0,
        message_id=f"<{delivery_id.replace(':', '.')}@{sender_domain}>",
        created_at=now,
        give_up_at=give_up_at(event, now),
        event=event,
    )


def give_up_at(event: TriggerEvent, now: datetime) -> datetime:
    """Until when a delivery is tried: for a day, or until the show it announces starts, but at least for 10 minutes."""
    latest = now + GIVE_UP_AFTER
    if isinstance(event, TicketIssued | BookingRescheduled):
        return min(latest, max(event.show.start_at, now + TRIED_AT_LEAST))
    return latest


def expires_at(event: TriggerEvent, ended_at: datetime) -> datetime:
    """Until when a delivery that has ended is stored: its id keeps the same message from going out again."""
    show = None if isinstance(event, PaymentRefunded) else event.show
    return max(ended_at, show.start_at if show else ended_at) + STAYS_FOR
