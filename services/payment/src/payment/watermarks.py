"""Up to when the providers' lists have been read, in Mongo: a document for each, due work for one process at a time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from chassis import due as due_work
from chassis.mongo import Collection, Document
from payment.usecases.ports import ProviderList, Watermark

INDEXES = (due_work.INDEX,)
_LEASE = timedelta(seconds=60)


class MongoWatermarks:
    """The port `Watermarks`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        """Idempotent."""
        await self._collection.ensure_indexes(*INDEXES)

    async def begin(self, lists: Mapping[ProviderList, Watermark]) -> None:
        """Idempotent."""
        for which, watermark in lists.items():
            document = {
                "_id": _id(which),
                "provider": which.provider,
                "kind": which.kind,
                "age_seconds": which.age.total_seconds(),
                "until": watermark.until,
                "due_at": watermark.due_at,
            }
            try:
                await self._collection.insert(document)
            except DuplicateKeyError:
                continue

    async def run_due(self, read: Callable[[ProviderList, datetime], Awaitable[Watermark]]) -> None:
        """Two lists at a time."""

        async def work(document: Document) -> None:
            age = timedelta(seconds=document.get("age_seconds", 0))
            which = ProviderList(document["provider"], document["kind"], age)
            watermark = await read(which, document["until"])
            moved = {"until": watermark.until, "due_at": watermark.due_at}
            await self._collection.update({"_id": document["_id"]}, {"$set": moved})

        await due_work.run_due(self._collection, work, lease=_LEASE, concurrency=2)


def _id(which: ProviderList) -> str:
    newest = f"{which.provider}:{which.kind}"
    return f"{newest}:{which.age.total_seconds():.0f}" if which.age else newest
