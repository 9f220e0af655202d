"""The audit finds each refund that the theater's policy does not give."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from deploy.stack.tests.books import NOW, clean

from stack.audit.books import Books
from stack.audit.checks import violations


def cancelled() -> Books:
    """The clean sale, but its guest cancelled a day before the start: half of price and tax came back, no fees."""
    books, start_at = clean(), NOW + timedelta(days=1)
    policy: dict[str, Any] = {
        "tiers": [{"hours_before": 48.0, "refund_percent": 100}, {"hours_before": 2.0, "refund_percent": 50}],
        "fees_refunded": False,
    }
    lines = [{"price": 199, "tax": 2}, {"price": 199, "tax": 2}]
    terms = {"tier": policy["tiers"][1], "fees_refunded": False, "ends_at": start_at - timedelta(hours=2)}
    facts = {
        "ordered": {"quote": {"lines": lines, "total": 500}, "cancellation_policy": policy, "start_at": start_at},
        "paid": {"amount": 500},
        "show": {"start_at": start_at},
        "ended": {"by": "by_guest", "at": NOW, "refund": 202, "returned": 0, "terms": terms},
    }
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 202}, "facts": facts}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.refunds.append({"id": "rfnd_2", "payment_id": "pay_1", "amount": 202, "status": "processed", "receipt": "r"})
    books.payments[0]["refunds_seen"].append({"provider_refund_id": "rfnd_2"})
    return books


def _ended(books: Books, **changed: Any) -> None:
    books.bookings[0]["facts"]["ended"] |= changed


def _moved(books: Books) -> None:
    start_at = NOW + timedelta(days=1)
    whole = {"tier": {"hours_before": 0, "refund_percent": 100}, "fees_refunded": True, "ends_at": start_at}
    _ended(books, refund=500, terms=whole)
    books.bookings[0]["facts"]["show"]["start_at"] += timedelta(hours=3)
    books.bookings[0]["refund"]["amount"] = books.refunds[-1]["amount"] = 500


def test_a_cancellation_by_the_policy_or_of_a_moved_show_is_no_violation() -> None:
    assert violations(cancelled()) == []
    books = cancelled()
    _moved(books)
    assert violations(books) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda books: _ended(books, refund=201),
        lambda books: _ended(books, refund=203),
        lambda books: _ended(books, terms=None),
        lambda books: _ended(books, at=NOW + timedelta(hours=22, seconds=1)),
        lambda books: _ended(books, at=NOW - timedelta(hours=24, seconds=1)),
        lambda books: books.bookings[0]["facts"]["ended"]["terms"].update(fees_refunded=True),
        lambda books: books.bookings[0]["facts"]["ended"]["terms"].update(ends_at=NOW + timedelta(hours=23)),
        lambda books: books.bookings[0]["facts"]["ended"]["terms"]["tier"].update(refund_percent=51),
    ],
)
def test_a_refund_that_the_policy_does_not_give_is_named(spoil: Callable[[Books], None]) -> None:
    books = cancelled()
    books.bookings[0]["facts"]["ended"]["terms"]["tier"] = dict(books.bookings[0]["facts"]["ended"]["terms"]["tier"])
    spoil(books)
    assert [line for line in violations(books) if line.startswith("refunds_follow_policy:")]
