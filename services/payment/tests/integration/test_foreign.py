"""Webhooks of orders that are not ours."""

from typing import Any

import orjson
import pytest
from services.payment.tests.integration.harness import Body, Service
from services.payment.tests.simulator import signed

from chassis.metrics import exposition


async def rest(service: Service, status: str, count: int) -> list[Body]:
    """The entries of the inbox, as soon as so many have this status and nothing is due."""

    async def all_rest() -> list[Body]:
        entries = await service.mongo["inbox"].find({}).to_list(None)
        resting = [entry for entry in entries if entry["status"] == status and "due_at" not in entry]
        return resting if len(resting) == len(entries) == count else []

    return list(await service.until(all_rest))


def counted(outcome: str) -> float:
    for line in bytes(exposition().body).decode().splitlines():
        if line.startswith("marquee_webhooks_total{") and f'outcome="{outcome}"' in line:
            return float(line.split()[-1])
    return 0.0


async def until_counted(service: Service, wanted: float) -> None:
    """An entry is counted when its end is stored."""

    async def reached() -> bool:
        return counted("foreign") >= wanted

    await service.until(reached)
    assert counted("foreign") == wanted


async def deliver(service: Service, event: dict[str, Any], event_id: str) -> None:
    body = orjson.dumps(event)
    headers = {**signed(body), "X-Razorpay-Event-Id": event_id}
    assert (await service.deliver(body, headers)).status == 200


@pytest.mark.parametrize("receipt", ["INV-2041", "", "pay_short"])
async def test_a_foreign_order_is_known_by_its_first_answer_and_rests(service: Service, receipt: str) -> None:
    before, order_id = counted("foreign"), await service.simulator.foreign_order(receipt)
    paid = await service.simulator.pay(order_id)
    entries = await rest(service, "foreign", 3)
    await until_counted(service, before + 3)
    reads = await service.simulator.reads(f"/v1/orders/{order_id}")
    assert 1 <= reads <= 3  # its three webhooks come at once
    events = ("payment.captured", "payment.failed", "order.paid", "refund.created")
    for number, event in enumerate(events):
        entity = {"payment": {"entity": {"id": paid["razorpay_payment_id"], "order_id": order_id}}}
        await deliver(service, {"event": event, "payload": entity}, f"evt_{number}")
    await rest(service, "foreign", len(entries) + len(events))
    await until_counted(service, before + 3 + len(events))
    assert await service.simulator.reads(f"/v1/orders/{order_id}") == reads
    assert await service.mongo["payments"].count_documents({}) == 0


async def test_a_payment_without_an_order_is_nobody_of_ours_and_rests(service: Service) -> None:
    order_id = await service.simulator.foreign_order()
    paid = await service.simulator.pay(order_id, webhooks={"deliver": False})
    entity = {"payment": {"entity": {"id": paid["razorpay_payment_id"]}}}
    for number in range(4):
        await deliver(service, {"event": "payment.captured", "payload": entity}, f"evt_{number}")
        await rest(service, "foreign", number + 1)
    assert await service.simulator.reads(f"/v1/payments/{paid['razorpay_payment_id']}") == 1


async def test_a_foreign_order_is_looked_up_again_while_the_provider_is_away_and_not_after(service: Service) -> None:
    order_id = await service.simulator.foreign_order()
    await service.simulator.post("/faults", route="GET /v1/orders", kind="status", value=503, times=3)
    await service.simulator.pay(order_id)
    await rest(service, "foreign", 3)
