"""What the use cases expect of what is not ours: the fake and Mongo under one suite."""

import pytest
from services.payment.tests.fakes import FakeForeignOrders

from chassis.process import Process
from payment.foreign import MongoForeignOrders
from payment.usecases.ports import ForeignOrders


@pytest.fixture(params=["fake", "mongo"])
async def foreign(request: pytest.FixtureRequest, base: Process) -> ForeignOrders:
    if request.param == "fake":
        return FakeForeignOrders()
    orders = MongoForeignOrders(base.database["foreign_orders"])
    await orders.ensure_indexes()
    return orders


async def test_the_first_word_on_an_id_counts(foreign: ForeignOrders) -> None:
    await foreign.add("razorpay", "order_1", "lost")
    await foreign.add("razorpay", "order_1", "foreign")
    assert await foreign.among("razorpay", ["order_1", "order_2"]) == {"order_1": "lost"}


async def test_an_id_is_one_of_its_provider_alone(foreign: ForeignOrders) -> None:
    await foreign.add("razorpay", "order_1", "foreign")
    assert await foreign.among("fake", {"order_1"}) == {}
    assert await foreign.among("razorpay", set()) == {}
