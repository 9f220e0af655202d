"""Up to when the providers' lists have been read, in Mongo: a document for each, due work for one process at a time."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from pymongo.errors import DuplicateKeyError

from chassis import due as due_work
from chassis.mongo import Collection, Document
from payment.usecases.ports import ProviderList

INDEXES = (due_work.INDEX,)
_LEASE = timedelta(seconds=60)


class MongoWatermarks:
    """The port `Watermarks`; each list is due again after `every`."""

    def __init__(self, collection: Collection, every: timedelta) -> None:
        self._collection, self._every = collection, every

    async def ensure_indexes(self) -> None:
        """Idempotent."""
        await self._collection.ensure_indexes(*INDEXES)

    async def begin(self, lists: Iterable[ProviderList]) -> None:
        """Idempotent."""
        now = datetime.now(UTC)
        for which in lists:
            document = {
                "_id": f"{which.provider}:{which.kind}",
                "provider": which.provider,
                "kind": which.kind,
                "until": now,
                "due_at": now + self._every,
            }
            try:
                await self._collection.insert(document)
            except DuplicateKeyError:
                continue

    async def run_due(self, read: Callable[[ProviderList, datetime], Awaitable[bool]]) -> None:
        """Two lists at a time."""

        async def work(document: Document) -> None:
            began_at = datetime.now(UTC)
            whole = await read(ProviderList(document["provider"], document["kind"]), document["until"])
            moved = {"due_at": began_at + self._every, **({"until": began_at} if whole else {})}
            await self._collection.update({"_id": document["_id"]}, {"$set": moved})

        await due_work.run_due(self._collection, work, lease=_LEASE, concurrency=2)
