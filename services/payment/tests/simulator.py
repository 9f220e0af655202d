"""The simulators of Razorpay and Stripe as tests drive them: their control planes, and calls of another shop."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulators import process

SECRETS = {
    "RAZORPAY_KEY_ID": "rzp_test_marquee",
    "RAZORPAY_KEY_SECRET": "key-secret",
    "RAZORPAY_WEBHOOK_SECRET": "hook",
}
STRIPE_ACCOUNT = {
    "secret_key": process.STRIPE_SECRET_KEY,
    "publishable_key": process.STRIPE_PUBLISHABLE_KEY,
    "webhook_secret": process.STRIPE_WEBHOOK_SECRET,
}
ACCOUNT = {name.removeprefix("RAZORPAY_").lower(): value for name, value in SECRETS.items()}


def signed(body: bytes, secret: str = SECRETS["RAZORPAY_WEBHOOK_SECRET"]) -> dict[str, str]:
    """The header that the provider signs a webhook with."""
    return {"X-Razorpay-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def proof_of(paid: dict[str, str]) -> dict[str, str]:
    """What Checkout's answer is called where booking passes it on."""
    return {
        "orderId": paid["razorpay_order_id"],
        "razorpayPaymentId": paid["razorpay_payment_id"],
        "razorpaySignature": paid["razorpay_signature"],
    }


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulator of this run, and the port to which it sends its webhooks."""

    url: str
    service_port: int

    async def post(self, path: str, **body: Any) -> Any:
        """A call of its control plane."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/_sim{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        """A read of its control plane."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/_sim{path}") as answer:
            return await answer.json()

    async def pay(self, order_id: str, outcome: str = "captured", **more: Any) -> dict[str, str]:
        """Pay an order; what Checkout hands to the page."""
        paid: dict[str, str] = await self.post(f"/orders/{order_id}/pay", outcome=outcome, **more)
        return paid

    async def ledger(self, kind: str) -> list[dict[str, Any]]:
        """All `orders`, `payments` or `refunds` of the account."""
        entities: list[dict[str, Any]] = (await self.get("/ledger"))[kind]
        return entities

    async def reads(self, path: str) -> int:
        """How often it was asked for this."""
        calls = await self.get("/calls")
        return sum(call["method"] == "GET" and path in call["path"] for call in calls)

    async def foreign_order(self, receipt: str = "INV-2041") -> str:
        """The id of an order that another shop of the account opened."""
        pair = f"{SECRETS['RAZORPAY_KEY_ID']}:{SECRETS['RAZORPAY_KEY_SECRET']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        body = {"amount": 12_300, "currency": "INR", "receipt": receipt}
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as http,
            http.post("/v1/orders", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["id"])


@dataclass(frozen=True, slots=True)
class StripeSimulator(Simulator):
    """Stripe's, which has the same control plane."""

    async def pay_intent(self, intent_id: str, outcome: str = "succeeded", **more: Any) -> dict[str, Any]:
        """What a payer does; the intent afterwards."""
        paid: dict[str, Any] = await self.post(f"/payment_intents/{intent_id}/pay", outcome=outcome, **more)
        intent: dict[str, Any] = paid["payment_intent"]
        return intent

    async def intent(self, intent_id: str) -> dict[str, Any]:
        """One intent, as it is in its books."""
        intents = await self.ledger("payment_intents")
        return next(intent for intent in intents if intent["id"] == intent_id)
