"""Each index has a query that uses it: one that has none is paid for with every write, and is not made."""

from datetime import UTC, datetime, timedelta

from pymongo import MongoClient
from services.booking.tests.facts import SALE, money_of, refer, sign
from tests.factories import a_sale, a_snapshot

from booking.domain.facts import Facts
from booking.domain.people import wanted_email
from booking.domain.shows import show_of
from booking.people import MongoPeople
from booking.reports.backtesting import Backtesting, Scope
from booking.reports.following import Following
from booking.reports.reading import Reading, Span
from booking.reports.store import Builds
from booking.showtimes import MongoShowtimes
from booking.store import MongoBookings
from booking.usecases.ports import Selection
from chassis.mongo import Document
from chassis.process import process
from chassis.settings import ServiceSettings
from stack.query_plans import unused_indexes

BOOKINGS = 30


async def _nothing(_: object) -> None:
    """Nothing is due."""


async def _read_reports(builds: Builds, bookings: MongoBookings, showtimes: MongoShowtimes) -> None:
    """Of one theater, and of all."""
    sales = [a_sale() for _ in range(BOOKINGS)]
    for sale in sales:
        snapshot = a_snapshot(sale.showtime_id)
        await showtimes.save(snapshot)
        news = money_of(sale).with_news(Facts(sold=True, show=show_of(snapshot)))
        await bookings.decide(sale.booking_id, lambda _, news=news: news)  # type: ignore[misc]
    await Following(bookings, builds).follow()
    reading, today = Reading(builds, showtimes.collection), datetime.now(UTC).date()
    for theaters in (None, frozenset({snapshot.theater.theater_id})):
        span = Span(today - timedelta(days=1), today + timedelta(days=2), theaters)
        assert (await reading.sales(span)).total.bookings == (1 if theaters else BOOKINGS)
        assert len(await reading.shows(span)) == (1 if theaters else BOOKINGS)
        assert [line async for lines in reading.bookings(span) for line in lines]
    testing = Backtesting(builds, showtimes, bookings.collection)
    assert await testing.theater_of(Scope("screen", snapshot.screen.screen_id)) == snapshot.theater.theater_id
    testing = Backtesting(builds, showtimes, bookings.collection)
    assert await testing.theater_of(Scope("screen", snapshot.screen.screen_id)) == snapshot.theater.theater_id


async def test_no_index_is_without_a_query(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "booking") as resources:
        outbox = resources.outbox("bookings")
        bookings = MongoBookings(outbox, sign, refer, lambda _: None)
        showtimes, people = MongoShowtimes(resources.database["showtimes"]), MongoPeople(resources.database["people"])
        builds = Builds(resources.database)
        await resources.prepare(
            bookings.ensure_indexes, people.ensure_indexes, showtimes.ensure_indexes, builds.prepare
        )
        for sale in [SALE, *(a_sale() for _ in range(BOOKINGS))]:
            await bookings.decide(sale.booking_id, lambda _, sale=sale: Facts(ordered=sale))  # type: ignore[misc]
        await bookings.of_users([SALE.user_id, "usr_9"], "pending", skip=0, limit=20)
        await bookings.of_order("order_1", [SALE.user_id])
        await bookings.of_showtime(SALE.showtime_id, "", 20)
        await bookings.search(Selection(theater_ids=frozenset({"thr_1", "thr_2"})), skip=0, limit=20)
        await bookings.search(Selection(status="pending"), skip=0, limit=20)
        await people.with_all([wanted_email("asha@example.org")])
        await bookings.unanswered_refunds(datetime.now(UTC))
        await _read_reports(builds, bookings, showtimes)
        await bookings.run_due(_nothing)
        await showtimes.run_due(_nothing)
        await outbox.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}booking") == set()
