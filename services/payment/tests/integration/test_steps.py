"""A process dies between any two steps; booking is slow to decide; others ask for what is not theirs."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from services.payment.tests.factories import confirmed
from services.payment.tests.integration.harness import Service, Start
from services.payment.tests.integration.processes import Died, Dying, a_process

from payment.domain import RefundRequest
from payment.registry import REGISTRY, connected


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(1, 6))
async def test_a_refund_is_made_once_wherever_its_process_dies(start: Start, step: int, *, after: bool) -> None:
    async with start(role="api") as service:  # nobody but us does due work
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale))
        await service.until_heard("payment.succeeded.v1", sale)
        dying = Dying(step, after=after)
        async with a_process(service) as process, a_process(service, dying, lease_seconds=0.5) as mortal:
            request = RefundRequest(
                key="refund_of_a_booking",
                capture_id=paid["razorpay_payment_id"],
                amount=35_400,
                currency="INR",
                reason="by_guest",
            )
            await process.recorder.record(sale.payment_id, request)
            with pytest.raises(Died):
                await mortal.reconciler.run_due()

            async def done() -> bool:
                await process.reconciler.run_due()
                return [refund["status"] for refund in await service.refunds(sale)] == ["done"]

            await service.until(done)
            await service.until_heard("payment.refunded.v1", sale)
        assert len(await service.simulator.ledger("refunds")) == 1
        assert len(set(service.ids("payment.refunded.v1"))) == 1


async def test_a_process_that_died_opening_an_order_leaves_the_next_in_doubt_and_no_second_order(
    service: Service,
) -> None:
    sale = service.hold()
    async with a_process(service) as process, connected(REGISTRY, service.settings.providers) as providers:
        await process.recorder.take_opening(sale, "razorpay", "one that dies", timedelta(seconds=0.3))
        await providers["razorpay"].open_order(sale.payment_id, 1, 35_400, "INR", {})
    answer = await service.create_order(sale.hold_id)  # waits for the claim to lapse, then looks the receipt up
    assert answer.status == 201
    (order,) = await service.simulator.ledger("orders")
    assert order["id"] == answer.body["orderId"]


async def test_a_winner_is_announced_again_under_its_id_and_becomes_a_case_until_booking_decides(start: Start) -> None:
    async with start(announce_again_seconds=0.05, answer_overdue_seconds=0.3) as service:
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale))

        async def overdue() -> bool:
            cases = (await service.document(sale))["cases"]
            return [(case["kind"], case["open"]) for case in cases] == [("no_verdict", True)]

        await service.until(overdue)

        async def three_times() -> bool:
            return len(service.ids("payment.succeeded.v1")) >= 3

        await service.until(three_times)
        assert set(service.ids("payment.succeeded.v1")) == {f"payment_succeeded:{sale.payment_id}"}
        await service.publish(confirmed(sale, paid["razorpay_payment_id"]))

        async def decided() -> bool:
            document = await service.document(sale)
            return "waiting_since" not in document and not document["cases"][0]["open"]

        await service.until(decided)
        assert "announce" not in [entry["task"] for entry in (await service.document(sale))["schedule"]]


async def test_nobody_reads_pays_or_settles_what_is_not_theirs(unpolled: Service) -> None:
    service, sale = unpolled, unpolled.hold()
    paid = await service.simulator.pay(await service.order(sale), webhooks={"deliver": False})
    stranger = "usr_" + "0" * 26
    hold = {"holdId": sale.hold_id}
    answers = [
        await service.call("GET", f"/api/payments/{sale.payment_id}", user_id=stranger),
        await service.call("POST", "/api/payments/create-order", hold, user_id=stranger),
        await service.settle(paid, user_id=stranger),
        await service.settle({**paid, "razorpay_order_id": "order_Unknown0000001"}),
        await service.settle({**paid, "razorpay_signature": "0" * 64}),
        await service.settle({**paid, "razorpay_payment_id": "pay_Another0000001"}),
    ]
    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (404, "payment_not_found"),
        (404, "hold_not_found"),
        (404, "booking_not_found"),
        (404, "booking_not_found"),
        (400, "invalid_signature"),
        (400, "invalid_signature"),
    ]
    assert (await service.document(sale))["captures"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "validation_error"),
        ({"holdId": 7}, 422, "validation_error"),
        ({"holdId": "x"}, 404, "hold_not_found"),
        ({"holdId": "hld_" + "0" * 52}, 404, "hold_not_found"),
        ({"holdId": "\x00\U0010ffff"}, 404, "hold_not_found"),
        ({"holdId": "x" * 5000}, 422, "validation_error"),
        ([], 422, "validation_error"),
        (None, 400, "malformed_body"),
        ({"holdId": "\ud800"}, 400, "malformed_body"),
        ({"holdId": 10**30}, 422, "validation_error"),
        ({"holdId": "x", "amount": 1}, 422, "validation_error"),
        ({"holdId": "../../x"}, 404, "hold_not_found"),
    ],
)
async def test_bad_bodies_get_their_problem(service: Service, body: Any, status: int, code: str) -> None:
    answer = await service.call("POST", "/api/payments/create-order", body)
    assert (answer.status, answer.body["code"]) == (status, code)


async def test_odd_values_in_settle_and_paths_get_their_problem(service: Service) -> None:
    odd = {"razorpay_order_id": "$\x00", "razorpay_payment_id": "../\x00", "razorpay_signature": "é\x00"}
    assert (await service.settle(odd)).status == 404
    for path in ("pay_%00", "pay_" + "0" * 26, "%ed%a0%80", "..%2f"):
        assert (await service.call("GET", f"/api/payments/{path}")).status == 404
    async with service.http.get(f"{service.url}/api/payments/pay_{'0' * 26}") as answer:
        assert answer.status == 401


async def test_two_processes_do_each_due_thing_once(start: Start) -> None:
    async with start(role="api", reconcile_first_seconds=0.01) as service:
        sales = [service.hold() for _ in range(6)]
        for sale in sales:
            await service.simulator.pay(await service.order(sale), amount=100, webhooks={"deliver": False})
        async with AsyncExitStack() as stack:
            processes = [await stack.enter_async_context(a_process(service)) for _ in range(3)]

            async def done() -> bool:
                await asyncio.gather(*(process.reconciler.run_due() for process in processes))
                return len(await service.simulator.ledger("refunds")) >= len(sales)

            await service.until(done)
            await asyncio.gather(*(process.reconciler.run_due() for process in processes))
        assert len(await service.simulator.ledger("refunds")) == len(sales)
