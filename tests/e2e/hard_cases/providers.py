"""The providers of payment as the hard cases drive them: one set of levers over both simulators' own words."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stack.buyer import Answer, Buyer, StackClient, confirmation

Json = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """An open order of a hold. `id` is the provider's."""

    id: str
    payment_id: str
    booking_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Paid:
    """What a payer did: `id` is the payment's at the provider, `proof` the body that a page confirms with."""

    id: str
    proof: Mapping[str, str]


class Provider(Protocol):
    """One provider and its simulator. `refund_route` is the call by which payment gives back."""

    name: str
    refund_route: str
    order_routes: tuple[str, str]

    async def opened(self, buyer: Buyer, hold_id: str) -> Answer:
        """What the call that opens an order answers."""

    def order_of(self, answer: Answer) -> Order:
        """The order in such an answer."""

    async def pay(self, order_id: str, outcome: str = "captured", **how: Any) -> Paid:
        """The payer pays: `captured`, `authorized` or `failed`."""

    async def orders(self, booking_id: str) -> list[Json]:
        """Those in the provider's books that name the booking: `id`, `status`."""

    async def capture(self, authorized: str) -> None:
        """The account captures what was authorized alone."""

    async def refunds(self, payment_id: str) -> list[tuple[int, str]]:
        """Amount and status of each refund of a payment in the provider's books."""

    async def refund_by_hand(self, payment_id: str, amount: int, **how: Any) -> None:
        """Somebody gives back at the dashboard."""

    async def fail_refund(self, payment_id: str) -> None:
        """The bank sends the last refund of a payment back, days later."""

    async def dispute(self, payment_id: str, status: str) -> None:
        """The payer's bank asks for the money, or has decided: open, won, lost."""


class _Simulated:
    """What both have: a control plane with the same paths."""

    def __init__(self, client: StackClient, name: str) -> None:
        self.client, self.name = client, name
        self.url = client.stack_info["simulators"][name]

    async def control(self, path: str, **body: Any) -> Any:
        answer = await self.client.call("POST", f"{self.url}/_sim/{path}", body)
        assert answer.status == 200, (path, answer)
        return answer.body

    async def ledger(self, kind: str) -> list[Json]:
        entries: list[Json] = (await self.client.call("GET", f"{self.url}/_sim/ledger")).body[kind]
        return entries

    async def deliveries(self, about: str) -> list[Json]:
        """Webhooks whose body names an id."""
        sent: list[Json] = (await self.client.call("GET", f"{self.url}/_sim/deliveries")).body
        return [delivery for delivery in sent if about in delivery["body"]]

    async def calm(self) -> None:
        """What a case has changed of the whole provider is as it was."""
        await self.client.call("DELETE", f"{self.url}/_sim/faults")
        await self.control("balance", amount=None)


