"""Books of a clean sale, and what payment stores in them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from payment.cases import Case
from payment.domain import Capture, Order
from payment.owed import Refund
from stack.audit.books import Books

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def clean() -> Books:
    """One confirmed booking, one that was refused and refunded."""
    sold = {
        "_id": "bkg_1",
        "showtime_id": "sho_1",
        "seat_ids": ["A1", "A2"],
        "status": "confirmed",
        "tickets": ["MQ2.X"],
        "amount": 500,
        "currency": "INR",
        "capture_id": "pay_1",
    }
    lost = {**sold, "_id": "bkg_2", "status": "refunded", "tickets": None, "capture_id": "pay_2"}
    refund = {"id": "rfnd_1", "payment_id": "pay_2", "amount": 500, "status": "processed", "receipt": "refund_pay_2"}
    return Books(
        bookings=[sold, lost],
        payments=[
            {
                "_id": "pay_a",
                "refunds": [a_refund(status="done")],
                "cases": [],
                "refunds_seen": [{"provider_refund_id": "rfnd_1"}, {"provider_refund_id": "rfnd_2"}],
            }
        ],
        ledgers=[{"_id": "sho_1", "sold": {"A1": "bkg_1", "A2": "bkg_1"}}],
        deliveries=[
            {
                "_id": "mail:confirmation:bkg_1:2",
                "booking_id": "bkg_1",
                "status": "delivered",
                "message_id": "<m>",
                "attempts": 1,
            }
        ],
        captures=[{"id": "pay_1", "amount": 500, "currency": "INR"}, {"id": "pay_2", "amount": 500, "currency": "INR"}],
        refunds=[refund],
        maps={"sho_1": frozenset({"A1", "A2"})},
        mails=Counter({"<m>": 1}),
    )


def a_refund(**fields: Any) -> dict[str, Any]:
    """As payment stores it."""
    whole = {
        "key": "refund_pay_2",
        "capture_id": "pay_2",
        "amount": 500,
        "currency": "INR",
        "reason": "seats_lost",
        "of_booking": True,
    }
    return Refund(**{**whole, **fields}).model_dump()


def a_case(**fields: Any) -> dict[str, Any]:
    """As payment stores it."""
    whole = {"id": "c", "kind": "refund_failed", "detail": "", "about": "refund_pay_2", "amount": 1, "currency": "INR"}
    return Case(**{**whole, **fields}).model_dump()


def a_payment(
    total: int, *captures: dict[str, Any], ordered: int | None = None, currency: str = "INR"
) -> dict[str, Any]:
    """As payment stores it: of a sale with this total, and an order of it or of `ordered`."""
    order = Order(
        provider="razorpay",
        order_id="order_1",
        receipt="r",
        currency=currency,
        created_at=NOW,
        amount=total if ordered is None else ordered,
    ).model_dump()
    free = any(capture["provider"] == "free" for capture in captures)
    return {
        "_id": "pay_b",
        "sale": {"quote": {"total": total}},
        "orders": [] if free else [order],
        "captures": list(captures),
        "refunds": [],
        "cases": [],
    }


def a_capture(amount: int, **fields: Any) -> dict[str, Any]:
    """As payment stores it."""
    whole = {
        "provider": "razorpay",
        "capture_id": "pay_1",
        "order_id": "order_1",
        "amount": amount,
        "currency": "INR",
        "captured_at": NOW,
        "match": "winner",
    }
    return Capture(**{**whole, **fields}).model_dump()
