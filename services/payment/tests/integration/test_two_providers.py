"""Several providers in one process: each order, capture, webhook and refund is handled by its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.fake_provider import FakeProvider, SettingsWithFake, kind_of
from services.payment.tests.integration.harness import Service, Start
from services.payment.tests.simulator import ACCOUNT

from contracts.sale import Sale
from payment.registry import REGISTRY

SOON: dict[str, Any] = {"reconcile_window_seconds": 0.2, "reconcile_first_seconds": 3600}


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
async def both(start: Start, fake: FakeProvider) -> AsyncIterator[Service]:
    """The service with Razorpay and the fake."""
    registry = {**REGISTRY, fake.name: kind_of(fake)}
    async with start(
        settings_type=SettingsWithFake, registry=registry, fake={"account": "acc"}, reconcile_first_seconds=3600
    ) as service:
        yield service


async def fake_order(service: Service, sale: Sale) -> str:
    """The sale's open order at the fake."""
    answer = await service.call("POST", "/api/payments/create-fake", {"holdId": sale.hold_id})
    assert (answer.status, answer.body["paymentId"], answer.body["amount"]) == (201, sale.payment_id, 35_400), answer
    return str(answer.body["fakeOrder"])


async def test_a_further_provider_sells_and_gives_back_beside_the_first(both: Service, fake: FakeProvider) -> None:
    first, (second, its_capture) = both.hold(), await both.paid_sale()
    order_id = await fake_order(both, first)
    assert await fake_order(both, first) == order_id
    payment_id = fake.pay(order_id)
    body, headers = fake.notice("evt_1", payment_id)
    assert (await both.deliver(body, headers)).status == 200
    announced = await both.until_heard("payment.succeeded.v1", first)
    assert (announced["provider"], announced["order_id"], announced["capture_id"]) == ("fake", order_id, payment_id)
    assert [event["provider"] for event in both.heard("payment.succeeded.v1", second)] == ["razorpay"]
    await both.publish(confirmed(first, payment_id))
    for sale, capture_id in ((first, payment_id), (second, its_capture)):
        await both.publish(refund_due(sale, capture_id))
        await both.refunds_done(sale)
    assert [refund.payment_id for refund in fake.refunds.values()] == [payment_id]
    assert [refund["payment_id"] for refund in await both.simulator.ledger("refunds")] == [its_capture]
    read = await both.call("GET", f"/api/payments/{first.payment_id}")
    assert (read.body["provider"], read.body["providerRef"], read.body["status"]) == ("fake", payment_id, "refunded")


async def test_who_asks_without_a_login_is_told_what_each_provider_wants(both: Service) -> None:
    async with both.http.get(f"{both.url}/api/payments/providers") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "default": "razorpay",
            "items": [
                {
                    "provider": "razorpay",
                    "keyId": ACCOUNT["key_id"],
                    "checkoutUrl": f"{both.simulator.url}/v1/checkout.js",
                },
                {"provider": "fake", "publishableKey": "fpk_1"},
            ],
        }


async def test_a_webhook_counts_only_for_the_provider_that_signed_it(both: Service, fake: FakeProvider) -> None:
    payment_id = fake.pay(await fake_order(both, both.hold()))
    body, headers = fake.notice("evt_1", payment_id)
    assert (await both.deliver(body, headers, "/razorpay")).status == 400
    assert [(await both.deliver(body, headers, path)).status for path in ("/fake", "")] == [200, 200]
    assert await both.mongo["inbox"].distinct("_id") == ["fake:evt_1"]


async def test_a_proof_is_read_by_the_provider_of_its_order(both: Service, fake: FakeProvider) -> None:
    sale, other = both.hold(), both.hold()
    order_id, razorpays = await fake_order(both, sale), await both.order(other)
    payment_id = fake.pay(order_id)
    proof = fake.proof(order_id, payment_id)
    answers = [
        await both.call("POST", "/internal/payments/settle", {"orderId": each, "proof": proof})
        for each in (order_id, razorpays)
    ]
    assert [answer.status for answer in answers] == [200, 400]
    assert (answers[0].body["status"], answers[0].body["captureId"]) == ("succeeded", payment_id)


