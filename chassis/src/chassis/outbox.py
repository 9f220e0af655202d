"""State and event are one write: an aggregate's document carries its unsent events until the broker confirmed them.

The writer publishes right after its write, and again while the broker does not confirm it; the poll finds what a crash
or a long outage left. Entries are pushed with the change, in a
write that raises the document's `version`; the array is never set and the document never replaced. Confirmed entries
leave in the document's next write, or together with those of other documents a moment later: who dies before that lets
them be published again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from pymongo import IndexModel

from chassis import metrics, mongo
from chassis.backoff import backoff_seconds
from chassis.broker import Publisher
from chassis.envelope import Envelope, from_document
from chassis.loops import Background
from chassis.mongo import Collection, Decision, Document

INDEX = IndexModel([("outbox.time", 1)], partialFilterExpression={"outbox.time": {"$exists": True}})
Update = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""A document's id, the condition that it meets, and how it is changed then."""
POLL_SECONDS = 5.0  # how often a service looks for what was left behind
PUBLISH_SECONDS = 0.01  # so long an event waits for those of other documents; published alone it costs thrice as much
REMOVE_SECONDS = 1.0  # so long confirmed events wait for a write of their document; well below what the poll looks for
_LEFT_BEHIND = timedelta(seconds=2)
_SENT_AGAIN = _LEFT_BEHIND + timedelta(seconds=POLL_SECONDS)  # for so long by its writer: the poll has come by then
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 1.0  # between these attempts
_BATCH = 200
_MOST_CONFIRMED = 1_000  # documents whose confirmed events wait
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
        self.confirmed: dict[str, set[str]] = {}
        """By document the events that the broker has and the document still carries."""
        self._unsent: dict[str, list[Document]] = {}
        self._removes = False

    async def ensure_index(self) -> None:
        """Make the index that `poll` reads by; idempotent."""
        await self.collection.ensure_indexes(INDEX)

    async def amend(
        self, document_id: str, change: Decision, *, known: Document | None = mongo.UNREAD
    ) -> Document | None:
        """`mongo.amend`, and publish what this very write pushed, beside the caller. Returns the newest document.

        The write also takes out those events of the document that were confirmed before.
        """
        entries, removed = list[Document](), set[str]()

        def noted(document: Document | None) -> Mapping[str, Any] | None:
            update = change(document)
            entries[:] = pushed(update)
            removed.clear()
            if update is None or document is None or document_id not in self.confirmed:
                return update
            update, taken_out = without(self.confirmed[document_id], document, update)
            removed.update(taken_out)
            return update

        document = await mongo.amend(self.collection, document_id, noted, known=known)
        self._forget(document_id, removed)
        self.send_soon(document_id, entries)
        return document

    async def amend_known(self, changes: Sequence[tuple[Document, Mapping[str, Any]]]) -> bool:
        """Amend documents as the caller knows them, each by its update, in one command; whether all were as known.

        Where one has changed since, nobody knows which: the caller amends them one by one. So no update may say
        anything. As `amend` it takes out what was confirmed before; `known` is then as it is stored in that.
        """
        updates, removed = list[tuple[Document, Mapping[str, Any]]](), dict[str, set[str]]()
        for known, update in changes:
            if pushed(update):
                raise ValueError("what says something is amended alone")
            document_id, confirmed = known["_id"], self.confirmed.get(known["_id"], set())
            written, taken_out = without(set(confirmed), known, update) if confirmed else (update, ())
            removed[document_id] = set(taken_out)
            increment = {**update.get("$inc", {}), "version": 1}
            updates.append(({"_id": document_id, "version": known["version"]}, {**written, "$inc": increment}))
        if not updates or await self.collection.update_each(updates) < len(updates):
            return not updates
        for known, _ in changes:
            gone = removed[known["_id"]]
            self._forget(known["_id"], gone)
            known["outbox"] = [entry for entry in known.get("outbox", ()) if entry["id"] not in gone]
        return True

    async def amend_all(self, query: Mapping[str, Any], change: Decision) -> int:
        """`amend` every match, some at a time; how many there were."""
        return await mongo.for_each(self.collection, query, lambda document_id: self.amend(document_id, change))

    async def update(self, document_id: str, condition: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
        """Change the document where it meets the condition, without reading it, and publish what this write pushed,
        beside the caller; whether it met it. For changes that are decided by a condition alone."""
        written, removed = self._without_confirmed(document_id, update)
        if not await self.collection.update({**condition, "_id": document_id}, written):
            return False
        self._forget(document_id, removed)
        self.send_soon(document_id, pushed(update))
        return True

    async def update_each(self, changes: Sequence[Update]) -> list[bool]:
        """`update` for several documents, in one command; of each whether it met its condition.

        Where not all did nobody knows which: each is tried by itself then. One that had met it does no more, and its
        events are left to the poll.
        """
        if len(changes) == 1:
            return [await self.update(*changes[0])]
        updates, removed = list[tuple[Mapping[str, Any], Mapping[str, Any]]](), dict[str, set[str]]()
        for document_id, condition, update in changes:
            written, taken_out = self._without_confirmed(document_id, update)
            updates.append(({**condition, "_id": document_id}, written))
            removed[document_id] = taken_out
        if await self.collection.update_each(updates) < len(changes):
            return [await self.update(*change) for change in changes]
        for document_id, _, update in changes:
            self._forget(document_id, removed[document_id])
            self.send_soon(document_id, pushed(update))
        return [True] * len(changes)

    def _without_confirmed(self, document_id: str, update: Mapping[str, Any]) -> tuple[Mapping[str, Any], set[str]]:
        """The update of an unread document, with what was confirmed taken out and its version raised; and which."""
        confirmed = self.confirmed.get(document_id, set())
        changed = {**update, "$inc": {**update.get("$inc", {}), "version": 1}}
        written, removed = without(set(confirmed), {}, changed) if confirmed else (changed, ())
        return written, set(removed)

    async def insert(self, document: Document) -> None:
        """Insert a document and publish its events, beside the caller; raises `DuplicateKeyError`."""
        await self.collection.insert(document)
        self.send_soon(document["_id"], document.get("outbox", ()))

    def send_soon(self, document_id: str, entries: Sequence[Document]) -> None:
        """Publish these entries of a document's outbox beside the caller, together with those of other documents of the
        same moment. For writes that are neither `amend` nor `insert` nor `update`: with what `pushed` reads from their
        update, once they are made."""
        if entries and not self._unsent:
            self._background.start(self._send_together())
        if entries:
            self._unsent.setdefault(document_id, []).extend(entries)

    def send_all_soon(self, entries_of: Mapping[str, Sequence[Document]]) -> None:
        """As `send_soon` for the entries of several documents."""
        for document_id, entries in entries_of.items():
            self.send_soon(document_id, entries)

    async def _send_together(self) -> None:
        await self._background.pause(PUBLISH_SECONDS)
        unsent, self._unsent = self._unsent, {}
        left, failures = await self.send(unsent), 0
        while (left := _young(left)) and not self._background.ends:
            failures += 1
            await self._background.pause(
                backoff_seconds(failures, first=_FIRST_PAUSE_SECONDS, maximum=_LONGEST_PAUSE_SECONDS)
            )
            left = await self.send(left)

    async def send(self, entries_of: Mapping[str, Sequence[Document]]) -> dict[str, list[Document]]:
        """Publish the entries of each document; what the broker has confirmed is taken out later. Returns the rest,
        which stays in the documents."""
        sent = await self._publisher.publish_all(from_document(entry) for each in entries_of.values() for entry in each)
        for document_id, entries in entries_of.items():
            if confirmed := sent & {entry["id"] for entry in entries}:
                self.confirmed.setdefault(document_id, set()).update(confirmed)
        if self.confirmed and not self._removes:
            self._removes = True
            self._background.start(self._remove_soon())
        elif len(self.confirmed) >= _MOST_CONFIRMED:
            await self.remove_confirmed()
        return _kept(entries_of, lambda entry: entry["id"] not in sent)

    async def _remove_soon(self) -> None:
        try:
            await self._background.pause(REMOVE_SECONDS)
        finally:
            self._removes = False
        await self.remove_confirmed()

    async def remove_confirmed(self) -> None:
        """Take the confirmed events out of all documents, in one command."""
        confirmed, self.confirmed = self.confirmed, {}
        if not confirmed:
            return
        try:
            await self.collection.update_each(
                ({"_id": document_id}, {"$pull": _these(ids)}) for document_id, ids in confirmed.items()
            )
        except Exception:
            for document_id, ids in confirmed.items():
                self.confirmed.setdefault(document_id, set()).update(ids)
            raise

    def _forget(self, document_id: str, removed: set[str]) -> None:
        """These were taken out of the document."""
        if left := self.confirmed.pop(document_id, set()) - removed:
            self.confirmed[document_id] = left

    async def poll(self) -> None:
        """Publish what has lain here for more than 2 s: a crash, or a broker that was unavailable, left it."""
        await self.remove_confirmed()
        while True:
            old = datetime.now(UTC) - _LEFT_BEHIND
            # In the order of the index. Were it asked for, all would be sorted in memory: that of an array's index may
            # be another than that of its documents.
            documents = await self.collection.find(
                {"outbox.time": {"$lt": old}}, limit=_BATCH, projection={"outbox": 1}
            )
            metrics.OUTBOX_OLDEST.labels(self.collection.raw.name).set(_age_seconds(documents))
            if not documents:
                return
            left = await self.send({document["_id"]: document["outbox"] for document in documents})
            await self.remove_confirmed()
            if len(documents) < _BATCH or left:
                return


def without(
    confirmed: set[str], document: Document, update: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Iterable[str]]:
    """The update of a document that also takes confirmed events out of its outbox; and which.

    Mongo does not push to and pull from an array at once: where the update pushes, the confirmed events at the head of
    the array are cut off. What was cut off by others in the meantime is not cut off twice, because the slice counts
    from the end, and only a write that raises the version would have made the array longer.
    """
    entries = pushed(update)
    if not entries:
        return {**update, "$pull": {**update.get("$pull", {}), **_these(confirmed)}}, confirmed
    stored = [entry["id"] for entry in document.get("outbox", ())]
    head = list(takewhile(confirmed.__contains__, stored))
    if not head:
        return update, ()
    push_of_all = {**update["$push"], "outbox": {"$each": entries, "$slice": len(head) - len(stored) - len(entries)}}
    return {**update, "$push": push_of_all}, head


def _young(entries_of: Mapping[str, Sequence[Document]]) -> dict[str, list[Document]]:
    """Those that their writer publishes; the others are left to the poll."""
    oldest = datetime.now(UTC) - _SENT_AGAIN
    return _kept(entries_of, lambda entry: bool(entry["time"] > oldest))


def _kept(
    entries_of: Mapping[str, Sequence[Document]], is_kept: Callable[[Document], bool]
) -> dict[str, list[Document]]:
    """The entries that are kept, of each document that has some."""
    each = ((document_id, list(filter(is_kept, entries))) for document_id, entries in entries_of.items())
    return {document_id: entries for document_id, entries in each if entries}


def _these(ids: Iterable[str]) -> Document:
    """The `$pull` operand that takes events out."""
    return {"outbox": {"id": {"$in": sorted(ids)}}}


def _age_seconds(documents: list[Document]) -> float:
    """Seconds since the oldest entry was written; 0 for none."""
    times = [entry["time"] for document in documents for entry in document["outbox"]]
    return (datetime.now(UTC) - min(times)).total_seconds() if times else 0.0
