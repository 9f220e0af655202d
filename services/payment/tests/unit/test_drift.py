"""Comparing with a provider's books: a paisa of difference is a case within a minute, what can be mended is mended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from services.payment.tests.factories import START, a_capture, a_refund
from services.payment.tests.unit.story import Story

from payment.advance import advance
from payment.domain import Decided, Facts, RefundRequest, SeenRefund
from payment.drift import CaptureEntry, RefundEntry, drift_of_capture, drift_of_refund, drifts_still, lags_behind
from payment.record import record
from payment.usecases import comparison

A_MINUTE = timedelta(minutes=1)
PAID = record(START, a_capture(), Decided(capture_id="pay_w"), a_refund("r1", None, "pay_w", amount=200))
CAPTURE = CaptureEntry("pay_w", 500, "INR", 200)
REFUND = RefundEntry("r1", "pay_w", 200, "INR", "processed")


def test_books_that_agree_have_no_drift() -> None:
    assert list(drift_of_capture(PAID, CAPTURE)) == []
    assert list(drift_of_refund(PAID, REFUND)) == []
    assert not lags_behind(PAID, REFUND)


@given(st.integers(0, 1000), st.integers(0, 500), st.sampled_from(["INR", "EUR"]))
def test_any_other_amount_or_currency_of_a_capture_is_drift(amount: int, refunded: int, currency: str) -> None:
    entry = CaptureEntry("pay_w", amount, currency, refunded)
    found = {drift.what: (drift.ours, drift.at_provider) for drift in drift_of_capture(PAID, entry)}
    ours = 500 if currency == "INR" else 0
    assert ("amount" in found) is (ours != amount)
    assert ("refunded" in found) is (refunded != 200)


@given(st.integers(1, 1000))
def test_a_refund_of_another_amount_is_drift_and_one_that_is_not_known_lags_behind(amount: int) -> None:
    entry = replace(REFUND, amount=amount)
    assert bool(list(drift_of_refund(PAID, entry))) is (amount != 200)
    assert lags_behind(PAID, replace(entry, refund_id="r2"))
    assert lags_behind(PAID, replace(entry, outcome="failed"))


def test_drift_is_a_case_of_the_difference_until_both_say_the_same() -> None:
    (drift,) = drift_of_capture(PAID, replace(CAPTURE, amount=501))
    facts = record(PAID, drift)
    (case,) = [case for case in advance(facts).cases if case.kind == "drift"]
    assert (case.amount, case.currency, case.about, case.open) == (1, "INR", "pay_w", True)
    assert drifts_still(facts, drift)
    mended = facts.model_copy(update={"captures": (facts.captures[0].model_copy(update={"amount": 501}),)})
    assert [case.open for case in advance(mended).cases if case.kind == "drift"] == [False]


async def _bought(story: Story) -> str:
    order_id = await story.order()
    payment_id = story.provider.pay(order_id)
    await story.confirm(order_id, payment_id)
    await story.decide()
    return payment_id


async def _refunded(story: Story, payment_id: str, amount: int) -> None:
    key = f"refund_{story.sale.booking_id}"
    request = RefundRequest(key=key, capture_id=payment_id, amount=amount, currency="INR", reason="by_guest")
    await story.use_cases.recorder.record(story.sale.payment_id, request)
    await story.use_cases.reconciler.run_due()
    assert story.provider.refunds


def _spoil(story: Story, change: Callable[[Facts], dict[str, Any]]) -> None:
    """Somebody changes the stored document by hand, past every rule."""
    payment = story.payments.stored[story.sale.payment_id]
    facts = payment.facts.model_copy(update=change(payment.facts))
    story.payments.stored[story.sale.payment_id] = replace(payment, facts=facts)


def _capture_more(facts: Facts) -> dict[str, Any]:
    return {"captures": tuple(one.model_copy(update={"amount": one.amount + 1}) for one in facts.captures)}


def _refund_more(facts: Facts) -> dict[str, Any]:
    return {"refunds_seen": tuple(one.model_copy(update={"amount": one.amount + 1}) for one in facts.refunds_seen)}


@pytest.mark.parametrize(("spoil", "about"), [(_capture_more, "fpay_1"), (_refund_more, "fref")])
@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=2)], ids=["new", "two days old"])
async def test_a_paisa_changed_in_our_books_is_a_case_within_a_minute(
    story: Story, spoil: Callable[[Facts], dict[str, Any]], about: str, age: timedelta
) -> None:
    payment_id = await _bought(story)
    await _refunded(story, payment_id, 300)
    await story.live(age + A_MINUTE)
    assert (await story.payment()).cases == ()
    _spoil(story, spoil)
    await story.live(A_MINUTE)
    opened = [case for case in (await story.payment()).cases if case.about.startswith(about)]
    assert [(case.kind, case.amount, case.open) for case in opened] == [("drift", 1, True)]
    await story.use_cases.reconciler.measure()
    assert (REGISTRY.get_sample_value("marquee_open_cases", {"kind": "drift"}) or 0) >= 1
    await story.live(10 * A_MINUTE)
    assert len((await story.payment()).cases) <= 2  # of a refund its sum differs too; each is found once


async def test_a_refund_by_hand_of_one_paisa_is_a_case_within_a_minute(story: Story) -> None:
    payment_id = await _bought(story)
    await story.provider.refund(payment_id, "by-hand", 1, 1, "INR")
    await story.live(A_MINUTE)
    assert [(case.kind, case.amount) for case in (await story.payment()).cases] == [("refund_by_hand", 1)]


async def test_what_our_books_have_lost_is_recorded_again_and_no_case(story: Story) -> None:
    payment_id = await _bought(story)
    await _refunded(story, payment_id, 300)
    _spoil(story, lambda _: {"refunds_seen": ()})
    await story.live(A_MINUTE)
    payment = await story.payment()
    assert [refund.amount for refund in payment.facts.refunds_seen if isinstance(refund, SeenRefund)] == [300]
    assert [case for case in payment.cases if case.open] == []


async def test_larger_books_are_proven_piece_by_piece(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round reads so many pages beside the newest, and the next goes on behind it."""
    monkeypatch.setattr(comparison, "_PAGES", 1)
    payment_id = await _bought(story)
    await story.live(A_MINUTE)
    for _ in range(9):  # tries of others come after it, two on a page
        story.clock.at += timedelta(seconds=1)
        story.provider.pay(story.provider.payments[payment_id].order_id, "failed")
    _spoil(story, _capture_more)
    await story.live(4 * A_MINUTE)
    assert [case.kind for case in (await story.payment()).cases] == ["drift"]


async def test_the_case_closes_within_a_minute_of_our_books_being_corrected_by_hand(story: Story) -> None:
    payment_id = await _bought(story)
    await story.live(A_MINUTE)
    right = (await story.payment()).facts.captures
    _spoil(story, _capture_more)
    await story.live(A_MINUTE)
    assert [(case.about, case.open) for case in (await story.payment()).cases] == [(payment_id, True)]
    _spoil(story, lambda _: {"captures": right})
    await story.live(A_MINUTE)
    assert [(case.about, case.open) for case in (await story.payment()).cases] == [(payment_id, False)]
