"""Due work: an aggregate's document has a field `due_at`; a process claims the work by moving that a lease ahead.

One look finds what is due, and when the next document will be. One update claims all of it, and a read says which of
them this process got: those that bear its batch id. Who claimed a document and died leaves it to others when the lease
ends; who is told to end finishes the work under way, and gives back at once what it has not done.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from bson import ObjectId
from pymongo import IndexModel

from chassis import telemetry
from chassis.loops import end, finish, forever
from chassis.mongo import Collection, Document
from chassis.times import now_in_milliseconds

# With the id the index alone answers a look.
INDEX = IndexModel([("due_at", 1), ("_id", 1)], partialFilterExpression={"due_at": {"$exists": True}})
Work = Callable[[Document], Awaitable[None]]
LONGEST_SECONDS = 5.0  # within this time a process sees what another has made due
_BATCH = 50
_BEGIN_SECONDS = 1.0  # what was claimed and has not begun by then is given back: other replicas may be idle
FINISH_SECONDS = 5.0  # for the work under way when the process ends
_GIVE_BACK_SECONDS = 2.0
_CLAIM = ("_id", "due_batch", "due_at")  # what shows that a document is still claimed by who claimed it
_PAUSE_SECONDS = 0.1  # between looks while work is under way: what comes in the meantime is claimed together


async def whenever_due(
    name: str, collection: Collection, run_due: Callable[[], Awaitable[object]], *, shortest: float = 0.25
) -> None:
    """Run `run_due` for ever, as soon as a document of the collection is due.

    The loop sleeps until the next one is; a write of this process that makes one due before that wakes it. It pauses
    for `shortest` seconds at least: what becomes due in the meantime is done together.
    """

    async def step() -> None:
        await run_due()
        await asyncio.sleep(shortest)
        await collection.due.ring(LONGEST_SECONDS - shortest)

    await forever(name, step, pause=0)


async def run_due(collection: Collection, work: Work, *, lease: timedelta, concurrency: int = 4) -> None:
    """Do all that is due, `concurrency` documents at a time; returns when nothing is due and no work is under way. A
    document with a `traceparent` is worked on in that trace.

    `work` gets the document as it was when it was claimed, a second ago at most, and ends by moving or unsetting its
    `due_at`. Work that fails is due again when its lease ends: no more is begun then, and the error is raised when the
    work under way has ended.
    """
    await _Run(collection, work, lease, concurrency).until_nothing_is_due()


class _Run:
    """The documents that one call of `run_due` has claimed, and those whose work is under way."""

    def __init__(self, collection: Collection, work: Work, lease: timedelta, concurrency: int) -> None:
        self._collection, self._work, self._lease, self._concurrency = collection, work, lease, concurrency
        self._claimed = deque[Document]()
        self._claimed_at = 0.0
        self._limit = _BATCH
        self._under_way = dict[asyncio.Future[None], Document]()
        self._ring: asyncio.Future[None] | None = None
        self._errors: list[BaseException] = []

    async def until_nothing_is_due(self) -> None:
        try:
            await self._claim()
            while await self._has_more():
                self._begin()
                await self._wait()
        finally:
            if self._claimed or self._under_way or self._ring:
                await finish(asyncio.ensure_future(self._stop()), FINISH_SECONDS + _GIVE_BACK_SECONDS)
        if self._errors:
            raise self._errors[0]

    async def _has_more(self) -> bool:
        """Whether there is work to begin or to wait for; after an error no more is begun."""
        if self._errors:
            await self._give_back()
        elif not (self._claimed or self._under_way) and self._collection.due.rings:
            await self._claim()
        return bool(self._claimed or self._under_way)

    def _begin(self) -> None:
        while self._claimed and len(self._under_way) < self._concurrency:
            document = self._claimed.popleft()
            claim = {name: document[name] for name in _CLAIM}
            self._under_way[asyncio.ensure_future(self._work_on(document))] = claim

    async def _work_on(self, document: Document) -> None:
        with telemetry.taken_up(document.get("traceparent"), "due work"):
            await self._work(document)

    async def _wait(self) -> None:
        """Until some work has ended, something else is due and may be begun, or what was claimed waits too long."""
        if not self._claimed and len(self._under_way) < self._concurrency and self._ring is None:
            self._ring = asyncio.ensure_future(self._due_again())
        waits_until = self._claimed_at + _BEGIN_SECONDS - time.monotonic() if self._claimed else None
        events = set(self._under_way) | set(filter(None, [self._ring]))
        done, _ = await asyncio.wait(events, timeout=waits_until, return_when=asyncio.FIRST_COMPLETED)
        self._errors += [error for task in done if not task.cancelled() and (error := task.exception())]
        for task in done - set(filter(None, [self._ring])):
            del self._under_way[task]
        if self._claimed and time.monotonic() >= self._claimed_at + _BEGIN_SECONDS:
            await self._give_back()
        if self._ring in done:
            self._ring = None
            if not self._errors:
                await self._claim()

    async def _due_again(self) -> None:
        await asyncio.sleep(_PAUSE_SECONDS)
        await self._collection.due.ring(LONGEST_SECONDS)

    async def _claim(self) -> None:
        """Claim what is due; the alarm of the collection is set to when there is more."""
        now, alarm = now_in_milliseconds(), self._collection.due
        alarm.clear()
        horizon = now + timedelta(seconds=LONGEST_SECONDS)
        soon = await self._collection.find(
            {"due_at": {"$lte": horizon}}, projection={"due_at": 1}, sort=[("due_at", 1)], limit=self._limit + 1
        )
        ids = [document["_id"] for document in soon[: self._limit] if document["due_at"] <= now]
        if len(ids) < len(soon):
            alarm.note(soon[len(ids)]["due_at"])
        if ids:
            self._claimed_at = time.monotonic()
            self._until, self._batch = now + self._lease, ObjectId()
            self._claimed.extend(await self._taken(ids))
        if len(self._claimed) < len(ids):  # other replicas are at it: there may be more behind what they took
            alarm.note(now)
        elif len(ids) == self._limit:
            self._limit = min(2 * self._limit, _BATCH)

    async def _taken(self, ids: list[str]) -> list[Document]:
        """Those of the documents that this process got, as they are now: whoever has written to one since, as where its
        work was done by other means, has said when it is due."""
        due = {"_id": {"$in": ids}, "due_at": {"$lte": self._until - self._lease}}
        claim = {"$set": {"due_at": self._until, "due_batch": self._batch}}
        if len(ids) == 1:
            document = await self._collection.find_one_and_update(due, claim)
            return [document] if document else []
        if not await self._collection.update_many(due, claim):
            return []
        documents = await self._collection.find({"_id": {"$in": ids}, "due_batch": self._batch, "due_at": self._until})
        return sorted(documents, key=lambda document: ids.index(document["_id"]))

    async def _give_back(self) -> None:
        """Make due what was claimed and not begun, and claim less the next time."""
        if not self._claimed:
            return
        claimed = list(self._claimed)
        self._claimed.clear()
        self._limit = self._concurrency
        await self._make_due(claimed)

    async def _make_due(self, documents: Iterable[Document]) -> None:
        """Make due now those whose claim is as it was."""
        now = {"$set": {"due_at": now_in_milliseconds()}}
        await self._collection.update_each(({name: document[name] for name in _CLAIM}, now) for document in documents)

    async def _stop(self) -> None:
        """Give back what has not begun, finish what has, and give back what did not end in time."""
        await end(*filter(None, [self._ring]))
        await self._give_back()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_SECONDS)
        await end(*self._under_way)
        await self._make_due(claim for task, claim in self._under_way.items() if task.cancelled())