class Razorpay(_Simulated):
    """By `orders` and the checkout's signature."""

    refund_route = "POST /v1/payments/*/refund"
    order_routes = ("POST /v1/orders", "GET /v1/orders")

    def __init__(self, client: StackClient) -> None:
        super().__init__(client, "razorpay")

    async def opened(self, buyer: Buyer, hold_id: str) -> Answer:
        return await buyer.call("POST", "/api/payments/create-order", {"holdId": hold_id})

    def order_of(self, answer: Answer) -> Order:
        body = answer.body
        return Order(body["orderId"], body["paymentId"], body["bookingId"], body["amount"], body["currency"])

    async def pay(self, order_id: str, outcome: str = "captured", **how: Any) -> Paid:
        paid = await self.control(f"orders/{order_id}/pay", outcome=outcome, **how)
        return Paid(paid["razorpay_payment_id"], confirmation(paid))

    async def orders(self, booking_id: str) -> list[Json]:
        return [order for order in await self.ledger("orders") if dict(order["notes"]).get("booking_id") == booking_id]

    async def capture(self, authorized: str) -> None:
        (payment,) = [one for one in await self.ledger("payments") if one["id"] == authorized]
        keys = self.client.stack_info["keys"]["razorpay"]
        pair = base64.b64encode(f"{keys['keyId']}:{keys['keySecret']}".encode()).decode()
        body = {"amount": payment["amount"], "currency": payment["currency"]}
        url = f"{self.url}/v1/payments/{authorized}/capture"
        answer = await self.client.call("POST", url, body, headers={"Authorization": f"Basic {pair}"})
        assert answer.status == 200, answer

    async def refunds(self, payment_id: str) -> list[tuple[int, str]]:
        made = [one for one in await self.ledger("refunds") if one["payment_id"] == payment_id]
        return [(one["amount"], one["status"]) for one in made]

    async def refund_by_hand(self, payment_id: str, amount: int, **how: Any) -> None:
        await self.control(f"payments/{payment_id}/refund", amount=amount, **how)

    async def fail_refund(self, payment_id: str) -> None:
        made = [one["id"] for one in await self.ledger("refunds") if one["payment_id"] == payment_id]
        await self.control(f"refunds/{made[-1]}/fail")

    async def dispute(self, payment_id: str, status: str) -> None:
        known = [one["id"] for one in await self.ledger("disputes") if one["payment_id"] == payment_id]
        path = f"disputes/{known[-1]}" if known else f"payments/{payment_id}/dispute"
        await self.control(path, status=status)


_STRIPE_OUTCOMES = {"captured": "succeeded"}


class Stripe(_Simulated):
    """By payment intents."""

    refund_route = "POST /v1/refunds"
    order_routes = ("POST /v1/payment_intents", "GET /v1/payment_intents")

    def __init__(self, client: StackClient) -> None:
        super().__init__(client, "stripe")

    async def opened(self, buyer: Buyer, hold_id: str) -> Answer:
        return await buyer.call("POST", "/api/payments/create-intent", {"holdId": hold_id})

    def order_of(self, answer: Answer) -> Order:
        body = answer.body
        return Order(body["paymentIntentId"], body["paymentId"], body["bookingId"], body["amount"], body["currency"])

    async def pay(self, order_id: str, outcome: str = "captured", **how: Any) -> Paid:
        await self.control(f"payment_intents/{order_id}/pay", outcome=_STRIPE_OUTCOMES.get(outcome, outcome), **how)
        return Paid(order_id, {"paymentIntentId": order_id})

    async def orders(self, booking_id: str) -> list[Json]:
        intents = await self.ledger("payment_intents")
        return [intent for intent in intents if intent["metadata"].get("booking_id") == booking_id]

    async def capture(self, authorized: str) -> None:
        assert await self.api("POST", f"payment_intents/{authorized}/capture") == 200

    async def api(self, method: str, path: str) -> int:
        """The status of a call of the provider's API with the account's key."""
        key = self.client.stack_info["keys"]["stripe"]["secretKey"]
        headers = {"Authorization": f"Bearer {key}"}
        async with self.client.http.request(method, f"{self.url}/v1/{path}", headers=headers) as answer:
            return answer.status

    async def refunds(self, payment_id: str) -> list[tuple[int, str]]:
        made = [one for one in await self.ledger("refunds") if one["payment_intent"] == payment_id]
        return [(one["amount"], one["status"]) for one in made]

    async def refund_by_hand(self, payment_id: str, amount: int, **how: Any) -> None:
        await self.control(f"payment_intents/{payment_id}/refund", amount=amount, **how)

    async def fail_refund(self, payment_id: str) -> None:
        await self.control(f"payment_intents/{payment_id}/fail-later")

    async def dispute(self, payment_id: str, status: str) -> None:
        await self.control(f"payment_intents/{payment_id}/dispute", **({} if status == "open" else {"status": status}))


PROVIDERS: Mapping[str, type[Razorpay | Stripe]] = {"razorpay": Razorpay, "stripe": Stripe}
