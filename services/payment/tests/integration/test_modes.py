"""Webhooks that are signed and yet of another account or mode: stored as evidence, counted, never processed."""

from prometheus_client import REGISTRY
from services.payment.tests.integration.harness import Start

ACCOUNT_ID = "acc_MarqueeSim0001"
COUNTER = "marquee_webhooks_total"


def counted() -> float:
    return REGISTRY.get_sample_value(COUNTER, {"provider": "razorpay", "outcome": "wrong_mode"}) or 0


async def test_a_webhook_of_another_account_changes_nothing_and_is_counted(start: Start) -> None:
    before = counted()
    async with start(razorpay={"account_id": ACCOUNT_ID}) as service:
        sale = service.hold()
        order_id = await service.order(sale)
        await service.simulator.pay(order_id, webhooks={"wrongMode": True})

        async def taken() -> bool:
            return await service.mongo["inbox"].count_documents({"status": "wrong_mode"}) == 3

        await service.until(taken)
        assert await service.simulator.reads("/v1/payments/pay_") == 0
        assert (await service.document(sale)).get("captures", []) == []
        assert counted() - before == 3
        paid = await service.simulator.pay(order_id)
        assert (await service.until_heard("payment.succeeded.v1", sale))["capture_id"] == paid["razorpay_payment_id"]
