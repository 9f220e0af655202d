"""What the use cases expect of stored snapshots: the fake and Mongo under one suite."""

from collections.abc import AsyncIterator

import pytest
from services.booking.tests.facts import SALE
from services.booking.tests.fakes import FakeShowtimes
from tests.factories import a_snapshot

from booking.showtimes import MongoShowtimes
from booking.usecases.ports import Showtimes
from chassis.mongo import connect
from contracts.ids import new_id

FIRST, SECOND, THIRD = (
    a_snapshot(SALE.showtime_id, revision=revision, language=f"l{revision}") for revision in (1, 2, 3)
)


class ShowtimesContract:
    """The suite; a subclass has the fixture `showtimes`."""

    async def test_the_highest_revision_is_stored_in_whatever_order_snapshots_come(self, showtimes: Showtimes) -> None:
        assert await showtimes.find(SALE.showtime_id) is None
        for snapshot, newest in ((SECOND, SECOND), (FIRST, SECOND), (THIRD, THIRD), (SECOND, THIRD)):
            await showtimes.save(snapshot)
            assert await showtimes.find(SALE.showtime_id) == newest
            assert await showtimes.find_newest(SALE.showtime_id) == {SALE.showtime_id: newest}

    async def test_a_second_snapshot_of_a_revision_changes_nothing(self, showtimes: Showtimes) -> None:
        await showtimes.save(FIRST)
        await showtimes.save(FIRST.model_copy(update={"language": "other"}))
        assert await showtimes.find(SALE.showtime_id) == FIRST

    async def test_of_many_those_are_found_that_are_known(self, showtimes: Showtimes) -> None:
        other = a_snapshot(new_id("sho"))
        for snapshot in (FIRST, other, a_snapshot(new_id("sho"))):
            await showtimes.save(snapshot)
        ids = [other.showtime_id, "sho_unknown", FIRST.showtime_id, other.showtime_id]
        assert await showtimes.find_all(ids) == {FIRST.showtime_id: FIRST, other.showtime_id: other}
        assert await showtimes.find_all([]) == {}


class TestFakeShowtimes(ShowtimesContract):
    @pytest.fixture
    def showtimes(self) -> Showtimes:
        return FakeShowtimes()


class TestMongoShowtimes(ShowtimesContract):
    @pytest.fixture
    async def showtimes(self, mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Showtimes]:
        async with connect(mongo_uri, f"{mongo_database_prefix}booking") as database:
            showtimes = MongoShowtimes(database["showtimes"])
            await showtimes.ensure_indexes()
            yield showtimes

    async def test_what_another_process_stored_is_the_newest_although_an_older_one_is_remembered(
        self, showtimes: Showtimes, mongo_uri: str, mongo_database_prefix: str
    ) -> None:
        async with connect(mongo_uri, f"{mongo_database_prefix}booking") as database:
            here, there, other = showtimes, MongoShowtimes(database["showtimes"]), a_snapshot()
            await here.save(FIRST)
            await there.save(other)
            assert await there.find_newest(SALE.showtime_id) == {SALE.showtime_id: FIRST}
            await here.save(SECOND)
            assert await there.find(SALE.showtime_id) == FIRST
            assert await there.find_newest(SALE.showtime_id, other.showtime_id, "sho_unknown") == {
                SALE.showtime_id: SECOND,
                other.showtime_id: other,
            }
            assert await there.find(SALE.showtime_id) == SECOND
            assert await there.find_all([SALE.showtime_id]) == {SALE.showtime_id: SECOND}
            assert await there.find_newest("sho_unknown") == await there.find_newest() == {}
