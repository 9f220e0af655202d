"""Due work: an aggregate's document has a field `due_at`; a process takes the work by moving that a lease ahead."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel

from chassis.loops import whenever
from chassis.mongo import Collection, Document

INDEX = IndexModel([("due_at", 1)], partialFilterExpression={"due_at": {"$exists": True}})
Work = Callable[[Document], Awaitable[None]]
LONGEST_SECONDS = 2.0  # within this time a process sees what another has made due


async def take(collection: Collection, *, lease: timedelta) -> Document | None:
    """The most overdue document, taken for `lease`; None where nothing is due. The work ends by moving or unsetting
    `due_at`."""
    now = datetime.now(UTC)
    return await collection.find_one_and_update(
        {"due_at": {"$lte": now}}, {"$set": {"due_at": now + lease}}, sort=[("due_at", 1)]
    )


async def whenever_due(
    name: str, collection: Collection, run_due: Callable[[], Awaitable[object]], *, shortest: float = 0.25
) -> None:
    """Run `run_due` for ever, as soon as a document of the collection is due: the loop sleeps until the next one is,
    and a write of this process wakes it."""

    async def step() -> float | None:
        soonest = await _soonest(collection)
        if soonest is None or soonest > 0:
            return soonest
        await run_due()
        return 0

    await whenever(name, collection.written, step, shortest=shortest, longest=LONGEST_SECONDS)


async def _soonest(collection: Collection) -> float | None:
    """The seconds until the next document is due; None where none ever will be."""
    documents = await collection.find(
        {"due_at": {"$exists": True}}, projection={"_id": 0, "due_at": 1}, sort=[("due_at", 1)], limit=1
    )
    return (documents[0]["due_at"] - datetime.now(UTC)).total_seconds() if documents else None


async def run_due(collection: Collection, work: Work, *, lease: timedelta, concurrency: int = 4) -> None:
    """Do all that is due, `concurrency` documents at a time. Work that fails is due again when its lease ends."""

    async def work_off(document: Document | None) -> None:
        while document is not None:
            await work(document)
            document = await take(collection, lease=lease)

    async def take_and_work_off() -> None:
        await work_off(await take(collection, lease=lease))

    first = await take(collection, lease=lease)
    if first is None:
        return
    others = (take_and_work_off() for _ in range(concurrency - 1))
    for result in await asyncio.gather(work_off(first), *others, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
