"""Accounts whose payers bear the fee, and accounts with offers: what is captured differs from the order."""

import asyncio

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import Service, Start

from chassis.metrics import exposition
from stack.waiting import until

ACCOUNTS = [({"feeBearer": "customer"}, "fee"), ({"offer": "offer_Sim00000000001"}, "offer")]


def refused_captures(reason: str) -> float:
    for line in bytes(exposition().body).decode().splitlines():
        if line.startswith(f'marquee_captures_not_accepted_total{{reason="{reason}"}}'):
            return float(line.split()[-1])
    return 0.0


@pytest.mark.parametrize(("paying", "reason"), ACCOUNTS)
async def test_an_account_that_is_set_up_for_it_sells_and_says_the_difference(
    start: Start, paying: dict[str, str], reason: str
) -> None:
    async with start(razorpay={"accepted_differences": "fee,offer"}) as service:
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale), **paying, webhooks={"duplicates": 2})
        announced = await service.until_heard("payment.succeeded.v1", sale)
        (captured,) = await service.simulator.ledger("payments")
        assert announced["amount"] == captured["amount"] != 35_400
        assert announced["difference"] == {"amount": captured["amount"] - 35_400, "reason": reason}
        assert (await service.settle(paid)).body["status"] == "succeeded"
        await service.idle()
        assert len(service.heard("payment.succeeded.v1", sale)) == 1
        assert await service.simulator.ledger("refunds") == []
        read = await service.call("GET", f"/api/payments/{sale.payment_id}")
        assert (read.body["amount"], read.body["status"], read.body["difference"]) == (
            35_400,
            "succeeded",
            announced["difference"],
        )


@pytest.mark.parametrize(("paying", "reason"), ACCOUNTS)
async def test_another_account_gives_it_back_and_raises_an_alarm_that_names_the_setting(
    service: Service, paying: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    before, sale = refused_captures(reason), service.hold()
    paid = await service.simulator.pay(await service.order(sale), **paying)
    refunded = await service.until_heard("payment.refunded.v1", sale)
    (captured,) = await service.simulator.ledger("payments")
    assert (refunded["amount"], refunded["reason"]) == (captured["amount"], "wrong_amount")
    assert (await service.settle(paid)).body["status"] == "failed"
    await service.idle()
    assert service.heard("payment.succeeded.v1", sale) == []
    (case,) = (await service.document(sale))["cases"]
    assert (case["kind"], case["open"]) == ("difference_not_accepted", True)
    setting = f"RAZORPAY_ACCEPTED_DIFFERENCES={reason}"
    assert setting in case["detail"]
    assert caplog.text.count(f"{setting} accepts it") == 1
    assert refused_captures(reason) == before + 1


@pytest.mark.parametrize("accepted", ["offer", "fee"])
async def test_only_what_the_account_is_set_up_for_is_accepted(start: Start, accepted: str) -> None:
    async with start(razorpay={"accepted_differences": accepted}) as service:
        other, reason = next(pair for pair in ACCOUNTS if pair[1] != accepted)
        sale = service.hold()
        await service.simulator.pay(await service.order(sale), **other)
        await service.until_heard("payment.refunded.v1", sale)
        assert [case["kind"] for case in (await service.document(sale))["cases"]] == ["difference_not_accepted"]
        assert reason != accepted


@pytest.mark.parametrize("amount", [35_300, 35_500])
async def test_what_nothing_explains_still_goes_back(start: Start, amount: int) -> None:
    async with start(razorpay={"accepted_differences": "fee,offer"}) as service:
        sale = service.hold()
        await service.simulator.pay(await service.order(sale), amount=amount)
        await service.until_heard("payment.refunded.v1", sale)
        await service.idle()
        assert service.heard("payment.succeeded.v1", sale) == []


async def test_an_offer_that_a_list_does_not_show_is_read_before_the_capture_is_matched(start: Start) -> None:
    async with start(razorpay={"accepted_differences": "offer"}, reconcile_first_seconds=0.05) as service:
        sale = service.hold()
        order_id = await service.order(sale)
        await service.simulator.post("/faults", route="GET /v1/payments", kind="status", value=503, times=3)
        quiet = {"deliver": False}
        paid = await service.simulator.pay(order_id, offer="offer_Sim00000000001", webhooks=quiet)
        announced = await service.until_heard("payment.succeeded.v1", sale)
        assert announced["difference"]["reason"] == "offer"
        calls = await service.simulator.get("/calls")
        assert f"/v1/payments/{paid['razorpay_payment_id']}" in {call["path"].partition("?")[0] for call in calls}
        assert await service.simulator.ledger("refunds") == []


async def test_two_captures_with_a_fee_at_once_leave_one_winner_and_one_refund_in_full(start: Start) -> None:
    async with start(razorpay={"accepted_differences": "fee"}) as service:
        sale = service.hold()
        order_id = await service.order(sale)
        await asyncio.gather(*(service.simulator.pay(order_id, feeBearer="customer") for _ in range(2)))
        refunded = await service.until_heard("payment.refunded.v1", sale)
        await service.idle()
        (winner,) = service.heard("payment.succeeded.v1", sale)
        assert refunded["amount"] == winner["amount"] > 35_400
        assert refunded["reason"] == "second_payment"
        assert len(await service.simulator.ledger("refunds")) == 1


@pytest.mark.parametrize(("paying", "reason"), ACCOUNTS)
async def test_no_more_goes_back_than_was_captured(start: Start, paying: dict[str, str], reason: str) -> None:
    async with start(razorpay={"accepted_differences": reason}) as service:
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale), **paying)
        capture_id = paid["razorpay_payment_id"]
        announced = await service.until_heard("payment.succeeded.v1", sale)
        await service.publish(confirmed(sale, capture_id))
        await service.publish(refund_due(sale, capture_id, amount=max(35_400, announced["amount"])))
        await service.refunds_done(sale)
        (made,) = await service.simulator.ledger("refunds")
        assert made["amount"] == announced["amount"]

        async def is_refunded() -> bool:
            return bool((await service.call("GET", f"/api/payments/{sale.payment_id}")).body["status"] == "refunded")

        await until(is_refunded)
