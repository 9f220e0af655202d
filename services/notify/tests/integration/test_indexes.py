"""Each index has a query that uses it, or lets something end."""

from pymongo import MongoClient

from chassis.mongo import Document
from chassis.process import process
from chassis.settings import ServiceSettings
from notify.receipts import Receipts
from notify.recipients import Recipients
from notify.store import Deliveries
from stack.query_plans import unused_indexes


async def _nothing(_: object) -> None:
    """Nothing is due."""


async def test_no_index_is_without_a_query(mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str) -> None:
    settings = ServiceSettings.model_validate(
        {"mongo_uri": mongo_uri, "rabbitmq_url": rabbitmq_vhost_url, "database_prefix": mongo_database_prefix}
    )
    async with process(settings, "notify") as resources:
        deliveries = Deliveries(resources.outbox("deliveries"))
        recipients = Recipients(resources.database["recipients"])
        receipts = Receipts(resources.outbox("deliveries"))
        await resources.prepare(deliveries.ensure_indexes, recipients.ensure_indexes, receipts.ensure_indexes)
        await receipts.find("SM1")
        await receipts.due()
        await recipients.suppress_phone("+919876543210")
        await deliveries.about_booking("bkg_1")
        await deliveries.messages("bkg_1")
        await deliveries.measure()
        await deliveries.run_due(_nothing, concurrency=1)
        await resources.outbox("deliveries").poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}notify") == set()
