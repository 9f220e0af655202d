"""What the store writes and publishes, without HTTP and without the loops of a worker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_stored_showtime, at

from catalog.assembly import assemble
from catalog.consumers import handlers
from catalog.domain.showtimes import Showtime, snapshot_event
from catalog.settings import Settings
from catalog.store import Store, Transaction
from chassis.envelope import seal
from chassis.process import Process, process
from chassis.settings import load
from contracts.ids import ShowtimeId
from contracts.seating import AvailabilityChanged
from stack.mongo_commands import counted_commands
from stack.waiting import until


@pytest.fixture
async def resources(environment: str) -> AsyncIterator[Process]:
    """A process that polls no outbox and hears nothing."""
    async with process(load(Settings), "catalog") as resources:
        yield resources


@pytest.fixture
async def store(resources: Process) -> Store:
    """The store with one showtime, whose event has been published."""
    store = assemble(load(Settings), resources).store
    await resources.prepare(store.prepare)
    await resources.publisher.ready.wait()

    async def work(transaction: Transaction) -> None:
        await transaction.insert_showtimes([a_stored_showtime()], SHOWTIME_LAYOUT)

    await store.transaction(work)
    await until(lambda: _unsent_is(resources, []))
    return store


async def _unsent_is(resources: Process, event_ids: list[str]) -> bool:
    document = await resources.database["showtimes"].find_one({"_id": "sho_1"})
    return document is not None and [entry["id"] for entry in document["outbox"]] == event_ids


def _imax(showtime: Showtime) -> Showtime:
    return replace(showtime, format="IMAX", start_at=at(2), end_at=at(2) + timedelta(hours=2))


@pytest.mark.parametrize("within_transaction", [False, True])
async def test_a_change_publishes_its_own_event_and_leaves_the_backlog_of_an_outage_to_the_poll(
    resources: Process, store: Store, within_transaction: bool
) -> None:
    backlog = [
        seal(snapshot_event(a_stored_showtime(version=2), SHOWTIME_LAYOUT), key=key).document()
        | {"time": datetime.now(UTC) - timedelta(hours=1)}
        for key in ("first", "second")
    ]
    await resources.database["showtimes"].update({"_id": "sho_1"}, {"$push": {"outbox": {"$each": backlog}}})
    if within_transaction:
        changed = await store.transaction(lambda transaction: transaction.change_showtime("sho_1", _imax))
    else:
        changed = await store.showtimes.change("sho_1", _imax)
    assert changed is not None
    assert changed.fields == ["end_at", "format", "start_at"]
    await resources.background.finish()
    assert await _unsent_is(resources, ["first", "second"])
    assert await store.showtimes.find("sho_1") == changed.after


async def test_what_a_transaction_wrote_before_it_failed_is_neither_stored_nor_published(
    resources: Process, store: Store
) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.change_showtime("sho_1", _imax)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transaction(work)
    assert await store.showtimes.find("sho_1") == a_stored_showtime()
    assert await _unsent_is(resources, [])


async def test_a_change_of_what_is_not_there_is_none(store: Store) -> None:
    assert await store.showtimes.change("sho_2", _imax) is None
    assert await store.transaction(lambda transaction: transaction.change_showtime("sho_2", _imax)) is None
    assert await store.movies.change("mov_2", lambda movie: movie) is None


def _availability(showtime_id: str, available: int, version: int) -> AvailabilityChanged:
    return AvailabilityChanged(showtime_id=ShowtimeId(showtime_id), available=available, total=8, version=version)


async def test_counts_of_seats_that_come_within_a_moment_are_one_write_and_the_newest_of_a_showtime_wins(
    resources: Process, store: Store
) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.insert_showtimes([replace(a_stored_showtime(), id=ShowtimeId("sho_2"))], SHOWTIME_LAYOUT)

    await store.transaction(work)
    await resources.background.finish()  # the event of the second showtime is out
    hear = handlers(store, prefetch=16)[AvailabilityChanged]
    events = [_availability("sho_1", 5, 12), _availability("sho_1", 6, 11), _availability("sho_2", 3, 4)]
    with counted_commands() as commands:
        await asyncio.gather(*map(hear, events))
    assert commands == ["update"]
    await hear(_availability("sho_1", 7, 10))
    showtimes = [await store.showtimes.find(showtime_id) for showtime_id in ("sho_1", "sho_2")]
    assert [showtime and showtime.seats_available for showtime in showtimes] == [5, 3]
