"""The audit finds what it is there to find: each test spoils a clean sale in one way."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payment.cases import Case
from payment.domain import Capture, Order
from payment.owed import Refund
from stack.audit.books import Books
from stack.audit.checks import violations

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def clean() -> Books:
    """One confirmed booking, one that was refused and refunded."""
    sold = {
        "_id": "bkg_1",
        "showtime_id": "sho_1",
        "seat_ids": ["A1", "A2"],
        "status": "confirmed",
        "ticket": "MQ1.x",
        "amount": 500,
        "currency": "INR",
        "capture_id": "pay_1",
    }
    lost = {**sold, "_id": "bkg_2", "status": "refunded", "ticket": None, "capture_id": "pay_2"}
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
                "_id": "confirmation:bkg_1:2",
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


def test_a_clean_sale_has_no_violation() -> None:
    assert violations(clean()) == []


def test_money_that_is_still_due_or_an_open_case_is_no_violation() -> None:
    books = replace(clean(), refunds=[])
    books.payments[0]["refunds"][0]["status"] = "due"
    assert violations(books) == []
    books.payments[0]["refunds"] = []
    books.payments[0]["cases"] = [a_case(capture_id="pay_2", open=True)]
    assert violations(books) == []
    books.payments[0]["cases"] = [a_case(capture_id="pay_2", open=False)]
    assert violations(books) != []


def refunded_by_hand(amount: int = 200, **case: Any) -> Books:
    """The clean sale, but so much of what was confirmed went back by hand."""
    books = clean()
    made = {"id": "rfnd_2", "payment_id": "pay_1", "amount": amount, "status": "processed", "receipt": None}
    books.refunds.append(made)
    books.bookings[0]["refund"] = {"amount": amount}
    refund = a_refund(
        key="hand_rfnd_2", capture_id="pay_1", amount=amount, by_hand=True, of_booking=False, status="done"
    )
    books.payments[0]["refunds"].append(refund)
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_1", about="hand_rfnd_2", **case)]
    return books


@pytest.mark.parametrize("case", [{"open": True}, {"open": False, "note": "kept"}])
def test_a_refund_made_by_hand_is_a_case_and_no_violation(case: dict[str, Any]) -> None:
    assert violations(refunded_by_hand(**case)) == []
    books = refunded_by_hand(**case)
    books.bookings[0]["refund"] = None
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def test_a_refund_made_by_hand_that_nobody_is_told_of_is_a_violation() -> None:
    assert [line.split(":")[0] for line in violations(refunded_by_hand(open=False))] == ["drift_is_a_case"]
    books = refunded_by_hand(open=True)
    books.payments[0]["cases"] = []
    assert [line.split(":")[0] for line in violations(books)] == ["drift_is_a_case"]


def test_a_refund_at_the_provider_that_is_not_known_here_is_a_violation_unless_it_is_of_a_strangers_money() -> None:
    books = clean()
    books.refunds.append({**books.refunds[0], "id": "rfnd_9", "status": "failed", "receipt": None})
    assert [line.split(":")[0] for line in violations(books)] == ["drift_is_a_case"]
    assert violations(replace(books, strangers=frozenset({"pay_2"}))) == []


def test_a_refund_by_hand_that_failed_is_not_due_beside_ours() -> None:
    books = clean()
    books.payments[0]["refunds"].append(a_refund(key="hand_rfnd_0", by_hand=True, status="failed"))
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_2", about="hand_rfnd_0", open=True)]
    assert violations(books) == []


def test_a_refund_made_by_hand_is_no_reason_to_keep_money_that_bought_nothing() -> None:
    books = replace(clean(), refunds=[])
    books.payments[0]["refunds"] = []
    books.payments[0]["cases"] = [a_case(kind="refund_by_hand", capture_id="pay_2", open=True)]
    assert [line for line in violations(books) if "pay_2" in line]


def test_money_at_the_provider_that_fits_no_order_of_ours_is_no_violation_once_it_is_known() -> None:
    books = clean()
    _money_of_no_one(books)
    assert violations(replace(books, strangers=frozenset({"pay_9"}))) == []


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
        "verdict": "winner",
    }
    return Capture(**{**whole, **fields}).model_dump()


def free() -> Books:
    """The clean sale, but what was confirmed costs nothing."""
    books = clean()
    books.bookings[0] |= {"amount": 0, "capture_id": "free_b"}
    books.captures.pop(0)
    books.payments.append(a_payment(0, a_capture(0, provider="free", capture_id="free_b", order_id=None)))
    return books


def test_a_free_booking_is_no_violation_although_no_provider_knows_of_it() -> None:
    assert violations(free()) == []


def test_a_free_booking_needs_its_capture_and_a_total_of_0() -> None:
    books = free()
    books.payments[-1]["captures"] = []
    assert [line.split(":")[0] for line in violations(books)] == ["confirmed_is_paid"]
    books = free()
    books.payments[-1]["sale"]["quote"]["total"] = 500
    assert [line.split(":")[0] for line in violations(books)] == ["free_costs_nothing"]
    books.bookings[0]["amount"] = 500
    assert {line.split(":")[0] for line in violations(books)} == {"free_costs_nothing", "confirmed_is_paid"}


def test_nobody_is_asked_for_money_or_given_any_back_for_a_free_booking() -> None:
    for spoilt in (
        {"orders": [{"order_id": "order_1"}]},
        {"refunds": [a_refund(capture_id="free_b", amount=1, status="done")]},
    ):
        books = free()
        books.payments[-1] |= spoilt
        assert [line.split(":")[0] for line in violations(books)] == ["free_costs_nothing"]


def rounded() -> Books:
    """The clean sale, but what was confirmed costs 1.235 dinars, of which no provider takes the last thousandths."""
    books = clean()
    books.bookings[0] |= {"amount": 1_235, "currency": "KWD"}
    books.captures[0] |= {"amount": 1_230, "currency": "KWD"}
    books.payments.append(a_payment(1_235, a_capture(1_230, currency="KWD"), ordered=1_230, currency="KWD"))
    return books


def test_thousandths_that_no_provider_takes_are_no_violation_and_nothing_more_is() -> None:
    assert violations(rounded()) == []
    for currency, ordered in (("KWD", 1_220), ("KWD", 1_231), ("INR", 1_230)):
        books = rounded()
        books.captures[0] |= {"amount": ordered, "currency": currency}
        books.bookings[0]["currency"] = currency
        books.payments[-1] = a_payment(1_235, a_capture(ordered, currency=currency), ordered=ordered, currency=currency)
        assert {line.split(":")[0] for line in violations(books)} == {"money_adds_up", "confirmed_is_paid"}


def test_thousandths_that_cannot_go_back_are_no_violation() -> None:
    books = rounded()
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 618}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.refunds.append({"id": "rfnd_2", "payment_id": "pay_1", "amount": 610, "status": "processed", "receipt": "r"})
    assert violations(books) == []
    books.refunds[-1]["amount"] = 600
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def test_a_refund_that_no_provider_makes_is_owed_also_when_its_case_is_closed() -> None:
    books = rounded()
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 5}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.payments[0]["cases"] = [a_case(capture_id="pay_1", open=False, note="paid at the desk")]
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]
    owed = a_refund(key="refund_pay_1", capture_id="pay_1", amount=5, currency="KWD", status="failed")
    books.payments[0]["refunds"].append(owed)
    assert violations(books) == []


def differing(captured: int, at_provider: dict[str, Any], **difference: Any) -> Books:
    """The clean sale, but for what was confirmed this amount was captured, with this difference."""
    books = clean()
    books.captures[0] |= {"amount": captured, **at_provider}
    explained = {"amount": captured - 500, "accepted": True, **difference}
    books.payments.append(a_payment(500, a_capture(captured, difference=explained)))
    return books


@pytest.mark.parametrize(
    ("amount", "at_provider", "reason"),
    [(510, {"fee": 10}, "fee"), (505, {"fee": 10}, "fee"), (450, {"offer_id": "offer_1", "fee": 9}, "offer")],
)
def test_a_difference_that_the_provider_explains_is_no_violation(
    amount: int, at_provider: dict[str, Any], reason: str
) -> None:
    assert violations(differing(amount, at_provider, reason=reason)) == []
    for spoilt in ({"accepted": False}, {"amount": amount - 499}):
        found = violations(differing(amount, at_provider, **{"reason": reason, **spoilt}))
        assert {line.split(":")[0] for line in found} == {"money_adds_up", "confirmed_is_paid"}
    for unexplained in ({"fee": 4}, {"fee": None}, {}):
        found = violations(differing(amount, unexplained, reason=reason))
        assert {line.split(":")[0] for line in found} == {"money_adds_up", "confirmed_is_paid"}


def test_of_a_capture_with_a_difference_all_goes_back_or_is_kept() -> None:
    books = differing(510, {"fee": 10}, reason="fee")
    books.bookings[0] |= {"status": "cancelled", "refund": {"amount": 510}}
    books.ledgers[0]["sold"], books.maps["sho_1"] = {}, frozenset()
    books.refunds.append({"id": "rfnd_2", "payment_id": "pay_1", "amount": 510, "status": "processed", "receipt": "r"})
    assert violations(books) == []
    books.refunds[-1]["amount"] = 500
    assert [line.split(":")[0] for line in violations(books)] == ["money_adds_up"]


def _second_owner(books: Books) -> None:
    books.bookings.append({**deepcopy(books.bookings[0]), "_id": "bkg_3", "capture_id": "pay_3"})
    books.captures.append({"id": "pay_3", "amount": 500, "currency": "INR"})


def _sold_to_nobody(books: Books) -> None:
    books.ledgers[0]["sold"]["B1"] = "bkg_9"


def _money_kept(books: Books) -> None:
    books.refunds.clear()
    books.payments[0]["refunds"] = []


def _money_of_no_one(books: Books) -> None:
    books.captures.append({"id": "pay_9", "amount": 70, "currency": "INR"})


def _paid_too_little(books: Books) -> None:
    books.captures[0]["amount"] = 400


def _refunded_twice(books: Books) -> None:
    books.refunds.append({**books.refunds[0], "id": "rfnd_2"})


def _no_ticket(books: Books) -> None:
    books.bookings[0]["ticket"] = None


def _mailed_twice(books: Books) -> None:
    books.mails["<m>"] = 2


def _not_mailed(books: Books) -> None:
    books.mails.clear()


def _two_confirmations(books: Books) -> None:
    books.deliveries.append({**books.deliveries[0], "_id": "confirmation:bkg_1:3"})


def _map_differs(books: Books) -> None:
    books.maps["sho_1"] = frozenset({"A1"})


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_second_owner, "one_owner_a_seat"),
        (_sold_to_nobody, "ledger_is_bookings"),
        (_money_kept, "money_adds_up"),
        (_money_of_no_one, "money_adds_up"),
        (_paid_too_little, "confirmed_is_paid"),
        (_refunded_twice, "refunds_once"),
        (_no_ticket, "ticket_and_mail_once"),
        (_mailed_twice, "ticket_and_mail_once"),
        (_not_mailed, "ticket_and_mail_once"),
        (_two_confirmations, "ticket_and_mail_once"),
        (_map_differs, "maps_are_ledgers"),
    ],
)
def test_every_breach_of_an_invariant_is_named(spoil: Callable[[Any], None], found: str) -> None:
    books = clean()
    spoil(books)
    assert any(line.startswith(f"{found}:") for line in violations(books))


def cancelled() -> Books:
    """The clean sale, but its guest cancelled a day before the start: half of price and tax came back, no fees."""
    books, start_at = clean(), NOW + timedelta(days=1)
    policy = {
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
