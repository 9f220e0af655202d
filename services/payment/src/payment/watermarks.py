"""Up to when the provider's lists have been read: one document for each list, due work for one replica at a time."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from pymongo.errors import DuplicateKeyError

from chassis import due as due_work
from chassis.mongo import Collection, Document

INDEXES = (due_work.INDEX,)
List = Literal["payments", "refunds"]
_LEASE = timedelta(seconds=60)


class Watermarks:
    """The lists' watermarks, each due again after `every`."""

    def __init__(self, collection: Collection, every: timedelta) -> None:
        self._collection, self._every = collection, every

    async def begin(self) -> None:
        """Start where nothing was read yet; idempotent."""
        now = datetime.now(UTC)
        for name in get_args(List):
            try:
                await self._collection.insert({"_id": name, "until": now, "due_at": now + self._every})
            except DuplicateKeyError:
                continue

    async def run_due(self, read: Callable[[List, datetime], Awaitable[bool]]) -> None:
        """Read each list that is due from its watermark on; one that was read whole has a new watermark."""

        async def work(document: Document) -> None:
            now = datetime.now(UTC)
            whole = await read(document["_id"], document["until"])
            moved = {"due_at": now + self._every, **({"until": now} if whole else {})}
            await self._collection.update({"_id": document["_id"]}, {"$set": moved})

        await due_work.run_due(self._collection, work, lease=_LEASE, concurrency=2)
