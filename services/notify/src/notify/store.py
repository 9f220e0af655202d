"""The port to Mongo: whom we know, and each delivery from its event to its end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Gauge
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due, outbox, telemetry
from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox, push
from contracts.booking import ShowDetails
from contracts.identity import UserChanged, UserRegistered
from contracts.notify import NotificationDelivered, NotificationFailed
from notify.domain import (
    EVENT_OF,
    KINDS,
    SENDING_LEASE,
    Delivery,
    Kind,
    Mention,
    News,
    Recipient,
    booking_facts,
    give_up_at,
    id_of,
)

CHANNEL = "mail"
LEASE = timedelta(seconds=15)
LATELY = timedelta(days=1)
FAILED = Gauge("marquee_mails_failed", "Mails of the last day that will never arrive")


class MongoRecipients:
    """The newest snapshot of each user."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def keep(self, user: UserRegistered | UserChanged) -> None:
        """Keep it where none with as high a revision is known."""
        values = {"revision": user.revision, "name": user.name, "email": user.email, "language": user.language}
        query = {"_id": user.user_id, "revision": {"$lt": user.revision}}
        try:
            await self._collection.update(query, {"$set": values}, upsert=True)
        except DuplicateKeyError:
            return  # one as new is here already

    async def find(self, user_id: str) -> Recipient | None:
        found = await self._collection.find_one({"_id": user_id})
        return Recipient(user_id, found["name"], found["email"]) if found else None


class MongoDeliveries:
    """One document per delivery; `due_at` is set until it has ended."""

    def __init__(self, collection: Collection, out: Outbox, domain: str) -> None:
        self._collection, self._outbox, self._domain = collection, out, domain

    async def ensure_indexes(self) -> None:
        failed = IndexModel([("ended_at", 1)], partialFilterExpression={"status": "failed"}, name="failed")
        await self._collection.ensure_indexes(
            due.INDEX, outbox.INDEX, failed, IndexModel([("booking_id", 1), ("kind", 1)])
        )

    async def measure(self) -> None:
        """Bring the metric up to date."""
        lately = {"status": "failed", "ended_at": {"$gt": datetime.now(UTC) - LATELY}}
        FAILED.set(await self._collection.count(lately))

    async def ask(self, news: News) -> None:
        """Insert the delivery a piece of news asks for; its id, Message-ID and Date are fixed by that."""
        now = datetime.now(UTC)
        delivery_id = id_of(news)
        document: Document = {
            "_id": delivery_id,
            "version": 1,
            "kind": KINDS[type(news)].value,
            "booking_id": news.booking_id,
            "status": "due",
            "attempts": 0,
            "unseen": 0,
            "created_at": now,
            "give_up_at": give_up_at(news, now),
            "message_id": f"<{delivery_id.replace(':', '.')}@{self._domain}>",
            "news": news.model_dump_json(),
            "due_at": now,
            "traceparent": telemetry.traceparent(),
            **booking_facts(news),
        }
        try:
            await self._collection.insert(document)
        except DuplicateKeyError:
            return  # heard before

    async def of_booking(self, booking_id: str) -> list[Mention]:
        """What all deliveries about a booking know of it."""
        return [mention_in(document) for document in await self._collection.find({"booking_id": booking_id})]

    async def move(self, delivery: Delivery, from_status: str, values: dict[str, Any], *, due_at: datetime) -> bool:
        """Change a delivery that still has this status and as many attempts; False when another was faster."""
        return await self._amend(delivery, from_status, {"$set": {**values, "due_at": due_at}})

    async def renew(self, delivery: Delivery) -> None:
        """The hand-over still lasts: nobody else may take this delivery yet."""
        query = {"_id": delivery.id, "status": "sending", "attempts": delivery.attempts}
        await self._collection.update(query, {"$set": {"due_at": datetime.now(UTC) + SENDING_LEASE}})

    async def end(self, delivery: Delivery, from_status: str, status: str, detail: str = "") -> bool:
        """The last word on a delivery, said on the bus where somebody was written to or should have been.

        What it was to say (a ticket, prices) ends with it; whom and which booking it was about stays.
        """
        update: dict[str, Any] = {
            "$set": {"status": status, "detail": detail, "ended_at": datetime.now(UTC)},
            "$unset": {"due_at": "", "news": ""},
        }
        event = _event(delivery, status, detail)
        if event is not None:
            update["$push"] = push([seal(event, key=f"{delivery.id}:{status}")])
        return await self._amend(delivery, from_status, update)

    async def _amend(self, delivery: Delivery, from_status: str, update: dict[str, Any]) -> bool:
        applied = False

        def change(present: Document | None) -> dict[str, Any] | None:
            nonlocal applied
            applied = bool(present and (present["status"], present["attempts"]) == (from_status, delivery.attempts))
            return update if applied else None

        await self._outbox.amend(delivery.id, change)
        return applied

    async def run_due(self, work: Callable[[Delivery], Awaitable[None]]) -> None:
        """Do what is due, a few at a time, each in the trace of the event that asked for it."""

        async def one(document: Document) -> None:
            with telemetry.continued(document.get("traceparent")), telemetry.span(f"mail {document['kind']}"):
                await work(delivery_in(document))

        await due.run_due(self._collection, one, lease=LEASE, concurrency=4)


def mention_in(document: Document) -> Mention:
    """What a delivery's document knows of its booking."""
    show = document["show"]
    return Mention(
        kind=Kind(document["kind"]),
        booking_version=document["booking_version"],
        user_id=document["user_id"],
        reference=document["reference"],
        show=ShowDetails.model_validate(show) if show else None,
    )


def delivery_in(document: Document) -> Delivery:
    """The delivery that a document which has not ended keeps."""
    kind = Kind(document["kind"])
    news: Any = EVENT_OF[kind].model_validate_json(document["news"])
    return Delivery(
        id=document["_id"],
        kind=kind,
        booking_id=document["booking_id"],
        user_id=document["user_id"],
        booking_version=document["booking_version"],
        status=document["status"],
        attempts=document["attempts"],
        unseen=document["unseen"],
        message_id=document["message_id"],
        created_at=document["created_at"],
        give_up_at=document["give_up_at"],
        news=news,
    )


def _event(delivery: Delivery, status: str, detail: str) -> NotificationDelivered | NotificationFailed | None:
    if delivery.user_id is None or status not in {"delivered", "failed"}:
        return None
    about: dict[str, Any] = {
        "delivery_id": delivery.id,
        "user_id": delivery.user_id,
        "kind": delivery.kind.value,
        "channel": CHANNEL,
        "about": delivery.booking_id,
    }
    if status == "delivered":
        return NotificationDelivered(**about)
    return NotificationFailed(**about, detail=detail)
