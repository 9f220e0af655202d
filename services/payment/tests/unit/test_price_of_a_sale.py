"""How often the provider is asked: never for what is known, once for all who come together, and afterwards by lists
alone. Counts, never times."""

import asyncio
import itertools
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest
from services.payment.tests.unit.story import BEGIN, Clock, Story

from payment.usecases.ports import ProviderList
from payment.usecases.provider import Outcome, Page, ProviderPayment, Unknown

STATUSES: tuple[Literal["failed", "captured"], ...] = ("failed", "failed", "captured")
LISTS = {"payments_between", "refunds_between", "disputes_between"}
A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SIX_DAYS = timedelta(days=6)
TOLD = ("authorized", "captured", "captured")  # payment.authorized, payment.captured, order.paid


def asked(story: Story) -> Counter[str]:
    """The calls about a single order or payment."""
    return Counter(call for call in story.provider.calls if call not in LISTS)


async def paid(story: Story) -> tuple[str, str]:
    """The sale's order and the payment on it that was captured."""
    order_id = await story.order()
    return order_id, story.provider.pay(order_id)


async def test_webhooks_of_what_a_page_has_confirmed_are_settled_as_they_come(story: Story) -> None:
    await story.confirm(*await paid(story))
    payment_id = await story.winner()
    assert payment_id is not None
    for number, told in enumerate(TOLD):
        await story.notify(f"evt_{number}", payment_id, payment_status=told)
    assert story.statuses() == ["settled"] * 3
    assert not story.inbox.due
    assert asked(story) == {"open_order": 1, "payment": 1}


async def test_what_another_process_has_recorded_is_read_and_not_asked_for(story: Story) -> None:
    order_id, payment_id = await paid(story)
    await story.confirm(order_id, payment_id)
    story.payments.forgets = True
    for number, told in enumerate(TOLD):
        await story.notify(f"evt_{number}", payment_id, payment_status=told)
    await story.confirm(order_id, payment_id)
    await story.background.finish()
    assert story.statuses() == ["settled"] * 3
    assert asked(story)["payment"] == 1


async def test_a_page_that_confirms_what_is_remembered_reads_nothing(story: Story) -> None:
    order_id, payment_id = await paid(story)
    await story.confirm(order_id, payment_id)
    before = story.payments.reads
    await story.confirm(order_id, payment_id)
    assert story.payments.reads == before


async def test_webhooks_and_pages_that_come_together_ask_once(story: Story) -> None:
    order_id, payment_id = await paid(story)
    notices = [story.notify(f"evt_{number}", payment_id, payment_status=told) for number, told in enumerate(TOLD)]
    await asyncio.gather(*notices, *(story.confirm(order_id, payment_id) for _ in range(3)))
    await story.background.finish()
    assert asked(story) == {"open_order": 1, "payment": 1}
    assert story.statuses() == ["settled"] * 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))), ids=str)
async def test_whatever_comes_first_of_webhooks_page_and_list_one_call_is_enough(
    story: Story, order: tuple[int, ...]
) -> None:
    """The first comes twice, and each is done with before the next comes."""
    order_id, payment_id = await paid(story)
    for step in (*order, order[0]):
        if step < len(TOLD):
            await story.notify(f"evt_{step}", payment_id, payment_status=TOLD[step])
        elif step == len(TOLD):
            await story.confirm(order_id, payment_id)
        else:
            await story.live(20 * A_SECOND)
        await story.background.finish()
    assert await story.winner() == payment_id
    assert asked(story)["payment"] <= 1
    assert set(story.statuses()) == {"settled"}
    assert story.said().count("payment.succeeded.v1") == 1


