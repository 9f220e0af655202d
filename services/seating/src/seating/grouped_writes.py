"""Conditional writes of one document that come while another of this process is under way go to Mongo together.

Alone each would conflict with the others inside Mongo, and wait for the journal by itself. Each keeps its own
condition: one command carries them all, and one read tells which of them stand in the document.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

import pymongo

from chassis.mongo import Collection, Document
from chassis.unavailable import PeerUnavailable

MOST = 50  # in one command


@dataclass(frozen=True, slots=True)
class ConditionalWrite:
    """`update` where the document meets `query`; then `shows`, the fields that it concerns, is enough to tell whether
    it `stands`. A write is over within `seconds`, or fails."""

    query: Document
    update: Document
    shows: Document
    stands: Callable[[Document], bool]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    write: ConditionalWrite
    ends_at: float
    document: "asyncio.Future[Document | None]"


class GroupedWrites:
    """By document those writes that wait for the one under way."""

    def __init__(self, documents: Collection) -> None:
        self._documents = documents
        self._waiting: dict[str, list[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, document_id: str, write: ConditionalWrite) -> Document | None:
        """What the write shows of the document afterwards; None where its condition did not hold.

        A write that stands there already counts as made. What is shown may be newer than the write.
        """
        waiting = self._waiting.get(document_id)
        if waiting is not None:
            document: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
            waiting.append(_Waiting(write, time.monotonic() + write.seconds, document))
            return await document
        self._waiting[document_id] = []
        try:
            with pymongo.timeout(write.seconds):
                return await self._documents.find_one_and_update(write.query, write.update, projection=write.shows)
        finally:
            self._go_on(document_id)

    def _go_on(self, document_id: str) -> None:
        """Write what has come meanwhile; not in the context of one caller, who has a deadline of its own."""
        group = self._waiting.pop(document_id)
        if group:
            self._waiting[document_id] = group[MOST:]
            work = self._write_together(document_id, group[:MOST])
            task = asyncio.get_running_loop().create_task(work, context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _write_together(self, document_id: str, group: Sequence[_Waiting]) -> None:
        try:
            document = await self._written(document_id, group)
        except Exception as error:  # noqa: BLE001  each caller gets it
            for each in group:
                if not each.document.done():
                    each.document.set_exception(error)
        else:
            for each in group:
                if not each.document.done():
                    each.document.set_result(document if document and each.write.stands(document) else None)
        finally:
            self._go_on(document_id)

    async def _written(self, document_id: str, group: Sequence[_Waiting]) -> Document | None:
        seconds = min(each.ends_at for each in group) - time.monotonic()
        if seconds <= 0:
            raise PeerUnavailable("the writes before this one took all of its time")
        shows = {field: 1 for each in group for field in each.write.shows}
        with pymongo.timeout(seconds):
            await self._documents.update_each((each.write.query, each.write.update) for each in group)
            return await self._documents.find_one({"_id": document_id}, shows)
