"""Each index has a query that uses it, or lets something end."""

from pymongo import MongoClient
from services.seating.tests.harness import running

from chassis.mongo import Document
from contracts.ids import new_id
from stack.query_plans import unused_indexes


async def test_no_index_is_without_a_query_and_holds_in_checkout_end(
    mongo_uri: str, mongo_database_prefix: str, redis_db_url: str
) -> None:
    name = f"{mongo_database_prefix}seating"
    async with running(mongo_uri, mongo_database_prefix, redis_db_url) as harness:
        await harness.process.prepare(*harness.seating.ensure_indexes)
        await harness.process.outbox("ledgers").poll()
        await harness.process.outbox("waitlist").poll()
        entries, user, showtime = harness.seating.entries, new_id("usr"), new_id("sho")
        await entries.open_of(showtime, user)
        await entries.of_users([user])
        await entries.on_list(showtime)
        await harness.seating.offering.run_due()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, name) == set()
        holds = client[name]["checked_out_holds"].index_information()
    assert holds["expires_at_1"]["expireAfterSeconds"] == 30 * 24 * 3600
