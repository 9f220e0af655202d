"""Sales by Stripe through the service, against its simulator."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from services.payment.tests.integration.harness import Service
from services.payment.tests.integration.stripe_sales import Sales
from services.payment.tests.simulator import STRIPE_ACCOUNT

from contracts.sale import Sale
from contracts.seating import HoldExtended, SeatsReleased


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
