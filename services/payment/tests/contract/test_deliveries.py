"""What the use cases expect of stored webhooks: the fake and Mongo under one suite."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from services.payment.tests.fakes import FakeDeliveries

from chassis.process import Process
from payment import inbox
from payment.inbox import MongoDeliveries
from payment.usecases.ports import Deliveries, Delivery
from payment.usecases.provider import Hint

HINT = Hint("payment.captured", "payment", "pay_1", "order_1")
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Subject:
    """Deliveries under test, due as soon as they are there; `status` is the last one of a delivery."""

    deliveries: Deliveries
    status: Callable[[str], Awaitable[str]]

    async def due(self) -> list[Delivery]:
        """Those that are due now, taken."""
        taken: list[Delivery] = []

        async def take(delivery: Delivery) -> None:
            taken.append(delivery)

        await self.deliveries.run_due(take, lease=LEASE)
        return taken

    async def added(self, event_id: str = "evt_1", provider: str = "razorpay") -> Delivery:
        delivery = await self.deliveries.add(provider, event_id, b"{}", HINT)
        assert delivery is not None
        return delivery


@pytest.fixture(params=["fake", "mongo"])
async def subject(request: pytest.FixtureRequest, base: Process, monkeypatch: pytest.MonkeyPatch) -> Subject:
    if request.param == "fake":
        fake = FakeDeliveries(head_start=timedelta(0))

        async def status(delivery_id: str) -> str:
            return fake.statuses[delivery_id]

        return Subject(fake, status)
    monkeypatch.setattr(inbox, "_HEAD_START", timedelta(0))
    deliveries = MongoDeliveries(base.database["inbox"], base.database["webhooks"])
    await deliveries.ensure_indexes()

    async def status_of(delivery_id: str) -> str:
        document = await base.database["inbox"].find_one({"_id": delivery_id})
        assert document is not None
        return str(document["status"])

    return Subject(deliveries, status_of)


async def test_a_delivery_is_stored_once_for_its_provider_and_event(subject: Subject) -> None:
    delivery = await subject.added()
    assert (delivery.provider, delivery.hint, delivery.tries) == ("razorpay", HINT, 0)
    assert await subject.deliveries.add("razorpay", "evt_1", b"{}", HINT) is None
    assert (await subject.added(provider="fake")).id != delivery.id
    assert {due.id for due in await subject.due()} == {"razorpay:evt_1", "fake:evt_1"}


async def test_of_many_at_once_one_stores_it(subject: Subject) -> None:
    added = await asyncio.gather(*(subject.deliveries.add("razorpay", "evt_1", b"{}", HINT) for _ in range(6)))
    assert sum(delivery is not None for delivery in added) == 1


async def test_what_cannot_be_read_is_stored_and_never_due(subject: Subject) -> None:
    assert await subject.deliveries.add("razorpay", "evt_1", b"\xff", None) is None
    assert await subject.due() == []
    assert await subject.status("razorpay:evt_1") == "unreadable"


async def test_it_is_finished_once_and_then_neither_due_nor_postponed(subject: Subject) -> None:
    delivery = await subject.added()
    assert [await subject.deliveries.finish(delivery, "foreign") for _ in range(2)] == [True, False]
    await subject.deliveries.postpone(delivery, "later", timedelta(0))
    assert await subject.due() == []
    assert await subject.status(delivery.id) == "foreign"


async def test_a_lease_keeps_it_from_others(subject: Subject) -> None:
    await subject.added()
    assert len(await subject.due()) == 1
    assert await subject.due() == []


async def test_it_is_postponed_by_growing_intervals_up_to_the_maximum(subject: Subject) -> None:
    delivery = await subject.added()
    await subject.deliveries.postpone(delivery, "later", timedelta(0))
    (again,) = await subject.due()
    assert (again.id, again.tries) == (delivery.id, 1)
    await subject.deliveries.postpone(again, "unmatched", timedelta(hours=1))
    assert await subject.due() == []
    assert await subject.deliveries.count_unmatched() == 1
