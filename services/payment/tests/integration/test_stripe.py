"""Sales by Stripe through the service, against its simulator."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import Answered, Service, Start
from services.payment.tests.simulator import STRIPE_ACCOUNT, StripeSimulator
from stripe import WebhookSignature

from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsReleased


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


@pytest.fixture
async def sales(start: Start, stripe_simulator: StripeSimulator) -> AsyncIterator[Sales]:
    account = {**STRIPE_ACCOUNT, "base_url": stripe_simulator.url}
    async with start(stripe=account, reconcile_first_seconds=3600) as service:
        yield Sales(service, stripe_simulator)


def released(sale: Sale) -> SeatsReleased:
    return SeatsReleased(showtime_id=sale.showtime_id, seat_ids=sale.seat_ids, reason="released", hold_id=sale.hold_id)


async def test_a_hold_is_paid_by_an_intent_of_its_quote(sales: Sales) -> None:
    sale = sales.service.hold()
    answer = await sales.create_intent(sale)
    intent_id = answer.body["paymentIntentId"]
    intent = await sales.simulator.intent(intent_id)
    assert answer.status == 201
    assert answer.body == {
        "paymentId": sale.payment_id,
        "bookingId": sale.booking_id,
        "provider": "stripe",
        "paymentIntentId": intent_id,
        "clientSecret": intent["client_secret"],
        "amount": 35_400,
        "currency": "INR",
        "publishableKey": STRIPE_ACCOUNT["publishable_key"],
    }
    assert (intent["amount"], intent["currency"], intent["capture_method"][:9]) == (35_400, "inr", "automatic")
    assert intent["metadata"]["booking_id"] == sale.booking_id
    await sales.simulator.pay_intent(intent_id)
    announced = await sales.service.until_heard("payment.succeeded.v1", sale)
    assert (announced["provider"], announced["order_id"], announced["capture_id"]) == ("stripe", intent_id, intent_id)
    view = await sales.view(sale)
    assert (view["provider"], view["providerRef"], view["status"]) == ("stripe", intent_id, "succeeded")
    assert (await sales.confirm(intent_id)).body["status"] == "succeeded"


async def test_a_draft_of_a_booking_names_its_hold(sales: Sales) -> None:
    sale = sales.service.hold()
    path, draft = "/api/payments/create-intent", {"bookingDraft": {"holdId": sale.hold_id}}
    answers = [await sales.service.call("POST", path, body) for body in (draft, {**draft, "holdId": sale.hold_id})]
    assert [answer.body["paymentIntentId"] for answer in answers] == [await sales.intent(sale)] * 2
    for body in ({}, {**draft, "holdId": sales.service.hold().hold_id}):
        refused = await sales.service.call("POST", path, body)
        assert (refused.status, refused.body["code"]) == (422, "validation_error")


async def test_a_hold_has_one_open_order_at_each_provider_of_one_payment(sales: Sales) -> None:
    sale = sales.service.hold()
    answers = await asyncio.gather(*(sales.create_intent(sale) for _ in range(5)))
    assert len({(answer.body["paymentIntentId"], answer.body["clientSecret"]) for answer in answers}) == 1
    at_razorpay = await sales.service.create_order(sale.hold_id)
    assert at_razorpay.body["paymentId"] == answers[0].body["paymentId"]
    assert at_razorpay.body["bookingId"] == answers[0].body["bookingId"]
    assert len(await sales.simulator.ledger("payment_intents")) == 1


async def test_a_client_secret_is_stored_nowhere(sales: Sales) -> None:
    sale = sales.service.hold()
    secret = (await sales.create_intent(sale)).body["clientSecret"]
    assert secret not in str(await sales.service.document(sale))


async def test_an_intent_that_is_too_small_is_not_payable(sales: Sales) -> None:
    refused = await sales.create_intent(sales.service.hold(49))
    assert (refused.status, refused.body["code"], refused.body["least"]) == (409, "amount_not_payable", 50)
    assert await sales.simulator.ledger("payment_intents") == []


async def test_what_costs_nothing_is_booked_without_an_intent(sales: Sales) -> None:
    sale = sales.service.hold(0)
    answer = await sales.create_intent(sale)
    assert (answer.status, answer.body) == (
        201,
        {
            "paymentId": sale.payment_id,
            "bookingId": sale.booking_id,
            "provider": "free",
            "amount": 0,
            "currency": "INR",
        },
    )
    assert (await sales.service.until_heard("payment.succeeded.v1", sale))["provider"] == "free"


async def test_where_stripe_is_not_on_it_is_not_offered(service: Service) -> None:
    refused = await service.call("POST", "/api/payments/create-intent", {"holdId": service.hold().hold_id})
    assert (refused.status, refused.body["code"]) == (409, "provider_not_offered")


@pytest.mark.parametrize(
    ("total", "currency", "theirs"), [(1_200, "JPY", 1_200), (12_345, "KWD", 12_340), (12_345, "TND", 12_340)]
)
async def test_currencies_without_decimals_and_with_three_are_asked_for_as_stripe_takes_them(
    sales: Sales, total: int, currency: str, theirs: int
) -> None:
    sale = sales.service.hold(total, currency)
    answer = await sales.create_intent(sale)
    intent = await sales.simulator.intent(answer.body["paymentIntentId"])
    assert (answer.body["amount"], intent["amount"], intent["currency"]) == (theirs, theirs, currency.lower())
    await sales.simulator.pay_intent(intent["id"])
    assert (await sales.service.until_heard("payment.succeeded.v1", sale))["amount"] == theirs


async def test_a_card_that_was_declined_is_followed_by_another(sales: Sales) -> None:
    sale = sales.service.hold()
    intent_id = await sales.intent(sale)
    assert (await sales.confirm(intent_id)).body["status"] == "pending"
    for _ in range(2):
        await sales.simulator.pay_intent(intent_id, "failed")
    assert (await sales.confirm(intent_id)).body["status"] == "failed"
    await sales.service.until(lambda: _heard(sales, "payment.failed.v1", sale, 2))
    assert (await sales.view(sale))["status"] == "failed"
    await sales.simulator.pay_intent(intent_id, "processing")
    assert (await sales.confirm(intent_id)).body["status"] == "authorized"
    await sales.simulator.pay_intent(intent_id)
    assert (await sales.confirm(intent_id)).body["status"] == "succeeded"
    assert (await sales.view(sale))["status"] == "succeeded"


async def _heard(sales: Sales, event_type: str, sale: Sale, count: int) -> bool:
    return len(sales.service.heard(event_type, sale)) == count


async def test_the_intent_of_a_hold_that_was_let_go_is_canceled(sales: Sales) -> None:
    sale = sales.service.hold()
    intent_id = await sales.intent(sale)
    await sales.service.publish(released(sale))
    await sales.until_canceled(intent_id)
    assert (await sales.confirm(intent_id)).body["status"] == "pending"


async def test_the_intent_of_a_hold_whose_time_is_over_is_canceled(sales: Sales) -> None:
    sale = sales.service.hold()
    over = sale.model_copy(update={"hold_expires_at": datetime.now(UTC) + timedelta(seconds=1)})
    sales.service.neighbours.sales[sale.hold_id] = over
    intent_id = await sales.intent(over)
    other = await sales.intent(sales.service.hold())
    await sales.until_canceled(intent_id)
    assert (await sales.simulator.intent(other))["status"] == "requires_payment_method"


async def test_more_time_keeps_the_intent_open(sales: Sales) -> None:
    sale = sales.service.hold()
    over = sale.model_copy(update={"hold_expires_at": datetime.now(UTC) + timedelta(seconds=1)})
    sales.service.neighbours.sales[sale.hold_id] = over
    intent_id = await sales.intent(over)
    until = datetime.now(UTC) + timedelta(minutes=5)
    extended = HoldExtended(
        booking_id=sale.booking_id, hold_id=sale.hold_id, showtime_id=sale.showtime_id, expires_at=until
    )
    await sales.service.publish(extended)

    async def is_due_later() -> bool:
        document = await sales.service.document(sale)
        return [entry["at"] for entry in document["schedule"] if entry["task"] == f"cancel:{intent_id}"] > [
            until - timedelta(seconds=1)
        ]

    await sales.service.until(is_due_later)


async def test_money_that_came_before_the_cancellation_is_announced(sales: Sales) -> None:
    """Its webhook is lost, and the cancellation is refused."""
    sale = sales.service.hold()
    intent_id = await sales.intent(sale)
    await sales.simulator.pay_intent(intent_id, webhooks={"deliver": False})
    await sales.service.publish(released(sale))
    assert (await sales.service.until_heard("payment.succeeded.v1", sale))["capture_id"] == intent_id


@pytest.mark.parametrize("deliver", [True, False])
async def test_an_intent_that_was_canceled_at_the_dashboard_is_followed_by_another(
    sales: Sales, *, deliver: bool
) -> None:
    sale = sales.service.hold()
    first = await sales.intent(sale)
    await sales.simulator.post("/webhooks", deliver=deliver)
    await sales.cancel_at_dashboard(first)
    second = await sales.intent(sale)
    assert second != first
    assert await sales.intent(sale) == second
    assert (await sales.simulator.intent(second))["status"] == "requires_payment_method"
    await sales.simulator.post("/webhooks", deliver=True)
    await sales.simulator.pay_intent(second)
    assert (await sales.service.until_heard("payment.succeeded.v1", sale))["order_id"] == second


async def test_an_answer_that_was_lost_leaves_one_intent(sales: Sales) -> None:
    sale = sales.service.hold()
    await sales.simulator.post("/faults", route="POST /v1/payment_intents", kind="reset_after", times=1)
    answer = await sales.create_intent(sale)
    assert answer.status == 201
    assert len(await sales.simulator.ledger("payment_intents")) == 1


async def test_a_server_that_is_away_is_a_provider_error_and_the_next_call_works(sales: Sales) -> None:
    sale = sales.service.hold()
    for kind, value in (("status", 500), ("html", 502), ("reset_before", None)):
        body = {"route": "/v1/payment_intents", "kind": kind, "value": value}
        await sales.simulator.post("/faults", **{name: each for name, each in body.items() if each is not None})
        refused = await sales.create_intent(sale)
        assert (refused.status, refused.body["code"]) == (502, "provider_error"), kind
        async with sales.service.http.delete(f"{sales.simulator.url}/_sim/faults"):
            pass
    assert (await sales.create_intent(sale)).status == 201
    assert len(await sales.simulator.ledger("payment_intents")) == 1


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
