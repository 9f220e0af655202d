"""Each index has a query that uses it: one that has none is paid for with every write, and is not made."""

from datetime import UTC, date, datetime, timedelta

from pymongo import MongoClient
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_movie, a_record, a_stored_showtime, at

from catalog.assembly import assemble
from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.schemas.movies import NewMovie
from catalog.settings import Settings
from catalog.store import Store, Transaction
from catalog.store.queries import with_part
from chassis import due
from chassis.mongo import Document
from chassis.pages import PageRequest
from chassis.resources import resources
from chassis.settings import load
from contracts.ids import ScreenId, ShowtimeId
from contracts.layout import ScreenDetails
from stack.query_plans import unused_indexes

PAGE = PageRequest(1, 20)


async def _read_all_ways(store: Store) -> None:
    now, day = datetime.now(UTC), date(2026, 11, 29)
    for title, genre, language in (("", "", ""), ("", "drama", ""), ("a", "", ""), ("", "", "fr")):
        await store.movies.page(PAGE, title=title, genre=genre, language=language, among=None)
    await store.movies.known_as(7)
    await store.theaters.page(PAGE, city="")
    await store.theaters.page(PAGE, city="Mumbai")
    await store.screens.of_theater("thr_1")
    for movie_id, theater_id in ((None, None), ("mov_1", None), (None, "thr_1")):
        await store.showtimes.page(PAGE, movie_id=movie_id, theater_id=theater_id, city="", day=day, now=now)
    await store.showtimes.of_days("thr_1", day, 7)
    await store.showtimes.movies_playing(day, "Mumbai", now)


async def test_a_title_is_found_by_a_part_without_a_look_at_the_others(environment: str, mongo_uri: str) -> None:
    async with resources(load(Settings), "catalog") as process:
        movies = assemble(load(Settings), process).store.movies
        await process.prepare(movies.prepare)
        for number in range(300):
            await movies.insert(
                _movie(number, "Zebra Crossing" if number % 100 == 7 else f"Antelope {number}"), a_record
            )
        with MongoClient[Document](mongo_uri) as client:
            for part in ("br", "cros", "ebra crossing"):
                listing = await movies.page(PAGE, title=part, genre="", language="", among=None)
                assert (len(listing.items), listing.total) == (3, 3), part
                plan = client[environment].command(
                    "explain",
                    {"find": "movies", "filter": with_part("title", part), "sort": {"title_folded": 1, "_id": 1}},
                    verbosity="executionStats",
                )
                assert plan["executionStats"]["totalDocsExamined"] == 3, part


def _movie(number: int, title: str) -> Movie:
    return NewMovie.model_validate(a_movie(title=title)).movie(f"mov_{number:026}")


def _on_screen(number: int) -> Showtime:
    screen = ScreenDetails(screen_id=ScreenId(f"scr_{number}"), name="One")
    return a_stored_showtime(id=ShowtimeId(f"sho_{number}"), screen=screen)


async def _look_at_a_screen(transaction: Transaction) -> None:
    await transaction.insert_showtimes([_on_screen(number) for number in range(30)], SHOWTIME_LAYOUT, a_record)
    await transaction.busy_spans("scr_1", (at(1), at(1) + timedelta(hours=2)), without=None)
    await transaction.taxes()


async def _nothing(_: Document) -> None:
    """Nothing is due."""


async def test_no_index_is_without_a_query(environment: str, mongo_uri: str) -> None:
    async with resources(load(Settings), "catalog") as process:
        store = assemble(load(Settings), process).store
        await process.prepare(store.prepare)
        await _read_all_ways(store)
        await store.transaction(_look_at_a_screen)
        for collection in (store.movies, store.theaters, store.screens, store.taxes):
            await due.run_due(collection.collection, _nothing, lease=timedelta(seconds=1))
        for outbox in process.outboxes.values():
            await outbox.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, environment) == set()
