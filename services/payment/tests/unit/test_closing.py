"""Orders of a provider that can close them: closed when their hold has ended, and opened anew while it lasts."""

from datetime import timedelta

import pytest
from services.payment.tests.fake_provider import FakeProvider
from services.payment.tests.unit.story import Clock, Story

from contracts.ids import new_hold_id
from payment.advance import CANCEL
from payment.payment import Payment

A_SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def closing(clock: Clock) -> Story:
    """A sale at a provider that closes orders; its hold lasts five minutes."""
    return Story(clock, provider=FakeProvider(closes_orders=True))


def to_close(payment: Payment) -> list[str]:
    return [entry.task.removeprefix(CANCEL) for entry in payment.schedule if entry.task.startswith(CANCEL)]


async def paid_elsewhere(story: Story, other: FakeProvider) -> tuple[str, str]:
    """The sale has an order at both, and is paid at the other one."""
    story.further = (other,)
    story.restart()
    order_id, at_other = await story.order(), await story.order_at(other.name)
    proof = other.proof(at_other, other.pay(at_other))
    await story.use_cases.confirmations.confirm(at_other, proof, story.caller)
    return order_id, at_other


async def test_an_order_is_closed_when_its_hold_is_over_and_not_before(closing: Story) -> None:
    order_id = await closing.order()
    await closing.live(5 * A_MINUTE - A_SECOND)
    assert not closing.provider.orders[order_id].is_closed
    await closing.live(A_SECOND)
    assert closing.provider.orders[order_id].is_closed
    payment = await closing.payment()
    assert (payment.facts.closed_orders, payment.schedule) == ((order_id,), ())


async def test_an_order_is_closed_at_once_when_its_seats_are_let_go(closing: Story) -> None:
    order_id = await closing.order()
    await closing.use_cases.closing.hold_ended(closing.sale.hold_id)
    await closing.live(A_SECOND)
    assert closing.provider.orders[order_id].is_closed


async def test_a_hold_that_lasts_longer_keeps_its_order_open(closing: Story) -> None:
    order_id, until = await closing.order(), closing.clock.at + 8 * A_MINUTE
    await closing.use_cases.closing.hold_extended(closing.sale.hold_id, until)
    await closing.use_cases.closing.hold_extended(closing.sale.hold_id, until - A_MINUTE)
    await closing.live(8 * A_MINUTE - A_SECOND)
    assert not closing.provider.orders[order_id].is_closed
    await closing.live(A_SECOND)
    assert closing.provider.orders[order_id].is_closed


async def test_what_is_told_of_a_hold_that_nobody_pays_for_is_stored_nowhere(closing: Story) -> None:
    other = new_hold_id(closing.sale.showtime_id)
    await closing.use_cases.closing.hold_extended(other, closing.clock.at)
    await closing.use_cases.closing.hold_ended(other)
    assert closing.payments.stored == {}


async def test_orders_of_a_provider_that_closes_none_stay_open(story: Story) -> None:
    await story.order()
    before = (await story.payment()).version
    await story.use_cases.closing.hold_extended(story.sale.hold_id, story.clock.at + A_MINUTE)
    await story.use_cases.closing.hold_ended(story.sale.hold_id)
    assert (await story.payment()).version == before
    await story.live(10 * A_MINUTE)
    assert "close_order" not in story.provider.calls


@pytest.mark.parametrize("trouble", ["unreachable", "answer lost"])
async def test_closing_is_tried_until_it_is_known_to_be_done(closing: Story, trouble: str) -> None:
    order_id = await closing.order()
    closing.provider.trouble["close_order"] = trouble  # type: ignore[assignment]  # parametrized
    await closing.live(6 * A_MINUTE)
    assert closing.provider.calls.count("close_order") == 2
    assert (await closing.payment()).facts.closed_orders == (order_id,)


async def test_money_that_came_before_the_order_was_closed_is_settled(closing: Story) -> None:
    """Its webhook is lost: closing finds that it is paid."""
    order_id = await closing.order()
    await closing.use_cases.closing.hold_ended(closing.sale.hold_id)
    payment_id = closing.provider.pay(order_id)
    await closing.live(A_SECOND)
    assert await closing.winner() == payment_id
    assert to_close(await closing.payment()) == []
    assert (await closing.payment()).facts.closed_orders == ()


async def test_an_order_that_is_being_paid_is_closed_when_that_has_come_to_nothing(closing: Story) -> None:
    order_id = await closing.order()
    payment_id = closing.provider.pay(order_id, "processing")
    await closing.live(6 * A_MINUTE)
    assert to_close(await closing.payment()) == [order_id]
    closing.provider.fail(payment_id)
    await closing.live(10 * A_MINUTE)
    payment = await closing.payment()
    assert (payment.facts.closed_orders, to_close(payment)) == ((order_id,), [])
    assert [(attempt.attempt_id, attempt.status) for attempt in payment.facts.attempts] == [
        (payment_id, "processing"),
        (payment_id, "failed"),
    ]
    assert closing.said() == ["payment.order_created.v1", "payment.failed.v1"]


async def test_a_second_call_gives_the_open_order_and_a_new_one_where_that_was_closed(closing: Story) -> None:
    first = await closing.order()
    assert await closing.order() == first
    await closing.provider.close_order(first)
    second = await closing.order()
    assert second != first
    assert await closing.order() == second
    assert closing.provider.numbers == [1, 2]
    assert (await closing.payment()).facts.closed_orders == (first,)


async def test_a_webhook_tells_that_an_order_was_closed_by_somebody_else(closing: Story) -> None:
    first = await closing.order()
    await closing.provider.close_order(first)
    await closing.notify_closed("evt_1", first)
    await closing.background.finish()
    assert (await closing.payment()).facts.closed_orders == (first,)
    await closing.notify_closed("evt_2", first)
    await closing.background.finish()
    assert closing.statuses() == ["settled", "settled"]
    assert closing.provider.calls.count("payments_of") == 1


async def test_an_order_in_doubt_that_is_closed_by_now_is_not_given_to_a_page(closing: Story) -> None:
    closing.provider.trouble |= {"open_order": "answer lost", "orders_of": "unreachable"}
    with pytest.raises(Exception, match="not known yet"):
        await closing.order()
    (lost,) = closing.provider.orders
    await closing.provider.close_order(lost)
    assert await closing.order() != lost


async def test_a_hold_that_was_paid_elsewhere_has_its_other_order_closed_at_its_end(closing: Story) -> None:
    other = FakeProvider(name="other")
    order_id, at_other = await paid_elsewhere(closing, other)
    await closing.decide()
    await closing.live(5 * A_MINUTE)
    assert closing.provider.orders[order_id].is_closed
    assert not other.orders[at_other].is_closed


async def test_of_two_providers_that_were_paid_the_second_gives_back(closing: Story) -> None:
    other = FakeProvider(name="other")
    order_id, _ = await paid_elsewhere(closing, other)
    second = closing.provider.pay(order_id)
    await closing.confirm(order_id, second)
    await closing.due()
    assert [refund.payment_id for refund in closing.provider.refunds.values()] == [second]
    assert other.refunds == {}
    assert await closing.winner() == "opay_1"
