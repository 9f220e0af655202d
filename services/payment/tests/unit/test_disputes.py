"""A payer who disputes a capture: nothing goes back twice, somebody is told, and what is won goes on."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from services.payment.tests.factories import NOW, START, a_capture, a_dispute, a_refund, a_request
from services.payment.tests.unit.story import Story

from contracts.payment import DisputeStatus, PaymentDisputed
from payment.advance import advance
from payment.cases import Case, next_step
from payment.domain import CaseClosed, Decided, Fact, Facts, RefundRequest
from payment.record import record
from payment.schedule import ScheduledTask

A_MINUTE = timedelta(minutes=1)


def cases(facts: Facts) -> dict[str, Case]:
    """By kind."""
    return {case.kind: case for case in advance(facts).cases}


def refund_tasks(facts: Facts) -> list[str]:
    return [task for task in advance(facts).tasks if task.startswith("refund:")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_in_any_order_nothing_goes_back_of_what_is_disputed_and_two_cases_say_so(order: tuple[int, ...]) -> None:
    new: Sequence[Fact] = (a_capture(), Decided(capture_id="pay_w"), a_request(300), a_dispute())
    facts = record(START, *(new[place] for place in order))
    assert refund_tasks(facts) == []
    opened = cases(facts)
    assert {kind: (case.open, case.amount) for kind, case in opened.items()} == {
        "dispute": (True, 500),
        "refund_disputed": (True, 300),
    }
    assert "respond by 2026-11-30 10:00 UTC" in opened["dispute"].detail
    assert "before the date" in next_step(opened["dispute"], "bkg_1")
    assert [refund.status for refund in advance(facts).refunds] == ["due"]


def test_once_it_is_won_the_refund_goes_on_and_both_cases_close() -> None:
    facts = record(START, a_capture(), a_request(300), a_dispute(), a_dispute("won"))
    assert refund_tasks(facts) == ["refund:refund_b"]
    assert [case.open for case in advance(facts).cases] == [False, False]
    done = record(facts, a_refund("r1", "refund_b", "pay_w", amount=300))
    assert [(case.kind, case.open) for case in advance(done).cases] == [("refund_disputed", False), ("dispute", False)]


def test_one_that_is_lost_stays_a_case_until_a_person_writes_it_off() -> None:
    facts = record(START, a_capture(), a_request(300), a_dispute(), a_dispute("lost"))
    assert refund_tasks(facts) == []
    assert [case.open for case in advance(facts).cases] == [True, True]
    closings = [CaseClosed(case_id=c.id, note="the bank paid", user_id="usr_1", at=NOW) for c in advance(facts).cases]
    assert [case.open for case in advance(record(facts, *closings)).cases] == [False, False]
    assert refund_tasks(record(facts, *closings)) == []


def test_what_went_back_before_the_dispute_was_not_held_back() -> None:
    facts = record(START, a_capture(), a_request(300), a_refund("r1", "refund_b", "pay_w", amount=300), a_dispute())
    assert set(cases(facts)) == {"dispute"}


def test_a_dispute_of_one_capture_holds_back_nothing_of_another() -> None:
    facts = record(START, a_capture(), a_capture("pay_2"), a_dispute())
    assert refund_tasks(facts) == ["refund:refund_pay_2"]
    assert refund_tasks(record(facts, a_dispute(capture_id="pay_2"))) == []


@pytest.mark.parametrize("seen", [["open", "won"], ["won", "open"], ["lost", "won", "open"]])
def test_each_status_is_said_once_and_the_furthest_counts(seen: list[DisputeStatus]) -> None:
    facts = record(START, a_capture(), *map(a_dispute, seen), *map(a_dispute, seen))
    said = [event for event in advance(facts).events.values() if isinstance(event, PaymentDisputed)]
    assert sorted(event.status for event in said) == sorted(seen)
    assert {(event.capture_id, event.amount, event.of_booking) for event in said} == {("pay_w", 500, True)}
    assert not cases(facts)["dispute"].open


async def _bought(story: Story) -> str:
    order_id = await story.order()
    payment_id = story.provider.pay(order_id)
    await story.confirm(order_id, payment_id)
    await story.decide()
    return payment_id


async def _wanted_back(story: Story, capture_id: str, amount: int = 500) -> None:
    sale, key = story.sale, f"refund_{story.sale.booking_id}"
    request = RefundRequest(key=key, capture_id=capture_id, amount=amount, currency="INR", reason="showtime_cancelled")
    await story.use_cases.recorder.record(sale.payment_id, request)


async def test_without_any_webhook_it_is_found_within_a_minute_and_so_is_its_end(story: Story) -> None:
    payment_id = await _bought(story)
    dispute_id = story.provider.dispute_by_payer(payment_id)
    await story.live(A_MINUTE)
    await _wanted_back(story, payment_id)
    await story.live(60 * A_MINUTE)
    assert not story.provider.refunds
    story.provider.dispute_by_payer(payment_id, "won", dispute_id)
    await story.live(60 * A_MINUTE)
    assert [refund.amount for refund in story.provider.refunds.values()] == [500]
    assert [case.open for case in (await story.payment()).cases] == [False, False]


async def test_a_webhook_of_it_is_settled_by_the_providers_answer_even_before_its_capture_is_known(
    story: Story,
) -> None:
    payment_id = story.provider.pay(await story.order())
    dispute_id = story.provider.dispute_by_payer(payment_id)
    await story.notify("evt_1", payment_id, subject="dispute", dispute_id=dispute_id)
    await story.background.finish()
    assert story.statuses() == ["settled"]
    assert [case.kind for case in (await story.payment()).cases if case.open] == ["dispute"]
    assert story.said().count("payment.disputed.v1") == 1


async def test_a_refund_whose_turn_has_come_is_not_made_when_a_dispute_was_recorded_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = await _bought(story)
    await _wanted_back(story, payment_id)
    recorder = story.use_cases.recorder
    begin = recorder.begin

    async def begin_and_hear_of_a_dispute(which: str, task: str, until: datetime) -> ScheduledTask | None:
        begun = await begin(which, task, until)
        await recorder.record(which, a_dispute(capture_id=payment_id))
        return begun

    monkeypatch.setattr(recorder, "begin", begin_and_hear_of_a_dispute)
    await story.due()
    assert "refund" not in story.provider.calls


async def test_a_refund_whose_answer_was_lost_before_the_dispute_is_looked_up_when_that_is_won(story: Story) -> None:
    """By then the provider does not know the refund's key any more."""
    payment_id = await _bought(story)
    await _wanted_back(story, payment_id, amount=200)
    story.provider.trouble["refund"] = "answer lost"
    await story.due()
    story.provider.refunds = {f"{refund_id} of old": refund for refund_id, refund in story.provider.refunds.items()}
    for status in ("open", "won"):
        await story.use_cases.recorder.record(story.sale.payment_id, a_dispute(status, capture_id=payment_id))
    await story.due()
    assert [refund.amount for refund in story.provider.refunds.values()] == [200]
    assert [refund.status for refund in (await story.payment()).consequences.refunds] == ["done"]
