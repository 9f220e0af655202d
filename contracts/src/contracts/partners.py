"""What partners may be told by webhooks: public facts about no person, by their names without version."""

from collections.abc import Mapping

from contracts import booking, catalog, notify, payment, seating
from contracts.event import Event

_TOLD: tuple[type[Event], ...] = (
    catalog.ShowtimeScheduled,
    catalog.ShowtimeChanged,
    catalog.ShowtimeCancelled,
    seating.SeatsHeld,
    seating.SeatsReleased,
    seating.SeatsSold,
    seating.SeatsRefused,
    seating.SeatsMoved,
    payment.OrderCreated,
    payment.PaymentSucceeded,
    payment.PaymentFailed,
    payment.PaymentRefunded,
    payment.PaymentRefundCompleted,
    payment.PaymentRefundFailed,
    payment.PaymentDisputed,
    booking.BookingConfirmed,
    booking.BookingRefused,
    booking.BookingCancelled,
    booking.SeatsCancelled,
    booking.BookingRescheduled,
    booking.BookingCheckedIn,
    booking.BookingExpired,
    booking.RefundDue,
    notify.NotificationDelivered,
    notify.NotificationFailed,
)


def name_of(event: type[Event]) -> str:
    """The name without its version: `booking.confirmed`."""
    return event.type.rpartition(".")[0]


FOR_PARTNERS: Mapping[str, type[Event]] = {name_of(event): event for event in _TOLD}
"""The events by their names."""


def theater_of(event: Event) -> str | None:
    """The theater that a fact is about, where it says so."""
    match event:
        case payment.OrderCreated(sale=sale) | payment.PaymentSucceeded(sale=sale):
            return sale.theater_id
        case catalog.ShowtimeScheduled(snapshot=show) | catalog.ShowtimeChanged(snapshot=show):
            return show.theater.theater_id
        case catalog.ShowtimeCancelled(snapshot=show):
            return show.theater.theater_id
        case _:
            theater_id: str | None = getattr(event, "theater_id", None)
            return theater_id


def tells_theater(event: type[Event]) -> bool:
    """Whether such facts say which theater they are about: only these can be told to who may know of some theaters."""
    return not {"theater_id", "sale", "snapshot"}.isdisjoint(event.model_fields)
