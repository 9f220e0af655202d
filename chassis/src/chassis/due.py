"""Due work: a field `due_at` in an aggregate's own document, taken by moving it a lease ahead."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel

from chassis.loops import whenever
from chassis.mongo import Collection, Document

INDEX = IndexModel([("due_at", 1)], partialFilterExpression={"due_at": {"$exists": True}})
Work = Callable[[Document], Awaitable[None]]
LONGEST_SECONDS = 2.0  # what another process makes due is seen by then


async def take(collection: Collection, *, lease: timedelta) -> Document | None:
    """The most overdue document, now ours for `lease`, or None. Whoever finishes the work moves or unsets `due_at`."""
    now = datetime.now(UTC)
    return await collection.find_one_and_update(
        {"due_at": {"$lte": now}}, {"$set": {"due_at": now + lease}}, sort=[("due_at", 1)]
    )


async def whenever_due(
    name: str, collection: Collection, run_due: Callable[[], Awaitable[object]], *, shortest: float = 0.25
) -> None:
    """Run `run_due` for ever, as soon as a document of the collection is due: it is known when the next one will be,
    and this process' own writes wake it."""

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
    """Do all that is due, `concurrency` at a time. Work that fails is due again when its lease ends."""

    async def one_after_another(document: Document | None) -> None:
        while document is not None:
            await work(document)
            document = await take(collection, lease=lease)

    async def beside() -> None:
        await one_after_another(await take(collection, lease=lease))

    first = await take(collection, lease=lease)
    if first is None:
        return
    others = (beside() for _ in range(concurrency - 1))
    for result in await asyncio.gather(one_after_another(first), *others, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
