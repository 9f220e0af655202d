"""The webhook inbox in Mongo: every entry once by the provider's event id, which stays for ever; due until it is
settled. The bytes as they came are apart and end after a week."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due as due_work
from chassis.mongo import Collection, Document
from payment.domain import ProviderName
from payment.usecases.ports import InboxEntry
from payment.usecases.provider import Hint

INDEXES = (
    due_work.INDEX,
    IndexModel([("status", 1)], partialFilterExpression={"status": "unmatched"}, name="unmatched"),
)
RAW_DAYS = 7
RAW_INDEXES = (IndexModel([("received_at", 1)], expireAfterSeconds=RAW_DAYS * 24 * 3600),)
_HEAD_START = timedelta(seconds=3)
_UNREADABLE = Hint("")


class MongoInbox:
    """The port `Inbox`."""

    def __init__(self, collection: Collection, raw: Collection) -> None:
        self._collection, self._raw = collection, raw

    async def ensure_indexes(self) -> None:
        """Idempotent."""
        await self._collection.ensure_indexes(*INDEXES)
        await self._raw.ensure_indexes(*RAW_INDEXES)

    async def add(self, provider: ProviderName, event_id: str, raw: bytes, hint: Hint | None) -> InboxEntry | None:
        """The bytes first: what is in the inbox has them."""
        now, entry_id = datetime.now(UTC), f"{provider}:{event_id}"
        await _insert(self._raw, {"_id": entry_id, "raw": raw, "received_at": now})
        state = {"status": "stored", "due_at": now + _HEAD_START} if hint else {"status": "unreadable"}
        document = {
            "_id": entry_id,
            "provider": provider,
            "received_at": now,
            "tries": 0,
            **asdict(hint or _UNREADABLE),
            **state,
        }
        is_new = await _insert(self._collection, document)
        return _entry(document) if is_new and hint else None

    async def finish(self, entry: InboxEntry, status: str) -> bool:
        """What is due no more is finished."""
        return await self._change(entry, {"$set": {"status": status}, "$unset": {"due_at": ""}})

    async def postpone(self, entry: InboxEntry, status: str, maximum: timedelta) -> None:
        """Each interval is twice the one before, from 1 s."""
        tries = entry.tries
        due_at = datetime.now(UTC) + min(maximum, timedelta(seconds=2 ** min(tries, 20)))
        await self._change(entry, {"$set": {"status": status, "due_at": due_at, "tries": tries + 1}})

    async def run_due(self, work: Callable[[InboxEntry], Awaitable[None]], *, lease: timedelta) -> None:
        """Those that `work` neither finishes nor postpones are due again when the lease ends."""
        await due_work.run_due(self._collection, lambda document: work(_entry(document)), lease=lease)

    async def count_unmatched(self) -> int:
        """By a partial index."""
        return await self._collection.count({"status": "unmatched"})

    async def _change(self, entry: InboxEntry, change: Document) -> bool:
        """Change an entry that is still due; whether it was."""
        return bool(await self._collection.update({"_id": entry.id, "due_at": {"$exists": True}}, change))


def _entry(document: Document) -> InboxEntry:
    return InboxEntry(
        id=document["_id"],
        provider=document["provider"],
        hint=Hint(document["event"], document["subject"], document["payment_id"], document["order_id"]),
        received_at=document["received_at"],
        tries=document["tries"],
    )


async def _insert(collection: Collection, document: Document) -> bool:
    """Whether it is new."""
    try:
        await collection.insert(document)
    except DuplicateKeyError:
        return False
    return True
