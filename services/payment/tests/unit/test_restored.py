"""Books that are older than the provider's, from a backup: what was paid meanwhile is sold, or goes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from services.payment.tests.factories import a_sale
from services.payment.tests.fakes import FakeForeignOrders, FakePayments
from services.payment.tests.unit.story import BEGIN, Story

from payment.usecases import written
from payment.usecases.ports import ProviderList

EARLIER = BEGIN - timedelta(minutes=1)
PAYMENTS, REFUNDS = ProviderList("fake", "payments"), ProviderList("fake", "refunds")
A_REFUND = "refund_of_a_cancellation"


def restore(story: Story) -> None:
    """A new process on books from before the sale."""
    story.payments, story.foreign = FakePayments(), FakeForeignOrders()
    story.restart()


async def test_a_sale_that_only_the_provider_knows_is_announced_as_it_was_sold(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    before = await story.payment()
    restore(story)
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    after = await story.payment()
    assert (await story.winner(), after.facts.sale) == (payment_id, story.sale)
    assert (after.facts.orders, after.facts.captures) == (before.facts.orders, before.facts.captures)
    assert story.said() == ["payment.order_created.v1", "payment.succeeded.v1"]


async def test_a_webhook_tells_of_it_as_well_as_the_list(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    restore(story)
    await story.notify("evt_1", payment_id)
    await story.background.finish()
    assert await story.winner() == payment_id


async def test_a_sale_that_was_given_back_since_is_not_sold_again(story: Story) -> None:
    payment_id = story.provider.pay(await story.order())
    amount, currency = story.sale.quote.total, story.sale.quote.currency
    await story.provider.refund(payment_id, A_REFUND, 1, amount, currency)
    restore(story)
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    await story.use_cases.windows.read(REFUNDS, EARLIER)
    payment = await story.payment()
    assert await story.winner() is None
    assert "payment.succeeded.v1" not in story.said()
    assert not any(task.task.startswith("refund:") for task in payment.schedule)


async def test_money_for_a_sale_of_ours_that_nobody_can_read_goes_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "_MOST_PARTS", 0)
    payment_id = story.provider.pay(await story.order())
    restore(story)
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    payment = await story.payment()
    assert [(refund.capture_id, refund.amount, refund.status) for refund in payment.consequences.refunds] == [
        (payment_id, story.sale.quote.total, "due")
    ]
    await story.use_cases.reconciler.run_due()
    assert [refund.payment_id for refund in story.provider.refunds.values()] == [payment_id]
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    await story.use_cases.reconciler.run_due()
    assert len(story.provider.refunds) == 1


@pytest.mark.parametrize("name", ["seal", "sale_1"])
async def test_an_order_of_another_house_under_our_receipt_is_a_case_and_nothing_else(story: Story, name: str) -> None:
    order_id = await story.order()
    order = story.provider.orders[order_id]
    other = written.written(a_sale(), "another house's")
    story.provider.orders[order_id] = replace(order, notes={**order.notes, name: other[name]})
    story.provider.pay(order_id)
    restore(story)
    for _ in range(2):
        await story.use_cases.windows.read(PAYMENTS, EARLIER)
        payment = await story.payment()
        assert [(case.kind, case.about, case.open) for case in payment.cases] == [("unknown_order", order_id, True)]
        assert (payment.facts.sale, payment.facts.captures, payment.schedule, payment.said) == (
            None,
            (),
            (),
            frozenset(),
        )


async def test_an_order_that_was_sealed_under_a_former_secret_is_still_ours(story: Story) -> None:
    story.provider.pay(await story.order())
    story.provider.seal_keys = ("a new secret", *story.provider.seal_keys)
    restore(story)
    await story.use_cases.windows.read(PAYMENTS, EARLIER)
    assert (await story.payment()).facts.sale == story.sale
