"""Books of a clean sale, and what payment stores in them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from payment.cases import Case
from payment.domain import Capture, Order, SeenRefund
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
                "refunds_seen": [a_seen_refund("rfnd_1", "pay_2", 500)],
            }
        ],
        ledgers=[{"_id": "sho_1", "sold": {"A1": "bkg_1", "A2": "bkg_1"}}],
        deliveries=[
            {
                "_id": "mail:confirmation:bkg_1:2",
                "booking_id": "bkg_1",
                "status": "sent",
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


def a_seen_refund(refund_id: str, capture_id: str, amount: int, currency: str = "INR") -> dict[str, Any]:
    """A refund at the provider, as payment stores it."""
    return SeenRefund(
        provider_refund_id=refund_id,
        key=None,
        capture_id=capture_id,
        amount=amount,
        currency=currency,
        outcome="processed",
        made_at=NOW,
    ).model_dump()


def give_back(books: Books, amount: int, currency: str = "INR") -> None:
    """So much of what was confirmed goes back at the provider, and all books have it."""
    made = {"id": "rfnd_2", "payment_id": "pay_1", "amount": amount, "status": "processed", "receipt": "r"}
    books.refunds[:] = [*(refund for refund in books.refunds if refund["id"] != "rfnd_2"), made]
    for payment in books.payments:
        others = (seen for seen in payment.get("refunds_seen", ()) if seen["provider_refund_id"] != "rfnd_2")
        payment["refunds_seen"] = [*others, a_seen_refund("rfnd_2", "pay_1", amount, currency)]


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
