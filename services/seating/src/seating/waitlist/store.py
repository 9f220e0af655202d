"""Mongo: who waits, one document per entry, with the announcement of its offer in the same write."""

from collections.abc import Collection as Several
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis import due, outbox
from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox
from contracts.event import Event
from seating.waitlist.entries import Entry, Offer, Status

_LASTS = timedelta(days=30)  # after the show's start, or after the user joined where that is later
_OF_USER = IndexModel(
    [("showtime_id", 1), ("user_id", 1)], unique=True, partialFilterExpression={"open": True}, name="one_each"
)
_INDEXES = (
    _OF_USER,
    IndexModel([("showtime_id", 1), ("_id", 1)], partialFilterExpression={"open": True}, name="in_order"),
    IndexModel([("user_id", 1), ("_id", -1)]),
    IndexModel([("expires_at", 1)], expireAfterSeconds=0),
    due.INDEX,
)
_LISTED = 100
_ENDED: tuple[Status, ...] = ("taken", "lapsed", "left")


class MongoWaitlist:
    """The entries. Each change is conditional on the status, and where one is under way on its offer's hold."""

    def __init__(self, entries: Outbox) -> None:
        self._outbox = entries
        self.collection: Collection = entries.collection

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self.collection.ensure_indexes(*_INDEXES)

    async def add(self, entry: Entry, starts_at: datetime) -> bool:
        """Insert it, due at once: Redis does not know yet that somebody waits. False where the user waits already."""
        document = {
            "_id": entry.id,
            "version": 1,
            "showtime_id": entry.showtime_id,
            "theater_id": entry.theater_id,
            "user_id": entry.user_id,
            "count": entry.count,
            "type": entry.type,
            "status": entry.status,
            "open": True,
            "created_at": entry.created_at,
            "number": 0,
            "offer": None,
            "due_at": datetime.now(UTC) + timedelta(seconds=2),
            "expires_at": max(starts_at, entry.created_at) + _LASTS,
            "outbox": [],
        }
        try:
            await self._outbox.insert(document)
        except DuplicateKeyError:
            return False
        return True

    async def find(self, entry_id: str) -> Entry | None:
        """The entry with this id."""
        document = await self.collection.find_one({"_id": entry_id}, {"outbox": 0})
        return entry_of(document) if document else None

    async def open_of(self, showtime_id: str, user_id: str) -> Entry | None:
        """The user's entry that is not over."""
        query = {"showtime_id": showtime_id, "user_id": user_id, "open": True}
        document = await self.collection.find_one(query, {"outbox": 0})
        return entry_of(document) if document else None

    async def of_users(self, user_ids: Several[str]) -> list[Entry]:
        """The newest entries of these users, newest first."""
        query = {"user_id": {"$in": list(user_ids)}}
        documents = await self.collection.find(query, sort=[("_id", -1)], limit=_LISTED, projection={"outbox": 0})
        return [entry_of(document) for document in documents]

    async def on_list(self, showtime_id: str) -> list[Entry]:
        """Those who wait or are being offered seats, in the order in which they joined."""
        query = {"showtime_id": showtime_id, "open": True, "status": {"$in": ["waiting", "offering"]}}
        return [
            entry_of(each) for each in await self.collection.find(query, sort=[("_id", 1)], projection={"outbox": 0})
        ]

    async def anybody_waits(self, showtime_id: str) -> bool:
        """Whether anybody is on the list of the showtime."""
        query = {"showtime_id": showtime_id, "open": True, "status": {"$in": ["waiting", "offering"]}}
        return await self.collection.find_one(query, {"_id": 1}) is not None

    async def seen(self, entry: Entry) -> None:
        """Redis knows that this one waits."""
        await self._change(entry, {"$unset": {"due_at": ""}})

    async def begin_offer(self, entry: Entry, offer: Offer) -> bool:
        """The seats are offered to the entry and to nobody else, unless it has changed meanwhile."""
        values: Document = {"status": "offering", "offer": _offer_document(offer)}
        values["due_at"] = offer.made_by + timedelta(seconds=1)
        return await self._change(entry, {"$set": values, "$inc": {"number": 1}})

    async def record_offer(self, entry: Entry, expires_at: datetime, announcement: Event) -> bool:
        """The hold is made: the user is told by the same write."""
        values = {"status": "offered", "offer.expires_at": expires_at, "due_at": expires_at}
        events = outbox.push([seal(announcement, key=f"{entry.id}:{entry.number}:offered")])
        return await self._change(entry, {"$set": values, "$push": events})

    async def wait_again(self, entry: Entry) -> bool:
        """What was offered could not be had, or was lost: the entry has its old place."""
        values = {"status": "waiting", "offer": None, "due_at": datetime.now(UTC)}
        return await self._change(entry, {"$set": values})

    async def look_again(self, entry: Entry, at: datetime) -> None:
        """Its offer may end later than was known."""
        await self._change(entry, {"$set": {"due_at": at}})

    async def end(self, entry: Entry, status: Status, *, due_at: datetime | None = None) -> bool:
        """It is over; with `due_at` its hold is let go then."""
        unset = {"open": ""} if due_at else {"open": "", "due_at": ""}
        values: Document = {"status": status} | ({"due_at": due_at} if due_at else {})
        return await self._change(entry, {"$set": values, "$unset": unset})

    async def remove(self, entry: Entry) -> bool:
        """It never was: the caller is refused."""
        return await self.collection.delete({"_id": entry.id, "status": "waiting", "number": 0}) > 0

    async def forget(self, entry_id: str) -> None:
        """Delete an entry that is over; one whose hold has yet to be let go ends by its time."""
        await self.collection.delete({"_id": entry_id, "status": {"$in": list(_ENDED)}, "due_at": {"$exists": False}})

    async def nothing_due(self, entry_id: str) -> None:
        """What the entry was due for is done."""
        await self._outbox.update(entry_id, {"status": {"$in": list(_ENDED)}}, {"$unset": {"due_at": ""}})

    async def _change(self, entry: Entry, update: Mapping[str, Any]) -> bool:
        condition: Document = {"status": entry.status, "number": entry.number}
        return await self._outbox.update(entry.id, condition, update)


def entry_of(document: Document) -> Entry:
    """An entry as Mongo has it."""
    offer = document["offer"]
    return Entry(
        id=document["_id"],
        showtime_id=document["showtime_id"],
        theater_id=document["theater_id"],
        user_id=document["user_id"],
        count=document["count"],
        type=document["type"],
        status=document["status"],
        created_at=document["created_at"],
        number=document["number"],
        offer=_offer(offer) if offer else None,
    )


def _offer(document: Document) -> Offer:
    return Offer(document["hold_id"], tuple(document["seat_ids"]), document["made_by"], document["expires_at"])


def _offer_document(offer: Offer) -> Document:
    return {
        "hold_id": offer.hold_id,
        "seat_ids": list(offer.seat_ids),
        "made_by": offer.made_by,
        "expires_at": offer.expires_at,
    }
