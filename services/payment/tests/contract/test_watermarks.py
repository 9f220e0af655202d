"""What the use cases expect of watermarks: the fake and Mongo under one suite."""

from datetime import UTC, datetime, timedelta

import pytest
from services.payment.tests.fakes import FakeWatermarks

from chassis.process import Process
from payment.usecases.ports import ProviderList, Watermarks
from payment.watermarks import MongoWatermarks
from stack.waiting import until

PAYMENTS, REFUNDS = ProviderList("razorpay", "payments"), ProviderList("razorpay", "refunds")
SOON = timedelta(milliseconds=50)
OF_ANOTHER = ProviderList("fake", "payments")


@pytest.fixture(params=["fake", "mongo"])
async def watermarks(request: pytest.FixtureRequest, base: Process) -> Watermarks:
    """Each list is due again soon after it was read."""
    if request.param == "fake":
        return FakeWatermarks(every=SOON)
    stored = MongoWatermarks(base.database["watermarks"], SOON)
    await stored.ensure_indexes()
    return stored


async def read(watermarks: Watermarks, *lists: ProviderList, whole: bool = True) -> list[datetime]:
    """Read these lists once they are due, and no other; from when on each was to be read."""
    starts: dict[ProviderList, datetime] = {}

    async def reading(which: ProviderList, start: datetime) -> bool:
        starts.setdefault(which, start)
        return whole

    async def all_read() -> bool:
        await watermarks.run_due(reading)
        return len(starts) == len(lists)

    await until(all_read)
    return [starts[which] for which in lists]


async def test_each_list_of_each_provider_begins_once(watermarks: Watermarks) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    await watermarks.begin([PAYMENTS, REFUNDS])
    starts = await read(watermarks, PAYMENTS, REFUNDS, whole=False)
    assert min(starts) >= before
    await watermarks.begin([PAYMENTS, REFUNDS, OF_ANOTHER])
    again = await read(watermarks, PAYMENTS, REFUNDS, OF_ANOTHER, whole=False)
    assert again[:2] == starts
    assert again[2] > max(starts)


async def test_the_watermark_moves_only_when_the_list_was_read_whole(watermarks: Watermarks) -> None:
    await watermarks.begin([PAYMENTS])
    (start,) = await read(watermarks, PAYMENTS, whole=False)
    assert await read(watermarks, PAYMENTS) == [start]
    assert (await read(watermarks, PAYMENTS))[0] > start
