"""Each index has a query that uses it: one that has none is paid for with every write, and is not made."""

from datetime import UTC, datetime

from pymongo import MongoClient
from services.booking.tests.facts import SALE, sign
from tests.factories import a_sale

from booking.domain.facts import Facts
from booking.showtimes import MongoShowtimes
from booking.store import MongoBookings
from chassis.mongo import Document
from chassis.process import process
from chassis.settings import ServiceSettings
from stack.query_plans import unused_indexes

BOOKINGS = 30


async def _nothing(_: object) -> None:
    """Nothing is due."""


async def test_no_index_is_without_a_query(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "booking") as resources:
        outbox = resources.outbox("bookings")
        bookings = MongoBookings(outbox, sign, lambda _: None)
        showtimes = MongoShowtimes(resources.database["showtimes"])
        await resources.prepare(bookings.ensure_indexes, showtimes.ensure_indexes)
        for sale in [SALE, *(a_sale() for _ in range(BOOKINGS))]:
            await bookings.decide(sale.booking_id, lambda _, sale=sale: Facts(ordered=sale))  # type: ignore[misc]
        await bookings.of_user(SALE.user_id, "pending", skip=0, limit=20)
        await bookings.of_order("order_1", SALE.user_id)
        await bookings.of_showtime(SALE.showtime_id, "", 20)
        await bookings.unanswered_refunds(datetime.now(UTC))
        await bookings.run_due(_nothing)
        await showtimes.run_due(_nothing)
        await outbox.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}booking") == set()
