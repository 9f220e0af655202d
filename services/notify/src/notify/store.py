"""notify's collections: the recipients, and each delivery from its event to its end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Gauge
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due, telemetry
from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox, push
from contracts.booking import ShowDetails
from contracts.identity import UserChanged, UserRegistered
from contracts.notify import NotificationDelivered, NotificationFailed
from contracts.payment import PaymentRefunded
from notify.domain import (
    SENDING_LEASE,
    TRIGGER_OF,
    ChannelName,
    Delivery,
    Kind,
    Recipient,
    RelatedDelivery,
    expires_at,
)

LEASE = timedelta(seconds=15)
MEASURED = timedelta(days=1)
_OF_RELATED = {"_id": 0, "kind": 1, "booking_version": 1, "user_id": 1, "reference": 1, "show": 1}
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
FAILED = Gauge("marquee_mails_failed", "Mails of the last day that will never arrive")


class Recipients:
    """The newest snapshot of each user."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def save(self, user: UserRegistered | UserChanged) -> None:
        """Store the snapshot unless one with as high a revision is known."""
        values = {"name": user.name, "email": user.email, "language": user.language}
        await self._collection.save_newest(user.user_id, user.revision, values)

    async def find(self, user_id: str) -> Recipient | None:
        """The recipient, or None while no event has told of them."""
        document = await self._collection.find_one({"_id": user_id})
        return Recipient(user_id, document["name"], document["email"]) if document else None


class Deliveries:
    """One document per delivery; `due_at` is set until it has ended."""

    def __init__(self, outbox: Outbox) -> None:
        self.collection, self._outbox = outbox.collection, outbox

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        failed = IndexModel([("ended_at", 1)], partialFilterExpression={"status": "failed"}, name="failed")
        await self.collection.ensure_indexes(due.INDEX, _EXPIRY, failed, IndexModel([("booking_id", 1)]))

    async def measure(self) -> None:
        """Bring the metric up to date."""
        lately = {"status": "failed", "ended_at": {"$gt": datetime.now(UTC) - MEASURED}}
        FAILED.set(await self.collection.count(lately))

    async def insert(self, delivery: Delivery) -> bool:
        """Insert a delivery that is due, or that is being sent from now on; False where it is known already."""
        lease = SENDING_LEASE if delivery.status == "sending" else timedelta(0)
        try:
            await self.collection.insert(_document(delivery) | {"due_at": delivery.created_at + lease})
        except DuplicateKeyError:
            return False
        return True

    async def about_booking(self, booking_id: str) -> list[RelatedDelivery]:
        """All deliveries about a booking, ended ones too."""
        documents = await self.collection.find({"booking_id": booking_id}, projection=_OF_RELATED)
        return [related_delivery_in(document) for document in documents]

    async def postpone(self, delivery: Delivery, *, until: datetime) -> None:
        """Leave a due delivery alone until then."""
        await self._change(delivery, "due", {"$set": {"due_at": until}})

    async def begin(self, delivery: Delivery) -> bool:
        """Mark a due delivery as being sent, as one attempt more; False when another process was faster."""
        values = {"status": "sending", "attempts": delivery.attempts + 1, "user_id": delivery.user_id}
        return await self._change(delivery, "due", {"$set": {**values, "due_at": datetime.now(UTC) + SENDING_LEASE}})

    async def retry(self, delivery: Delivery, *, at: datetime, detail: str) -> None:
        """Make a delivery that was being sent due again then; `delivery.unanswered` is stored too."""
        values = {"status": "due", "detail": detail, "unanswered": delivery.unanswered, "due_at": at}
        await self._change(delivery, "sending", {"$set": values})

    async def renew(self, delivery: Delivery) -> None:
        """Extend the lease of a delivery that is being sent, so that no other process takes it."""
        await self._change(delivery, "sending", {"$set": {"due_at": datetime.now(UTC) + SENDING_LEASE}})

    async def end(self, delivery: Delivery, from_status: str, status: str, detail: str = "") -> bool:
        """End a delivery that has `from_status` with `status`; publish it where a recipient is known and it was sent or
        failed. False when another process was faster.

        The write deletes the event (with its ticket and prices); recipient, booking and show stay.
        """
        update: dict[str, Any] = {
            "$set": {"status": status, "detail": detail, **_end_of(delivery)},
            "$unset": {"due_at": "", "event": ""},
        }
        notification = _notification(delivery, status, detail)
        if notification is not None:
            update["$push"] = push([seal(notification, key=f"{delivery.id}:{status}")])
        return await self._change(delivery, from_status, update)

    async def _change(self, delivery: Delivery, from_status: str, update: dict[str, Any]) -> bool:
        """Update a delivery that still has this status and as many attempts; False when another process was faster."""
        condition = {"status": from_status, "attempts": delivery.attempts}
        return await self._outbox.update(delivery.id, condition, update)

    async def run_due(self, work: Callable[[Delivery], Awaitable[None]], *, concurrency: int) -> None:
        """Call `work` with each due delivery, within the trace of the event that asked for it."""

        async def on_document(document: Document) -> None:
            with (
                telemetry.continued(document.get("traceparent")),
                telemetry.span(f"{document['channel']} {document['kind']}"),
            ):
                await work(delivery_in(document))

        await due.run_due(self.collection, on_document, lease=LEASE, concurrency=concurrency)


