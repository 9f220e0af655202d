"""Mongo: the bookings with their facts."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from cachetools import LRUCache
from pymongo import IndexModel

from booking.documents import record_in, update_of
from booking.domain.booking import Booking
from booking.domain.record import Record, Sign
from booking.usecases.ports import Decision
from chassis import due
from chassis.mongo import UNREAD, Document
from chassis.outbox import Outbox
from chassis.times import now_in_milliseconds

_LEASE = timedelta(seconds=30)
_REMEMBERED = 1024  # the sales of some minutes
_BOOKING_INDEXES = (
    IndexModel([("reference", 1)], unique=True, partialFilterExpression={"reference": {"$exists": True}}),
    IndexModel([("user_id", 1), ("_id", -1)]),
    IndexModel([("showtime_id", 1), ("_id", 1)]),
    IndexModel([("refund.status", 1), ("refund.since", 1)], partialFilterExpression={"refund.status": "due"}),
    due.INDEX,
)


class MongoBookings:
    """One document per booking; every change is conditional on its version and carries its events. `sign` makes a
    ticket's text; `on_change` gets each booking that was decided on."""

    def __init__(self, outbox: Outbox, sign: Sign, on_change: Callable[[Booking], None]) -> None:
        self.collection, self._outbox, self._sign, self._on_change = outbox.collection, outbox, sign, on_change
        self._remembered: LRUCache[str, tuple[Document, Record]] = LRUCache(_REMEMBERED)

    async def ensure_indexes(self) -> None:
        await self.collection.ensure_indexes(*_BOOKING_INDEXES)

    async def decide(
        self, booking_id: str, decision: Decision, *, order_ids: Collection[str] = (), likely_new: bool = False
    ) -> Booking | None:
        """As the port has it; the events are published beside the caller."""

        def change(document: Document | None) -> Document | None:
            before, now = self._record_in(booking_id, document), now_in_milliseconds()
            after = before.with_news(decision(before.booking), order_ids=order_ids, now=now, sign=self._sign)
            return update_of(before, after, now) if after else None

        document = await self._outbox.amend(booking_id, change, known=self._known(booking_id, likely_new=likely_new))
        booking = self._record_in(booking_id, document).booking
        if booking is not None:
            self._on_change(booking)
        return booking

    def remembered(self, booking_id: str) -> Booking | None:
        remembered = self._remembered.get(booking_id)
        return remembered[1].booking if remembered else None

    def _known(self, booking_id: str, *, likely_new: bool) -> Document | None:
        """The document to start from; `UNREAD` where it has to be read."""
        if remembered := self._remembered.get(booking_id):
            return remembered[0]
        return None if likely_new else UNREAD

    def _record_in(self, booking_id: str, document: Document | None) -> Record:
        """What the document holds; it is remembered, so that each version is parsed once."""
        if document is None:
            return Record(booking_id)
        remembered = self._remembered.get(booking_id)
        if remembered and remembered[0]["version"] == document["version"]:
            return remembered[1]
        record = record_in(booking_id, document)
        self._remembered[booking_id] = document, record
        return record

    async def find(self, booking_id: str) -> Booking | None:
        return record_in(booking_id, await self.collection.find_one({"_id": booking_id})).booking

    async def find_all(self, booking_ids: Collection[str]) -> list[Booking]:
        return list(_bookings_in(await self.collection.find({"_id": {"$in": sorted(booking_ids)}})))

    async def of_order(self, order_id: str, user_id: str) -> Booking | None:
        documents = await self.collection.find({"order_ids": order_id, "user_id": user_id}, limit=1)
        return next(_bookings_in(documents), None)

    async def of_user(self, user_id: str, status: str | None, *, skip: int, limit: int) -> tuple[list[Booking], int]:
        query = {"user_id": user_id} | ({"status": status} if status else {})
        documents = await self.collection.find(query, sort=[("_id", -1)], skip=skip, limit=limit)
        total = await self.collection.count(query)
        return list(_bookings_in(documents)), total

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        query = {"showtime_id": showtime_id, "_id": {"$gt": after}}
        documents = await self.collection.find(query, sort=[("_id", 1)], limit=limit)
        return list(_bookings_in(documents))

    async def unanswered_refunds(self, since: datetime) -> int:
        """How many refunds have been due since before `since` while payment has said nothing of them."""
        return await self.collection.count(unanswered(since))

    async def run_due(self, work: Callable[[str], Awaitable[object]]) -> None:
        """Do `work` with the id of each booking that is due: its hold is over and it is not paid, or a paper waits for
        its number."""

        async def work_on(document: Document) -> None:
            await work(document["_id"])

        await due.run_due(self.collection, work_on, lease=_LEASE)


def unanswered(since: datetime) -> Document:
    """The query for bookings whose refund has been due since before `since`."""
    return {"refund.status": "due", "refund.since": {"$lt": since}}


def _bookings_in(documents: Iterable[Document]) -> Iterator[Booking]:
    """The bookings among them whose sale is known."""
    for document in documents:
        if booking := record_in(document["_id"], document).booking:
            yield booking
