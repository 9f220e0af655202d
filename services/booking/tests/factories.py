"""Facts and events as tests need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import a_snapshot

from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeScheduled, ShowtimeSnapshot
from contracts.event import Event
from contracts.ids import UserId, counter_customer_of
from contracts.payment import (
    ContactGiven,
    OrderCreated,
    PaymentRefundCompleted,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentSucceeded,
    Tender,
)
from contracts.sale import Contact, Sale
from contracts.seating import HoldExtended, SeatsRefused, SeatsSold

DAY, HOUR = 86_400.0, 3_600.0
TICKET_SEED = bytes(range(32))


def showtime_scheduled(snapshot: ShowtimeSnapshot) -> ShowtimeScheduled:
    return ShowtimeScheduled(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def showtime_changed(snapshot: ShowtimeSnapshot) -> ShowtimeChanged:
    return ShowtimeChanged(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def showtime_cancelled(showtime_id: str, *, revision: int = 2) -> ShowtimeCancelled:
    snapshot = a_snapshot(showtime_id, revision=revision, status="cancelled")
    return ShowtimeCancelled(showtime_id=snapshot.showtime_id, snapshot=snapshot)


def order_of(sale: Sale) -> str:
    return f"order_{sale.booking_id[-14:]}"


def capture_of(sale: Sale) -> str:
    return f"pay_{sale.booking_id[-14:]}"


def order_created(sale: Sale) -> OrderCreated:
    return OrderCreated(payment_id=sale.payment_id, sale=sale, provider="razorpay", order_id=order_of(sale))


def succeeded(sale: Sale) -> PaymentSucceeded:
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="razorpay",
        order_id=order_of(sale),
        capture_id=capture_of(sale),
        amount=sale.quote.total,
        currency="INR",
        captured_at=datetime.now(UTC),
    )


def at_counter(sale: Sale, tender: Tender = "cash", *, has_contact: bool = False) -> list[Event]:
    """What payment says of a sale at the counter."""
    nobodys = sale.model_copy(update={"user_id": counter_customer_of(sale.booking_id)})
    amount = 0 if tender == "complimentary" else sale.quote.total
    paid = succeeded(sale).model_dump() | {"sale": nobodys, "provider": "counter", "tender": tender, "amount": amount}
    contact = Contact(name="Asha", email="asha@example.org")
    given = ContactGiven(payment_id=sale.payment_id, booking_id=sale.booking_id, contact=contact)
    order = OrderCreated(
        payment_id=sale.payment_id, sale=nobodys, provider="counter", order_id=order_of(sale), tender=tender
    )
    taken = PaymentSucceeded(**paid | {"sold_by": UserId("usr_8"), "has_contact": has_contact})
    return [order, taken, *([given] if has_contact else [])]


def free_of_charge(sale: Sale) -> PaymentSucceeded:
    """What payment says of a sale that costs nothing."""
    return PaymentSucceeded(
        payment_id=sale.payment_id,
        sale=sale,
        provider="free",
        capture_id=capture_of(sale),
        amount=0,
        currency="INR",
        captured_at=datetime.now(UTC),
    )


def seats_sold(sale: Sale) -> SeatsSold:
    return SeatsSold(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids)


def hold_extended(sale: Sale, *, seconds: float = 600) -> HoldExtended:
    """To so long after the end that the sale knows."""
    return HoldExtended(
        booking_id=sale.booking_id,
        hold_id=sale.hold_id,
        showtime_id=sale.showtime_id,
        expires_at=sale.hold_expires_at + timedelta(seconds=seconds),
    )


def seats_refused(sale: Sale, reason: Any = "seats_lost") -> SeatsRefused:
    return SeatsRefused(booking_id=sale.booking_id, showtime_id=sale.showtime_id, seat_ids=sale.seat_ids, reason=reason)


def refunded(
    sale: Sale, number: int = 1, *, of_booking: bool = True, key: str | None = None, is_pending: bool = False
) -> PaymentRefunded:
    """Of the booking's end, or under another key."""
    return PaymentRefunded(
        **_of_refund(sale, key),
        is_pending=is_pending,
        of_booking=of_booking,
        provider_refund_id=f"rfnd_{number}",
        refunded_at=datetime.now(UTC),
        number=number,
    )


def refund_completed(sale: Sale, number: int = 1) -> PaymentRefundCompleted:
    return PaymentRefundCompleted(**_of_refund(sale), of_booking=True, number=number)


def refund_failed(sale: Sale, number: int = 1, *, key: str | None = None) -> PaymentRefundFailed:
    return PaymentRefundFailed(**_of_refund(sale, key), of_booking=True, detail="it failed", number=number)


def by_hand(sale: Sale, amount: int, number: int = 1) -> PaymentRefunded:
    """Made by somebody in the provider's dashboard."""
    about = {**_of_refund(sale), "refund_key": f"hand_rfnd_{number}", "amount": amount, "reason": "by_hand"}
    return PaymentRefunded(**about, of_booking=True, provider_refund_id=f"rfnd_{number}", refunded_at=datetime.now(UTC))


def by_hand_failed(sale: Sale, amount: int, number: int = 1) -> PaymentRefundFailed:
    about = {**_of_refund(sale), "refund_key": f"hand_rfnd_{number}", "amount": amount, "reason": "by_hand"}
    return PaymentRefundFailed(**about, of_booking=True, detail="it failed", number=1)


def _of_refund(sale: Sale, key: str | None = None) -> dict[str, Any]:
    return {
        "payment_id": sale.payment_id,
        "booking_id": sale.booking_id,
        "refund_key": key or f"refund_{capture_of(sale)}",
        "capture_id": capture_of(sale),
        "amount": sale.quote.total,
        "currency": "INR",
        "reason": "seats_lost",
    }
