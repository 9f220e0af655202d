"""Reports after a rush: all that is unreported is applied at once, however much it is."""

from services.booking.tests.facts import money_of, refer, sign
from tests.factories import a_sale, a_snapshot

from booking.domain.facts import Facts
from booking.domain.shows import show_of
from booking.reports.following import Following
from booking.reports.store import Builds
from booking.store import MongoBookings
from chassis.process import process
from chassis.settings import ServiceSettings

BOOKINGS = 450


async def test_a_rush_is_applied_in_one_step_of_many_batches(
    mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    snapshot = a_snapshot()
    async with process(settings, "booking") as resources:
        bookings, builds = (
            MongoBookings(resources.outbox("bookings"), sign, refer, lambda _: None),
            Builds(resources.database),
        )
        await resources.prepare(bookings.ensure_indexes, builds.prepare)
        for _ in range(BOOKINGS):
            sale = a_sale(showtime_id=snapshot.showtime_id)
            news = money_of(sale).with_news(Facts(sold=True, show=show_of(snapshot)))
            await bookings.decide(sale.booking_id, lambda _, news=news: news, likely_new=True)  # type: ignore[misc]
        await Following(bookings, builds).follow()
        assert await bookings.unreported(1) == []
        (sold,) = await (await builds.current()).attendance.find({"_id": snapshot.showtime_id})
        assert sold["sold"] == 2 * BOOKINGS
