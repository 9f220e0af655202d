"""Each index has a query that uses it, keeps something unique, or lets something end."""

from datetime import UTC, datetime, timedelta

from pymongo import MongoClient

from chassis.mongo import Document
from chassis.process import Process
from payment.foreign import MongoForeignOrders
from payment.inbox import MongoInbox
from payment.store import MongoPayments
from payment.watermarks import MongoWatermarks
from stack.query_plans import unused_indexes

LEASE = timedelta(seconds=1)


async def _nothing(_: object) -> None:
    """Nothing is due."""


async def _no_list(_: object, __: object) -> None:
    """No list is due."""


async def test_no_index_is_without_a_query(base: Process, mongo_uri: str, mongo_database_prefix: str) -> None:
    outbox = base.outbox("payments")
    payments, inbox = MongoPayments(outbox), MongoInbox(base.database["inbox"], base.background)
    watermarks = MongoWatermarks(base.database["watermarks"])
    stores = (payments, inbox, MongoForeignOrders(base.database["foreign_orders"]), watermarks)
    await base.prepare(*(store.ensure_indexes for store in stores))
    await payments.of_order("order_1")
    await payments.of_capture("pay_1")
    await payments.count_waiting(datetime.now(UTC))
    await payments.open_cases()
    await payments.cases(theater_ids=None, is_open=None, skip=0, limit=20)
    await payments.run_due(_nothing, lease=LEASE)
    await inbox.run_due(_nothing, lease=LEASE)
    await inbox.count_unmatched()
    await watermarks.run_due(_no_list)  # type: ignore[arg-type]  # it is never called
    await outbox.poll()
    with MongoClient[Document](mongo_uri) as client:
        assert unused_indexes(client, f"{mongo_database_prefix}payment") == set()
