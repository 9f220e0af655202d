"""What the store writes and publishes, without HTTP and without the loops of a worker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_record, a_stored_showtime, a_stored_theater, at

from catalog.assembly import assemble
from catalog.consumers import handlers
from catalog.domain.scopes import Said
from catalog.domain.showtimes import Showtime, snapshot_event
from catalog.settings import Settings
from catalog.store import Store, Transaction
from catalog.usecases.republish import republish_theater
from chassis.envelope import seal
from chassis.resources import Resources
from chassis.resources import resources as opened
from chassis.settings import load
from contracts.ids import ScreenId, ShowtimeId, UserId
from contracts.layout import ScreenDetails
from contracts.seating import AvailabilityChanged, ShowtimeReplanned
from stack.mongo_commands import counted_commands
from stack.waiting import until


@pytest.fixture
async def resources(environment: str) -> AsyncIterator[Resources]:
    """A process that polls no outbox and hears nothing."""
    async with opened(load(Settings), "catalog") as resources:
        yield resources


@pytest.fixture
async def store(resources: Resources) -> Store:
    """The store with one showtime, whose event has been published."""
    store = assemble(load(Settings), resources).store
    await resources.prepare(store.prepare)
    await resources.publisher.ready.wait()

    async def work(transaction: Transaction) -> None:
        await transaction.insert_showtimes([a_stored_showtime()], SHOWTIME_LAYOUT, a_record)

    await store.transaction(work)
    await until(lambda: _unsent_is(resources, []))
    return store


async def _unsent_is(resources: Resources, event_ids: list[str]) -> bool:
    document = await resources.database["showtimes"].find_one({"_id": "sho_1"})
    return document is not None and [entry["id"] for entry in document["outbox"]] == event_ids


def _imax(showtime: Showtime) -> Showtime:
    return replace(showtime, format="IMAX", start_at=at(2), end_at=at(2) + timedelta(hours=2))


@pytest.mark.parametrize("within_transaction", [False, True])
async def test_a_change_publishes_its_own_event_and_leaves_the_backlog_of_an_outage_to_the_poll(
    resources: Resources, store: Store, within_transaction: bool
) -> None:
    backlog = [
        seal(snapshot_event(a_stored_showtime(version=2), SHOWTIME_LAYOUT), key=key).document()
        | {"time": datetime.now(UTC) - timedelta(hours=1)}
        for key in ("first", "second")
    ]
    await resources.database["showtimes"].update({"_id": "sho_1"}, {"$push": {"outbox": {"$each": backlog}}})
    if within_transaction:
        changed = await store.transaction(lambda transaction: transaction.change_showtime("sho_1", _imax, a_record))
    else:
        changed = await store.showtimes.change("sho_1", _imax, a_record)
    assert changed is not None
    assert changed.fields == ["end_at", "format", "start_at"]
    await resources.background.finish()
    assert await _unsent_is(resources, ["first", "second"])
    assert await store.showtimes.find("sho_1") == changed.after


async def test_what_a_transaction_wrote_before_it_failed_is_neither_stored_nor_published(
    resources: Resources, store: Store
) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.change_showtime("sho_1", _imax, a_record)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transaction(work)
    assert await store.showtimes.find("sho_1") == a_stored_showtime()
    assert await _unsent_is(resources, [])


async def test_a_change_of_what_is_not_there_is_none(store: Store) -> None:
    assert await store.showtimes.change("sho_2", _imax, a_record) is None
    assert await store.transaction(lambda transaction: transaction.change_showtime("sho_2", _imax, a_record)) is None
    assert await store.movies.change("mov_2", lambda movie: movie, a_record) is None


def _availability(showtime_id: str, available: int, version: int) -> AvailabilityChanged:
    return AvailabilityChanged(showtime_id=ShowtimeId(showtime_id), available=available, total=8, version=version)


async def test_counts_of_seats_that_come_within_a_moment_are_one_write_and_the_newest_of_a_showtime_wins(
    resources: Resources, store: Store
) -> None:
    async def work(transaction: Transaction) -> None:
        await transaction.insert_showtimes(
            [replace(a_stored_showtime(), id=ShowtimeId("sho_2"))], SHOWTIME_LAYOUT, a_record
        )

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


async def test_who_was_slow_to_copy_prices_copies_those_that_have_replaced_them(store: Store) -> None:
    """A theater says other prices and takes them back at once: the second work has less to do and is done first."""
    mistaken = a_stored_theater(version=2, prices=Said(ticket_types=(), fees=()))
    corrected = a_stored_theater(version=3)
    await store.theaters.insert(corrected, a_record)
    await republish_theater(store, corrected)
    await republish_theater(store, mistaken)
    showtime = await store.showtimes.find("sho_1")
    assert showtime is not None
    assert showtime.scopes.theater == Said()


def _plan(number: int, *blocked: str, screen: str = "scr_1") -> ShowtimeReplanned:
    return ShowtimeReplanned(
        showtime_id=ShowtimeId("sho_1"),
        number=number,
        layout=SHOWTIME_LAYOUT.model_copy(update={"blocked": blocked}),
        screen=ScreenDetails(screen_id=ScreenId(screen), name="One"),
        at=datetime.now(UTC),
        changed_by=UserId("usr_1"),
    )


async def test_a_seat_has_a_reason_while_it_is_taken_out_of_that_screen(store: Store) -> None:
    async def reasons() -> dict[str, str]:
        showtime = await store.showtimes.find("sho_1")
        assert showtime is not None
        return showtime.blocked_reasons

    await store.showtimes.follow_plan(_plan(1, "B1", "C2"), {"C2": "broken", "C3": "not taken out"})
    assert await reasons() == {"C2": "broken"}
    await store.showtimes.follow_plan(_plan(1, "B1", "C2"), {"B1": "of a plan that is known"})
    assert await reasons() == {"C2": "broken"}
    await store.showtimes.give_reasons("sho_1", {"B1": "kept for the house", "C4": "not taken out"}, "usr_1")
    assert await reasons() == {"B1": "kept for the house", "C2": "broken"}
    await store.showtimes.follow_plan(_plan(2, "B1", "C3"))
    assert await reasons() == {"B1": "kept for the house"}
    await store.showtimes.follow_plan(_plan(3, "B1", "C2", "C3"))
    assert await reasons() == {"B1": "kept for the house"}, "a seat that comes back into the list has none"
    await store.showtimes.give_reasons("sho_1", {"B1": None, "C2": "broken"}, "usr_1")
    assert await reasons() == {"C2": "broken"}
    await store.showtimes.follow_plan(_plan(4, "B1", "C2", screen="scr_2"))
    assert await reasons() == {}, "the seats of another screen are others"
