"""Movies, theaters and screens: documents with the fields of the value, and beside them what they are searched by.

Where a change differs in what showtimes have a copy of, the document becomes due: some worker then republishes its
showtimes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Generic, TypeVar

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from catalog.domain.authors import Record
from catalog.domain.changes import Changed, changed_by
from catalog.domain.codes import taken_by
from catalog.domain.listings import Listing
from catalog.domain.movies import Movie
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.theaters import Geo, Screen, Theater
from catalog.store.queries import find_page, index, with_part
from catalog.store.showtimes import upcoming
from chassis.due import INDEX as DUE
from chassis.due import run_due, whenever_due
from chassis.envelope import seal
from chassis.folding import fold, parts
from chassis.mongo import Document
from chassis.outbox import Outbox, push
from chassis.pages import PageRequest
from chassis.times import now_in_milliseconds

_LEASE = timedelta(seconds=60)


class CodeTaken(Exception):
    """Another theater has the code, or a code that its credit notes would share."""


V = TypeVar("V", bound=Movie | Theater | Screen)


class Resources(Generic[V]):
    """The values of one type in their collection."""

    value_type: type[V]
    indexes: tuple[IndexModel, ...]

    def __init__(self, outbox: Outbox) -> None:
        self.collection = outbox.collection
        self.outbox = outbox

    def search_fields(self, _resource: V) -> dict[str, Any]:
        """What a document has beside the fields of its value: nothing, or what it is searched by."""
        return {}

    async def prepare(self) -> None:
        """Create the indexes that are missing."""
        await self.collection.ensure_indexes(DUE, *self.indexes)

    async def find(self, resource_id: str) -> V | None:
        """The value with this id."""
        document = await self.collection.find_one({"_id": resource_id})
        return None if document is None else self.value(document)

    async def insert(self, resource: V, record: Record[V]) -> None:
        """Store a new value, and its record for the audit."""
        await self.outbox.insert(self.document(resource, record))

    async def change(self, resource_id: str, revise: Callable[[V], V], record: Record[V]) -> Changed[V] | None:
        """Store what `revise` makes of the present value, and its record; None where none has this id.

        The write is conditional on the version: after a conflict `revise` is called again, with the newer value.
        """
        changed: Changed[V] | None = None

        def update(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal changed
            changed = changed_by(self.value(document), revise) if document else None
            return self._update(changed, record) if changed and changed.fields else None

        await self.outbox.amend(resource_id, update)
        return changed

    def _update(self, changed: Changed[V], record: Record[V]) -> dict[str, Any]:
        before, after = self._fields(changed.before), self._fields(changed.after)
        differing = {name: value for name, value in after.items() if value != before[name]}
        if changed.before.copied != changed.after.copied:
            differing["due_at"] = now_in_milliseconds()
        return {"$set": differing, "$push": push([seal(record(changed.before, changed.after))])}

    async def republish_when_due(self, republish: Callable[[V], Awaitable[None]]) -> None:
        """A loop: hand each value of which showtimes have an old copy to `republish`, and after a crash once more.

        A value that was changed, or made due, again meanwhile stays due.
        """

        async def work(document: Document) -> None:
            await republish(self.value(document))
            unchanged = {name: document[name] for name in ("_id", "version", "due_at")}
            await self.collection.update(unchanged, {"$unset": {"due_at": ""}})

        await whenever_due("republish", self.collection, partial(run_due, self.collection, work, lease=_LEASE))

    async def republish_soon(self, resource_id: str) -> None:
        """Make a value due: showtimes may have an old copy of it."""
        await self.collection.update({"_id": resource_id}, {"$set": {"due_at": now_in_milliseconds()}})

    def value(self, document: Document) -> V:
        """The value of a document."""
        return from_plain(self.value_type, {**document, "id": document["_id"]})

    def document(self, resource: V, record: Record[V]) -> Document:
        """The document of a new value, with its record for the audit."""
        identity = {"_id": resource.id, "version": resource.version, "created_at": datetime.now(UTC)}
        return {**identity, **self._fields(resource), "outbox": [seal(record(None, resource)).document()]}

    def _fields(self, resource: V) -> dict[str, Any]:
        plain = to_plain(resource)
        del plain["id"], plain["version"]
        return {**plain, **self.search_fields(resource)}


class Movies(Resources[Movie]):
    """Movies, by title."""

    value_type = Movie
    indexes = (
        index("title_folded", "_id"),
        index("title_parts", "title_folded", "_id"),
        index("genres_folded", "title_folded", "_id"),
        index("language_folded", "title_folded", "_id"),
        index("tmdb_id", "_id"),
        IndexModel([("imported_as", 1)], unique=True, partialFilterExpression={"imported_as": {"$type": "number"}}),
    )

    def search_fields(self, resource: Movie) -> dict[str, Any]:
        """Title, genres and language, folded, and the parts of the title."""
        title = fold(resource.title)
        return {
            "title_folded": title,
            "title_parts": parts(title),
            "genres_folded": [fold(genre) for genre in resource.genres],
            "language_folded": fold(resource.language),
            "imported_as": resource.imported_as,
        }

    async def insert_imported(self, movie: Movie, record: Record[Movie]) -> bool:
        """Store a movie that came from TMDB, unless one that came from there under the same id is stored; whether it
        was."""
        try:
            await self.insert(movie, record)
        except DuplicateKeyError:
            return False
        return True

    async def known_as(self, tmdb_id: int) -> Movie | None:
        """The first movie that was given this id of TMDB's."""
        documents = await self.collection.find({"tmdb_id": tmdb_id}, sort=[("tmdb_id", 1), ("_id", 1)], limit=1)
        return self.value(documents[0]) if documents else None

    async def page(
        self, page: PageRequest, *, title: str, genre: str, language: str, among: Sequence[str] | None
    ) -> Listing[Movie]:
        """Those whose title has `title` in it, as it stands and not as a pattern, of a genre, of a language and of the
        ids `among`; empty texts and None leave out nothing."""
        query: dict[str, Any] = {}
        if part := fold(title):
            query |= with_part("title", part)
        if genre_folded := fold(genre):
            query["genres_folded"] = genre_folded
        if language_folded := fold(language):
            query["language_folded"] = language_folded
        if among is not None:
            query["_id"] = {"$in": list(among)}
        sort = [("title_folded", 1), ("_id", 1)]
        return await find_page(self.collection, query, page, self.value, sort=sort, projection={"title_parts": 0})


