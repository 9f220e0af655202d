"""Refunds, disputes and money that is not as it should be at Stripe, against its simulator."""

from datetime import UTC, datetime
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import Start
from services.payment.tests.integration.stripe_sales import Sales
from services.payment.tests.simulator import STRIPE_ACCOUNT, StripeSimulator
from stripe import WebhookSignature

from contracts.sale import Sale


async def test_of_both_providers_that_were_paid_the_second_gives_back(sales: Sales) -> None:
    sale = sales.service.hold()
    intent_id, order_id = await sales.intent(sale), await sales.service.order(sale)
    await sales.service.simulator.pay(order_id)
    await sales.service.until_heard("payment.succeeded.v1", sale)
    await sales.simulator.pay_intent(intent_id)
    refunded = await sales.service.until_heard("payment.refunded.v1", sale)
    assert (refunded["capture_id"], refunded["amount"], refunded["reason"]) == (intent_id, 35_400, "second_payment")
    (made,) = await sales.simulator.ledger("refunds")
    assert (made["payment_intent"], made["amount"], made["status"]) == (intent_id, 35_400, "succeeded")
    assert (await sales.view(sale))["provider"] == "razorpay"


@pytest.mark.parametrize("wrong", [{"amount": 35_300}, {"currency": "usd"}])
async def test_a_capture_of_a_wrong_amount_or_currency_goes_back(sales: Sales, wrong: dict[str, Any]) -> None:
    sale = sales.service.hold()
    await sales.simulator.pay_intent(await sales.intent(sale), **wrong)
    refunded = await sales.service.until_heard("payment.refunded.v1", sale)
    assert (refunded["amount"], refunded["reason"]) == (wrong.get("amount", 35_400), "wrong_amount")
    assert refunded["currency"] == wrong.get("currency", "INR").upper()
    assert sales.service.heard("payment.succeeded.v1", sale) == []


@pytest.mark.parametrize("accepted", ["", "fee"])
async def test_a_payer_who_bears_the_fee_buys_where_the_account_is_set_up_for_it(
    start: Start, stripe_simulator: StripeSimulator, accepted: str
) -> None:
    account = {**STRIPE_ACCOUNT, "base_url": stripe_simulator.url, "accepted_differences": accepted}
    async with start(stripe=account, reconcile_first_seconds=3600) as service:
        sales, sale = Sales(service, stripe_simulator), service.hold()
        intent = await stripe_simulator.pay_intent(await sales.intent(sale), feeBearer="customer")
        more = intent["amount_received"] - 35_400
        assert more > 0
        if accepted:
            announced = await service.until_heard("payment.succeeded.v1", sale)
            assert announced["difference"] == {"amount": more, "reason": "fee"}
        else:
            await service.until_heard("payment.refunded.v1", sale)
            assert await service.cases(sale) == [("difference_not_accepted", True)]


async def test_refunds_of_one_capture_are_made_once_each_and_a_lost_answer_makes_no_second(sales: Sales) -> None:
    sale, intent_id = await sales.paid()
    await sales.service.publish(confirmed(sale, intent_id))
    await sales.simulator.post("/faults", route="POST /v1/refunds", kind="timeout_after_commit", times=1)
    await sales.service.publish(refund_due(sale, intent_id, 10_000, f"refund_{intent_id}_1"))
    await sales.service.refunds_done(sale)
    await sales.service.publish(refund_due(sale, intent_id, 5_000, f"refund_{intent_id}_2"))

    async def both() -> bool:
        return [refund["status"] for refund in await sales.service.refunds(sale)] == ["done", "done"]

    await sales.service.until(both)
    made = await sales.simulator.ledger("refunds")
    assert sorted(refund["amount"] for refund in made) == [5_000, 10_000]
    assert (await sales.view(sale))["status"] == "partially_refunded"


