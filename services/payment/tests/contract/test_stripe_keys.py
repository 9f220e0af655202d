"""Stripe's idempotency keys: an answer that comes again tells what was, and each number has one of its own."""

from collections.abc import AsyncIterator

import pytest
from services.payment.tests.simulator import STRIPE_ACCOUNT, StripeSimulator

from contracts.ids import new_id
from payment.domain import Order
from payment.providers.stripe import connected
from payment.providers.stripe.settings import StripeSettings
from payment.usecases.orders import order_fact
from payment.usecases.provider import No, Provider, Unknown, Yes


@pytest.fixture
async def provider(stripe_simulator: StripeSimulator) -> AsyncIterator[Provider]:
    async with connected(
        StripeSettings.model_validate({**STRIPE_ACCOUNT, "base_url": stripe_simulator.url})
    ) as adapter:
        yield adapter


async def opened(provider: Provider, receipt: str, number: int) -> Order:
    outcome = await provider.open_order(receipt, number, 35_400, "INR", {})
    assert isinstance(outcome, Yes), outcome
    return order_fact(provider, outcome.value)


async def test_an_intent_that_is_answered_again_and_was_canceled_is_not_given_to_a_page(provider: Provider) -> None:
    receipt = new_id("pay")
    first = await opened(provider, receipt, 1)
    assert await provider.close_order(first.order_id) == Yes(True)
    again = await opened(provider, receipt, 1)
    assert again.order_id == first.order_id
    page = await provider.page_values(again)
    assert isinstance(page, No)
    assert page.kind == "closed"
    second = await opened(provider, receipt, 2)
    assert second.order_id != first.order_id
    assert isinstance(await provider.page_values(second), Yes)


async def test_an_intent_that_is_paid_or_being_paid_is_not_closed(
    provider: Provider, stripe_simulator: StripeSimulator
) -> None:
    for outcome in ("processing", "succeeded"):
        order = await opened(provider, new_id("pay"), 1)
        await stripe_simulator.pay_intent(order.order_id, outcome, webhooks={"deliver": False})
        assert await provider.close_order(order.order_id) == Yes(False)
    unknown = await provider.close_order("pi_Unknown0000001")
    assert isinstance(unknown, No)
    assert unknown.kind == "not_found"


async def test_a_refund_refused_for_low_balance_is_asked_for_anew_when_there_is_money(
    provider: Provider, stripe_simulator: StripeSimulator
) -> None:
    order = await opened(provider, new_id("pay"), 1)
    await stripe_simulator.pay_intent(order.order_id, webhooks={"deliver": False})
    await stripe_simulator.post("/balance", amount=0)
    refused = await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR")
    assert isinstance(refused, No)
    assert not refused.final
    await stripe_simulator.post("/balance", amount=1_000_000)
    made = [await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR") for _ in range(2)]
    assert made[0] == made[1]
    assert isinstance(made[0], Yes)
    assert len(await stripe_simulator.ledger("refunds")) == 1


async def test_a_refund_that_was_refused_is_asked_for_anew_when_less_of_it_is_owed(
    provider: Provider, stripe_simulator: StripeSimulator
) -> None:
    order = await opened(provider, new_id("pay"), 1)
    await stripe_simulator.pay_intent(order.order_id, webhooks={"deliver": False})
    await stripe_simulator.post("/balance", amount=0)
    assert isinstance(await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR"), No)
    await stripe_simulator.post("/balance", amount=1_000_000)
    await stripe_simulator.post(f"/payment_intents/{order.order_id}/refund", amount=400, webhooks={"deliver": False})
    made = [await provider.refund(order.order_id, "refund_of_booking", 1, 35_000, "INR") for _ in range(2)]
    assert isinstance(made[0], Yes), made
    assert made[0] == made[1]
    assert sorted(refund["amount"] for refund in await stripe_simulator.ledger("refunds")) == [400, 35_000]


async def test_nothing_is_made_anew_while_it_cannot_be_seen_whether_it_was_made(
    provider: Provider, stripe_simulator: StripeSimulator
) -> None:
    order = await opened(provider, new_id("pay"), 1)
    await stripe_simulator.pay_intent(order.order_id, webhooks={"deliver": False})
    await stripe_simulator.post("/balance", amount=0)
    assert isinstance(await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR"), No)
    await stripe_simulator.post("/balance", amount=1_000_000)
    await stripe_simulator.post("/faults", route="GET /v1/refunds", kind="status", value=500, times=1)
    assert isinstance(await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR"), Unknown)
    assert await stripe_simulator.ledger("refunds") == []
    assert isinstance(await provider.refund(order.order_id, "refund_of_booking", 1, 35_400, "INR"), Yes)
