"""The webhook inbox in Mongo: every delivery once by the provider's event id, which is kept for ever; due until it is
done. The bytes as they came are apart and end after a week."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due as due_work
from chassis.mongo import Collection, Document

INDEXES = (
    due_work.INDEX,
    IndexModel([("status", 1)], partialFilterExpression={"status": "unmatched"}, name="unmatched"),
)
RAW_DAYS = 7
RAW_INDEXES = (IndexModel([("received_at", 1)], expireAfterSeconds=RAW_DAYS * 24 * 3600),)
_HEAD_START = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook is about. Its snapshot of the payment is not looked at: the provider is asked."""

    event: str
    payment_id: str | None
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that is to be settled; `tries` were made before."""

    event_id: str
    hint: Hint
    received_at: datetime
    tries: int

    @staticmethod
    def of(document: Document) -> "Delivery":
        """Read a document."""
        hint = Hint(document["event"], document["payment_id"], document["order_id"])
        return Delivery(document["_id"], hint, document["received_at"], document["tries"])


class Inbox:
    """Webhooks: what each is about, and for a while the bytes."""

    def __init__(self, collection: Collection, raw: Collection) -> None:
        self.collection, self._raw = collection, raw

    async def add(self, event_id: str, raw: bytes, hint: Hint | None) -> Delivery | None:
        """Store a delivery, due in a moment should nobody take it up at once. None: it was stored before, or says
        nothing."""
        now = datetime.now(UTC)
        await _insert(self._raw, {"_id": event_id, "raw": raw, "received_at": now})
        document = {"_id": event_id, "received_at": now, "tries": 0, **asdict(hint or Hint("", None, None))}
        state = {"status": "stored", "due_at": now + _HEAD_START} if hint else {"status": "unreadable"}
        is_new = await _insert(self.collection, {**document, **state})
        return Delivery.of(document) if is_new and hint else None

    async def finish(self, event_id: str, status: str) -> bool:
        """Nothing is left to do for it; whether this call was the first to say so."""
        return await self._change(event_id, {"$set": {"status": status}, "$unset": {"due_at": ""}})

    async def postpone(self, delivery: Delivery, status: str, most: timedelta) -> None:
        """Try again, at growing intervals up to `most`."""
        tries = delivery.tries
        due_at = datetime.now(UTC) + min(most, timedelta(seconds=2 ** min(tries, 20)))
        await self._change(delivery.event_id, {"$set": {"status": status, "due_at": due_at, "tries": tries + 1}})

    async def unmatched(self) -> int:
        """How many no payment of ours fits."""
        return await self.collection.count({"status": "unmatched"})

    async def _change(self, event_id: str, change: Document) -> bool:
        """Of a delivery that is still due; whether it was."""
        return bool(await self.collection.update({"_id": event_id, "due_at": {"$exists": True}}, change))


async def _insert(collection: Collection, document: Document) -> bool:
    """Whether it is new."""
    try:
        await collection.insert(document)
    except DuplicateKeyError:
        return False
    return True