def _document(delivery: Delivery) -> Document:
    """A new delivery as it is stored, without `due_at`."""
    event = delivery.event
    show = None if isinstance(event, PaymentRefunded) else event.show
    return {
        "_id": delivery.id,
        "channel": delivery.channel.value,
        "kind": delivery.kind.value,
        "booking_id": delivery.booking_id,
        "booking_version": delivery.booking_version,
        "user_id": delivery.user_id,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "unanswered": delivery.unanswered,
        "message_id": delivery.message_id,
        "created_at": delivery.created_at,
        "give_up_at": delivery.give_up_at,
        "reference": None if isinstance(event, PaymentRefunded) else event.reference,
        "show": show.model_dump() if show else None,
        "event": event.model_dump_json(),
        "traceparent": telemetry.traceparent(),
    }


def _end_of(delivery: Delivery) -> dict[str, datetime]:
    """When a delivery ended, and when Mongo deletes its document."""
    now = datetime.now(UTC)
    return {"ended_at": now, "expires_at": expires_at(delivery.event, now)}


def related_delivery_in(document: Document) -> RelatedDelivery:
    """What a document says of its booking."""
    show = document["show"]
    return RelatedDelivery(
        kind=Kind(document["kind"]),
        booking_version=document["booking_version"],
        user_id=document["user_id"],
        reference=document["reference"],
        show=ShowDetails.model_validate(show) if show else None,
    )


def delivery_in(document: Document) -> Delivery:
    """The delivery of a document; the document of one that has ended has no event any more, and no delivery."""
    kind = Kind(document["kind"])
    event: Any = TRIGGER_OF[kind].model_validate_json(document["event"])
    return Delivery(
        id=document["_id"],
        channel=ChannelName(document["channel"]),
        kind=kind,
        booking_id=document["booking_id"],
        user_id=document["user_id"],
        booking_version=document["booking_version"],
        status=document["status"],
        attempts=document["attempts"],
        unanswered=document["unanswered"],
        message_id=document["message_id"],
        created_at=document["created_at"],
        give_up_at=document["give_up_at"],
        event=event,
    )


def _notification(delivery: Delivery, status: str, detail: str) -> NotificationDelivered | NotificationFailed | None:
    if delivery.user_id is None or status not in {"delivered", "failed"}:
        return None
    fields: dict[str, Any] = {
        "delivery_id": delivery.id,
        "user_id": delivery.user_id,
        "kind": delivery.kind.value,
        "channel": delivery.channel.value,
        "about": delivery.booking_id,
    }
    if status == "delivered":
        return NotificationDelivered(**fields)
    return NotificationFailed(**fields, detail=detail)
