"""State and event are one write: an aggregate's document carries its unsent events until the broker confirmed them.

The writer publishes right after its write; the poll finds what a crash left. Entries are pushed with the change and
pulled by event id; the array is never set and the document never replaced.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel

from chassis import metrics, mongo
from chassis.broker import Publisher
from chassis.envelope import Envelope, from_document
from chassis.loops import Background
from chassis.mongo import Collection, Decision, Document

INDEX = IndexModel([("outbox.time", 1)], partialFilterExpression={"outbox.time": {"$exists": True}})
POLL_SECONDS = 2.0  # how often a service looks for what was left behind
_LEFT_BEHIND = timedelta(seconds=2)
_BATCH = 200
_AT_ONCE = 16
_RESYNC_REACH = timedelta(days=30)


def push(envelopes: Iterable[Envelope]) -> dict[str, Any]:
    """The `$push` operand that puts events into the document they tell of."""
    return {"outbox": {"$each": [envelope.document() for envelope in envelopes]}}


def pushed(update: Mapping[str, Any] | None) -> list[Document]:
    """The outbox entries that a Mongo update pushes; none for no update."""
    entries: list[Document] = (update or {}).get("$push", {}).get("outbox", {}).get("$each", [])
    return entries


async def republish(collection: Collection, past_events: Callable[[Document], Sequence[Envelope]]) -> int:
    """Put the past events of each document that changed in the last 30 days into its outbox again; how many documents.

    `past_events` makes them from a document, under the ids that they had. A running worker publishes them; a consumer
    that has handled one before changes nothing.
    """

    def again(document: Document | None) -> dict[str, Any] | None:
        envelopes = past_events(document) if document else ()
        return {"$push": push(envelopes)} if envelopes else None

    recently = {"changed_at": {"$gte": datetime.now(UTC) - _RESYNC_REACH}}
    return await mongo.amend_all(collection, recently, again)


class Outbox:
    """The unsent events of one collection.

    A writer publishes what its own write pushed and nothing else of the document: the rest is in the hands of those who
    wrote it, or of the poll. After an outage of the broker a document carries many events, and each write would publish
    all of them.
    """

    def __init__(self, collection: Collection, publisher: Publisher, background: Background) -> None:
        self.collection = collection
        self._publisher = publisher
        self._background = background

    async def ensure_index(self) -> None:
        """Make the index that `poll` reads by; idempotent."""
        await self.collection.ensure_indexes(INDEX)

    async def amend(
        self, document_id: str, change: Decision, *, known: Document | None = mongo.UNREAD
    ) -> Document | None:
        """`mongo.amend`, and publish what this very write pushed, beside the caller. Returns the newest document."""
        entries: list[Document] = []

        def noted(document: Document | None) -> Mapping[str, Any] | None:
            update = change(document)
            entries[:] = pushed(update)
            return update

        document = await mongo.amend(self.collection, document_id, noted, known=known)
        self.send_soon(document_id, entries)
        return document

    async def amend_all(self, query: Mapping[str, Any], change: Decision) -> int:
        """`amend` every match, some at a time; how many there were."""
        return await mongo.for_each(self.collection, query, lambda document_id: self.amend(document_id, change))

    async def insert(self, document: Document) -> None:
        """Insert a document and publish its events, beside the caller; raises `DuplicateKeyError`."""
        await self.collection.insert(document)
        self.send_soon(document["_id"], document.get("outbox", ()))

    def send_soon(self, document_id: str, entries: Sequence[Document]) -> None:
        """Publish these entries of a document's outbox beside the caller. For writes that are neither `amend` nor
        `insert`: with what `pushed` reads from their update, once they are made."""
        if entries:
            self._background.start(self.send(document_id, entries))

    def send_all_soon(self, entries_of: Mapping[str, Sequence[Document]]) -> None:
        """As `send_soon` for the entries of several documents, a few at a time: requests need the store too."""
        if entries_of:
            self._background.start(self._send_all(entries_of))

    async def _send_all(self, entries_of: Mapping[str, Sequence[Document]]) -> None:
        unsent = list(entries_of.items())
        for start in range(0, len(unsent), _AT_ONCE):
            batch = unsent[start : start + _AT_ONCE]
            await asyncio.gather(*(self.send(document_id, entries) for document_id, entries in batch))

    async def send(self, document_id: str, entries: Sequence[Document]) -> None:
        """Publish these entries and take them out; what the broker did not confirm stays for the poll."""
        sent = await self._publisher.publish_all(map(from_document, entries))
        if sent:
            pulled = {"$pull": {"outbox": {"id": {"$in": sorted(sent)}}}}
            await self.collection.update({"_id": document_id}, pulled)

    async def poll(self) -> None:
        """Publish what has lain here for more than 2 s: a crash, or a broker that was unavailable, left it."""
        while True:
            old = datetime.now(UTC) - _LEFT_BEHIND
            # In the order of the index. Were it asked for, all would be sorted in memory: that of an array's index may
            # be another than that of its documents.
            documents = await self.collection.find(
                {"outbox.time": {"$lt": old}}, limit=_BATCH, projection={"outbox": 1}
            )
            metrics.OUTBOX_OLDEST.labels(self.collection.raw.name).set(_age_seconds(documents))
            for document in documents:
                await self.send(document["_id"], document["outbox"])
            if len(documents) < _BATCH or not self._publisher.ready.is_set():
                return


def _age_seconds(documents: list[Document]) -> float:
    """Seconds since the oldest entry was written; 0 for none."""
    times = [entry["time"] for document in documents for entry in document["outbox"]]
    return (datetime.now(UTC) - min(times)).total_seconds() if times else 0.0
