"""The ways of messages that were sent, in the documents of their deliveries: what the server says of them later."""

from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel

from chassis.envelope import seal
from chassis.outbox import Outbox, push
from chassis.times import now_in_milliseconds
from notify.domain import Receipt, Status
from notify.notices import Subject, notification_of
from notify.store import receipt_in

_BY_PROVIDER = IndexModel(
    [("provider_id", 1)], partialFilterExpression={"provider_id": {"$type": "string"}}, name="provider_id"
)
_BY_LOOK = IndexModel([("look_at", 1)], partialFilterExpression={"look_at": {"$exists": True}}, name="look_at")
_MOST_LOOKS = 50
_LOST = frozenset({Status.BOUNCED, Status.FAILED, Status.SUPPRESSED})


class Receipts:
    """Changes a delivery that was sent. What was delivered stays so; what was lost is never `sent` again."""

    def __init__(self, outbox: Outbox) -> None:
        self._collection, self._outbox = outbox.collection, outbox

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        await self._collection.ensure_indexes(_BY_PROVIDER, _BY_LOOK)

    async def find(self, provider_id: str) -> Receipt | None:
        """The message that the server calls so."""
        document = await self._collection.find_one({"provider_id": {"$eq": provider_id, "$type": "string"}})
        return receipt_in(document) if document else None

    async def is_known(self, provider_id: str) -> bool:
        """Whether a delivery bears the server's name for a message."""
        return await self.find(provider_id) is not None

    async def due(self) -> list[Receipt]:
        """Messages that the server is to be asked about now."""
        now = datetime.now(UTC)
        documents = await self._collection.find({"look_at": {"$lte": now}}, sort=[("look_at", 1)], limit=_MOST_LOOKS)
        return [receipt_in(document) for document in documents]

    async def end(self, receipt: Receipt, status: Status, detail: str) -> bool:
        """Store how a message ended, and publish it; False where that is known."""
        now = now_in_milliseconds()
        update: dict[str, Any] = {
            "$set": {"status": status.value, "status_at": now, "detail": detail},
            "$unset": {"look_at": "", **({} if receipt.is_followed_up else {"event": ""})},
        }
        subject = Subject(receipt.id, receipt.channel, receipt.kind, receipt.booking_id, receipt.user_id)
        notification = notification_of(subject, status, detail, now)
        if notification is not None:
            update["$push"] = push([seal(notification, key=f"{receipt.id}:{status}")])
        before = {Status.SENT, *(_LOST if status is Status.DELIVERED else _LOST - {status})}
        return await self._change(receipt, {"$in": [other.value for other in before]}, update)

    async def look_again(self, receipt: Receipt, at: datetime | None) -> None:
        """Note that the server was asked and knew no end; it is asked again then, or never where that is None."""
        later = {"$set": {"look_at": at}} if at else {"$unset": {"look_at": ""}}
        await self._change(receipt, Status.SENT.value, {**later, "$inc": {"looks": 1}})

    async def repeat(self, receipt: Receipt, at: datetime, detail: str) -> bool:
        """Queue a message that did not arrive once more; False where it has ended otherwise."""
        values = {
            "status": Status.QUEUED.value,
            "status_at": now_in_milliseconds(),
            "detail": detail,
            "due_at": at,
            "repeated_at": at,
            "unanswered": 0,
        }
        update = {"$set": values, "$unset": {"provider_id": "", "look_at": "", "ended_at": "", "expires_at": ""}}
        return await self._change(receipt, Status.SENT.value, update)

    async def _change(self, receipt: Receipt, status: Any, update: dict[str, Any]) -> bool:
        return await self._outbox.update(receipt.id, {"provider_id": receipt.provider_id, "status": status}, update)
