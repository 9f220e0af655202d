"""The deliveries: one document each, from the event that asks for the message to its end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Gauge, Histogram
from pymongo import IndexModel

from chassis import due, telemetry
from chassis.batches import Together
from chassis.envelope import seal
from chassis.mongo import Document
from chassis.outbox import Outbox, push
from chassis.times import now_in_milliseconds
from contracts.booking import TicketIssued
from contracts.event import Event
from contracts.shows import ShowDetails
from contracts.subscriptions import BY_TYPE
from notify.domain import (
    NOT_SENT,
    SENDING_LEASE,
    ChannelName,
    Delivery,
    Kind,
    MessageStatus,
    Receipt,
    RelatedDelivery,
    Sent,
    Status,
)
from notify.notices import Subject, notification_of
from notify.triggers import expires_at, reference_of, show_of, ticket_of, without_code

LEASE = timedelta(seconds=15)
MEASURED = timedelta(days=1)
_SECONDS = 0.03  # so long a message waits for others, whose deliveries are read and written with its own
_ALIGNED_SECONDS = 0.003  # those whose bookings were looked at together come at once
_MOST = 50
_LOST = ("failed", "bounced")
_OF_RELATED = dict.fromkeys(
    (
        *("channel", "kind", "booking_id", "booking_version", "user_id", "reference", "show"),
        *("message_id", "created_at", "event_type", "event"),
    ),
    1,
)
_OF_MESSAGE = {"_id": 0, "channel": 1, "kind": 1, "status": 1, "status_at": 1, "traceparent": 1}
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
FAILED = Gauge(
    "marquee_mails_failed", "Messages of the last day that will never arrive, and were not sent again", ["status"]
)
TICKETS_WAITING = Gauge("marquee_tickets_waiting", "Tickets whose message has not gone out within 30 s")
TICKET_SECONDS = Histogram(
    "marquee_ticket_seconds",
    "From the sale to the ticket's message that a server took",
    ["channel"],
    buckets=(1, 2, 5, 10, 30, 60, 300, 1800),
)
for _channel in ChannelName:
    TICKET_SECONDS.labels(_channel.value)  # a count that begins at 1 was never seen to rise
_TICKET_DUE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=31)  # until a message is tried again


class Deliveries:
    """One document per delivery; `due_at` is set until it has ended and nothing follows it."""

    def __init__(self, outbox: Outbox) -> None:
        self.collection, self._outbox = outbox.collection, outbox
        self._related = Together(self._about_bookings, seconds=_SECONDS, size=_MOST)
        self._inserted = Together(self.collection.insert_each, seconds=_ALIGNED_SECONDS, size=_MOST)
        self._ended = Together(outbox.update_each, seconds=_SECONDS, size=_MOST)

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        lost = IndexModel([("ended_at", 1)], partialFilterExpression={"status": {"$in": list(_LOST)}}, name="lost")
        await self.collection.ensure_indexes(due.INDEX, _EXPIRY, lost, IndexModel([("booking_id", 1)]))

    async def measure(self) -> None:
        """Bring the metrics up to date."""
        lately = {"status": {"$in": list(_LOST)}, "ended_at": {"$gt": datetime.now(UTC) - MEASURED}}
        lost = {
            each["_id"]: each["number"]
            for each in await self.collection.aggregate([{"$match": lately}, *_NOT_SENT_AGAIN])
        }
        for status in _LOST:
            FAILED.labels(status).set(lost.get(status, 0))
        now = datetime.now(UTC)
        waiting = {
            "due_at": {"$lt": now + _LONGEST_PAUSE},
            "status": Status.QUEUED.value,
            "kind": Kind.CONFIRMATION.value,
            "created_at": {"$lt": now - _TICKET_DUE},
        }
        TICKETS_WAITING.set(await self.collection.count(waiting))

    async def insert(self, delivery: Delivery) -> bool:
        """Insert a delivery that is due, or that is being sent from now on; False where it is known already."""
        lease = SENDING_LEASE if delivery.sending else timedelta(0)
        return await self._inserted.result(_document(delivery) | {"due_at": delivery.created_at + lease})

    async def about_booking(self, booking_id: str) -> list[RelatedDelivery]:
        """All deliveries about a booking, ended ones too."""
        return await self._related.result(booking_id)

    async def _about_bookings(self, booking_ids: list[str]) -> list[list[RelatedDelivery]]:
        related: dict[str, list[RelatedDelivery]] = {booking_id: [] for booking_id in booking_ids}
        query = {"booking_id": {"$in": list(related)}}
        for document in await self.collection.find(query, projection=_OF_RELATED):
            related[document["booking_id"]].append(_related_delivery_in(document))
        return [related[booking_id] for booking_id in booking_ids]

    async def messages(self, booking_id: str) -> list[MessageStatus]:
        """Where each message about a booking stands, oldest first."""
        documents = await self.collection.find({"booking_id": booking_id}, projection=_OF_MESSAGE | {"created_at": 1})
        documents.sort(key=lambda document: document["created_at"])
        return [
            MessageStatus(
                ChannelName(document["channel"]),
                Kind(document["kind"]),
                Status(document["status"]),
                document["status_at"],
                telemetry.trace_id_of(document.get("traceparent")),
            )
            for document in documents
        ]

    async def postpone(self, delivery: Delivery, *, until: datetime) -> None:
        """Leave a due delivery alone until then."""
        await self._change(delivery, {"$set": {"due_at": until}})

    async def begin(self, delivery: Delivery) -> bool:
        """Mark a due delivery as being sent, as one attempt more; False when another process was faster."""
        values = {"sending": True, "attempts": delivery.attempts + 1, "user_id": delivery.user_id}
        return await self._change(delivery, {"$set": {**values, "due_at": datetime.now(UTC) + SENDING_LEASE}})

    async def retry(self, delivery: Delivery, *, at: datetime, detail: str) -> None:
        """Make a delivery that was being sent due again then; `delivery.unanswered` is stored too."""
        values = {"sending": False, "detail": detail, "unanswered": delivery.unanswered, "due_at": at}
        await self._change(delivery, {"$set": values})

    async def renew(self, delivery: Delivery) -> None:
        """Extend the lease of a delivery that is being sent, so that no other process takes it."""
        await self._change(delivery, {"$set": {"due_at": datetime.now(UTC) + SENDING_LEASE}})

    async def give_back(self, delivery: Delivery) -> None:
        """Let another process have at once a delivery whose sending was broken off."""
        await self._change(delivery, {"$set": {"due_at": datetime.now(UTC)}})

    async def end(
        self,
        delivery: Delivery,
        status: Status,
        detail: str = "",
        *,
        sent: Sent = NOT_SENT,
        next_at: datetime | None = None,
    ) -> None:
        """End a queued delivery with `status`, unless another process was faster; publish it where a recipient is known
        and it was sent, or never will be.

        The write deletes the event (with its ticket and prices); recipient, booking and show stay. Where something
        follows at `next_at`, or the message may be sent again, the event stays until then, without the ticket's code.
        """
        now = now_in_milliseconds()
        values: Document = {
            "status": status.value,
            "status_at": now,
            "sending": False,
            "detail": detail,
            "ended_at": now,
        }
        values |= {"expires_at": expires_at(delivery.event, now)}
        values |= {"provider_id": sent.provider_id} if sent.provider_id else {}
        values |= {"look_at": sent.look_at, "looks": 0} if sent.look_at else {}
        unset = {"due_at": "", "event": ""}
        if next_at:
            values |= {"due_at": next_at}
            del unset["due_at"]
        if next_at or sent.may_repeat:
            values |= {"event": without_code(delivery.event).model_dump_json()}
            del unset["event"]
        update: dict[str, Any] = {"$set": values, **({"$unset": unset} if unset else {})}
        notification = notification_of(_subject(delivery), status, detail, now)
        if notification is not None:
            update["$push"] = push([seal(notification, key=f"{delivery.id}:{status}")])
        await self._ended.result((delivery.id, _as_far_as(delivery), update))
        if status is Status.SENT and isinstance(delivery.event, TicketIssued) and delivery.kind is Kind.CONFIRMATION:
            seconds = (now - delivery.event.confirmed_at).total_seconds()
            TICKET_SECONDS.labels(delivery.channel.value).observe(max(0.0, seconds))

    async def rest(self, delivery: Delivery) -> None:
        """Nothing follows a delivery that has ended."""
        await self._change(delivery, {"$unset": {"due_at": "", "event": ""}})

    async def _change(self, delivery: Delivery, update: dict[str, Any]) -> bool:
        """Update a delivery that is as far as this one; False when another process was faster."""
        return await self._outbox.update(delivery.id, _as_far_as(delivery), update)

    async def run_due(self, work: Callable[[Delivery], Awaitable[None]], *, concurrency: int) -> None:
        """Call `work` with each due delivery, within the trace of the event that asked for it."""

        async def on_document(document: Document) -> None:
            await work(delivery_in(document))

        await due.run_due(self.collection, on_document, lease=LEASE, concurrency=concurrency)


_NOT_SENT_AGAIN: tuple[Document, ...] = (
    {
        "$lookup": {
            "from": "deliveries",
            "let": {"channel": "$channel", "ended_at": "$ended_at"},
            "localField": "booking_id",
            "foreignField": "booking_id",
            "pipeline": [
                {"$match": {"kind": Kind.RESEND.value, "status": {"$in": ["sent", "delivered"]}}},
                {"$match": {"$expr": {"$gt": ["$ended_at", "$$ended_at"]}}},
                {"$match": {"$expr": {"$eq": ["$channel", "$$channel"]}}},
                {"$project": {"_id": 1}},
            ],
            "as": "sent_again",
        }
    },
    {"$match": {"$or": [{"sent_again": []}, {"booking_id": None}]}},
    {"$group": {"_id": "$status", "number": {"$sum": 1}}},
)
"""Of messages that are lost those after which the ticket has not gone out once more."""


def _as_far_as(delivery: Delivery) -> Document:
    return {"status": delivery.status.value, "sending": delivery.sending, "attempts": delivery.attempts}


def _document(delivery: Delivery) -> Document:
    """A new delivery as it is stored, without `due_at`."""
    event = delivery.event
    show = show_of(event)
    return {
        "_id": delivery.id,
        "channel": delivery.channel.value,
        "kind": delivery.kind.value,
        "booking_id": delivery.booking_id,
        "booking_version": delivery.booking_version,
        "user_id": delivery.user_id,
        "status": delivery.status.value,
        "status_at": delivery.created_at,
        "sending": delivery.sending,
        "attempts": delivery.attempts,
        "unanswered": delivery.unanswered,
        "message_id": delivery.message_id,
        "created_at": delivery.created_at,
        "give_up_at": delivery.give_up_at,
        "reference": reference_of(event),
        "show": show.model_dump() if show else None,
        "event_type": event.type,
        "event": event.model_dump_json(),
        "traceparent": telemetry.traceparent(),
    }


def _related_delivery_in(document: Document) -> RelatedDelivery:
    """What a document says of its booking."""
    show, event = document["show"], _event_in(document)
    return RelatedDelivery(
        id=document["_id"],
        channel=ChannelName(document["channel"]),
        kind=Kind(document["kind"]),
        booking_version=document["booking_version"],
        user_id=document["user_id"],
        reference=document["reference"],
        show=ShowDetails.model_validate(show) if show else None,
        message_id=document["message_id"],
        created_at=document["created_at"],
        ticket=ticket_of(event) if event else None,
    )


def _event_in(document: Document) -> Event | None:
    """The event of a delivery that is due."""
    return BY_TYPE[document["event_type"]].model_validate_json(document["event"]) if "event" in document else None


def delivery_in(document: Document) -> Delivery:
    """The delivery of a document; that of one that has ended and rests has no event any more, and no delivery."""
    event = _event_in(document)
    if event is None:
        raise ValueError("the delivery rests")
    return Delivery(
        id=document["_id"],
        channel=ChannelName(document["channel"]),
        kind=Kind(document["kind"]),
        booking_id=document["booking_id"],
        user_id=document["user_id"],
        booking_version=document["booking_version"],
        status=Status(document["status"]),
        sending=document["sending"],
        attempts=document["attempts"],
        unanswered=document["unanswered"],
        message_id=document["message_id"],
        created_at=document["created_at"],
        give_up_at=document["give_up_at"],
        event=event,
        repeated_at=document.get("repeated_at"),
    )


def receipt_in(document: Document) -> Receipt:
    """What is followed of a delivery that was sent."""
    return Receipt(
        id=document["_id"],
        provider_id=document["provider_id"],
        kind=Kind(document["kind"]),
        channel=ChannelName(document["channel"]),
        booking_id=document["booking_id"],
        user_id=document["user_id"],
        status=Status(document["status"]),
        looks=document.get("looks", 0),
        may_repeat="event" in document and "repeated_at" not in document,
        is_followed_up="due_at" in document,
        give_up_at=document["give_up_at"],
    )


def _subject(delivery: Delivery) -> Subject:
    return Subject(delivery.id, delivery.channel, delivery.kind, delivery.booking_id, delivery.user_id)
