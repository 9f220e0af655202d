"""A sale that costs nothing: one capture of 0, announced like any other, and nothing ever to give back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.unit.test_facts import (
    NOW,
    ORDER,
    QUOTE,
    SALE,
    START,
    a_capture,
    a_refund,
    an_ask,
    normal,
)

from contracts.ids import PaymentId
from contracts.payment import PaymentSucceeded
from contracts.sale import Sale
from payment.advance import ANNOUNCE, POLL, advance
from payment.amounts import payable
from payment.domain import Decided, Fact, Facts, Overdue, RefundRequest, free_capture, record

FREE_SALE = Sale.model_validate({**dict(SALE), "quote": {**dict(QUOTE), "subtotal": 0, "total": 0}})
CAPTURE = free_capture(FREE_SALE, NOW)
BOOKED = record(Facts(payment_id=FREE_SALE.payment_id), FREE_SALE, CAPTURE)
OF_BOOKING = RefundRequest(
    key="refund_free", capture_id=CAPTURE.capture_id, amount=0, currency="INR", reason="seats_lost"
)
DECIDED = Decided(capture_id=CAPTURE.capture_id)
POOL: list[Fact] = [FREE_SALE, CAPTURE, DECIDED, OF_BOOKING, Overdue(capture_id=CAPTURE.capture_id)]
POOL.append(free_capture(FREE_SALE, NOW.replace(hour=11)))


def test_it_is_captured_by_nobody_and_announced_under_the_one_id() -> None:
    found = advance(BOOKED)
    ((event_id, event),) = found.events.items()
    assert event_id == f"payment_succeeded:{FREE_SALE.payment_id}"
    assert isinstance(event, PaymentSucceeded)
    assert (event.provider, event.order_id, event.amount, event.currency) == ("free", None, 0, "INR")
    assert event.capture_id == f"free_{FREE_SALE.payment_id[4:]}"
    assert event.difference is None
    assert (found.status, found.tasks, found.awaiting) == ("succeeded", {ANNOUNCE}, True)


@given(st.data(), st.lists(st.sampled_from(POOL), max_size=12))
def test_any_order_and_any_repeats_end_the_same_and_nothing_is_owed(data: st.DataObject, facts: list[Fact]) -> None:
    shuffled = data.draw(st.permutations(facts))
    found = advance(record(BOOKED, *shuffled))
    assert normal(record(BOOKED, *facts)) == normal(record(BOOKED, *shuffled))
    assert found.status == "succeeded"
    assert {refund.status for refund in found.refunds} <= {"done"}
    assert found.tasks <= {ANNOUNCE}
    assert list(found.events) == [f"payment_succeeded:{FREE_SALE.payment_id}"]


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
    facts = record(Facts(payment_id=PaymentId(sale.payment_id)), sale, capture)
    assert facts.winner is None
    assert not advance(facts).events


def test_even_what_booking_asks_back_by_mistake_is_never_more_than_was_captured() -> None:
    asked = OF_BOOKING.model_copy(update={"amount": 500})
    (refund,) = advance(record(BOOKED, asked)).refunds
    assert (refund.status, refund.amount) == ("done", 0)


@pytest.mark.parametrize(
    ("amount", "currency", "asked"),
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
def test_thousandths_that_no_provider_takes_are_left_off(amount: int, currency: str, asked: int) -> None:
    assert payable(amount, currency) == asked


def test_of_a_refund_the_thousandths_that_nobody_can_pay_are_not_owed_for_ever() -> None:
    dinars = {"amount": 1_230, "currency": "KWD"}
    start = record(Facts(payment_id=SALE.payment_id), SALE, ORDER.model_copy(update=dinars))
    facts = record(start, a_capture(**dinars), an_ask(615).model_copy(update={"currency": "KWD"}))
    (refund,) = advance(facts).refunds
    assert (refund.status, refund.amount) == ("due", 610)
    facts = record(facts, a_refund("r1", "refund_b", "pay_w", amount=610))
    assert advance(facts).refunds[0].status == "done"
    assert {event.amount for key, event in advance(facts).events.items() if key.startswith("payment_refunded")} == {610}  # type: ignore[attr-defined]  # it has


def test_a_refund_of_less_than_anybody_can_pay_is_failed_and_a_case_and_said_so() -> None:
    rials = {"amount": 100, "currency": "OMR"}
    start = record(Facts(payment_id=SALE.payment_id), SALE, ORDER.model_copy(update=rials))
    facts = record(start, a_capture(**rials), an_ask(5).model_copy(update={"currency": "OMR"}))
    found = advance(facts)
    assert [(refund.status, refund.amount) for refund in found.refunds] == [("failed", 5)]
    assert [(case.kind, case.amount, case.open) for case in found.cases] == [("refund_failed", 5, True)]
    assert [key for key in found.events if "refund" in key] == ["payment_refund_failed:refund_b"]
    assert found.tasks == {POLL}
    facts = record(facts, a_refund("r_hand", None, "pay_w", amount=10))
    assert advance(facts).refunds[0].status == "done"
    assert [(case.kind, case.open) for case in advance(facts).cases] == [
        ("refund_failed", False),
        ("refund_by_hand", True),
    ]


def test_a_paid_sale_is_not_touched_by_what_is_free() -> None:
    assert advance(record(START, CAPTURE)).status == "failed"