async def test_a_hold_has_an_order_at_each_and_what_is_paid_at_one_is_paid(both: Service, fake: FakeProvider) -> None:
    sale = both.hold()
    order_id, at_razorpay = await fake_order(both, sale), await both.order(sale)
    fake.pay(order_id)
    proof = fake.proof(order_id, "fpay_1")
    await both.call("POST", "/internal/payments/settle", {"orderId": order_id, "proof": proof})
    for path in ("create-fake", "create-order"):
        refused = await both.call("POST", f"/api/payments/{path}", {"holdId": sale.hold_id})
        assert (refused.status, refused.body["code"]) == (409, "hold_sold")
    second = await both.simulator.pay(at_razorpay)
    refunded = await both.until_heard("payment.refunded.v1", sale)
    assert (refunded["capture_id"], refunded["reason"]) == (second["razorpay_payment_id"], "second_payment")
    assert fake.refunds == {}


async def test_an_order_in_doubt_at_one_is_looked_up_there_and_not_at_the_other(
    both: Service, fake: FakeProvider
) -> None:
    sale = both.hold()
    fake.trouble |= {"open_order": "answer lost", "orders_of": "unreachable"}
    refused = await both.call("POST", "/api/payments/create-fake", {"holdId": sale.hold_id})
    assert (refused.status, refused.body["code"]) == (502, "provider_error")
    await both.order(sale)
    assert await fake_order(both, sale) == "ford_1"
    assert fake.calls == ["open_order", "orders_of", "orders_of"]


async def test_the_lists_of_each_are_read(start: Start, fake: FakeProvider) -> None:
    registry = {**REGISTRY, fake.name: kind_of(fake)}
    account = {"account": "acc"}
    async with start(settings_type=SettingsWithFake, registry=registry, fake=account, **SOON) as service:
        sales = [service.hold() for _ in range(4)]
        for sale in sales[1:]:
            fake.pay(await fake_order(service, sale))
        await service.simulator.pay(await service.order(sales[0]), webhooks={"deliver": False})
        for sale in sales:
            await service.until_heard("payment.succeeded.v1", sale)


async def test_a_provider_that_is_switched_off_keeps_its_orders_and_refunds_waiting(
    start: Start, fake: FakeProvider
) -> None:
    registry = {**REGISTRY, fake.name: kind_of(fake)}
    account: dict[str, Any] = {"settings_type": SettingsWithFake, "registry": registry, "fake": {"account": "acc"}}
    async with start(**account) as service:
        sale, user_id = service.hold(), service.user_id
        order_id = await fake_order(service, sale)
        fake.pay(order_id)
        proof = fake.proof(order_id, "fpay_1")
        await service.call("POST", "/internal/payments/settle", {"orderId": order_id, "proof": proof})
        await service.until_heard("payment.succeeded.v1", sale)
    async with start(settings_type=SettingsWithFake, registry=registry) as service:
        await service.publish(refund_due(sale, "fpay_1"))

        async def tried_twice() -> bool:
            schedule = (await service.document(sale))["schedule"]
            return any(entry["task"].startswith("refund:") and entry["tries"] > 1 for entry in schedule)

        await service.until(tried_twice)
        refused = await service.call("POST", "/api/payments/create-fake", {"holdId": service.hold().hold_id})
        assert (refused.status, refused.body["code"]) == (409, "provider_not_offered")
        body = {"orderId": order_id, "proof": proof}
        answer = await service.call("POST", "/internal/payments/settle", body, user_id)
        assert (answer.status, answer.body["code"]) == (502, "provider_error")
        assert fake.refunds == {}
    async with start(**account) as service:
        await service.refunds_done(sale)
    assert len(fake.refunds) == 1


async def test_of_many_who_pay_at_both_at_once_one_capture_wins(both: Service, fake: FakeProvider) -> None:
    sale = both.hold()
    order_id, at_razorpay = await fake_order(both, sale), await both.order(sale)
    payment_id = fake.pay(order_id)
    body, headers = fake.notice("evt_1", payment_id)
    paid, _ = await asyncio.gather(both.simulator.pay(at_razorpay), both.deliver(body, headers))
    refunded = await both.until_heard("payment.refunded.v1", sale)
    await both.idle()
    (announced,) = both.heard("payment.succeeded.v1", sale)
    assert {announced["capture_id"], refunded["capture_id"]} == {payment_id, paid["razorpay_payment_id"]}
