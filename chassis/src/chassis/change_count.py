"""How often what a service shows has changed, counted in Mongo for all its replicas."""

import asyncio

from chassis.mongo import Collection

_COUNT = {"_id": "all"}


class ChangeCount:
    """One document that holds the count. A call that changes something raises it after its write and before its answer:
    so a client finds what it wrote through any replica."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._waiting: list[asyncio.Future[int]] = []
        self._reader: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Make the document that `increase` changes; idempotent."""
        await self._collection.update(_COUNT, {"$setOnInsert": {"count": 0}}, upsert=True)

    async def increase(self) -> None:
        """Something has changed."""
        await self._collection.update(_COUNT, {"$inc": {"count": 1}})

    async def now(self) -> int:
        """The count, read after this call began. Calls that come while a read is under way share the next one."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_until_none_wait())
        return await answer

    async def _read_until_none_wait(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._answer(waiting)
        finally:
            self._reader = None

    async def _answer(self, waiting: "list[asyncio.Future[int]]") -> None:
        try:
            document = await self._collection.find_one(_COUNT)
        except Exception as error:  # noqa: BLE001  each caller gets it
            for answer in (answer for answer in waiting if not answer.done()):
                answer.set_exception(error)
            return
        for answer in (answer for answer in waiting if not answer.done()):
            answer.set_result(document["count"] if document else -1)
