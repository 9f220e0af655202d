"""State and event are one write: an aggregate's document carries its unsent events until the broker confirmed them.

The writer publishes right after its write; the poll finds what a crash left. Entries are pushed with the change and
pulled by event id; the array is never set and the document never replaced.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel

from chassis import metrics
from chassis.broker import Publisher
from chassis.envelope import Envelope, from_document
from chassis.loops import Background
from chassis.mongo import Collection, Document, amend_all

INDEX = IndexModel([("outbox.time", 1)], partialFilterExpression={"outbox.time": {"$exists": True}})
_LEFT_BEHIND = timedelta(seconds=2)
_BATCH = 200
POLL_SECONDS = 2.0  # a service looks so often for what was left behind
_REACH = timedelta(days=30)


def push(envelopes: Iterable[Envelope]) -> dict[str, Any]:
    """The `$push` operand that puts events into the document they tell of."""
    return {"outbox": {"$each": [envelope.document() for envelope in envelopes]}}


async def say_again(collection: Collection, all_said: Callable[[Document], Sequence[Envelope]]) -> int:
    """Put `all_said` of each document that has `changed_at` in the last 30 days into its outbox; how many documents.

    Consumers know the events by their ids: what was digested before changes nothing.
    """

    def again(document: Document | None) -> dict[str, Any] | None:
        envelopes = all_said(document) if document else ()
        return {"$push": push(envelopes)} if envelopes else None

    return await amend_all(collection, {"changed_at": {"$gte": datetime.now(UTC) - _REACH}}, again)


class Outbox:
    """The unsent events of one collection."""

    def __init__(self, collection: Collection, publisher: Publisher, background: Background) -> None:
        self.collection = collection
        self._publisher = publisher
        self._background = background

    def send_soon(self, document: Document | None) -> None:
        """Publish what the document carries, beside the caller. To be called after each write that pushed events."""
        if document and document.get("outbox"):
            self._background.start(self.send(document))

    async def send(self, document: Document) -> None:
        """Publish what the document carries and take it out; what the broker did not confirm stays for the poll."""
        sent = await self._publisher.publish_all(map(from_document, document["outbox"]))
        if sent:
            pulled = {"$pull": {"outbox": {"id": {"$in": sorted(sent)}}}}
            await self.collection.update({"_id": document["_id"]}, pulled)

    async def poll(self) -> None:
        """Publish what has lain here for more than 2 s: a crash, or a broker that was away, left it."""
        while True:
            old = datetime.now(UTC) - _LEFT_BEHIND
            left = await self.collection.find(
                {"outbox.time": {"$lt": old}}, sort=[("outbox.time", 1)], limit=_BATCH, projection={"outbox": 1}
            )
            metrics.OUTBOX_OLDEST.labels(self.collection.raw.name).set(_age(left))
            for document in left:
                await self.send(document)
            if len(left) < _BATCH or not self._publisher.ready.is_set():
                return


def _age(left: list[Document]) -> float:
    """Seconds since the oldest entry was written; 0 for none."""
    times = [entry["time"] for document in left for entry in document["outbox"]]
    return (datetime.now(UTC) - min(times)).total_seconds() if times else 0.0
