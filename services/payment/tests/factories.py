"""What tests are about: sales, facts of payments, and what booking says of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests import factories

from contracts.booking import BookingCancelled, BookingConfirmed, BookingRefused, RefundDue
from contracts.ids import TheaterId, new_id
from contracts.payment import DisputeStatus
from contracts.sale import Sale
from payment.domain import Attempt, Facts, Order, ProviderName, RefundRequest, SeenCapture, SeenDispute, SeenRefund
from payment.record import record
from payment.schedule import RetryIntervals

SECOND = timedelta(seconds=1)
INTERVALS = RetryIntervals(poll=SECOND, announce=SECOND, refund=SECOND, watch=SECOND, maximum=SECOND)
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
THEATER = TheaterId(new_id("thr"))


def a_sale(user_id: str | None = None, total: int = 500, currency: str = "INR") -> Sale:
    """The sale of one seat, C7, at the theater."""
    return factories.a_sale(
        user_id or new_id("usr"),
        quote=factories.a_quote_of({"C7": (total, 0)}, currency=currency),
        theater_id=THEATER,
        hold_expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        start_at=datetime(2030, 1, 1, 12, tzinfo=UTC),
    )


# Facts: those of `SALE` and its order, unless they name others.


def an_order(sale: Sale, order_id: str = "order_1", provider: ProviderName = "razorpay") -> Order:
    """As it was asked for."""
    return Order(
        provider=provider,
        order_id=order_id,
        receipt=sale.payment_id,
        amount=sale.quote.total,
        currency=sale.quote.currency,
        created_at=NOW,
    )


SALE = a_sale()
ORDER = an_order(SALE)
NOTHING = Facts(payment_id=SALE.payment_id)
START = record(NOTHING, SALE, ORDER)


def a_capture(capture_id: str = "pay_w", /, **changed: Any) -> SeenCapture:
    """Of the order's amount."""
    return SeenCapture(
        **{
            "provider": "razorpay",
            "capture_id": capture_id,
            "order_id": ORDER.order_id,
            "amount": ORDER.amount,
            "currency": ORDER.currency,
            "captured_at": NOW,
            **changed,
        }
    )


def an_attempt(attempt_id: str, status: Any, reason: str | None = None) -> Attempt:
    """On the order."""
    return Attempt(provider="razorpay", attempt_id=attempt_id, order_id=ORDER.order_id, status=status, reason=reason)


def a_refund(
    refund_id: str, key: str | None, capture_id: str, outcome: Any = "processed", amount: int = 500
) -> SeenRefund:
    """At the provider."""
    return SeenRefund(
        provider_refund_id=refund_id,
        key=key,
        capture_id=capture_id,
        amount=amount,
        currency="INR",
        outcome=outcome,
        made_at=NOW,
    )


def a_dispute(status: DisputeStatus = "open", capture_id: str = "pay_w", amount: int = 500) -> SeenDispute:
    """Of a capture, as far as it has got."""
    return SeenDispute(
        dispute_id=f"disp_{capture_id}",
        capture_id=capture_id,
        amount=amount,
        currency="INR",
        status=status,
        opened_at=NOW,
        reason="fraud",
        respond_by=NOW + timedelta(days=7),
    )


def a_request(amount: int) -> RefundRequest:
    """Booking wants so much of `pay_w` back."""
    return RefundRequest(key="refund_b", capture_id="pay_w", amount=amount, currency="INR", reason="by_guest")


# What booking says


def _about(sale: Sale, version: int) -> Mapping[str, Any]:
    return {
        "booking_id": sale.booking_id,
        "version": version,
        "user_id": sale.user_id,
        "showtime_id": sale.showtime_id,
    }


def confirmed(sale: Sale, capture_id: str) -> BookingConfirmed:
    """The seats are sold."""
    return BookingConfirmed(
        **_about(sale, 3),
        reference="ABCDEFGH",
        payment_id=sale.payment_id,
        capture_id=capture_id,
        seat_ids=sale.seat_ids,
        amount=sale.quote.total,
        currency="INR",
        confirmed_at=sale.hold_expires_at,
    )


def refused(sale: Sale) -> BookingRefused:
    """As it is said of a sale that cost nothing."""
    return BookingRefused(
        **_about(sale, 3),
        reference="ABCDEFGH",
        reason="seats_lost",
        seat_ids=sale.seat_ids,
        seat_labels=tuple(line.label for line in sale.quote.lines),
        refund=0,
        currency="INR",
    )


def refund_due(sale: Sale, capture_id: str, amount: int = 35_400, key: str | None = None) -> RefundDue:
    """So much is to go back."""
    return RefundDue(
        **_about(sale, 4),
        payment_id=sale.payment_id,
        capture_id=capture_id,
        refund_key=key or f"refund_{sale.booking_id}",
        amount=amount,
        currency="INR",
        reason="by_guest",
    )


def cancelled(sale: Sale, reason: Any = "by_theater") -> BookingCancelled:
    """Without a refund."""
    return BookingCancelled(
        **_about(sale, 5),
        reference="ABCDEFGH",
        reason=reason,
        seat_ids=sale.seat_ids,
        seat_labels=tuple(line.label for line in sale.quote.lines),
        refund=0,
        currency="INR",
        was_confirmed=True,
    )