class Theaters(Resources[Theater]):
    """Theaters, by name or by where they are."""

    value_type = Theater
    indexes = (
        index("name", "_id"),
        index("city_folded", "name", "_id"),
        IndexModel([("codes", 1)], unique=True, partialFilterExpression={"codes": {"$exists": True}}),
    )

    def search_fields(self, resource: Theater) -> dict[str, Any]:
        """The city, folded, and the codes that no other theater may have."""
        codes = {"codes": taken_by(resource.code)} if resource.code else {}
        return {"city_folded": fold(resource.city), **codes}

    async def insert(self, resource: Theater, record: Record[Theater]) -> None:
        """As of any value; raises `CodeTaken`."""
        try:
            await super().insert(resource, record)
        except DuplicateKeyError:
            raise CodeTaken(resource.code) from None

    async def change(
        self, resource_id: str, revise: Callable[[Theater], Theater], record: Record[Theater]
    ) -> Changed[Theater] | None:
        """As of any value; raises `CodeTaken`."""
        revised: Theater | None = None

        def noting(theater: Theater) -> Theater:
            nonlocal revised
            revised = revise(theater)
            return revised

        try:
            return await super().change(resource_id, noting, record)
        except DuplicateKeyError:
            raise CodeTaken(revised.code if revised else None) from None

    async def republish_all(self) -> None:
        """Make every theater due."""
        await self.collection.update_many({}, {"$set": {"due_at": now_in_milliseconds()}})

    async def page(self, page: PageRequest, *, city: str) -> Listing[Theater]:
        """Those of a city, or all."""
        return await find_page(self.collection, _in_city(city), page, self.value, sort=[("name", 1), ("_id", 1)])

    async def points(self, *, city: str) -> dict[str, Geo]:
        """Where each of a city is, or each of all, by its id."""
        documents = await self.collection.find(_in_city(city), projection={"geo": 1})
        return {document["_id"]: from_plain(Geo, document["geo"]) for document in documents}

    async def cities(self, now: datetime) -> list[tuple[str, int]]:
        """The cities with a showtime that was not cancelled and has not ended, in order, and how many theaters of each
        have one."""
        of_theater: dict[str, Any] = {
            "from": "showtimes",
            "localField": "_id",
            "foreignField": "theater.theater_id",
            "pipeline": [{"$match": upcoming(now)}, {"$limit": 1}, {"$project": {"_id": 1}}],
            "as": "showtimes",
        }
        groups = await self.collection.aggregate(
            [
                {"$sort": {"city_folded": 1, "name": 1, "_id": 1}},
                {"$lookup": of_theater},
                {"$match": {"showtimes.0": {"$exists": True}}},
                {"$group": {"_id": "$city_folded", "city": {"$first": "$city"}, "theaters": {"$sum": 1}}},
            ]
        )
        return [(group["city"], group["theaters"]) for group in sorted(groups, key=itemgetter("_id"))]

    async def find_many(self, theater_ids: Sequence[str]) -> dict[str, Theater]:
        """Those with these ids, by id."""
        documents = await self.collection.find({"_id": {"$in": list(theater_ids)}})
        return {document["_id"]: self.value(document) for document in documents}


class Screens(Resources[Screen]):
    """Screens, by theater."""

    value_type = Screen
    indexes = (index("theater_id", "name", "_id"),)

    async def of_theater(self, theater_id: str) -> list[Screen]:
        """A theater's screens, by name."""
        documents = await self.collection.find({"theater_id": theater_id}, sort=[("name", 1), ("_id", 1)])
        return [self.value(document) for document in documents]

    async def versions(self, theater_id: str) -> dict[str, int]:
        """The versions of a theater's screens, by their ids."""
        documents = await self.collection.find({"theater_id": theater_id}, projection={"version": 1})
        return {document["_id"]: document["version"] for document in documents}


def _in_city(city: str) -> dict[str, str]:
    folded = fold(city)
    return {"city_folded": folded} if folded else {}
