"""Every provider's books in one form, and what the audit finds in those of Stripe and of the counter."""

from dataclasses import replace
from typing import Any

import pytest
from deploy.stack.tests.books import NOW, a_capture, a_case, a_payment, clean

from payment.domain import SeenRefund
from stack.audit import provider_books
from stack.audit.books import Books
from stack.audit.checks import violations


def a_charge(**fields: Any) -> dict[str, Any]:
    """As Stripe spells it, of what these books are read for."""
    whole = {
        "id": "ch_1",
        "payment_intent": "pi_1",
        "captured": True,
        "amount_captured": 500,
        "currency": "inr",
        "balance_transaction": "txn_1",
    }
    return {**whole, **fields}


def stripe_ledger(**fields: Any) -> dict[str, Any]:
    lines = [{"id": "txn_1", "fee": 12}]
    return {"payments": [a_charge()], "refunds": [], "disputes": [], "balance_transactions": lines, **fields}


def test_stripes_intents_are_captures_with_the_fee_of_their_line() -> None:
    books = provider_books.stripe(stripe_ledger(payments=[a_charge(), a_charge(id="ch_2", captured=False)]))
    assert books.captures == [
        {"id": "pi_1", "provider": "stripe", "order_id": "pi_1", "amount": 500, "currency": "INR", "fee": 12}
    ]


@pytest.mark.parametrize(
    ("currency", "at_stripe", "minor"), [("jpy", 500, 500), ("mga", 5, 500), ("isk", 500, 5), ("kwd", 5000, 5000)]
)
def test_amounts_are_in_minor_units_however_stripe_counts(currency: str, at_stripe: int, minor: int) -> None:
    charge = a_charge(currency=currency, amount_captured=at_stripe, balance_transaction=None)
    assert provider_books.stripe(stripe_ledger(payments=[charge])).captures[0]["amount"] == minor


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("succeeded", "processed"), ("pending", "pending"), ("failed", "failed"), ("canceled", "failed")],
)
def test_stripes_refunds_have_the_outcomes_of_ours(status: str, outcome: str) -> None:
    metadata = {"refund_key": "refund_pi_1"}
    refund = {"id": "re_1", "payment_intent": "pi_1", "amount": 500, "currency": "inr", "status": status}
    books = provider_books.stripe(stripe_ledger(refunds=[{**refund, "metadata": metadata}]))
    assert books.refunds == [
        {"id": "re_1", "payment_id": "pi_1", "amount": 500, "status": outcome, "receipt": "refund_pi_1"}
    ]


def test_the_books_of_all_providers_are_read_together() -> None:
    payment = {"id": "pay_1", "captured": True, "amount": 1}
    razorpay = {"payments": [payment, {**payment, "id": "pay_2", "captured": False}], "refunds": [{"id": "rfnd_1"}]}
    books = provider_books.of_ledgers({"razorpay": razorpay, "stripe": stripe_ledger()})
    assert [capture["id"] for capture in books.captures] == ["pay_1", "pi_1"]
    assert books.refunds == [{"id": "rfnd_1"}]


def disputed(**payment: Any) -> Books:
    books = replace(clean(), disputes=[{"id": "du_1", "payment_id": "pay_1"}])
    books.payments.append({**a_payment(500, a_capture(500)), **payment})
    return books


def test_a_dispute_that_nobody_is_told_of_is_a_violation() -> None:
    case = a_case(kind="dispute", capture_id="pay_1", about="du_1", open=True)
    assert violations(disputed(cases=[case])) == []
    assert [line.split(":")[0] for line in violations(disputed())] == ["disputes_are_cases"]
    assert violations(replace(disputed(), strangers=frozenset({"pay_1"}))) == []


def at_the_counter(amount: int = 500, **terms: Any) -> Books:
    """The clean sale, but what was confirmed was sold at the counter."""
    counter = {"provider": "counter", "capture_id": "counter_b", "order_id": "counter_b"}
    capture = {
        **a_capture(amount),
        **counter,
        "counter": {"tender": "cash", "sold_by": "usr_9", "received": 500, **terms},
    }
    payment = {**a_payment(500, a_capture(500)), "captures": [capture], "orders": []}
    books = clean()
    books.bookings[0] |= {"amount": amount, "capture_id": "counter_b"}
    books.captures.pop(0)
    books.payments.append(payment)
    books.captures.extend(provider_books.counter(books.payments).captures)
    return books


def test_what_the_counter_took_is_compared_with_bookings_alone() -> None:
    assert violations(at_the_counter()) == []
    books = at_the_counter()
    books.bookings[0]["amount"] = 499
    assert {line.split(":")[0] for line in violations(books)} == {"money_adds_up", "confirmed_is_paid"}
    books = at_the_counter()
    books.bookings[0]["status"] = "refunded"
    books.ledgers[0]["sold"] = {}
    assert "money_adds_up" in {line.split(":")[0] for line in violations(books)}


@pytest.mark.parametrize("contact", [None, {"name": "Asha", "email": None}, {"email": "asha@example.com"}])
def test_only_a_customer_who_gave_an_address_has_a_mail(contact: dict[str, Any] | None) -> None:
    books = at_the_counter()
    books.bookings[0]["facts"] = {"paid": {"tender": "cash"}, "contact": contact}
    has_address = bool(contact and contact["email"])
    broken = [line.split(":")[0] for line in violations(books)]
    assert broken == ([] if has_address else ["ticket_and_mail_once"])
    broken = [line.split(":")[0] for line in violations(replace(books, deliveries=[]))]
    assert broken == (["ticket_and_mail_once"] if has_address else [])


def test_what_was_handed_back_at_the_counter_counts_as_refunded() -> None:
    books = at_the_counter()
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 400}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    made = SeenRefund(
        provider_refund_id="refund_counter_b_1",
        key="refund_counter_b",
        capture_id="counter_b",
        amount=400,
        currency="INR",
        outcome="processed",
        made_at=NOW,
    )
    books.payments[-1]["refunds_seen"] = [made.model_dump()]
    counter = provider_books.counter(books.payments)
    assert [refund["amount"] for refund in counter.refunds] == [400]
    kinds = {line.split(":")[0] for line in violations(replace(books, refunds=books.refunds + counter.refunds))}
    assert "money_adds_up" not in kinds
    assert "money_adds_up" in {line.split(":")[0] for line in violations(books)}


def test_what_is_given_away_is_booked_for_nothing() -> None:
    assert violations(at_the_counter(0, tender="complimentary", received=None)) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"tender": "complimentary"},
        {"received": 499},
        {"tender": "card_terminal", "reference": None},
    ],
)
def test_a_counter_that_broke_its_terms_is_a_violation(terms: dict[str, Any]) -> None:
    assert [line.split(":")[0] for line in violations(at_the_counter(**terms))] == ["counter_takes_its_terms"]
