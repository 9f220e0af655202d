"""What no webhook told of is found in the provider's lists, within a window's time and once."""

import asyncio
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import Start

from payment.providers.razorpay import adapter

QUIET = {"deliver": False}
SOON: dict[str, Any] = {"reconcile_window_seconds": 0.2, "reconcile_first_seconds": 3600}


async def test_a_refund_by_hand_whose_webhook_was_lost_is_a_case(start: Start) -> None:
    async with start(**SOON) as service:
        sale, capture_id = await service.paid_sale()
        await service.publish(confirmed(sale, capture_id))
        await service.simulator.post(f"/payments/{capture_id}/refund", amount=5_000, webhooks=QUIET)
        refunded = await service.until_heard("payment.refunded.v1", sale)
        assert (refunded["amount"], refunded["reason"]) == (5_000, "by_hand")
        (case,) = (await service.document(sale))["cases"]
        assert (case["kind"], case["open"], case["amount"]) == ("refund_by_hand", True, 5_000)


async def test_a_payment_whose_webhook_was_lost_is_settled(start: Start) -> None:
    async with start(**SOON) as service:
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale), webhooks=QUIET)
        announced = await service.until_heard("payment.succeeded.v1", sale)
        assert announced["capture_id"] == paid["razorpay_payment_id"]


async def test_a_second_capture_whose_webhook_was_lost_goes_back(start: Start) -> None:
    async with start(**SOON) as service:
        sale, _ = await service.paid_sale()
        order_id = (await service.document(sale))["orders"][0]["order_id"]
        second = await service.simulator.pay(order_id, webhooks=QUIET)
        refunded = await service.until_heard("payment.refunded.v1", sale)
        assert (refunded["capture_id"], refunded["reason"]) == (second["razorpay_payment_id"], "second_payment")


async def test_a_payment_whose_bank_is_silent_is_looked_at_soon(start: Start) -> None:
    async with start(**SOON, refund_watch_seconds=0.2) as service:
        sale = service.hold()
        order_id = await service.order(sale)
        await service.simulator.pay(order_id, "created", webhooks=QUIET)

        async def nudged() -> bool:
            return await service.simulator.reads(f"/v1/orders/{order_id}/payments") >= 3

        await service.until(nudged)


async def test_a_window_that_cannot_be_read_is_read_again_from_where_it_began(start: Start) -> None:
    async with start(**SOON) as service:
        await service.simulator.post("/faults", route="GET /v1/payments", kind="status", value=503, times=8)
        sale = service.hold()
        await service.simulator.pay(await service.order(sale), webhooks=QUIET)
        await service.until_heard("payment.succeeded.v1", sale)


async def test_a_list_of_many_pages_is_read_whole(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PAGE", 2)
    async with start(**SOON) as service:
        sales = [service.hold() for _ in range(7)]
        orders = [await service.order(sale) for sale in sales]
        await asyncio.gather(*(service.simulator.pay(order, webhooks=QUIET) for order in orders))
        for sale in sales:
            await service.until_heard("payment.succeeded.v1", sale)


async def test_what_is_known_or_not_ours_is_not_asked_for_again(start: Start) -> None:
    async with start(**SOON) as service:
        sale, capture_id = await service.paid_sale()
        await service.publish(refund_due(sale, capture_id))
        await service.until_heard("payment.refunded.v1", sale)
        foreign = await service.simulator.foreign_order()
        paid = await service.simulator.pay(foreign, webhooks=QUIET)
        await service.simulator.post(f"/payments/{paid['razorpay_payment_id']}/refund", webhooks=QUIET)
        await service.idle()

        async def ticks(more: int) -> None:
            since = await service.simulator.reads("/v1/refunds")

            async def passed() -> bool:
                return await service.simulator.reads("/v1/refunds") >= since + more

            await service.until(passed)

        await ticks(3)
        single = [await service.simulator.reads(path) for path in ("/v1/payments/", "/v1/orders/")]
        assert 1 <= await service.simulator.reads(f"/v1/orders/{foreign}") <= 2  # both lists show it at once
        await ticks(4)
        assert [await service.simulator.reads(path) for path in ("/v1/payments/", "/v1/orders/")] == single
        assert await service.mongo["payments"].count_documents({}) == 1
