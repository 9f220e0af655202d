"""A delivery: one message about one booking to one person over one channel, and what an attempt to send it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, ShowDetails, TicketIssued
from contracts.event import Event
from contracts.payment import PaymentRefunded

LIFETIME = timedelta(hours=24)
SHORTEST = timedelta(minutes=10)  # a show bought at the door still gets its mail tried
SENDING_LEASE = timedelta(seconds=30)  # how long an attempt belongs to its process without being renewed
UNSEEN_ANSWERS = 2  # how often a message whose answer was not seen is sent again


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


KINDS: Mapping[type[Event], Kind] = {
    TicketIssued: Kind.CONFIRMATION,
    BookingCancelled: Kind.CANCELLATION,
    BookingRefused: Kind.REFUSAL,
    BookingRescheduled: Kind.RESCHEDULE,
    PaymentRefunded: Kind.REFUND,
}
EVENT_OF: Mapping[Kind, type[Event]] = {kind: event for event, kind in KINDS.items()}
News = TicketIssued | BookingCancelled | BookingRefused | BookingRescheduled | PaymentRefunded


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to; `email` is None for somebody known by phone alone."""

    user_id: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, from the event that asks for it to the server's answer."""

    id: str
    channel: ChannelName
    kind: Kind
    booking_id: str
    booking_version: int | None
    user_id: str | None
    status: str
    attempts: int
    unseen: int
    message_id: str
    created_at: datetime
    give_up_at: datetime
    news: News


@dataclass(frozen=True, slots=True)
class Mention:
    """What a delivery, ended or not, knows of its booking."""

    kind: Kind
    booking_version: int | None
    user_id: str | None
    reference: str | None
    show: ShowDetails | None


@dataclass(frozen=True, slots=True)
class About:
    """Reference and show of the booking a message is about, where they are known."""

    reference: str | None = None
    show: ShowDetails | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took it."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now, try again; `reached` is False when no server answered at all."""

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
class Unseen:
    """It was sent and no answer came: the server may have taken it."""

    detail: str


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our own settings are wrong: an alarm, and no fault of the recipient's."""

    detail: str


Outcome = Delivered | Deferred | Refused | Unseen | Unwritable | Misconfigured


def id_of(channel: ChannelName, news: News) -> str:
    """`channel:kind:booking:which`: one delivery over a channel for each kind and booking, and its version, refund, or
    revision of the show."""
    match news:
        case PaymentRefunded():
            which: str | int = news.refund_key
        case BookingRescheduled():
            which = news.revision
        case _:
            which = news.version
    return f"{channel}:{KINDS[type(news)]}:{news.booking_id}:{which}"


def give_up_at(news: News, now: datetime) -> datetime:
    """News of a show to come are of no use once it has begun; everything is given up after a day."""
    latest = now + LIFETIME
    if isinstance(news, TicketIssued | BookingRescheduled):
        return min(latest, max(news.show.start_at, now + SHORTEST))
    return latest


def booking_fields(news: News) -> dict[str, Any]:
    """Whom, which version, reference and show a piece of news is about, as far as it says."""
    if isinstance(news, PaymentRefunded):
        return {"user_id": news.user_id, "booking_version": None, "reference": None, "show": None}
    return {
        "user_id": news.user_id,
        "booking_version": news.version,
        "reference": news.reference,
        "show": news.show.model_dump() if news.show else None,
    }
