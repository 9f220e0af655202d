"""How a stored payment changes: what is new is said once, tasks are begun once, and one process opens an order."""

from dataclasses import replace
from typing import Any

import pytest
from services.payment.tests.factories import (
    INTERVALS,
    NOTHING,
    NOW,
    ORDER,
    SALE,
    SECOND,
    a_capture,
    a_refund,
    a_request,
)

from payment.domain import CaseClosed, Decided, Fact, Facts
from payment.payment import (
    Payment,
    announced_again,
    with_facts,
    with_opening,
    with_opening_ended,
    with_task_begun,
)


def recorded(payment: Payment, *facts: Fact, now: Any = NOW) -> Payment:
    """The payment as it would be stored."""
    change = with_facts(payment, facts, now, INTERVALS, {})
    assert change is not None
    return replace(change.payment, version=payment.version + 1)


NEW = Payment(NOTHING)
OPEN = recorded(NEW, SALE, ORDER)
PAID = recorded(OPEN, a_capture())


def test_each_event_is_said_by_the_write_from_which_it_follows_and_by_no_other() -> None:
    said: list[str] = []
    payment = NEW
    for fact in (SALE, ORDER, a_capture(), a_request(300), a_refund("rfnd_1", "refund_b", "pay_w", "processed", 300)):
        change = with_facts(payment, (fact,), NOW, INTERVALS, {})
        assert change is not None
        said += change.events
        payment = replace(change.payment, version=payment.version + 1)
    assert said == [
        "order_created:order_1",
        f"payment_succeeded:{SALE.payment_id}",
        "payment_refunded:refund_b",
    ]
    assert set(said) == payment.said


def test_what_is_known_changes_nothing_unless_it_moves_a_task() -> None:
    assert with_facts(OPEN, (SALE, ORDER), NOW, INTERVALS, {}) is None
    moved = with_facts(OPEN, (), NOW, INTERVALS, {"poll": NOW + 9 * SECOND})
    assert moved is not None
    assert [entry.at for entry in moved.payment.schedule] == [NOW + 9 * SECOND]


def test_a_case_has_the_time_when_it_was_first_seen_and_when_it_closed() -> None:
    by_hand = a_refund("rfnd_1", None, "pay_w", "processed", 100)
    (case,) = recorded(PAID, by_hand).cases
    assert (case.opened_at, case.closed_at) == (NOW, None)
    closing = CaseClosed(case_id=case.id, note="n", user_id="usr_1", at=NOW + SECOND)
    later = recorded(recorded(PAID, by_hand), closing, now=NOW + 5 * SECOND)
    assert [(each.opened_at, each.closed_at) for each in later.cases] == [(NOW, NOW + SECOND)]


def test_a_case_that_closes_by_itself_has_the_time_of_the_write_that_saw_it_and_keeps_it() -> None:
    failed = a_refund("rfnd_1", "refund_b", "pay_w", "failed", 300)
    stuck = recorded(PAID, a_request(300), failed)
    mended = recorded(stuck, a_refund("rfnd_2", "refund_b", "pay_w", "processed", 300), now=NOW + SECOND)
    assert [case.closed_at for case in mended.cases] == [NOW + SECOND]
    assert [case.closed_at for case in recorded(mended, Decided(capture_id="x"), now=NOW + 9 * SECOND).cases] == [
        NOW + SECOND
    ]


def test_it_waits_for_an_answer_from_the_capture_on_and_no_longer_than_until_there_is_one() -> None:
    assert (OPEN.waiting_since, PAID.waiting_since) == (None, NOW)
    assert recorded(PAID, a_capture("pay_2"), now=NOW + SECOND).waiting_since == NOW
    assert recorded(PAID, Decided(capture_id="pay_w")).waiting_since is None


def test_a_task_is_begun_when_it_is_due_and_then_due_again_later() -> None:
    due = NOW + SECOND
    assert with_task_begun(OPEN, "poll", NOW, due) is None
    assert with_task_begun(OPEN, "announce", due, due) is None
    begun = with_task_begun(OPEN, "poll", due, due + 30 * SECOND)
    assert begun is not None
    change, entry = begun
    assert (entry.at, entry.tries) == (due, 0)
    assert [(each.at, each.tries) for each in change.payment.schedule] == [(due + 30 * SECOND, 1)]


def test_a_winner_is_announced_again_until_booking_has_decided() -> None:
    change = announced_again(PAID, NOW + 9 * SECOND)
    assert change is not None
    assert list(change.events) == [f"payment_succeeded:{SALE.payment_id}"]
    assert {entry.task: entry.at for entry in change.payment.schedule}["announce"] == NOW + 9 * SECOND
    assert announced_again(recorded(PAID, Decided(capture_id="pay_w")), NOW) is None
    assert announced_again(OPEN, NOW) is None


@pytest.mark.parametrize("asked", [True, False])
def test_one_process_opens_an_order_and_the_next_is_in_doubt_where_it_may_have_been_asked(*, asked: bool) -> None:
    first = with_opening(NEW, "razorpay", "a", NOW, NOW + SECOND)
    assert first is not None
    assert with_opening(first, "razorpay", "b", NOW, NOW + SECOND) is None
    ended = with_opening_ended(first, "razorpay", "a", NOW, provider_asked=asked)
    assert ended is not None
    second = with_opening(ended, "razorpay", "b", NOW, NOW + SECOND)
    assert second is not None
    opening = second.opening_at("razorpay")
    assert opening is not None
    assert (opening.by, opening.in_doubt) == ("b", asked)
    assert with_opening_ended(second, "razorpay", "a", NOW, provider_asked=False) is None


def test_a_process_that_never_came_back_leaves_doubt_when_its_time_is_over() -> None:
    first = with_opening(NEW, "razorpay", "a", NOW, NOW + SECOND)
    assert first is not None
    second = with_opening(first, "razorpay", "b", NOW + SECOND, NOW + 2 * SECOND)
    assert second is not None
    assert [(opening.by, opening.in_doubt) for opening in second.openings] == [("b", True)]


def test_doubt_at_one_provider_is_none_at_another() -> None:
    first = with_opening(NEW, "razorpay", "a", NOW, NOW + SECOND)
    assert first is not None
    beside = with_opening(first, "fake", "b", NOW, NOW + SECOND)
    assert beside is not None
    assert {opening.provider: opening.in_doubt for opening in beside.openings} == {"razorpay": False, "fake": False}


def test_nobody_opens_an_order_where_there_is_one_or_where_it_is_paid() -> None:
    assert with_opening(OPEN, "razorpay", "a", NOW, NOW + SECOND) is None
    assert with_opening(OPEN, "fake", "a", NOW, NOW + SECOND) is not None
    assert with_opening(PAID, "fake", "a", NOW, NOW + SECOND) is None


def test_only_its_user_gets_the_sale() -> None:
    assert OPEN.sale_of(SALE.user_id.__eq__) == SALE
    assert OPEN.sale_of("usr_another".__eq__) is None
    assert Payment(Facts(payment_id=SALE.payment_id)).sale_of(SALE.user_id.__eq__) is None
