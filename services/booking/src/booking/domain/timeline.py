"""The timeline of a booking: what was heard and said of it, and when. Pure; the clock is an argument."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.domain.scans import Scan
from contracts import booking, payment, seating
from contracts.currencies import exponent
from contracts.event import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened at a time. `service` is who says it, `what` the event's name without service and version,
    or `provider_call`, `mail`, `sms`, `scan`. `key` tells it from the booking's other entries: heard again it is the
    same."""

    key: str
    at: datetime
    service: str
    what: str
    detail: str = ""
    trace_id: str | None = None


def entry_of(event: Event, at: datetime, trace_id: str | None) -> Entry:
    """An event of another service, as the booking heard it."""
    service, what, _ = event.type.split(".")
    identity = (str(getattr(event, name)) for name in _IDENTITIES.get(type(event), ()))
    return Entry(":".join((service, what, *identity)), at, service, what, detail_of(event), trace_id)


def entry_of_scan(scan: Scan) -> Entry:
    """A ticket that was read at a gate."""
    parts = (scan.outcome, scan.reason, f"at {scan.device_id}" if scan.device_id else None, f"by {scan.by}")
    return Entry(f"scan:{scan.number}", scan.at, "booking", "scan", ", ".join(filter(None, parts)))


def money(amount: int, currency: str) -> str:
    """An amount in minor units as people write it, such as `523.60 INR`."""
    digits = exponent(currency)
    return f"{amount / 10**digits:.{digits}f} {currency}"


def detail_of(event: Event) -> str:
    """What an event says, for support to read; nothing that admits or opens."""
    detail = _DETAILS.get(type(event))
    return detail(event) if detail else ""


def _sum(event: Any) -> str:
    return money(event.amount, event.currency)


def _seats(event: Any) -> str:
    return f"seats {', '.join(event.seat_ids)}"


def _back(event: Any) -> str:
    return f"{_seats(event)}, {event.reason}: {money(event.refund, event.currency)} goes back"


_IDENTITIES: Mapping[type[Event], tuple[str, ...]] = {
    payment.OrderCreated: ("provider", "order_id"),
    payment.PaymentSucceeded: ("capture_id",),
    payment.PaymentFailed: ("attempt_id",),
    payment.PaymentRefunded: ("refund_key", "number"),
    payment.PaymentRefundCompleted: ("refund_key", "number"),
    payment.PaymentRefundFailed: ("refund_key", "number"),
    payment.PaymentDisputed: ("dispute_id", "status"),
    seating.HoldExtended: ("expires_at",),
    seating.SeatsMoved: ("number",),
    seating.SeatsReleased: ("seat_ids",),
}
"""The fields that tell an event from others of its kind about one booking, where there can be others."""
_DETAILS: Mapping[type[Event], Callable[[Any], str]] = {
    payment.OrderCreated: lambda event: (
        f"{event.provider} {event.order_id}: {money(event.sale.quote.total, event.sale.quote.currency)}"
    ),
    payment.PaymentSucceeded: lambda event: f"{event.provider} {event.capture_id}: {_sum(event)}",
    payment.PaymentFailed: lambda event: ": ".join(
        filter(None, (f"{event.provider} {event.attempt_id}", event.reason))
    ),
    payment.PaymentRefunded: lambda event: f"{_sum(event)}, {event.reason}: {event.provider_refund_id}",
    payment.PaymentRefundCompleted: lambda event: f"{_sum(event)}, {event.reason}",
    payment.PaymentRefundFailed: lambda event: f"{_sum(event)}, {event.reason}: {event.detail}",
    payment.PaymentDisputed: lambda event: f"{event.dispute_id} is {event.status}: {_sum(event)}",
    seating.HoldExtended: lambda event: f"until {event.expires_at.isoformat()}",
    seating.SeatsSold: _seats,
    seating.SeatsRefused: lambda event: f"{_seats(event)}: {event.reason}",
    seating.SeatsReleased: _seats,
    seating.SeatsMoved: lambda event: ", ".join(f"{move.from_seat_id} to {move.to_seat_id}" for move in event.moves),
    booking.BookingConfirmed: lambda event: f"{event.reference}, {_seats(event)}, {_sum(event)}",
    booking.TicketIssued: lambda event: f"version {event.ticket_version}",
    booking.ResendRequested: lambda event: f"request {event.number}, version {event.ticket_version}",
    booking.BookingRefused: _back,
    booking.BookingCancelled: _back,
    booking.SeatsCancelled: _back,
    booking.BookingRescheduled: lambda event: (
        f"from {event.previous_start_at.isoformat()} to {event.show.start_at.isoformat()}"
    ),
    booking.RefundDue: lambda event: f"{_sum(event)}, {event.reason}",
}
