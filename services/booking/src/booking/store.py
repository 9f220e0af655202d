"""Mongo: the bookings with their facts."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import get_args

from cachetools import LRUCache
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from booking.documents import record_in, update_of
from booking.domain.advance import Status
from booking.domain.booking import Booking
from booking.domain.facts import Facts
from booking.domain.record import Record, Refer, Sign, Step
from booking.domain.timeline import Entry
from booking.usecases.ports import Decision, Selection
from booking.waits import unanswered
from chassis import due
from chassis.mongo import UNREAD, Document
from chassis.outbox import Outbox, pushed
from chassis.telemetry import trace_id
from chassis.times import now_in_milliseconds

_LEASE = timedelta(seconds=30)
_REMEMBERED = 1024  # the sales of some minutes
_CANDIDATES = 8  # for a reference that no other booking has
_USERS_AT_ONCE, _THEATERS_AT_ONCE = 100, 33  # times six statuses: Mongo merges 200 ranges of an index in order
_BOOKING_INDEXES = (
    IndexModel([("reference", 1)], unique=True, partialFilterExpression={"reference": {"$exists": True}}),
    IndexModel([("user_id", 1), ("_id", -1)]),
    IndexModel([("showtime_id", 1), ("_id", 1)]),
    IndexModel([("theater_id", 1), ("status", 1), ("_id", -1)]),
    IndexModel([("status", 1), ("_id", -1)]),
    IndexModel([("refund.status", 1), ("refund.since", 1)], partialFilterExpression={"refund.status": "due"}),
    IndexModel([("unreported", 1)], partialFilterExpression={"unreported": {"$exists": True}}),
    due.INDEX,
)


class MongoBookings:
    """One document per booking; every change is conditional on its version and carries its events. `sign` makes a
    ticket's text, `refer` a reference from a booking's id and the number of a candidate; `on_change` gets each booking
    that was decided on, `on_unnumbered` those that need numbers, with the time by `monotonic` at which that began.
    """

    def __init__(
        self,
        outbox: Outbox,
        sign: Sign,
        refer: Callable[[str, int], str],
        on_change: Callable[[Booking], None],
        on_unnumbered: Callable[[Booking, float], None] = lambda _, __: None,
    ) -> None:
        self.collection, self._outbox, self._sign, self._refer = outbox.collection, outbox, sign, refer
        self._on_change, self._on_unnumbered = on_change, on_unnumbered
        self._remembered: LRUCache[str, tuple[Document, Record]] = LRUCache(_REMEMBERED)

    async def ensure_indexes(self) -> None:
        await self.collection.ensure_indexes(*_BOOKING_INDEXES)

    async def decide(
        self,
        booking_id: str,
        decision: Decision,
        *,
        order_ids: Collection[str] = (),
        heard: Collection[Entry] = (),
        likely_new: bool = False,
    ) -> Booking | None:
        """As the port has it; the events are published beside the caller."""
        began, candidate = monotonic(), 0

        def change(document: Document | None) -> Document | None:
            before, now = self._record_in(booking_id, document), now_in_milliseconds()
            step = Step(now, self._sign, self._referring(candidate), order_ids, heard, trace_id())
            after = before.with_news(decision(before.booking), step=step)
            return update_of(before, after, now) if after else None

        while True:
            known = self._known(booking_id, likely_new=likely_new)
            try:
                document = await self._outbox.amend(booking_id, change, known=known)
                break
            except DuplicateKeyError:  # another booking has this reference
                candidate += 1
                if candidate == _CANDIDATES:
                    raise
        booking = self._record_in(booking_id, document).booking
        if booking is not None:
            self._on_change(booking)
            if booking.unnumbered:
                self._on_unnumbered(booking, began)
        return booking

    async def record_each(self, news: Mapping[str, Facts]) -> None:
        """As the port has it: in one command for those that are as they are remembered; the others are decided on."""
        now, records, changes = now_in_milliseconds(), list[Record](), list[tuple[Document, Document]]()
        for booking_id in news.keys() & self._remembered.keys():
            known, before = self._remembered[booking_id]
            after = before.with_news(
                news[booking_id], step=Step(now, self._sign, self._referring(), trace_id=trace_id())
            )
            update = update_of(before, after, now) if after else {}
            if after and not pushed(update):
                records.append(after)
                changes.append(({**known}, update))
        written = dict[str, Record]()
        if await self._outbox.amend_known(changes):
            for record, (document, _) in zip(records, changes, strict=True):
                # Of the document only version and outbox are looked at again: the record has the rest.
                self._remembered[record.id] = {**document, "version": record.version}, record
                written[record.id] = record
        for record in written.values():
            if record.booking is not None:
                self._on_change(record.booking)
        for booking_id in news.keys() - written.keys():
            await self.decide(booking_id, lambda _, facts=news[booking_id]: facts)  # type: ignore[misc]

    def _referring(self, candidate: int = 0) -> Refer:
        return lambda booking_id: self._refer(booking_id, candidate)

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

    async def timeline(self, booking_id: str) -> list[Entry]:
        return record_in(booking_id, await self.collection.find_one({"_id": booking_id})).detailed_timeline

    async def find_all(self, booking_ids: Collection[str]) -> list[Booking]:
        if not booking_ids:
            return []
        documents = await self.collection.find({"_id": {"$in": sorted(booking_ids)}})
        records = [self._record_in(document["_id"], document) for document in documents]
        return [record.booking for record in records if record.booking]

    async def of_order(self, order_id: str, user_ids: Collection[str]) -> Booking | None:
        documents = await self.collection.find({"order_ids": order_id, "user_id": {"$in": list(user_ids)}}, limit=1)
        return next(_bookings_in(documents), None)

    async def of_references(self, references: Collection[str]) -> list[Booking]:
        if not references:
            return []
        return list(_bookings_in(await self.collection.find({"reference": {"$in": sorted(references)}})))

    async def of_users(
        self, user_ids: Collection[str], status: str | None, *, skip: int, limit: int
    ) -> tuple[list[Booking], int]:
        query: Document = {"user_id": {"$in": list(user_ids)}} | ({"status": status} if status else {})
        documents = await self.collection.find(query, sort=[("_id", -1)], skip=skip, limit=limit)
        total = await self.collection.count(query)
        return list(_bookings_in(documents)), total

    async def search(self, selection: Selection, *, skip: int, limit: int) -> tuple[list[Booking], int]:
        """As the port has it. Each index that may serve ends with the id, so that nothing is sorted in memory: what
        Mongo would sort is read in parts."""
        if selection.theater_ids == frozenset():
            return [], 0
        query = _query_of(selection)
        if selection.reference is not None or selection.booking_id is not None:
            bookings = list(_bookings_in(await self.collection.find(query, limit=1)))
            return bookings[skip : skip + limit], len(bookings)
        if len(parts := _parts(selection)) > 1:
            return await self._search_in(list(map(_query_of, parts)), skip=skip, limit=limit)
        documents = await self.collection.find(query, sort=[("_id", -1)], skip=skip, limit=limit)
        return list(_bookings_in(documents)), await self.collection.count(query)

    async def _search_in(self, parts: Sequence[Document], *, skip: int, limit: int) -> tuple[list[Booking], int]:
        """A page of what fits any of these queries, none of which fits what another does."""
        total = sum(await asyncio.gather(*map(self.collection.count, parts)))
        if skip >= total:
            return [], total
        newest = [("_id", -1)]
        by_part = await asyncio.gather(
            *(self.collection.find(part, sort=newest, limit=skip + limit, projection={"_id": 1}) for part in parts)
        )
        ids = sorted((document["_id"] for documents in by_part for document in documents), reverse=True)
        page = {"_id": {"$in": ids[skip : skip + limit]}}
        return list(_bookings_in(await self.collection.find(page, sort=newest))), total

    async def of_showtime(self, showtime_id: str, after: str, limit: int) -> list[Booking]:
        query = {"showtime_id": showtime_id, "_id": {"$gt": after}}
        documents = await self.collection.find(query, sort=[("_id", 1)], limit=limit)
        return list(_bookings_in(documents))

    async def users_of_showtime(self, showtime_id: str) -> frozenset[str]:
        documents = await self.collection.find({"showtime_id": showtime_id}, projection={"user_id": 1})
        return frozenset(document["user_id"] for document in documents)

    async def unreported(self, limit: int) -> list[Booking]:
        """Some of the bookings whose reports are to be corrected; each as a majority has it."""
        documents = await self.collection.find({"unreported": {"$exists": True}}, limit=limit)
        records = [self._record_in(document["_id"], document) for document in documents]
        return [record.booking for record in records if record.booking]

    async def note_reported(self, bookings: Iterable[Booking]) -> None:
        """The reports have them as they are here: those that have changed since stay unreported."""
        await self.collection.update_each(
            ({"_id": booking.id, "unreported": {"$lte": booking.version}}, {"$unset": {"unreported": ""}})
            for booking in bookings
        )

    async def page(self, after: str, limit: int) -> list[Booking]:
        """The next bookings that were ever confirmed, from the one that follows the id `after`."""
        query = {"_id": {"$gt": after}, "confirmed_at": {"$exists": True}}
        return list(_bookings_in(await self.collection.find(query, sort=[("_id", 1)], limit=limit)))

    async def unanswered_refunds(self, since: datetime) -> int:
        """How many refunds have been due since before `since` while payment has said nothing of them."""
        return await self.collection.count(unanswered(since))

    async def run_due(self, work: Callable[[str], Awaitable[object]]) -> None:
        """Do `work` with the id of each booking that is due: its hold is over and it is not paid, or a paper waits for
        its number."""

        async def work_on(document: Document) -> None:
            await work(document["_id"])

        await due.run_due(self.collection, work_on, lease=_LEASE)


def _parts(selection: Selection) -> list[Selection]:
    """The selection as several, each of as many users and theaters as an index serves in the order of ids."""
    users = _some_at_a_time(selection.user_ids, _USERS_AT_ONCE)
    theaters = _some_at_a_time(selection.theater_ids, _THEATERS_AT_ONCE)
    if selection.showtime_id is not None:
        return [selection]
    return [replace(selection, user_ids=some, theater_ids=there) for some in users for there in theaters]


def _some_at_a_time(ids: frozenset[str] | None, most: int) -> list[frozenset[str] | None]:
    """None, for all there are, stays so."""
    if ids is None:
        return [None]
    ordered = sorted(ids)
    return [frozenset(ordered[first : first + most]) for first in range(0, len(ordered), most)]


def _query_of(selection: Selection) -> Document:
    """The query of a selection. Of some theaters all statuses are named: with them the index has the order."""
    named = {
        "_id": selection.booking_id,
        "reference": selection.reference,
        "showtime_id": selection.showtime_id,
        "status": selection.status,
    }
    query: Document = {name: value for name, value in named.items() if value is not None}
    if selection.user_ids is not None:
        query["user_id"] = {"$in": sorted(selection.user_ids)}
    if selection.theater_ids is not None:
        query["theater_id"] = {"$in": sorted(selection.theater_ids)}
        query.setdefault("status", {"$in": list(get_args(Status))})
    return query


def _bookings_in(documents: Iterable[Document]) -> Iterator[Booking]:
    """The bookings among them whose sale is known."""
    for document in documents:
        if booking := record_in(document["_id"], document).booking:
            yield booking
