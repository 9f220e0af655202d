"""Webhooks of orders that are not ours, and what ends of what is kept of webhooks."""

import json
from datetime import timedelta
from typing import Any

import orjson
import pytest
from services.payment.tests.integration.harness import Body, Service
from services.payment.tests.simulator import signed

from chassis import mongo
from chassis.metrics import exposition
from contracts.ids import new_id
from payment.inbox import MongoInbox
from payment.usecases.provider import Hint


async def rest(service: Service, status: str, count: int) -> list[Body]:
    """The deliveries, as soon as so many have this status and nothing is due."""

    async def all_rest() -> list[Body]:
        deliveries = await service.mongo["inbox"].find({}).to_list(None)
        resting = [delivery for delivery in deliveries if delivery["status"] == status and "due_at" not in delivery]
        return resting if len(resting) == len(deliveries) == count else []

    return list(await service.until(all_rest))


def counted(outcome: str) -> float:
    for line in bytes(exposition().body).decode().splitlines():
        if line.startswith("marquee_webhooks_total{") and f'outcome="{outcome}"' in line:
            return float(line.split()[-1])
    return 0.0


async def until_counted(service: Service, wanted: float) -> None:
    """A delivery is counted when its end is stored."""

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
    deliveries = await rest(service, "foreign", 3)
    await until_counted(service, before + 3)
    reads = await service.simulator.reads(f"/v1/orders/{order_id}")
    assert 1 <= reads <= 3  # its three webhooks come at once
    events = ("payment.captured", "payment.failed", "order.paid", "refund.created")
    for number, event in enumerate(events):
        entity = {"payment": {"entity": {"id": paid["razorpay_payment_id"], "order_id": order_id}}}
        await deliver(service, {"event": event, "payload": entity}, f"evt_{number}")
    await rest(service, "foreign", len(deliveries) + len(events))
    await until_counted(service, before + 3 + len(events))
    assert await service.simulator.reads(f"/v1/orders/{order_id}") == reads
    assert await service.mongo["payments"].count_documents({}) == 0


async def test_a_delivery_that_two_work_off_ends_once(service: Service) -> None:
    settings = service.settings
    async with mongo.connect(settings.mongo_uri.get_secret_value(), settings.database_prefix + "apart") as database:
        deliveries = MongoInbox(database["inbox"], database["webhooks"])
        delivery = await deliveries.add("razorpay", "evt_1", b"{}", Hint("payment.captured", "payment", "pay_x"))
        assert delivery is not None
        assert [await deliveries.finish(delivery, "foreign") for _ in range(2)] == [True, False]
        await deliveries.postpone(delivery, "unavailable", timedelta(hours=1))
        document = await database["inbox"].find_one({"_id": "razorpay:evt_1"})
    assert document is not None
    assert (document["status"], "due_at" in document) == ("foreign", False)


async def test_a_payment_without_an_order_is_nobody_of_ours_and_rests(service: Service) -> None:
    order_id = await service.simulator.foreign_order()
    paid = await service.simulator.pay(order_id, webhooks={"deliver": False})
    entity = {"payment": {"entity": {"id": paid["razorpay_payment_id"]}}}
    for number in range(4):
        await deliver(service, {"event": "payment.captured", "payload": entity}, f"evt_{number}")
        await rest(service, "foreign", number + 1)
    assert await service.simulator.reads(f"/v1/payments/{paid['razorpay_payment_id']}") == 1


async def test_an_order_with_a_receipt_as_ours_that_no_payment_has_rests_and_stays_counted(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = await service.simulator.foreign_order(new_id("pay"))
    await service.simulator.pay(order_id)
    await rest(service, "unmatched", 3)
    assert order_id in caplog.text


async def test_a_foreign_order_is_looked_up_again_while_the_provider_is_away_and_not_after(service: Service) -> None:
    order_id = await service.simulator.foreign_order()
    await service.simulator.post("/faults", route="GET /v1/orders", kind="status", value=503, times=3)
    await service.simulator.pay(order_id)
    await rest(service, "foreign", 3)


async def test_the_bytes_of_a_webhook_end_after_a_week_and_its_id_stays(service: Service) -> None:
    sale = service.hold()
    await service.simulator.pay(await service.order(sale))
    await service.until_heard("payment.succeeded.v1", sale)
    await service.idle()
    ids = {delivery["_id"] for delivery in await service.mongo["inbox"].find({}).to_list(None)}
    raw = await service.mongo["webhooks"].find({}).to_list(None)
    assert {stored["_id"] for stored in raw} == ids
    assert {json.loads(stored["raw"])["entity"] for stored in raw} == {"event"}
    ends = [index.get("expireAfterSeconds") for index in (await service.mongo["webhooks"].index_information()).values()]
    assert [seconds for seconds in ends if seconds is not None] == [7 * 24 * 3600]
    inbox = (await service.mongo["inbox"].index_information()).values()
    assert not any("expireAfterSeconds" in index for index in inbox)
    assert all("raw" not in stored for stored in await service.mongo["inbox"].find({}).to_list(None))


async def test_a_delivery_whose_bytes_have_ended_is_still_a_duplicate_and_can_still_be_settled(
    service: Service,
) -> None:
    sale = service.hold()
    await service.simulator.post("/faults", route="GET /v1/", kind="status", value=503, times=100)
    order = {"event": "order.paid", "payload": {"order": {"entity": {"id": "order_Sim00000000001"}}}}
    await deliver(service, order, "evt_old")

    async def postponed() -> bool:
        return await service.mongo["inbox"].count_documents({"_id": "razorpay:evt_old", "status": "unavailable"}) == 1

    await service.until(postponed)
    await service.mongo["webhooks"].delete_many({})
    await service.simulator.post("/reset")
    await deliver(service, order, "evt_old")
    assert await service.mongo["inbox"].count_documents({}) == 1

    async def looked_up() -> bool:
        return await service.mongo["inbox"].count_documents({"_id": "razorpay:evt_old", "status": "unmatched"}) == 1

    await service.until(looked_up)
    assert await service.find_document(sale) is None
