"""The log of deliveries: one document for each event and webhook, kept for 30 days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import DESCENDING, IndexModel

from chassis.mongo import Collection, Document
from chassis.times import now_in_milliseconds
from notify.webhooks.domain import LOGGED_ATTEMPTS, STAYS_FOR, Attempt, Status, WebhookDelivery

LEASE = timedelta(seconds=60)  # longer than any attempt
_LOST = (Status.FAILED.value, Status.SKIPPED.value)
_HAS_DUE = {"due_at": {"$exists": True}}
_AGAIN = {"status": Status.PENDING.value, "tries": 0}


class DeliveryLog:
    """One document per delivery. `due_at` is set while it is pending: when it is sent next, or a lease ahead while it
    is being sent."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        await self._collection.ensure_indexes(
            IndexModel([("webhook_id", 1), ("due_at", 1)], partialFilterExpression=_HAS_DUE),
            IndexModel([("webhook_id", 1), ("created_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        )

    async def insert(self, deliveries: Sequence[WebhookDelivery]) -> None:
        """Store those that are not there yet."""
        await self._collection.insert_each([_document(delivery) for delivery in deliveries])

    async def find(self, webhook_id: str, delivery_id: str) -> WebhookDelivery | None:
        """One of this webhook."""
        document = await self._collection.find_one({"_id": delivery_id, "webhook_id": webhook_id})
        return delivery_in(document) if document else None

    async def page(
        self, webhook_id: str, status: Status | None, skip: int, limit: int
    ) -> tuple[list[WebhookDelivery], int]:
        """Those of a webhook, newest first, and how many there are."""
        query = {"webhook_id": webhook_id} | ({"status": status.value} if status else {})
        newest_first = [("created_at", -1), ("_id", -1)]
        documents = await self._collection.find(query, sort=newest_first, skip=skip, limit=limit)
        return [delivery_in(document) for document in documents], await self._collection.count(query)

    async def next_due(self, webhook_id: str) -> datetime | None:
        """When the next of this webhook is to be sent."""
        documents = await self._collection.find(
            {"webhook_id": webhook_id, **_HAS_DUE}, projection={"due_at": 1}, sort=[("due_at", 1)], limit=1
        )
        return documents[0]["due_at"] if documents else None

    async def claim(self, webhook_id: str, most: int) -> list[WebhookDelivery]:
        """Take some that are due, so that nobody else sends them meanwhile."""
        now = now_in_milliseconds()
        due = await self._collection.find(
            {"webhook_id": webhook_id, "due_at": {"$lte": now}}, sort=[("due_at", 1)], limit=most
        )
        claimed = []
        for document in due:
            before = {"_id": document["_id"], "due_at": document["due_at"]}
            if await self._collection.update(before, {"$set": {"due_at": now + LEASE}}):
                claimed.append(delivery_in({**document, "due_at": now + LEASE}))
        return claimed

    async def record(
        self, delivery: WebhookDelivery, attempt: Attempt, status: Status, due_at: datetime | None
    ) -> None:
        """Log an attempt and what follows from it. Where the delivery was asked for again meanwhile, that counts; where
        its webhook was disabled meanwhile, it has arrived all the same."""
        logged = {"attempts": {"$each": [_attempt_document(attempt)], "$slice": -LOGGED_ATTEMPTS}}
        update: Document = {"$set": {"status": status.value, "tries": delivery.tries + 1}, "$push": logged}
        if due_at:
            update["$set"]["due_at"] = due_at
        else:
            update["$unset"] = {"due_at": ""}
        if await self._collection.update({"_id": delivery.id, "due_at": delivery.due_at}, update):
            return
        skipped = {"_id": delivery.id, "status": Status.SKIPPED.value}
        if status is not Status.DELIVERED or not await self._collection.update(skipped, update):
            await self._collection.update({"_id": delivery.id}, {"$push": logged})

    async def send_again(self, delivery: WebhookDelivery) -> None:
        """Make a delivery due, whatever became of it."""
        again = {"$set": {**_AGAIN, "due_at": now_in_milliseconds()}}
        await self._collection.update({"_id": delivery.id}, again)

    async def recover(self, webhook_id: str, since: datetime) -> int:
        """Make those due that have not arrived since then, also those that wait for another attempt; how many."""
        lost = {"$or": [{"status": {"$in": list(_LOST)}}, {"status": Status.PENDING.value, "tries": {"$gt": 0}}]}
        of_it = {"webhook_id": webhook_id, "created_at": {"$gte": since}, **lost}
        return await self._collection.update_many(of_it, {"$set": {**_AGAIN, "due_at": now_in_milliseconds()}})

    async def skip(self, webhook_id: str) -> None:
        """Nothing that is pending is sent any more."""
        pending = {"webhook_id": webhook_id, **_HAS_DUE}
        await self._collection.update_many(
            pending, {"$set": {"status": Status.SKIPPED.value}, "$unset": {"due_at": ""}}
        )

    async def forget(self, webhook_id: str) -> None:
        """The log of a webhook that was removed goes soon."""
        of_it = {"webhook_id": webhook_id}
        await self._collection.update_many(
            of_it, {"$set": {"expires_at": now_in_milliseconds()}, "$unset": {"due_at": ""}}
        )


def _document(delivery: WebhookDelivery) -> Document:
    document: Document = {
        "_id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "message_id": delivery.message_id,
        "body": delivery.body,
        "status": delivery.status.value,
        "created_at": delivery.created_at,
        "expires_at": delivery.created_at + STAYS_FOR,
        "tries": delivery.tries,
        "attempts": [],
    }
    return document | ({"due_at": delivery.due_at} if delivery.due_at else {})


def _attempt_document(attempt: Attempt) -> Document:
    return {
        "at": attempt.at,
        "milliseconds": attempt.milliseconds,
        "status": attempt.status,
        "error": attempt.error,
    }


def delivery_in(document: Document) -> WebhookDelivery:
    """The delivery of a document."""
    return WebhookDelivery(
        id=document["_id"],
        webhook_id=document["webhook_id"],
        event=document["event"],
        message_id=document["message_id"],
        body=document["body"],
        status=Status(document["status"]),
        created_at=document["created_at"],
        tries=document["tries"],
        attempts=tuple(Attempt(**attempt) for attempt in document["attempts"]),
        due_at=document.get("due_at"),
    )
