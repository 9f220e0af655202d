"""The webhooks: one document each. `due_at` is set while something may have to be sent to it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due
from chassis.envelope import seal
from chassis.mongo import Document
from chassis.outbox import Outbox, push
from chassis.times import now_in_milliseconds
from contracts.event import Event
from notify.webhooks.domain import Webhook

LEASE = timedelta(seconds=60)
_REMOVED_FOR = timedelta(days=7)  # a removed webhook's document carries its last events until then
_THERE = {"is_live": True}
_OPTIONAL = ("failing_since", "disabled_reason")
_FIELDS = ("url", "events", "theater_ids", "enabled", "secret", "created_by", "created_at", "changed_at")
Revise = Callable[[Webhook], tuple[Webhook, Event] | None]
"""The webhook after a change, and what is said of it; None where nothing changes. May raise what refuses it."""


class Webhooks:
    """One document for each webhook, with its unsent events."""

    def __init__(self, outbox: Outbox) -> None:
        self.collection, self._outbox = outbox.collection, outbox

    async def ensure_indexes(self) -> None:
        """Make what is missing; idempotent."""
        expiry = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
        newest_first = IndexModel([("is_live", 1), ("_id", DESCENDING)])
        await self.collection.ensure_indexes(due.INDEX, expiry, newest_first, IndexModel([("events", 1)]))

    async def insert(self, webhook: Webhook, said: Event) -> None:
        """Store a new webhook, unless one has its id already."""
        document = {"_id": webhook.id, "version": 1, **_THERE, **_values(webhook), "outbox": [seal(said).document()]}
        try:
            await self._outbox.insert(document)
        except DuplicateKeyError:
            return

    async def find(self, webhook_id: str) -> Webhook | None:
        """One that was not removed."""
        document = await self.collection.find_one({"_id": webhook_id, **_THERE})
        return webhook_in(document) if document else None

    async def page(self, theater_ids: Collection[str] | None, skip: int, limit: int) -> tuple[list[Webhook], int]:
        """Those all of whose theaters are among these, newest first, and how many there are; None: of all theaters."""
        query: Document = dict(_THERE)
        if theater_ids is not None:
            query["theater_ids"] = {"$type": "array", "$not": {"$elemMatch": {"$nin": sorted(theater_ids)}}}
        documents = await self.collection.find(query, sort=[("_id", -1)], skip=skip, limit=limit)
        return [webhook_in(document) for document in documents], await self.collection.count(query)

    async def change(self, webhook_id: str, revise: Revise) -> Webhook | None:
        """Store what `revise` makes of a webhook, with what is said of it; None where there is none of this id."""

        def update(document: Document | None) -> Document | None:
            if document is None or "is_live" not in document:
                return None
            revised = revise(webhook_in(document))
            if revised is None:
                return None
            webhook, said = revised
            absent = {name: "" for name in _OPTIONAL if getattr(webhook, name) is None and name in document}
            changed: Document = {"$set": _values(webhook), "$push": push([seal(said)])}
            return changed | ({"$unset": absent} if absent else {})

        document = await self._outbox.amend(webhook_id, update)
        return webhook_in(document) if document and "is_live" in document else None

    async def remove(self, webhook_id: str, said: Callable[[Webhook], Event]) -> None:
        """Remove a webhook; its document goes when what is said of that has been published for long."""

        def update(document: Document | None) -> Document | None:
            if document is None or "is_live" not in document:
                return None
            gone = {"expires_at": now_in_milliseconds() + _REMOVED_FOR, "enabled": False, "events": []}
            event = seal(said(webhook_in(document)))
            return {"$set": gone, "$unset": {"is_live": "", "secret": "", "due_at": ""}, "$push": push([event])}

        await self._outbox.amend(webhook_id, update)

    async def wanting(self, event: str, theater_id: str | None) -> list[Webhook]:
        """Those that are to be told of an event of this name and theater, disabled ones too."""
        theaters = [{"theater_ids": None}] + ([{"theater_ids": theater_id}] if theater_id else [])
        documents = await self.collection.find({"events": event, "$or": theaters, **_THERE})
        return [webhook_in(document) for document in documents]

    async def wanted(self) -> frozenset[str]:
        """The names of all events that somebody wants."""
        names = await self.collection.aggregate(
            [{"$match": {"events": {"$gt": ""}}}, {"$unwind": "$events"}, {"$group": {"_id": "$events"}}]
        )
        return frozenset(document["_id"] for document in names)

    async def ring(self, webhook_ids: Iterable[str], at: datetime) -> None:
        """Something is to be sent to them at this time, or before that already."""
        ids = sorted(webhook_ids)
        if ids:
            await self.collection.update_many({"_id": {"$in": ids}, **_THERE}, {"$min": {"due_at": at}})
            self.collection.due.note(at)

    async def begin_to_rest(self, webhook_id: str) -> datetime:
        """Before one looks what is left to be sent: what rings from now on counts. To be followed by `rest`."""
        mark = now_in_milliseconds() + LEASE
        await self.collection.update({"_id": webhook_id}, {"$set": {"due_at": mark}})
        return mark

    async def rest(self, webhook_id: str, mark: datetime, until: datetime | None) -> None:
        """Leave a webhook alone until then, or until it rings, unless it has rung since `begin_to_rest`."""
        change = {"$set": {"due_at": until}} if until else {"$unset": {"due_at": ""}}
        await self.collection.update({"_id": webhook_id, "due_at": mark}, change)

    async def note_failure(self, webhook: Webhook, at: datetime) -> None:
        """It has begun to fail, unless it did before."""
        await self.collection.update(
            {"_id": webhook.id, "failing_since": {"$exists": False}}, {"$set": {"failing_since": at}}
        )

    async def note_success(self, webhook: Webhook) -> None:
        """It fails no more."""
        await self.collection.update({"_id": webhook.id}, {"$unset": {"failing_since": ""}})

    async def run_due(self, work: due.Work, *, concurrency: int) -> None:
        """Call `work` with the document of each that may have something to be sent to it."""
        await due.run_due(self.collection, work, lease=LEASE, concurrency=concurrency)


def webhook_in(document: Document) -> Webhook:
    """The webhook of a document."""
    theater_ids = document["theater_ids"]
    return Webhook(
        id=document["_id"],
        url=document["url"],
        events=tuple(document["events"]),
        theater_ids=None if theater_ids is None else tuple(theater_ids),
        enabled=document["enabled"],
        secret=document.get("secret", ""),
        created_by=document["created_by"],
        created_at=document["created_at"].astimezone(UTC),
        changed_at=document["changed_at"].astimezone(UTC),
        version=document["version"],
        failing_since=document.get("failing_since"),
        disabled_reason=document.get("disabled_reason"),
        times_disabled=document.get("times_disabled", 0),
    )


def _values(webhook: Webhook) -> dict[str, Any]:
    values = {name: getattr(webhook, name) for name in (*_FIELDS, "times_disabled")}
    values |= {name: value for name in _OPTIONAL if (value := getattr(webhook, name)) is not None}
    return values | {"events": list(webhook.events), "theater_ids": _listed(webhook.theater_ids)}


def _listed(ids: tuple[str, ...] | None) -> list[str] | None:
    return None if ids is None else list(ids)


def changed_now(webhook: Webhook, **values: Any) -> Webhook:
    """The webhook with these values from now on."""
    return replace(webhook, **values, changed_at=now_in_milliseconds())
