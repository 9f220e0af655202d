"""What the use cases expect of watermarks: the fake and Mongo under one suite."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from services.payment.tests.fakes import FakeWatermarks

from chassis.process import Process
from payment.usecases.ports import ProviderList, Watermark, Watermarks
from payment.watermarks import MongoWatermarks

PAYMENTS, REFUNDS = ProviderList("razorpay", "payments"), ProviderList("razorpay", "refunds")
OLDER = ProviderList("razorpay", "payments", timedelta(minutes=5))
OF_ANOTHER = ProviderList("fake", "payments")
NOW = datetime.now(UTC).replace(microsecond=0)
A_SECOND, AN_HOUR = timedelta(seconds=1), timedelta(hours=1)
DUE = Watermark(NOW, NOW - A_SECOND)


@pytest.fixture(params=["fake", "mongo"])
async def watermarks(request: pytest.FixtureRequest, base: Process) -> Watermarks:
    if request.param == "fake":
        return FakeWatermarks()
    stored = MongoWatermarks(base.database["watermarks"])
    await stored.ensure_indexes()
    return stored


async def read(watermarks: Watermarks, to: Mapping[ProviderList, Watermark]) -> dict[ProviderList, datetime]:
    """Read what is due, up to these watermarks; up to when each list had been read before."""
    starts: dict[ProviderList, datetime] = {}

    async def reading(which: ProviderList, until: datetime) -> Watermark:
        starts[which] = until
        return to[which]

    await watermarks.run_due(reading)
    return starts


async def test_each_list_of_each_provider_and_age_begins_once(watermarks: Watermarks) -> None:
    await watermarks.begin({PAYMENTS: DUE, REFUNDS: DUE})
    later = Watermark(NOW + AN_HOUR, NOW - A_SECOND)
    await watermarks.begin({PAYMENTS: later, OLDER: later, OF_ANOTHER: later})
    not_before = Watermark(NOW, NOW + AN_HOUR)
    starts = await read(watermarks, dict.fromkeys((PAYMENTS, REFUNDS, OLDER, OF_ANOTHER), not_before))
    assert starts == {PAYMENTS: NOW, REFUNDS: NOW, OLDER: later.until, OF_ANOTHER: later.until}


async def test_it_is_read_next_from_where_and_when_the_reader_says(watermarks: Watermarks) -> None:
    await watermarks.begin({PAYMENTS: DUE, OLDER: DUE})
    moved, not_before = Watermark(NOW + A_SECOND, NOW - AN_HOUR), Watermark(NOW, NOW + AN_HOUR)
    states = [{PAYMENTS: moved, OLDER: not_before}, {PAYMENTS: not_before}]

    async def reading(which: ProviderList, until: datetime) -> Watermark:
        seen.append((which, until))
        return states[sum(each == which for each, _ in seen) - 1][which]

    seen: list[tuple[ProviderList, datetime]] = []
    for _ in range(2):
        await watermarks.run_due(reading)
    assert sorted(until for which, until in seen if which == PAYMENTS) == [NOW, NOW + A_SECOND]
    assert [until for which, until in seen if which == OLDER] == [NOW]
    assert await read(watermarks, {}) == {}
