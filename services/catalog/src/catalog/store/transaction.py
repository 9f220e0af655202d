"""What is read and written together or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.changes import Changed, changed_by
from catalog.domain.levies import Levies
from catalog.domain.movies import Movie
from catalog.domain.overlaps import Span
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater
from catalog.store.levies import LevyTables
from catalog.store.resources import Resources, Screens
from catalog.store.showtimes import (
    Reference,
    Revise,
    Showtimes,
    document_of,
    of_resource,
    overlapping,
    upcoming,
    update_of,
    value,
)
from chassis.mongo import Document
from chassis.outbox import pushed
from contracts.layout import Layout

V = TypeVar("V", bound=Movie | Theater | Screen)


class Transaction:
    """A snapshot of the database. Of two transactions that write or touch the same document the second is run again,
    and sees what the first has written.

    `events` are the entries that it has put into the outboxes of showtimes, by the showtimes' ids.
    """

    def __init__(self, session: AsyncClientSession, screens: Screens, showtimes: Showtimes, levies: LevyTables) -> None:
        self.events: dict[str, list[Document]] = {}
        self._session = session
        self._screens, self._showtimes, self._levies = screens.collection.raw, showtimes.collection.raw, levies

    async def touch(self, resources: Resources[V], resource_id: str) -> V | None:
        """Read a value so that whoever changes or removes it meanwhile conflicts with this transaction."""
        document: Document | None = await resources.collection.raw.find_one_and_update(
            {"_id": resource_id},
            {"$inc": {"touched": 1}},
            session=self._session,
            return_document=ReturnDocument.AFTER,
        )
        return resources.value(document) if document else None

    async def insert(self, resources: Resources[V], resource: V) -> None:
        """Store a new value."""
        await resources.collection.raw.insert_one(resources.document(resource), session=self._session)

    async def delete(self, resources: Resources[V], resource_id: str) -> V | None:
        """Remove a value, and give it back as it was."""
        collection = resources.collection.raw
        document: Document | None = await collection.find_one_and_delete({"_id": resource_id}, session=self._session)
        return resources.value(document) if document else None

    async def delete_screens(self, theater_id: str) -> None:
        """Remove the screens of a theater."""
        await self._screens.delete_many({"theater_id": theater_id}, session=self._session)

    async def has_upcoming(self, reference: Reference, resource_id: str, now: datetime) -> bool:
        """Whether a showtime that was not cancelled and has not ended is of this movie, theater or screen."""
        query = {**of_resource(reference, resource_id), **upcoming(now)}
        return await self._showtimes.find_one(query, {"_id": 1}, session=self._session) is not None

    async def busy_spans(self, screen_id: str, span: Span, *, without: str | None) -> list[Span]:
        """Start and end of the showtimes that were not cancelled and overlap a span on a screen; the one with the id
        `without` is left out."""
        query = {
            **of_resource("screen", screen_id),
            "status": "scheduled",
            **overlapping(*span),
        }
        documents = await self._showtimes.find(query, {"start_at": 1, "end_at": 1}, session=self._session).to_list(None)
        return [(document["start_at"], document["end_at"]) for document in documents if document["_id"] != without]

    async def levies(self, currency: str) -> list[Levies]:
        """All fees and taxes that are known for a currency, past and future ones."""
        return await self._levies.find(currency, self._session)

    async def insert_showtimes(self, showtimes: Sequence[Showtime], layout: Layout) -> None:
        """Store and publish new showtimes that are scheduled with this layout."""
        documents = [document_of(showtime, layout) for showtime in showtimes]
        await self._showtimes.insert_many(documents, session=self._session)
        self.events |= {document["_id"]: document["outbox"] for document in documents}

    async def change_showtime(self, showtime_id: str, revise: Revise) -> Changed[Showtime] | None:
        """Store and publish what `revise` makes of the present value; None where no showtime has this id."""
        query = {"_id": showtime_id}
        document: Document | None = await self._showtimes.find_one(query, session=self._session)
        if document is None:
            return None
        changed = changed_by(value(document), revise)
        if changed.fields:
            update = {**update_of(changed.after, document), "$inc": {"version": 1}}
            await self._showtimes.update_one(query, update, session=self._session)
            self.events[showtime_id] = pushed(update)
        return changed
