"""The audit finds each refund that the theater's policy does not give."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from deploy.stack.tests.books import NOW, clean

from stack.audit.books import Books
from stack.audit.checks import violations

_NOTHING_BEFORE = {"returned_by_hand": 0, "granted": 0}


def cancelled() -> Books:
    """The clean sale, but its guest cancelled a day before the start: half of price and tax came back, no fees."""
    books, start_at = clean(), NOW + timedelta(days=1)
    policy: dict[str, Any] = {
        "tiers": [{"hours_before": 48.0, "refund_percent": 100}, {"hours_before": 2.0, "refund_percent": 50}],
        "fees_refunded": False,
    }
    lines = [{"seat_id": seat, "price": 199, "tax": 2} for seat in ("A1", "A2")]
    terms = {"tier": policy["tiers"][1], "fees_refunded": False, "ends_at": start_at - timedelta(hours=2)}
    facts = {
        "ordered": {"quote": {"lines": lines, "total": 500}, "cancellation_policy": policy, "start_at": start_at},
        "paid": {"amount": 500},
        "show": {"start_at": start_at},
        "ended": {"by": "by_guest", "at": NOW, "refund": 202, **_NOTHING_BEFORE, "terms": terms},
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


def test_all_of_it_goes_back_where_the_theater_had_moved_seats_and_else_not() -> None:
    books = cancelled()
    _moved(books)
    facts = books.bookings[0]["facts"]
    facts["show"]["start_at"] = facts["ordered"]["start_at"]
    for moved, wanted in ((None, ["refunds_follow_policy"]), (False, ["refunds_follow_policy"]), (True, [])):
        facts["reseatings"] = [] if moved is None else [{"number": 1, "ticket_version": 1, "is_new": moved}]
        assert [line.split(":")[0] for line in violations(books)] == wanted


def some_cancelled() -> Books:
    """The guest cancelled one seat, the other stays booked."""
    books = cancelled()
    ended = books.bookings[0]["facts"].pop("ended")
    grant = {"number": 1, "seat_ids": ["A2"], "amount": 101, "by": "by_guest", "at": NOW, "terms": ended["terms"]}
    books.bookings[0]["facts"]["grants"] = [grant]
    books.bookings[0] |= {
        "status": "confirmed",
        "seat_ids": ["A1"],
        "tickets": ["MQ2.X", "MQ2.Y"],
        "refund": {"amount": 101},
    }
    books.ledgers[0]["sold"], books.maps["sho_1"] = {"A1": "bkg_1"}, frozenset({"A1"})
    books.refunds[-1]["amount"] = 101
    return books


def test_some_seats_cancelled_by_the_policy_and_then_the_others_are_no_violation() -> None:
    books = some_cancelled()
    assert violations(books) == []
    facts = books.bookings[0]["facts"]
    terms = facts["grants"][0]["terms"]
    facts["ended"] = {"by": "by_guest", "at": NOW, "refund": 101, "returned_by_hand": 0, "granted": 101, "terms": terms}
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 202}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.refunds[-1]["amount"] = 202
    assert violations(books) == []


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        ({"amount": 100}, "refunds_follow_policy"),
        ({"amount": 102}, "refunds_follow_policy"),
        ({"terms": None}, "refunds_follow_policy"),
        ({"at": NOW + timedelta(hours=23)}, "refunds_follow_policy"),
        ({"seat_ids": []}, "ticket_and_mail_once"),
    ],
)
def test_a_seat_cancelled_otherwise_than_the_policy_has_it_is_named(spoil: dict[str, Any], check: str) -> None:
    books = some_cancelled()
    books.bookings[0]["facts"]["grants"][0] |= spoil
    assert [line for line in violations(books) if line.startswith(f"{check}:")]


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