async def test_a_refund_refused_for_low_balance_goes_through_when_there_is_money(sales: Sales) -> None:
    sale, intent_id = await sales.paid()
    await sales.simulator.post("/balance", amount=0)
    await sales.service.publish(refund_due(sale, intent_id))

    async def is_a_case() -> bool:
        return await sales.service.cases(sale) == [("refund_failed", True)]

    await sales.service.until(is_a_case)
    assert (await sales.view(sale))["refunds"][0]["status"] == "due"
    await sales.simulator.post("/balance", amount=1_000_000)
    await sales.service.refunds_done(sale)
    assert len(await sales.simulator.ledger("refunds")) == 1
    assert await sales.service.cases(sale) == [("refund_failed", False)]


async def test_a_refund_that_fails_later_is_made_again(sales: Sales) -> None:
    sale, intent_id = await sales.paid()
    await sales.service.publish(refund_due(sale, intent_id))
    await sales.service.refunds_done(sale)
    await sales.simulator.post(f"/payment_intents/{intent_id}/fail-later")

    async def again() -> bool:
        return len(await sales.simulator.ledger("refunds")) == 2

    await sales.service.until(again)
    await sales.service.refunds_done(sale)
    statuses = [refund["status"] for refund in await sales.simulator.ledger("refunds")]
    assert sorted(statuses) == ["failed", "succeeded"]


async def test_a_refund_by_hand_is_a_case(sales: Sales) -> None:
    sale, intent_id = await sales.paid()
    await sales.simulator.post(f"/payment_intents/{intent_id}/refund", amount=100)

    async def is_a_case() -> bool:
        return await sales.service.cases(sale) == [("refund_by_hand", True)]

    await sales.service.until(is_a_case)


async def test_a_dispute_is_a_case_and_holds_refunds_back_until_it_is_won(sales: Sales) -> None:
    sale, intent_id = await sales.paid()
    await sales.simulator.post(f"/payment_intents/{intent_id}/dispute")
    disputed = await sales.service.until_heard("payment.disputed.v1", sale)
    assert (disputed["status"], disputed["capture_id"], disputed["amount"]) == ("open", intent_id, 35_400)
    await sales.service.publish(refund_due(sale, intent_id))
    await sales.service.until(lambda: _has_refunds(sales, sale))
    await sales.simulator.post(f"/payment_intents/{intent_id}/dispute", status="won")
    await sales.service.refunds_done(sale)


async def _has_refunds(sales: Sales, sale: Sale) -> bool:
    return [refund["status"] for refund in await sales.service.refunds(sale)] == ["due"]


async def test_what_no_webhook_told_of_is_found_in_the_lists(start: Start, stripe_simulator: StripeSimulator) -> None:
    account = {**STRIPE_ACCOUNT, "base_url": stripe_simulator.url}
    async with start(stripe=account, reconcile_window_seconds=0.2, reconcile_first_seconds=3600) as service:
        sales = Sales(service, stripe_simulator)
        sale = service.hold()
        intent_id = await sales.intent(sale)
        await stripe_simulator.pay_intent(intent_id, webhooks={"deliver": False})
        await service.until_heard("payment.succeeded.v1", sale)
        plan = {"deliver": False}
        await stripe_simulator.post(f"/payment_intents/{intent_id}/refund", amount=100, webhooks=plan)

        async def is_a_case() -> bool:
            return await service.cases(sale) == [("refund_by_hand", True)]

        await service.until(is_a_case)


async def test_a_webhook_counts_for_five_minutes_and_only_with_its_signature(sales: Sales) -> None:
    body = b'{"id": "evt_1", "type": "payment_intent.created", "livemode": false, "data": {"object": {}}}'
    secret, now = STRIPE_ACCOUNT["webhook_secret"], int(datetime.now(UTC).timestamp())
    for path in ("", "/stripe"):
        for age, status in ((0, 200), (290, 200), (320, 400)):
            signature = WebhookSignature.generate_signature_header(body.decode(), secret, now - age)
            answer = await sales.service.deliver(body, {"Stripe-Signature": signature}, path)
            assert answer.status == status, (path, age)
    signature = WebhookSignature.generate_signature_header(body.decode(), secret, now)
    assert (await sales.service.deliver(body, {"Stripe-Signature": signature}, "/razorpay")).status == 400
