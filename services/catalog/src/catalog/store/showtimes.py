"""Showtimes: documents with the fields of the value, the layout, what they are searched by, and their unsent events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Literal

from pymongo import IndexModel

from catalog.domain.authors import Record
from catalog.domain.calendar import local_day
from catalog.domain.changes import Changed, changed_by
from catalog.domain.layouts import seats_for_sale
from catalog.domain.listings import Listing
from catalog.domain.lowest_price import factors_of
from catalog.domain.movies import MAX_RUNTIME_MINUTES
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.seat_changes import reasons_after
from catalog.domain.showtimes import Showtime, snapshot_event
from catalog.store.queries import find_page, index
from chassis.envelope import seal
from chassis.folding import fold
from chassis.mongo import Collection, Document, amend_all
from chassis.outbox import Outbox, push
from chassis.pages import PageRequest
from contracts.audit import Shown
from contracts.catalog import AuditRecorded
from contracts.event import Event
from contracts.layout import Layout
from contracts.seating import AvailabilityChanged, ShowtimeReplanned

Reference = Literal["movie", "theater", "screen"]
Revise = Callable[[Showtime], Showtime]
_NO_REASONS: Mapping[str, str | None] = MappingProxyType({})
_WITHOUT_LAYOUT = {"layout": 0, "outbox": 0}
_FILTERS = ("end_at", "local_date", "status")  # in indexes: what is filtered by them is counted without its document
_LONGEST = timedelta(minutes=MAX_RUNTIME_MINUTES)
UNHEARD_OF = timedelta(minutes=10)
"""So long a screen is kept free after the last moment at which seating may have moved a show there, while nothing is
heard of it: seating's event may be late."""
_FROM_UTC = timedelta(hours=16)  # no local time was ever further from it
_EARLIEST, _LATEST = date(1970, 1, 1), date(9990, 1, 1)  # around these days there is time to count in
_PLAIN = (
    "status",
    "language",
    "format",
    "movie",
    "theater",
    "screen",
    "currency",
    "scopes",
    "tax_slabs",
    "seats_total",
    "seats_for_sale",
    "factors",
    "plan_number",
    "blocked_reasons",
)


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
            index("city_folded", "start_at", "_id", *_FILTERS, "movie.movie_id"),
            index("screen.screen_id", "start_at"),
            IndexModel(
                [("kept_free.screen_id", 1), ("start_at", 1)],
                partialFilterExpression={"kept_free.screen_id": {"$exists": True}},
            ),
        )

    async def find(self, showtime_id: str) -> Showtime | None:
        """The showtime with this id."""
        document = await self.collection.find_one({"_id": showtime_id}, _WITHOUT_LAYOUT)
        return value(document) if document else None

    async def find_with_layout(self, showtime_id: str) -> tuple[Showtime, Layout] | None:
        """The showtime with this id, and the layout it was scheduled with."""
        document = await self.collection.find_one({"_id": showtime_id}, {"outbox": 0})
        return (value(document), Layout.model_validate(document["layout"])) if document else None

    async def page(
        self,
        page: PageRequest,
        *,
        movie_id: str | None,
        theater_id: str | None,
        city: str,
        day: date | None,
        now: datetime,
    ) -> Listing[Showtime]:
        """By start: all of a local day, or without one those that have not ended."""
        query = _on(day, now)
        query |= {"movie.movie_id": movie_id} if movie_id else {}
        query |= {"theater.theater_id": theater_id} if theater_id else {}
        query |= _in_city(city)
        sort = [("start_at", 1), ("_id", 1)]
        return await find_page(self.collection, query, page, value, sort=sort, projection=_WITHOUT_LAYOUT)

    async def of_days(self, theater_id: str, first: date, days: int) -> list[Showtime]:
        """A theater's showtimes of so many local days that were not cancelled, by start."""
        query = {
            "theater.theater_id": theater_id,
            "status": "scheduled",
            "start_at": _starting_on(first, days),
            "local_date": {"$gte": first.isoformat(), "$lt": (first + timedelta(days=days)).isoformat()},
        }
        sort = [("start_at", 1), ("_id", 1)]
        documents = await self.collection.find(query, sort=sort, projection=_WITHOUT_LAYOUT)
        return [value(document) for document in documents]

    async def movies_playing(self, day: date | None, city: str, now: datetime) -> list[str]:
        """Ids of the movies with a showtime on that local day (else from now on) in that city (else anywhere)."""
        match = {"status": "scheduled", **_on(day, now), **_in_city(city)}
        groups = await self.collection.aggregate([{"$match": match}, {"$group": {"_id": "$movie.movie_id"}}])
        return [group["_id"] for group in groups]

    async def change(self, showtime_id: str, revise: Revise, record: Record[Showtime]) -> Changed[Showtime] | None:
        """Store and publish what `revise` makes of the present value, and its record; None where no showtime has this
        id.

        The write is conditional on the version: after a conflict `revise` is called again, with the newer value.
        """
        changed: Changed[Showtime] | None = None

        def update(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal changed
            changed = changed_by(value(document), revise) if document else None
            if document is None or changed is None or not changed.fields:
                return None
            return update_of(changed.after, document, record(changed.before, changed.after))

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

    async def with_another_layout(self, screen_id: str, layout: Layout, now: datetime) -> list[str]:
        """Ids of the upcoming showtimes of a screen that have another layout than this one, by start; which seats are
        blocked does not count."""
        parts = layout.model_dump(mode="json", exclude={"blocked"})
        differs = {"$or": [{f"layout.{name}": {"$ne": part}} for name, part in parts.items()]}
        query = {**of_resource("screen", screen_id), **upcoming(now), **differs}
        documents = await self.collection.find(query, projection={"_id": 1}, sort=[("start_at", 1), ("_id", 1)])
        return [document["_id"] for document in documents]

    async def layout(self, showtime_id: str) -> Layout | None:
        """The layout of a showtime; None where no showtime has this id."""
        document = await self.collection.find_one({"_id": showtime_id}, {"layout": 1})
        return Layout.model_validate(document["layout"]) if document else None

    async def follow_plan(self, plan: ShowtimeReplanned, reasons: Mapping[str, str | None] = _NO_REASONS) -> None:
        """Store and publish the seats that a showtime has since a change of them, with the record of who changed them,
        unless it has those of a later one. The screen is no longer kept free for it. Seats that stay blocked keep their
        reasons, save those of another screen."""

        def update(document: Document | None) -> Mapping[str, Any] | None:
            if document is None or document["plan_number"] >= plan.number:
                return None
            present, (total, for_sale) = value(document), seats_for_sale(plan.layout)
            before = present.blocked_reasons if plan.screen.screen_id == present.screen.screen_id else {}
            showtime = replace(
                present,
                version=present.version + 1,
                screen=plan.screen,
                seats_total=total,
                seats_for_sale=for_sale,
                factors=factors_of(plan.layout),
                plan_number=plan.number,
                blocked_reasons=reasons_after(before, reasons, plan.layout.blocked),
            )
            records = [_record(present, document["layout"]["blocked"], showtime, plan)] if plan.changed_by else []
            changed = update_of(showtime, document, *records, layout=plan.layout)
            return changed | {"$pull": {"kept_free": {"screen_id": plan.screen.screen_id}}}

        await self.outbox.amend(plan.showtime_id, update)

    async def give_reasons(self, showtime_id: str, reasons: Mapping[str, str | None], by: str) -> None:
        """Store why seats are taken out, of those that are, with the record of who said so."""

        def update(document: Document | None) -> Mapping[str, Any] | None:
            if document is None:
                return None
            present, blocked = value(document), document["layout"]["blocked"]
            after = reasons_after(present.blocked_reasons, reasons, blocked)
            if after == present.blocked_reasons:
                return None
            showtime = replace(present, version=present.version + 1, blocked_reasons=after)
            shown: list[Shown] = [{"blockedReasons": dict(each.blocked_reasons)} for each in (present, showtime)]
            theater = present.theater.theater_id
            record = AuditRecorded.of(by, "showtimes.changed", showtime_id, *shown, theater_id=theater)
            return update_of(showtime, document, record)

        await self.outbox.amend(showtime_id, update)

    async def let_go(self, showtime_id: str, screen_id: str, until: datetime) -> None:
        """The screen is no longer kept free for the showtime by the call that kept it free until that moment."""
        await self.collection.update(
            {"_id": showtime_id}, {"$pull": {"kept_free": {"screen_id": screen_id, "until": until}}}
        )

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


def document_of(showtime: Showtime, layout: Layout, record: Record[Showtime]) -> Document:
    """The document of a new showtime, with the event that it is on sale and its record for the audit."""
    return {
        "_id": showtime.id,
        "version": showtime.version,
        "created_at": datetime.now(UTC),
        **_fields(showtime),
        "layout": layout.model_dump(mode="json"),
        "seats_total": showtime.seats_total,
        "seats_available": showtime.seats_available,
        "availability_version": -1,
        "outbox": [seal(event).document() for event in (snapshot_event(showtime, layout), record(None, showtime))],
    }


def update_of(showtime: Showtime, document: Document, *more: Event, layout: Layout | None = None) -> dict[str, Any]:
    """The update that turns a whole document into that of a later version of its showtime, with a new layout where one
    is given, and carries the event that says so, and `more`."""
    fields = _fields(showtime) | ({"layout": layout.model_dump(mode="json")} if layout else {})
    layout = layout or Layout.model_validate(document["layout"])
    return {"$set": fields, "$push": push(map(seal, (snapshot_event(showtime, layout), *more)))}


def _record(before: Showtime, blocked: Sequence[str], after: Showtime, plan: ShowtimeReplanned) -> AuditRecorded:
    """The record of a change of seats: the screen, what is blocked on it, and why."""
    shown: list[Shown] = [
        {
            "screenId": showtime.screen.screen_id,
            "screen": {"name": showtime.screen.name},
            "blockedSeats": list(seats),
            "blockedReasons": dict(showtime.blocked_reasons),
        }
        for showtime, seats in ((before, blocked), (after, plan.layout.blocked))
    ]
    return AuditRecorded.of(
        plan.changed_by or "",
        "showtimes.changed",
        before.id,
        *shown,
        theater_id=before.theater.theater_id,
        audit_id=f"aud_{before.id.removeprefix('sho_')}_{plan.number}",
        at=plan.at,
    )


def on_screen(screen_id: str, now: datetime) -> dict[str, Any]:
    """A query: showtimes on a screen, and those for which it is kept free while they may move there."""
    moving_there = {"kept_free.screen_id": screen_id, "kept_free.until": {"$gt": now - UNHEARD_OF}}
    return {"$or": [of_resource("screen", screen_id), moving_there]}


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


def _in_city(city: str) -> dict[str, Any]:
    return {"city_folded": folded} if (folded := fold(city)) else {}


def _on(day: date | None, now: datetime) -> dict[str, Any]:
    """A query: showtimes of a local day, wherever, or without one those that have not ended."""
    if day is None:
        return overlapping(now)
    return {"local_date": day.isoformat(), "start_at": _starting_on(day, 1)}


def _starting_on(first: date, days: int) -> dict[str, datetime]:
    """A range of starts that has those of so many local days, wherever; at either end of the calendar no show is."""
    midnight = datetime.combine(min(max(first, _EARLIEST), _LATEST), time(), UTC)
    return {"$gte": midnight - _FROM_UTC, "$lt": midnight + timedelta(days=days) + _FROM_UTC}


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
