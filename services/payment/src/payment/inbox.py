"""The webhook inbox in Mongo: one document for each event of a provider, with its bytes as they came.

It is due until it is settled, and ends a week after that: should the event come again, the facts have what it tells.
One that nobody can read, or that its provider knew nothing of for a day, ends in a week as well.
"""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from cachetools import LRUCache
from pymongo import IndexModel

from chassis import due as due_work
from chassis.batches import Batches, Together
from chassis.flat import fields_of
from chassis.loops import Background
from chassis.mongo import Collection, Document
from payment.domain import ProviderName
from payment.usecases.ports import EntryStatus, InboxEntry
from payment.usecases.provider import Hint, Webhook

INDEXES = (
    due_work.INDEX,
    IndexModel([("ends_at", 1)], expireAfterSeconds=0),
)
RETENTION = timedelta(days=7)
_HEAD_START = timedelta(seconds=5)
_UNREADABLE = Hint("")
_HINT_FIELDS = [field.name for field in fields(Hint)]
_BATCH = 100
_REMEMBERED = 10_000  # the ids of entries that are known to be stored
_ADD_SECONDS = 0.003  # so long an answer waits for others that are to be stored with it
_BATCH_SECONDS = 1.5  # the webhooks of one payment come within that time


class MongoInbox:
    """The port `Inbox`."""

    def __init__(self, collection: Collection, background: Background) -> None:
        self._collection, self._background = collection, background
        self._stored: LRUCache[str, bool] = LRUCache(_REMEMBERED)
        self._added = Together(collection.insert_each, seconds=_ADD_SECONDS, size=_BATCH)
        self._finished = Batches(self._finish, seconds=_BATCH_SECONDS, size=_BATCH)

    async def ensure_indexes(self) -> None:
        """Idempotent."""
        await self._collection.ensure_indexes(*INDEXES)

    async def add(self, provider: ProviderName, webhook: Webhook, raw: bytes, status: EntryStatus) -> InboxEntry | None:
        """Those that come within a moment are stored by one command; it has been answered when this returns. Of what
        this process has stored it knows without a command that it comes again."""
        entry_id, now = f"{provider}:{webhook.event_id}", datetime.now(UTC)
        if entry_id in self._stored:
            return None
        document = {
            "_id": entry_id,
            "provider": provider,
            "received_at": now,
            "tries": 0,
            "status": status,
            **fields_of(webhook.hint or _UNREADABLE),
            "raw": raw,
            **_times(status, now),
        }
        is_new = await self._added.result(document)
        self._stored[entry_id] = True
        return _entry(document) if is_new else None

    async def finish(self, entry: InboxEntry, status: EntryStatus) -> None:
        """Written beside the caller, with what else was finished meanwhile. Who dies before has the entry settled once
        more: its facts are known by then."""
        self._background.start(self._finished.add((entry.id, status)))

    async def postpone(self, entry: InboxEntry, status: EntryStatus, maximum: timedelta) -> None:
        """Each interval is twice the one before, from 1 s. The bytes end in time: they tell of payers."""
        now = datetime.now(UTC)
        due_at = now + min(maximum, timedelta(seconds=2 ** min(entry.tries, 20)))
        bytes_ended = {"$unset": {"raw": ""}} if entry.received_at + RETENTION < now else {}
        change = {"$set": {"status": status, "due_at": due_at, "tries": entry.tries + 1}, **bytes_ended}
        await self._collection.update({"_id": entry.id, "due_at": {"$exists": True}}, change)

    async def run_due(self, work: Callable[[InboxEntry], Awaitable[None]], *, lease: timedelta) -> None:
        """Those that `work` neither finishes nor postpones are due again when the lease ends."""
        await due_work.run_due(self._collection, lambda document: work(_entry(document)), lease=lease)

    async def count_unmatched(self) -> int:
        """By the index of what is due."""
        return await self._collection.count({"status": "unmatched", "due_at": {"$exists": True}})

    async def _finish(self, entries: list[tuple[str, EntryStatus]]) -> None:
        """One command for each status. What is due no more is finished."""
        for status in dict.fromkeys(status for _, status in entries):
            ids = [entry_id for entry_id, of_entry in entries if of_entry == status]
            change = {"$set": {"status": status, **_times(status, datetime.now(UTC))}}
            await self._collection.update_many(
                {"_id": {"$in": ids}, "due_at": {"$exists": True}}, {**change, "$unset": {"due_at": ""}}
            )


def _times(status: EntryStatus, now: datetime) -> Document:
    """When an entry is due, or ends."""
    return {"due_at": now + _HEAD_START} if status == "stored" else {"ends_at": now + RETENTION}


def _entry(document: Document) -> InboxEntry:
    return InboxEntry(
        id=document["_id"],
        provider=document["provider"],
        hint=Hint(**{name: document[name] for name in _HINT_FIELDS if name in document}),
        received_at=document["received_at"],
        status=document["status"],
        tries=document["tries"],
    )
