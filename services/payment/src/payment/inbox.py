"""The webhook inbox in Mongo: every delivery once by the provider's event id, kept for ever, due until it is done."""

from datetime import UTC, datetime, timedelta

from chassis.mongo import Collection, Document
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due as due_work

INDEXES = (
    due_work.INDEX,
    IndexModel([("status", 1)], partialFilterExpression={"status": "unmatched"}, name="unmatched"),
)
_HEAD_START = timedelta(seconds=3)
_LONGEST = timedelta(hours=1)


class Inbox:
    """Webhooks as they came."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    async def keep(self, event_id: str, raw: bytes) -> Document | None:
        """Store a delivery; None when it has been stored before. Due in a moment, should nobody take it up at once."""
        now = datetime.now(UTC)
        document = {"_id": event_id, "raw": raw, "received_at": now, "due_at": now + _HEAD_START, "status": "stored",
                    "tries": 0}  # fmt: skip
        try:
            await self.collection.insert(document)
        except DuplicateKeyError:
            return None
        return document

    async def finish(self, event_id: str, status: str) -> None:
        """Nothing is left to do for it."""
        await self.collection.update({"_id": event_id}, {"$set": {"status": status}, "$unset": {"due_at": ""}})

    async def postpone(self, event_id: str, status: str, tries: int) -> None:
        """Try again, at growing distances up to an hour."""
        due_at = datetime.now(UTC) + min(_LONGEST, timedelta(seconds=2 ** min(tries, 12)))
        await self.collection.update(
            {"_id": event_id}, {"$set": {"status": status, "due_at": due_at, "tries": tries + 1}}
        )

    async def unmatched(self) -> int:
        """How many no payment of ours fits."""
        return await self.collection.count({"status": "unmatched"})
