"""Each contract is held by the fake and by the real thing."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from services.seating.tests.fake_seat_holds import FakeSeatHolds
from services.seating.tests.fakes import FakeCheckedOutHolds, FakeLedgers, FakeServerRuns, FakeSnapshots
from services.seating.tests.harness import Harness, running
from tests.factories import a_snapshot

from contracts.ids import ShowtimeId
from seating.domain import Showtime
from seating.usecases.ports import Ports
from seating.usecases.use_cases import UseCases


class Subject(Protocol):
    """What a contract is tested on: the ports, and what a test does behind their back."""

    ports: Ports

    async def said(self, showtime_id: ShowtimeId) -> list[str]:
        """The keys of the events that the ledger of a showtime said, in their order."""

    async def reaches(self, milliseconds: int) -> None:
        """Return once the clock of the holds shows this."""

    async def lose(self) -> None:
        """The holds' data is gone."""


class Fake:
    def __init__(self, hold_seconds: float) -> None:
        self._ledgers, snapshots, checked_out_holds = FakeLedgers(), FakeSnapshots(), FakeCheckedOutHolds()
        self._seat_holds = FakeSeatHolds(self._ledgers, snapshots, checked_out_holds, hold_seconds=hold_seconds)
        self.ports = Ports(self._seat_holds, self._ledgers, snapshots, checked_out_holds, FakeServerRuns())

    async def said(self, showtime_id: ShowtimeId) -> list[str]:
        return self._ledgers.said[showtime_id]

    async def reaches(self, milliseconds: int) -> None:
        self._seat_holds.now = max(self._seat_holds.now, milliseconds)

    async def lose(self) -> None:
        self._seat_holds.lose()


class Real:
    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.ports = harness.seating.ports

    async def said(self, showtime_id: ShowtimeId) -> list[str]:
        document = await self._harness.process.database["ledgers"].find_one({"_id": showtime_id})
        return [entry["id"] for entry in document["outbox"]] if document else []

    async def reaches(self, milliseconds: int) -> None:
        await self._harness.redis_reaches(milliseconds)

    async def lose(self) -> None:
        await self._harness.redis.flushdb()


@pytest.fixture(params=["fake", "real"])
async def subject(request: pytest.FixtureRequest, hold_seconds: float) -> AsyncIterator[Subject]:
    if request.param == "fake":
        yield Fake(hold_seconds)
        return
    mongo_uri, prefix, redis_url = map(request.getfixturevalue, ("mongo_uri", "mongo_database_prefix", "redis_db_url"))
    async with running(mongo_uri, prefix, redis_url, hold_seconds=hold_seconds) as harness:
        yield Real(harness)


@pytest.fixture
def ports(subject: Subject) -> Ports:
    return subject.ports


@pytest.fixture
def use_cases(ports: Ports) -> UseCases:
    """The real ones, over the ports."""
    return UseCases.of(ports)


@pytest.fixture
async def showtime(use_cases: UseCases) -> Showtime:
    """A row of four seats that seating has heard of."""
    snapshot = a_snapshot(rows=1, cols=4)
    await use_cases.scheduling.follow(snapshot)
    return Showtime.of(snapshot)
