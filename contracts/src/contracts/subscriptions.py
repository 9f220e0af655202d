"""Who subscribes to what: the whole topology follows from this table, and every process declares all of it."""

from contracts import booking, catalog, gateway, identity, notify, payment, seating
from contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    identity.UserRegistered,
    identity.UserChanged,
    identity.UserErased,
    identity.SessionEnded,
    identity.GrantsChanged,
    identity.EmailVerificationRequested,
    identity.EmailChangeRequested,
    identity.GuestLinked,
    identity.PasswordResetRequested,
    identity.OtpRequested,
    catalog.ShowtimeScheduled,
    catalog.ShowtimeChanged,
    catalog.ShowtimeCancelled,
    catalog.AuditRecorded,
    seating.SeatsHeld,
    seating.HoldExtended,
    seating.SeatsReleased,
    seating.SeatsSold,
    seating.SeatsRefused,
    seating.SeatsMoved,
    seating.ShowtimeReplanned,
    seating.WaitlistOffered,
    seating.AvailabilityChanged,
    seating.MapChanged,
    payment.OrderCreated,
    payment.PaymentSucceeded,
    payment.ContactGiven,
    payment.PaymentFailed,
    payment.PaymentRefunded,
    payment.PaymentRefundCompleted,
    payment.PaymentRefundFailed,
    payment.PaymentDisputed,
    payment.AuditRecorded,
    booking.BookingConfirmed,
    booking.TicketIssued,
    booking.ResendRequested,
    booking.BookingRefused,
    booking.BookingCancelled,
    booking.SeatsCancelled,
    booking.BookingRescheduled,
    booking.BookingCheckedIn,
    booking.BookingExpired,
    booking.RefundDue,
    booking.AuditRecorded,
    notify.NotificationDelivered,
    notify.NotificationFailed,
    notify.WebhookDisabled,
    notify.AuditRecorded,
    gateway.AuditRecorded,
)
BY_TYPE: dict[str, type[Event]] = {event.type: event for event in EVENTS}

_SHOWTIMES: tuple[type[Event], ...] = (catalog.ShowtimeScheduled, catalog.ShowtimeChanged, catalog.ShowtimeCancelled)
SUBSCRIPTIONS: dict[str, tuple[type[Event], ...]] = {  # service → what it subscribes to
    "identity": (
        catalog.AuditRecorded,
        payment.AuditRecorded,
        booking.AuditRecorded,
        notify.AuditRecorded,
        gateway.AuditRecorded,
    ),
    "catalog": (seating.AvailabilityChanged, seating.ShowtimeReplanned),
    "seating": (
        *_SHOWTIMES,
        identity.UserErased,
        payment.PaymentSucceeded,
        booking.BookingCancelled,
        booking.SeatsCancelled,
    ),
    "payment": (
        seating.HoldExtended,
        seating.SeatsReleased,
        booking.BookingConfirmed,
        booking.BookingRefused,
        booking.BookingCancelled,
        booking.RefundDue,
    ),
    "booking": (
        *_SHOWTIMES,
        identity.UserRegistered,
        identity.UserChanged,
        identity.UserErased,
        payment.OrderCreated,
        payment.PaymentSucceeded,
        payment.ContactGiven,
        payment.PaymentFailed,
        payment.PaymentRefunded,
        payment.PaymentRefundCompleted,
        payment.PaymentRefundFailed,
        payment.PaymentDisputed,
        seating.HoldExtended,
        seating.SeatsSold,
        seating.SeatsRefused,
        seating.SeatsReleased,
        seating.SeatsMoved,
    ),
    "notify": (
        identity.UserRegistered,
        identity.UserChanged,
        identity.UserErased,
        identity.EmailVerificationRequested,
        identity.EmailChangeRequested,
        identity.GuestLinked,
        identity.PasswordResetRequested,
        identity.OtpRequested,
        booking.TicketIssued,
        booking.ResendRequested,
        booking.BookingRefused,
        booking.BookingCancelled,
        booking.BookingRescheduled,
        payment.PaymentRefunded,
        payment.PaymentRefundFailed,
        seating.WaitlistOffered,
        notify.WebhookDisabled,
    ),
}
OPEN_QUEUES: dict[str, str] = {"notify": "notify.partners"}
"""A service's queue that takes whatever public events the service wants at the time: it binds and unbinds them."""


def has_subscriber(event: type[Event]) -> bool:
    """Whether any of our services subscribes: then a publish that reaches no queue is an error, else it is not.

    Partners' subscriptions are not in the table.
    """
    return any(event in events for events in SUBSCRIPTIONS.values())


def queues_of(event: type[Event]) -> list[str]:
    """The queues of ours that take the event, of all services that subscribe to it."""
    return [queue_name(service, event) for service, events in SUBSCRIPTIONS.items() if event in events]


def queue_name(service: str, event: type[Event]) -> str:
    """The queue of one consumer and event, such as `booking.payment.succeeded.v1`."""
    return f"{service}.{event.type}"
