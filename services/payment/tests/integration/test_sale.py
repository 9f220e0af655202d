"""The way of a sale through payment: order, webhook or settle, and one announcement."""

import asyncio

import pytest
from services.payment.tests.integration.harness import Service


async def test_an_order_is_opened_for_the_quote_and_given_again(service: Service) -> None:
    sale = service.hold(total=12_300)
    first, second = await service.create_order(sale.hold_id), await service.create_order(sale.hold_id)
    assert first.status == 201
    assert first.body == second.body
    assert first.body == {
        "paymentId": sale.payment_id,
        "bookingId": sale.booking_id,
        "provider": "razorpay",
        "amount": 12_300,
        "orderId": (await service.simulator.ledger("orders"))[0]["id"],
        "currency": "INR",
        "keyId": "rzp_test_marquee",
    }
    (order,) = await service.simulator.ledger("orders")
    assert order["receipt"] == sale.payment_id
    assert order["notes"]["booking_id"] == sale.booking_id
    await service.idle()
    (created,) = service.heard("payment.order_created.v1", sale)
    assert created["sale"]["quote"]["total"] == 12_300


async def test_a_paid_order_is_announced_once_whatever_the_webhooks_do(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    paid = await service.simulator.pay(order_id, webhooks={"duplicates": 4, "shuffle": True})
    await service.until_heard("payment.succeeded.v1", sale)
    await service.idle()
    (announced,) = service.heard("payment.succeeded.v1", sale)
    assert (announced["capture_id"], announced["amount"]) == (paid["razorpay_payment_id"], 35_400)
    assert announced["sale"]["booking_id"] == sale.booking_id
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert read.status == 200
    assert read.body == {
        "id": sale.payment_id,
        "provider": "razorpay",
        "providerRef": paid["razorpay_payment_id"],
        "bookingId": sale.booking_id,
        "amount": 35_400,
        "currency": "INR",
        "status": "succeeded",
        "refunds": [],
    }


async def test_nobody_is_asked_to_pay_again_for_what_is_paid(service: Service) -> None:
    sale = service.hold()
    await service.simulator.pay(await service.order(sale))
    await service.until_heard("payment.succeeded.v1", sale)
    again = await service.create_order(sale.hold_id)
    assert (again.status, again.body["code"]) == (409, "hold_sold")


@pytest.mark.parametrize(("currency", "least"), [("INR", 100), ("EUR", 100), ("JPY", 1), ("CLP", 1), ("KWD", 100)])
async def test_what_no_provider_would_take_is_told_before_one_is_asked(
    service: Service, currency: str, least: int
) -> None:
    if least > 1:
        refused = await service.create_order(service.hold(least - 1, currency).hold_id)
        assert (refused.status, refused.body["code"], refused.body["least"]) == (409, "amount_not_payable", least)
    assert (await service.create_order(service.hold(least, currency).hold_id)).body["amount"] == least
    assert len(await service.simulator.ledger("orders")) == 1


async def test_an_amount_that_the_provider_refuses_is_not_payable(service: Service) -> None:
    refused = await service.create_order(service.hold(total=500_000_01).hold_id)
    assert (refused.status, refused.body["code"]) == (409, "amount_not_payable")
    assert "least" not in refused.body


@pytest.mark.parametrize("currency", ["BHD", "KWD", "OMR"])
async def test_thousandths_that_the_provider_does_not_take_are_left_off(service: Service, currency: str) -> None:
    sale = service.hold(12_345, currency)
    first, again = [await service.create_order(sale.hold_id) for _ in range(2)]
    assert (first.status, first.body["amount"], again.body) == (201, 12_340, first.body)
    await service.simulator.pay(first.body["orderId"])
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert (announced["amount"], announced["difference"]) == (12_340, {"amount": -5, "reason": "rounding"})
    assert (await service.call("GET", f"/api/payments/{sale.payment_id}")).body["status"] == "succeeded"


async def test_three_decimals_that_the_provider_takes_are_asked_for(service: Service) -> None:
    assert (await service.create_order(service.hold(12_345, "TND").hold_id)).body["amount"] == 12_345


async def test_settle_answers_at_once_without_any_webhook(service: Service) -> None:
    sale = service.hold()
    paid = await service.simulator.pay(await service.order(sale), webhooks={"deliver": False})
    answer = await service.settle(paid)
    assert answer.status == 200
    assert answer.body["status"] == "succeeded"
    assert answer.body["captureId"] == paid["razorpay_payment_id"]
    assert answer.body["paymentId"] == sale.payment_id
    assert answer.body["sale"]["seatIds"] == ["C7"]
    again = await service.settle(paid)
    assert again.body == answer.body
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1


async def test_settle_and_webhooks_race_to_one_announcement(service: Service) -> None:
    sale = service.hold()
    paid = await service.simulator.pay(await service.order(sale), webhooks={"duplicates": 2})
    answers = await asyncio.gather(*(service.settle(paid) for _ in range(5)))
    assert {answer.body["status"] for answer in answers} == {"succeeded"}
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1


async def test_concurrent_calls_open_one_order(service: Service) -> None:
    sale = service.hold()
    await service.simulator.post("/faults", route="POST /v1/orders", kind="latency", value=300)
    answers = await asyncio.gather(*(service.create_order(sale.hold_id) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["orderId"] for answer in answers}) == 1
    assert len(await service.simulator.ledger("orders")) == 1
