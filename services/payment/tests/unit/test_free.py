"""A sale that costs nothing: one capture of 0, announced like any other, and nothing ever to give back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.factories import (
    NOTHING,
    NOW,
    ORDER,
    SALE,
    START,
    a_capture,
    a_refund,
    a_request,
    a_sale,
)
from services.payment.tests.unit.test_facts import normal

from contracts.payment import PaymentSucceeded
from contracts.sale import Sale
from payment.advance import ANNOUNCE, advance
from payment.amounts import payable
from payment.domain import Decided, Fact, Facts, Overdue, RefundRequest
from payment.record import free_capture, record

FREE_SALE = a_sale(total=0)
CAPTURE = free_capture(FREE_SALE, NOW)
BOOKED = record(Facts(payment_id=FREE_SALE.payment_id), FREE_SALE, CAPTURE)
OF_BOOKING = RefundRequest(
    key="refund_free", capture_id=CAPTURE.capture_id, amount=0, currency="INR", reason="seats_lost"
)
DECIDED = Decided(capture_id=CAPTURE.capture_id)
POOL: list[Fact] = [FREE_SALE, CAPTURE, DECIDED, OF_BOOKING, Overdue(capture_id=CAPTURE.capture_id)]
POOL.append(free_capture(FREE_SALE, NOW.replace(hour=11)))


def test_it_is_captured_by_nobody_and_announced_under_the_one_id() -> None:
    what_follows = advance(BOOKED)
    ((event_id, event),) = what_follows.events.items()
    assert event_id == f"payment_succeeded:{FREE_SALE.payment_id}"
    assert isinstance(event, PaymentSucceeded)
    assert (event.provider, event.order_id, event.amount, event.currency) == ("free", None, 0, "INR")
    assert event.capture_id == f"free_{FREE_SALE.payment_id[4:]}"
    assert event.difference is None
    assert (what_follows.status, what_follows.awaits_answer) == ("succeeded", True)
    assert what_follows.tasks == {ANNOUNCE}


@given(st.data(), st.lists(st.sampled_from(POOL), max_size=12))
def test_any_order_and_any_repeats_end_the_same_and_nothing_is_owed(data: st.DataObject, facts: list[Fact]) -> None:
    shuffled = data.draw(st.permutations(facts))
    what_follows = advance(record(BOOKED, *shuffled))
    assert normal(record(BOOKED, *facts)) == normal(record(BOOKED, *shuffled))
    assert what_follows.status == "succeeded"
    assert {refund.status for refund in what_follows.refunds} <= {"done"}
    assert what_follows.tasks <= {ANNOUNCE}
    assert list(what_follows.events) == [f"payment_succeeded:{FREE_SALE.payment_id}"]


@pytest.mark.parametrize("decision", [DECIDED, OF_BOOKING])
def test_it_is_no_longer_announced_once_booking_has_decided(decision: Fact) -> None:
    assert advance(record(BOOKED, decision)).tasks == set()


@pytest.mark.parametrize(
    ("sale", "changed"),
    [
        (SALE, {}),
        (FREE_SALE, {"currency": "USD"}),
        (FREE_SALE, {"amount": 1}),
        (FREE_SALE, {"provider": "razorpay"}),
    ],
)
def test_only_a_sale_of_0_in_its_currency_is_free(sale: Sale, changed: dict[str, object]) -> None:
    capture = CAPTURE.model_copy(update=changed)
    facts = record(Facts(payment_id=sale.payment_id), sale, capture)
    assert facts.winner is None
    assert not advance(facts).events


def test_even_what_booking_asks_back_by_mistake_is_never_more_than_was_captured() -> None:
    request = OF_BOOKING.model_copy(update={"amount": 500})
    (refund,) = advance(record(BOOKED, request)).refunds
    assert (refund.status, refund.amount) == ("done", 0)


@pytest.mark.parametrize(
    ("amount", "currency", "left"),
    [
        (1_235, "KWD", 1_230),
        (1_230, "KWD", 1_230),
        (9, "OMR", 0),
        (99_991, "BHD", 99_990),
        (1_235, "INR", 1_235),
        (1_235, "JOD", 1_235),
        (7, "JPY", 7),
    ],
)
def test_thousandths_that_no_provider_takes_are_left_off(amount: int, currency: str, left: int) -> None:
    assert payable(amount, currency) == left


def test_of_a_refund_the_thousandths_that_nobody_can_pay_are_not_owed_for_ever() -> None:
    dinars: dict[str, Any] = {"amount": 1_230, "currency": "KWD"}
    start = record(NOTHING, SALE, ORDER.model_copy(update=dinars))
    facts = record(start, a_capture(**dinars), a_request(615).model_copy(update={"currency": "KWD"}))
    (refund,) = advance(facts).refunds
    assert (refund.status, refund.amount) == ("due", 610)
    facts = record(facts, a_refund("r1", "refund_b", "pay_w", amount=610))
    assert advance(facts).refunds[0].status == "done"
    assert {event.amount for key, event in advance(facts).events.items() if key.startswith("payment_refunded")} == {610}  # type: ignore[attr-defined]  # it has


def test_a_refund_of_less_than_anybody_can_pay_is_failed_and_a_case_and_said_so() -> None:
    rials: dict[str, Any] = {"amount": 100, "currency": "OMR"}
    start = record(NOTHING, SALE, ORDER.model_copy(update=rials))
    facts = record(start, a_capture(**rials), a_request(5).model_copy(update={"currency": "OMR"}))
    what_follows = advance(facts)
    assert [(refund.status, refund.amount) for refund in what_follows.refunds] == [("failed", 5)]
    assert [(case.kind, case.amount, case.open) for case in what_follows.cases] == [("refund_failed", 5, True)]
    assert [key for key in what_follows.events if "refund" in key] == ["payment_refund_failed:refund_b"]
    assert what_follows.tasks == frozenset()
    facts = record(facts, a_refund("r_hand", None, "pay_w", amount=10))
    assert advance(facts).refunds[0].status == "done"
    assert [(case.kind, case.open) for case in advance(facts).cases] == [
        ("refund_failed", False),
        ("refund_by_hand", True),
    ]


def test_a_paid_sale_is_not_touched_by_what_is_free() -> None:
    assert advance(record(START, CAPTURE)).status == "failed"
