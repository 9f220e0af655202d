"""Showtimes: documents with the fields of the value, the layout, what they are searched by, and their unsent events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any, Literal

from catalog.domain.calendar import local_day
from catalog.domain.changes import Changed, changed_by
from catalog.domain.folding import fold
from catalog.domain.listings import Listing
from catalog.domain.movies import MAX_RUNTIME_MINUTES
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.showtimes import Showtime, snapshot_event
from catalog.store.queries import find_page, index
from chassis.envelope import seal
from chassis.mongo import Collection, Document, amend_all
from chassis.outbox import Outbox, push
from chassis.pages import PageRequest
from contracts.layout import Layout
from contracts.seating import AvailabilityChanged

Reference = Literal["movie", "theater", "screen"]
Revise = Callable[[Showtime], Showtime]
_WITHOUT_LAYOUT = {"layout": 0, "outbox": 0}
_FILTERS = ("end_at", "local_date", "status")  # in indexes: what is filtered by them is counted without its document
_LONGEST = timedelta(minutes=MAX_RUNTIME_MINUTES)
_FROM_UTC = timedelta(hours=16)  # no local time was ever further from it
_PLAIN = ("status", "language", "format", "movie", "theater", "screen", "prices")


class Showtimes:
    """The showtimes in their collection. Whatever writes one puts the event that carries it whole into its outbox, in
    the same write."""

    def __init__(self, outbox: Outbox) -> None:
        self.collection = outbox.collection
        self.outbox = outbox

    async def prepare(self) -> None:
        """Create the indexes that are missing, but that of the outbox."""
        await self.collection.ensure_indexes(
            index("theater.theater_id", "start_at", "_id", *_FILTERS),
            index("movie.movie_id", "start_at", "_id", *_FILTERS),
            index("start_at", "_id", *_FILTERS, "movie.movie_id"),
            index("city_folded", "start_at", *_FILTERS, "movie.movie_id"),
            index("screen.screen_id", "start_at"),
        )

    async def find(self, showtime_id: str) -> Showtime | None:
        """The showtime with this id."""
        document = await self.collection.find_one({"_id": showtime_id}, _WITHOUT_LAYOUT)
        return value(document) if document else None

    async def page(
        self, page: PageRequest, *, movie_id: str | None, theater_id: str | None, day: date | None, now: datetime
    ) -> Listing[Showtime]:
        """By start: all of a local day, or without one those that have not ended."""
        query = _on(day, now)
        query |= {"movie.movie_id": movie_id} if movie_id else {}
        query |= {"theater.theater_id": theater_id} if theater_id else {}
        sort = [("start_at", 1), ("_id", 1)]
        return await find_page(self.collection, query, page, value, sort=sort, projection=_WITHOUT_LAYOUT)

    async def movies_playing(self, day: date | None, city: str, now: datetime) -> list[str]:
        """Ids of the movies with a showtime on that local day (else from now on) in that city (else anywhere)."""
        match = {"status": "scheduled", **_on(day, now)}
        match |= {"city_folded": folded} if (folded := fold(city)) else {}
        groups = await self.collection.aggregate([{"$match": match}, {"$group": {"_id": "$movie.movie_id"}}])
        return [group["_id"] for group in groups]

    async def change(self, showtime_id: str, revise: Revise) -> Changed[Showtime] | None:
        """Store and publish what `revise` makes of the present value; None where no showtime has this id.

        The write is conditional on the version: after a conflict `revise` is called again, with the newer value.
        """
        changed: Changed[Showtime] | None = None

        def update(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal changed
            changed = changed_by(value(document), revise) if document else None
            return update_of(changed.after, document) if document and changed and changed.fields else None

        await self.outbox.amend(showtime_id, update)
        return changed

    async def change_upcoming(self, reference: Reference, resource_id: str, revise: Revise, now: datetime) -> None:
        """Store and publish what `revise` makes of each showtime of a movie, theater or screen that was not cancelled
        and has not ended."""
        query = {**of_resource(reference, resource_id), **upcoming(now)}

        def update(document: Document | None) -> Mapping[str, Any] | None:
            if document is None or document["status"] == "cancelled":
                return None
            changed = changed_by(value(document), revise)
            return update_of(changed.after, document) if changed.fields else None

        await self.outbox.amend_all(query, update)

    async def set_seats_available(self, counts: Iterable[AvailabilityChanged]) -> None:
        """Store how many seats are available, in one command: of each showtime the count of the highest version of its
        seat map, unless one as high is stored."""
        newest = {count.showtime_id: count for count in sorted(counts, key=attrgetter("version"))}.values()
        await self.collection.update_each(
            (
                {"_id": count.showtime_id, "availability_version": {"$lt": count.version}},
                {"$set": {"seats_available": count.available, "availability_version": count.version}},
            )
            for count in newest
        )


async def republish_all(collection: Collection, now: datetime) -> int:
    """Put each showtime that has not ended into its outbox, with a new revision; how many there were."""

    def update(document: Document | None) -> Mapping[str, Any] | None:
        if document is None:
            return None
        showtime = value(document)
        return update_of(replace(showtime, version=showtime.version + 1), document)

    return await amend_all(collection, overlapping(now), update)


def value(document: Document) -> Showtime:
    """The showtime of a document, which may come without its layout."""
    return from_plain(Showtime, {**document, "id": document["_id"]})


def document_of(showtime: Showtime, layout: Layout) -> Document:
    """The document of a new showtime, with the event that it is on sale."""
    return {
        "_id": showtime.id,
        "version": showtime.version,
        "created_at": datetime.now(UTC),
        **_fields(showtime),
        "layout": layout.model_dump(mode="json"),
        "seats_total": showtime.seats_total,
        "seats_available": showtime.seats_available,
        "availability_version": -1,
        "outbox": [seal(snapshot_event(showtime, layout)).document()],
    }


def update_of(showtime: Showtime, document: Document) -> dict[str, Any]:
    """The update that turns a whole document into that of a later version of its showtime, and carries the event."""
    layout = Layout.model_validate(document["layout"])
    return {"$set": _fields(showtime), "$push": push([seal(snapshot_event(showtime, layout))])}


def of_resource(reference: Reference, resource_id: str) -> dict[str, str]:
    """A query: showtimes of this movie, theater or screen."""
    return {f"{reference}.{reference}_id": resource_id}


def upcoming(now: datetime) -> dict[str, Any]:
    """A query: showtimes that were not cancelled and have not ended."""
    return {"status": "scheduled", **overlapping(now)}


def overlapping(start: datetime, end: datetime | None = None) -> dict[str, Any]:
    """A query: showtimes that end after `start` and begin before `end`, if there is one.

    None is longer than the longest movie: so only starts shortly before are looked at, not all of the past.
    """
    begins = {"$gt": start - _LONGEST} | ({"$lt": end} if end else {})
    return {"start_at": begins, "end_at": {"$gt": start}}


def _on(day: date | None, now: datetime) -> dict[str, Any]:
    """A query: showtimes of a local day, wherever, or without one those that have not ended."""
    if day is None:
        return overlapping(now)
    midnight = datetime.combine(day, time(), UTC)
    somewhere = {"$gte": midnight - _FROM_UTC, "$lt": midnight + timedelta(days=1) + _FROM_UTC}
    return {"local_date": day.isoformat(), "start_at": somewhere}


def _fields(showtime: Showtime) -> dict[str, Any]:
    """What a change may set, and what the document is searched by."""
    plain = to_plain(showtime)
    return {
        **{name: plain[name] for name in _PLAIN},
        "start_at": showtime.start_at,
        "end_at": showtime.end_at,
        "local_date": local_day(showtime.start_at, showtime.theater.timezone).isoformat(),
        "city_folded": fold(showtime.theater.city),
    }
