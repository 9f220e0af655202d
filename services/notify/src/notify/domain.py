"""A delivery: one message to one person over one channel; where it stands, and the outcomes of an attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.booking import TicketIssued
from contracts.event import Event
from contracts.shows import ShowDetails

GIVE_UP_AFTER = timedelta(hours=24)
STAYS_FOR = timedelta(days=400)  # after the show; what was said in the last 30 days may be said again
TRIED_AT_LEAST = timedelta(minutes=10)  # a show bought at the door still gets its mail tried
SENDING_LEASE = timedelta(seconds=30)  # how long an attempt belongs to its process without being renewed
MOST_UNANSWERED = 2  # how often a message is sent again after an attempt without an answer


class ChannelName(StrEnum):
    """How a message reaches a person; the first part of a delivery's id."""

    MAIL = "mail"
    SMS = "sms"


class Status(StrEnum):
    """Where a delivery stands. `sent`: the mail server or carrier took it. `bounced`: there is nobody at that address.
    `suppressed`: it is not wanted, no longer true, or there is no address. A queued one may be under way."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Kind(StrEnum):
    """The messages there are; the second part of a delivery's id."""

    CONFIRMATION = "confirmation"
    SEATS_CANCELLED = "seats_cancelled"
    SEATS_MOVED = "seats_moved"
    RESEND = "resend"
    CANCELLATION = "cancellation"
    REFUSAL = "refusal"
    REFUND = "refund"
    REFUND_DELAYED = "refund_delayed"
    RESCHEDULE = "reschedule"
    REMINDER = "reminder"
    WAITLIST_OFFER = "waitlist_offer"
    WELCOME = "welcome"
    VERIFICATION = "verification"
    EMAIL_CHANGE = "email_change"
    GUEST_LINKED = "guest_linked"
    RESET = "password_reset"
    OTP = "otp"
    WEBHOOK_DISABLED = "webhook_disabled"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to. `email` is None for somebody known by phone alone, `phone` (E.164) for users whose phone is not
    verified; `suppressed` are addresses at which there is nobody, or that want no more. A contact was given at the
    counter: it is no user, and its phone is not verified."""

    id: str
    name: str
    email: str | None
    phone: str | None = None
    language: str = "en"
    email_notifications: bool = True
    sms_notifications: bool = True
    suppressed: frozenset[str] = frozenset()
    is_contact: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, from the event that asks for it to its end.

    `sending` while it is being sent. `unanswered` counts the attempts after which no answer was seen; `attempts` counts
    all. `message_id` is the name that the channel gives it, where the channel has such names. From `repeated_at`
    on it is sent once more, where it was taken before and did not arrive.
    """

    id: str
    channel: ChannelName
    kind: Kind
    booking_id: str | None
    booking_version: int | None
    user_id: str | None
    status: Status
    sending: bool
    attempts: int
    unanswered: int
    message_id: str | None
    created_at: datetime
    give_up_at: datetime
    event: Event
    repeated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RelatedDelivery:
    """What the document of another delivery about the same booking, ended or not, says of that booking."""

    id: str
    channel: ChannelName
    kind: Kind
    booking_version: int | None
    user_id: str | None
    reference: str | None
    show: ShowDetails | None
    message_id: str | None
    created_at: datetime
    ticket: TicketIssued | None


@dataclass(frozen=True, slots=True)
class BookingOutline:
    """What is known of the booking a message is about: its reference, its show, its newest ticket, how often the show
    was moved, and the name of the first message about it over the same channel."""

    reference: str | None = None
    show: ShowDetails | None = None
    ticket: TicketIssued | None = None
    first_message_id: str | None = None
    moves: int = 0


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """A message as support sees it; `at` is when its status became what it is."""

    channel: ChannelName
    kind: Kind
    status: Status
    at: datetime
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message that was taken, as far as its way to the person is followed. `looks` counts how often its server was
    asked; `may_repeat`: it can be sent once more; `is_followed_up`: a reminder or the like comes after it."""

    id: str
    provider_id: str
    channel: ChannelName
    kind: Kind
    booking_id: str | None
    user_id: str | None
    status: Status
    looks: int
    may_repeat: bool
    is_followed_up: bool
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took it; `provider_id` is the name that it gave it, where it gives names.

    From `look_at` on the server is asked what became of it; `may_repeat` where it could be sent once more then.
    """

    provider_id: str | None = None
    look_at: datetime | None = None
    may_repeat: bool = False


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
class Bounced:
    """There is nobody at the recipient's address: no message will ever reach it."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The recipient has asked for no more messages at this address."""

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


NOT_SENT = Sent()
Outcome = Sent | Deferred | Refused | Bounced | Unwanted | Unanswered | Unwritable | Misconfigured