async def test_an_answer_from_before_the_capture_is_not_enough_for_its_webhook(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question that is under way was put while the payment was authorized."""
    order_id = await story.order()
    payment_id = story.provider.pay(order_id, "authorized")
    captured, answer = replace(story.provider.payments[payment_id], status="captured"), story.provider.payment
    answered, comes = asyncio.Event(), asyncio.Event()

    async def late(which: str) -> Outcome[ProviderPayment]:
        outcome = await answer(which)
        story.provider.payments[payment_id] = captured
        answered.set()
        await comes.wait()
        return outcome

    monkeypatch.setattr(story.provider, "payment", late)
    page = asyncio.ensure_future(story.confirm(order_id, payment_id))
    await answered.wait()
    await asyncio.gather(*(story.notify(f"evt_{n}", payment_id, payment_status="captured") for n in range(3)))
    comes.set()
    await page
    await story.background.finish()
    assert await story.winner() == payment_id
    assert asked(story)["payment"] == 2


async def test_a_sale_that_is_paid_and_decided_is_never_asked_about_again(story: Story) -> None:
    await story.confirm(*await paid(story))
    await story.decide()
    before = asked(story)
    await story.live(SIX_DAYS)
    assert asked(story) == before
    assert (await story.payment()).schedule == ()
    assert set(story.provider.calls) - before.keys() == LISTS


async def test_an_order_that_nobody_paid_is_looked_at_once_before_its_hold_ends(story: Story) -> None:
    await story.order()
    await story.live(SIX_DAYS)
    assert asked(story) == {"open_order": 1, "payments_of": 1}
    payment = await story.payment()
    assert (payment.schedule, payment.facts.polling_ended) == ((), True)


async def test_that_one_look_finds_what_neither_webhook_nor_list_told_of(clock: Clock) -> None:
    story = Story(clock, settings={"reconcile_window_seconds": 3600})
    await story.use_cases.windows.begin()
    _, payment_id = await paid(story)
    await story.live(5 * A_MINUTE)
    assert (await story.winner(), asked(story)["payments_of"]) == (payment_id, 1)
    assert (await story.payment()).facts.polling_ended is False


async def test_what_lists_cost_does_not_grow_with_orders_that_nobody_pays(clock: Clock) -> None:
    calls = []
    for others in (0, 20):
        clock.at = BEGIN
        story = Story(clock)
        await story.use_cases.windows.begin()
        for _ in range(others):
            another = Story(clock, provider=story.provider, payments=story.payments, watermarks=story.watermarks)
            await another.order()
        await story.live(timedelta(hours=2))
        calls.append(sum(call in LISTS for call in story.provider.calls))
    assert calls[0] == calls[1]


@pytest.mark.parametrize("after", [A_MINUTE, 10 * A_MINUTE, timedelta(hours=3), timedelta(days=2)])
async def test_a_payment_that_was_captured_late_is_found_without_its_webhook(story: Story, after: timedelta) -> None:
    """It failed at first: nobody asks for it by itself, and it is found before it is six times as old."""
    order_id = await story.order()
    payment_id = story.provider.pay(order_id, "failed")
    await story.live(after)
    assert await story.winner() is None
    payment = story.provider.payments[payment_id]
    story.provider.payments[payment_id] = replace(payment, status="captured", reason=None)
    await story.live(6 * after)
    assert await story.winner() == payment_id
    assert asked(story)["payments_of"] <= 1


async def test_a_refund_that_fails_long_after_it_was_made_is_found_without_its_webhook(story: Story) -> None:
    await story.confirm(*await paid(story))
    await story.decide()
    winner = await story.winner()
    assert winner is not None
    await story.provider.refund(winner, "made by hand", 1, 200, "INR")
    await story.live(A_MINUTE)
    assert (await story.payment()).consequences.status == "partially_refunded"
    await story.live(timedelta(hours=5))
    (refund_id,) = story.provider.refunds
    story.provider.refunds[refund_id] = replace(story.provider.refunds[refund_id], outcome="failed")
    story.provider.payments[winner] = replace(story.provider.payments[winner], refunded=0)
    await story.live(timedelta(days=1))
    assert (await story.payment()).consequences.status == "succeeded"
    before = asked(story)
    await story.notify("evt_r", winner, refund_id=refund_id)
    assert (story.statuses(), asked(story)) == (["settled"], before)


async def test_a_payment_that_appears_late_in_the_list_is_found(story: Story) -> None:
    """Its time is from before the watermark, be it that the list lags or that clocks differ."""
    payment_id = story.provider.pay(await story.order())
    hidden = story.provider.payments.pop(payment_id)
    await story.live(100 * A_SECOND)
    story.provider.payments[payment_id] = hidden
    await story.live(20 * A_SECOND)
    assert await story.winner() == payment_id


async def test_a_payment_from_the_providers_future_is_found(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    story.provider.payments[payment_id] = replace(story.provider.payments[payment_id], at=BEGIN + 100 * A_SECOND)
    await story.live(20 * A_SECOND)
    assert await story.winner() == payment_id


async def test_a_window_that_fails_on_a_page_is_read_again_from_its_start(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await story.order()
    payment_id, _ = story.provider.pay(order_id), [story.provider.pay(order_id, "failed") for _ in range(4)]
    whole, starts = story.provider.payments_between, []

    async def broken(start: object, end: object, cursor: str | None) -> object:
        starts.append(start)
        if cursor is not None and len(starts) < 5:
            story.provider.trouble["payments_between"] = "answer lost"
        return await whole(start, end, cursor)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(story.provider, "payments_between", broken)
    newest, began = ProviderList("fake", "payments"), story.clock.at
    story.watermarks.stored = {newest: story.watermarks.stored[newest]}
    await story.live(40 * A_SECOND)
    assert story.watermarks.stored[newest].until == began
    assert await story.winner() is None
    await story.live(20 * A_SECOND)
    assert len(set(starts)) == 1
    assert (await story.winner(), story.watermarks.stored[newest].until) == (payment_id, story.clock.at)


async def test_after_a_standstill_windows_of_an_hour_catch_up(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, read, lengths = await story.order(), story.provider.payments_between, list[timedelta]()

    async def noted(start: datetime, end: datetime, cursor: str | None) -> Outcome[Page[ProviderPayment]]:
        lengths.append(end - start)
        return await read(start, end, cursor)

    monkeypatch.setattr(story.provider, "payments_between", noted)
    newest = ProviderList("fake", "payments")
    story.watermarks.stored = {newest: story.watermarks.stored[newest]}
    story.clock.at += timedelta(hours=5)
    payment_id = story.provider.pay(order_id)
    story.clock.at += timedelta(hours=5)
    await story.live(A_SECOND)
    assert await story.winner() == payment_id
    assert story.watermarks.stored[newest].until > story.clock.at - 2 * A_SECOND
    assert lengths[:10] == [timedelta(hours=1) + 4 * A_MINUTE] * 10  # two more at both ends
    assert len(lengths) <= 12


async def test_whoever_dies_after_a_webhook_is_stored_leaves_it_to_the_next(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    story.provider.trouble["payment"] = "answer lost"
    await story.notify("evt_1", payment_id)
    await story.background.finish()
    await story.notify("evt_1", payment_id)
    story.restart()
    await story.live(A_MINUTE)
    assert (await story.winner(), story.statuses()) == (payment_id, ["settled"])


async def test_a_webhook_that_was_settled_and_not_finished_is_finished_without_a_question(story: Story) -> None:
    """A process that dies after the payment was written and before the inbox was."""
    order_id, payment_id = await paid(story)
    notice = story.notify("evt_1", payment_id)
    await notice
    await story.confirm(order_id, payment_id)
    for task in list(story.background._tasks):
        task.cancel()
    story.restart()
    before = asked(story)
    await story.live(A_MINUTE)
    assert (story.statuses(), asked(story)) == (["settled"], before)


async def test_an_entry_that_cannot_be_settled_hides_nothing_that_is_newer(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is less than its order, so it has to be read by itself, and that never works; two hours later another pays."""
    odd = story.provider.pay(await story.order(), amount=100)
    another = Story(story.clock, provider=story.provider, payments=story.payments, watermarks=story.watermarks)
    read, newest = story.provider.payment, ProviderList("fake", "payments")

    async def broken(payment_id: str) -> Outcome[ProviderPayment]:
        return Unknown("no answer came back") if payment_id == odd else await read(payment_id)

    monkeypatch.setattr(story.provider, "payment", broken)
    await story.live(timedelta(hours=3))
    paid_later = story.provider.pay(await another.order())
    await story.live(A_MINUTE)
    assert await another.winner() == paid_later
    assert story.watermarks.stored[newest].until < BEGIN + timedelta(hours=1)
    monkeypatch.setattr(story.provider, "payment", read)
    await story.live(A_MINUTE)
    assert story.watermarks.stored[newest].until > BEGIN + timedelta(hours=3)
    assert [capture.match for capture in (await story.payment()).facts.captures] == ["mismatch"]


async def test_an_entry_that_is_never_settled_is_left_to_the_next_age_after_six_hours(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or each reading would be longer than the one before, without an end."""
    odd = story.provider.pay(await story.order(), amount=100)
    read, newest = story.provider.payment, ProviderList("fake", "payments")

    async def broken(payment_id: str) -> Outcome[ProviderPayment]:
        return Unknown("no answer came back") if payment_id == odd else await read(payment_id)

    monkeypatch.setattr(story.provider, "payment", broken)
    await story.live(timedelta(hours=8))
    assert story.watermarks.stored[newest].until > story.clock.at - A_MINUTE
    monkeypatch.setattr(story.provider, "payment", read)
    await story.live(timedelta(days=1))
    assert [capture.match for capture in (await story.payment()).facts.captures] == ["mismatch"]


async def test_who_waits_for_another_payments_answer_is_answered_itself(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three payments of one order, whose webhooks come together."""
    order_id = await story.order()
    payment_ids = [
        story.provider.pay(order_id, "failed"),
        story.provider.pay(order_id, "failed"),
        story.provider.pay(order_id),
    ]
    await asyncio.gather(*(story.notify(f"evt_{which}", which) for which in payment_ids))
    await story.background.finish()
    facts = (await story.payment()).facts
    assert {attempt.attempt_id for attempt in facts.attempts} == set(payment_ids[:2])
    assert await story.winner() == payment_ids[2]
    assert asked(story)["payment"] == 3


async def test_entries_from_before_the_first_start_are_read_as_they_grow_older(clock: Clock) -> None:
    story = Story(clock, settings={"reconcile_first_seconds": 1_000_000})
    payment_id = story.provider.pay(await story.order(), "failed")
    clock.at += timedelta(minutes=10)
    await story.use_cases.windows.begin()
    story.provider.payments[payment_id] = replace(story.provider.payments[payment_id], status="captured")
    await story.live(timedelta(minutes=20))
    assert await story.winner() == payment_id
