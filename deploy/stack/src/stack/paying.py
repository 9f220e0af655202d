"""The ways to pay for a hold: at Razorpay's page, at Stripe's, or in cash at the theater's counter."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stack.buyer import Answer, Buyer, StackClient, confirmation

Json = Any


@dataclass(frozen=True, slots=True)
class OnlineWay:
    """A provider that takes money on a page: `create` opens what it is paid by, which the answer names `reference`, and
    `page` of its simulator stands for what the payer does there, `outcome` for all going well."""

    provider: str
    create: str
    reference: str
    page: str
    outcome: str

    async def opened(self, buyer: Buyer, hold_id: str) -> Answer:
        """Order or intent of a hold."""
        return await buyer.with_retries("POST", f"/api/payments/{self.create}", {"holdId": hold_id})

    async def paid(self, client: StackClient, order: Mapping[str, Any], **wish: Json) -> Json:
        """What the simulator answers to the payer."""
        url = f"{client.stack_info['simulators'][self.provider]}/_sim/{self.page}/{order[self.reference]}/pay"
        return (await client.with_retries("POST", url, {"outcome": self.outcome, **wish})).body

    def proof(self, order: Mapping[str, Any], paid: Json) -> dict[str, str]:
        """The body of confirm; raises `KeyError` where the payer was refused."""
        if self.provider == "razorpay":
            return confirmation(paid)
        return {self.reference: paid["payment_intent"]["id"]}

    async def confirmed(self, buyer: Buyer, order: Mapping[str, Any], paid: Json) -> Answer:
        """Confirm with what the page has."""
        return await buyer.with_retries("POST", "/api/bookings/confirm", self.proof(order, paid))


RAZORPAY = OnlineWay("razorpay", "create-order", "orderId", "orders", "captured")
STRIPE = OnlineWay("stripe", "create-intent", "paymentIntentId", "payment_intents", "succeeded")
ONLINE: Mapping[str, OnlineWay] = {way.provider: way for way in (RAZORPAY, STRIPE)}
COUNTER = "counter"
WAYS = (*ONLINE, COUNTER)


async def seller(client: StackClient) -> Buyer:
    """Who sells at every counter: the first admin."""
    token = await client.admin()
    return Buyer(client, token, (await client.with_retries("GET", "/api/users/me", token=token)).body)


def a_customer() -> dict[str, str]:
    """Somebody at the counter who wants the ticket by mail."""
    return {"name": "Asha Rao", "email": f"{secrets.token_hex(6)}@guests.test"}


async def sold(
    seller: Buyer, hold: Mapping[str, Any], *, tender: str = "cash", customer: Mapping[str, str] | None = None
) -> Answer:
    """A hold of the seller's own is paid at the counter: in cash with the next whole hundred, by card with a terminal's
    reference, or given away."""
    body: dict[str, Json] = {"holdId": hold["id"], "tender": tender}
    if tender == "cash":
        body["received"] = -(-hold["quote"]["total"] // 10_000) * 10_000
    if tender == "card_terminal":
        body["reference"] = f"T-{secrets.token_hex(4)}"
    if customer:
        body["customer"] = dict(customer)
    return await seller.with_retries("POST", "/api/payments/counter", body)
