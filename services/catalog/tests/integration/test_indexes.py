"""Each index has a query that uses it: one that has none is paid for with every write, and is not made."""

from datetime import UTC, date, datetime, timedelta

from pymongo import MongoClient
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_stored_showtime, at

from catalog.assembly import assemble
from catalog.domain.showtimes import Showtime
from catalog.settings import Settings
from catalog.store import Store, Transaction
from chassis import due
from chassis.mongo import Document
from chassis.pages import PageRequest
from chassis.process import process
from chassis.settings import load
from contracts.catalog import ScreenDetails
from contracts.ids import ScreenId, ShowtimeId
from stack.query_plans import unused_indexes

PAGE = PageRequest(1, 20)


async def _read_all_ways(store: Store) -> None:
    now, day = datetime.now(UTC), date(2026, 11, 29)
    await store.movies.page(PAGE, title="", genre="", among=None)
    await store.movies.page(PAGE, title="", genre="drama", among=None)
    await store.theaters.page(PAGE, city="")
    await store.theaters.page(PAGE, city="Mumbai")
    await store.screens.of_theater("thr_1")
    for movie_id, theater_id in ((None, None), ("mov_1", None), (None, "thr_1")):
        await store.showtimes.page(PAGE, movie_id=movie_id, theater_id=theater_id, day=day, now=now)
    await store.showtimes.movies_playing(day, "Mumbai", now)


def _on_screen(number: int) -> Showtime:
    screen = ScreenDetails(screen_id=ScreenId(f"scr_{number}"), name="One")
    return a_stored_showtime(id=ShowtimeId(f"sho_{number}"), screen=screen)


async def _look_at_a_screen(transaction: Transaction) -> None:
    await transaction.insert_showtimes([_on_screen(number) for number in range(30)], SHOWTIME_LAYOUT)
    await transaction.busy_spans("scr_1", (at(1), at(1) + timedelta(hours=2)), without=None)
    await transaction.levies("INR")


async def _nothing(_: Document) -> None:
    """Nothing is due."""


async def test_no_index_is_without_a_query(environment: str, mongo_uri: str) -> None:
    async with process(load(Settings), "catalog") as resources:
        store = assemble(load(Settings), resources).store
        await resources.prepare(store.prepare)
        await _read_all_ways(store)
        await store.transaction(_look_at_a_screen)
        for collection in (store.movies, store.theaters, store.screens):
            await due.run_due(collection.collection, _nothing, lease=timedelta(seconds=1))
        await resources.outbox("showtimes").poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, environment) == set()
