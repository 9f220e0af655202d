"""What is read and written together or not at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.authors import Record
from catalog.domain.changes import Changed, changed_by
from catalog.domain.movies import Movie
from catalog.domain.overlaps import Span
from catalog.domain.showtimes import Showtime
from catalog.domain.taxes import Taxes
from catalog.domain.theaters import Screen, Theater
from catalog.store.resources import Resources, Screens
from catalog.store.showtimes import (
    UNHEARD_OF,
    Reference,
    Revise,
    Showtimes,
    document_of,
    of_resource,
    on_screen,
    overlapping,
    upcoming,
    update_of,
    value,
)
from catalog.store.taxes import StoredTaxes
from chassis.envelope import seal
from chassis.mongo import Document
from chassis.outbox import Outbox, pushed
from contracts.layout import Layout

V = TypeVar("V", bound=Movie | Theater | Screen)


class Transaction:
    """A snapshot of the database. Of two transactions that write or touch the same document the second is run again,
    and sees what the first has written.

    `events` are the entries that it has put into outboxes, with each outbox and the id of the document.
    """

    def __init__(
        self,
        session: AsyncClientSession,
        screens: Screens,
        showtimes: Showtimes,
        taxes: StoredTaxes,
        removals: Outbox,
    ) -> None:
        self.events: list[tuple[Outbox, str, Sequence[Document]]] = []
        self._session = session
        self._screens, self._showtimes, self._taxes = screens.collection.raw, showtimes.collection.raw, taxes
        self._outbox, self._removals = showtimes.outbox, removals

    async def showtime(self, showtime_id: str) -> Showtime | None:
        """The showtime with this id."""
        document: Document | None = await self._showtimes.find_one({"_id": showtime_id}, session=self._session)
        return value(document) if document else None

    async def touch(self, resources: Resources[V], resource_id: str) -> V | None:
        """Read a value so that whoever changes or removes it meanwhile conflicts with this transaction."""
        document: Document | None = await resources.collection.raw.find_one_and_update(
            {"_id": resource_id},
            {"$inc": {"touched": 1}},
            session=self._session,
            return_document=ReturnDocument.AFTER,
        )
        return resources.value(document) if document else None

    async def insert(self, resources: Resources[V], resource: V, record: Record[V]) -> None:
        """Store a new value, and its record for the audit."""
        document = resources.document(resource, record)
        await resources.collection.raw.insert_one(document, session=self._session)
        self.events.append((resources.outbox, resource.id, document["outbox"]))

    async def delete(self, resources: Resources[V], resource_id: str, record: Record[V]) -> V | None:
        """Remove a value, and give it back as it was. What is unsent of it, and the record of its end, stand in
        `removals` from then on; so do those of a theater's screens, which are removed with it."""
        collection = resources.collection.raw
        document: Document | None = await collection.find_one_and_delete({"_id": resource_id}, session=self._session)
        if document is None:
            return None
        resource = resources.value(document)
        screens = await self._delete_screens(resource_id) if isinstance(resource, Theater) else []
        entries = [*document["outbox"], *screens, seal(record(resource, None)).document()]
        removal = {"_id": resource_id, "version": 1, "removed_at": datetime.now(UTC), "outbox": entries}
        await self._removals.collection.raw.insert_one(removal, session=self._session)
        self.events.append((self._removals, resource_id, entries))
        return resource

    async def _delete_screens(self, theater_id: str) -> list[Document]:
        """Remove the screens of a theater; what was unsent of them."""
        theirs = {"theater_id": theater_id}
        unsent = self._screens.find({**theirs, "outbox.time": {"$exists": True}}, {"outbox": 1}, session=self._session)
        entries = [entry for document in await unsent.to_list(None) for entry in document["outbox"]]
        await self._screens.delete_many(theirs, session=self._session)
        return entries

    async def has_upcoming(self, reference: Reference, resource_id: str, now: datetime) -> bool:
        """Whether a showtime that was not cancelled and has not ended is of this movie, theater or screen, or may move
        to this screen."""
        of_it = on_screen(resource_id, now) if reference == "screen" else of_resource(reference, resource_id)
        query = {**of_it, **upcoming(now)}
        return await self._showtimes.find_one(query, {"_id": 1}, session=self._session) is not None

    async def busy_spans(self, screen_id: str, span: Span, *, without: str | None) -> list[Span]:
        """Start and end of the showtimes that were not cancelled and overlap a span on a screen; the one with the id
        `without` is left out."""
        query = {
            **on_screen(screen_id, datetime.now(UTC)),
            "status": "scheduled",
            **overlapping(*span),
        }
        documents = await self._showtimes.find(query, {"start_at": 1, "end_at": 1}, session=self._session).to_list(None)
        return [(document["start_at"], document["end_at"]) for document in documents if document["_id"] != without]

    async def existing(self, screen_id: str, starts: Sequence[datetime]) -> dict[tuple[str, datetime], str]:
        """Ids of the scheduled showtimes that begin at one of these times on a screen, by movie and start."""
        query = {**of_resource("screen", screen_id), "status": "scheduled", "start_at": {"$in": list(starts)}}
        fields = {"movie.movie_id": 1, "start_at": 1}
        documents = await self._showtimes.find(query, fields, session=self._session).to_list(None)
        return {(document["movie"]["movie_id"], document["start_at"]): document["_id"] for document in documents}

    async def keep_free(self, showtime_id: str, screen_id: str, until: datetime) -> None:
        """Keep a screen free for a showtime that seating may move there until that moment, beside others that it is
        to move to by other calls."""
        of_showtime, over = {"_id": showtime_id}, {"until": {"$lte": datetime.now(UTC) - UNHEARD_OF}}
        await self._showtimes.update_one(of_showtime, {"$pull": {"kept_free": over}}, session=self._session)
        free_until = {"screen_id": screen_id, "until": until}
        await self._showtimes.update_one(of_showtime, {"$push": {"kept_free": free_until}}, session=self._session)

    async def kept_free(self, showtime_id: str) -> set[str]:
        """Ids of the screens that are kept free for a showtime."""
        query = {"_id": showtime_id, "kept_free.until": {"$gt": datetime.now(UTC) - UNHEARD_OF}}
        document: Document | None = await self._showtimes.find_one(query, {"kept_free": 1}, session=self._session)
        return {each["screen_id"] for each in document["kept_free"]} if document else set()

    async def taxes(self) -> Taxes:
        """All taxes, those of past and future days too. Whoever replaces them meanwhile conflicts with a transaction
        that touches the theater."""
        return await self._taxes.find_within(self._session)

    async def insert_showtimes(self, showtimes: Sequence[Showtime], layout: Layout, record: Record[Showtime]) -> None:
        """Store and publish new showtimes that are scheduled with this layout, each with its record for the audit."""
        documents = [document_of(showtime, layout, record) for showtime in showtimes]
        await self._showtimes.insert_many(documents, session=self._session)
        self.events += [(self._outbox, document["_id"], document["outbox"]) for document in documents]

    async def change_showtime(
        self, showtime_id: str, revise: Revise, record: Record[Showtime]
    ) -> Changed[Showtime] | None:
        """Store and publish what `revise` makes of the present value, and its record; None where no showtime has this
        id."""
        query = {"_id": showtime_id}
        document: Document | None = await self._showtimes.find_one(query, session=self._session)
        if document is None:
            return None
        changed = changed_by(value(document), revise)
        if changed.fields:
            update = {
                **update_of(changed.after, document, record(changed.before, changed.after)),
                "$inc": {"version": 1},
            }
            await self._showtimes.update_one(query, update, session=self._session)
            self.events.append((self._outbox, showtime_id, pushed(update)))
        return changed
