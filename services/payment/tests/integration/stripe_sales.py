"""What guests do at Stripe, as tests use it."""

from dataclasses import dataclass
from typing import Any

from services.payment.tests.integration.harness import Answered, Service
from services.payment.tests.simulator import STRIPE_ACCOUNT, StripeSimulator

from contracts.sale import Sale


@dataclass
class Sales:
    """The service with both providers, and what guests do at Stripe."""

    service: Service
    simulator: StripeSimulator

    async def create_intent(self, sale: Sale) -> Answered:
        return await self.service.call("POST", "/api/payments/create-intent", {"holdId": sale.hold_id})

    async def intent(self, sale: Sale) -> str:
        """The sale's open intent."""
        answer = await self.create_intent(sale)
        assert answer.status == 201, answer
        return str(answer.body["paymentIntentId"])

    async def confirm(self, intent_id: str) -> Answered:
        """What booking asks when the page confirms."""
        body = {"orderId": intent_id, "proof": {"paymentIntentId": intent_id}}
        return await self.service.call("POST", "/internal/payments/settle", body)

    async def paid(self) -> tuple[Sale, str]:
        """A sale that was paid and announced, and its intent."""
        sale = self.service.hold()
        intent_id = await self.intent(sale)
        await self.simulator.pay_intent(intent_id)
        await self.service.until_heard("payment.succeeded.v1", sale)
        return sale, intent_id

    async def until_canceled(self, intent_id: str) -> None:
        async def canceled() -> bool:
            return bool((await self.simulator.intent(intent_id))["status"] == "canceled")

        await self.service.until(canceled)

    async def cancel_at_dashboard(self, intent_id: str) -> None:
        url, account = f"{self.simulator.url}/v1/payment_intents/{intent_id}/cancel", STRIPE_ACCOUNT["secret_key"]
        async with self.service.http.post(url, headers={"Authorization": f"Bearer {account}"}) as answer:
            assert answer.status == 200, await answer.text()

    async def view(self, sale: Sale) -> Any:
        return (await self.service.call("GET", f"/api/payments/{sale.payment_id}")).body
