"""Movies, theaters and screens: documents with the fields of the value, and beside them what they are searched by.

Where a change differs in `details`, which showtimes have a copy of, the document becomes due: some worker then
republishes its showtimes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from catalog.domain.changes import Changed, changed_by
from catalog.domain.codes import taken_by
from catalog.domain.folding import fold
from catalog.domain.listings import Listing
from catalog.domain.movies import Movie
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.theaters import Geo, Screen, Theater
from catalog.store.queries import find_page, index
from chassis.due import INDEX as DUE
from chassis.due import run_due, whenever_due
from chassis.mongo import Collection, Document, amend
from chassis.pages import PageRequest

_LEASE = timedelta(seconds=60)


class CodeTaken(Exception):
    """Another theater has the code, or a code that its credit notes would share."""


V = TypeVar("V", bound=Movie | Theater | Screen)


class Resources(Generic[V]):
    """The values of one type in their collection."""

    value_type: type[V]
    indexes: tuple[IndexModel, ...]

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

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

    async def insert(self, resource: V) -> None:
        """Store a new value."""
        await self.collection.insert(self.document(resource))

    async def change(self, resource_id: str, revise: Callable[[V], V]) -> Changed[V] | None:
        """Store what `revise` makes of the present value; None where none has this id.

        The write is conditional on the version: after a conflict `revise` is called again, with the newer value.
        """
        changed: Changed[V] | None = None

        def update(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal changed
            changed = changed_by(self.value(document), revise) if document else None
            return self._update(changed) if changed and changed.fields else None

        await amend(self.collection, resource_id, update)
        return changed

    def _update(self, changed: Changed[V]) -> dict[str, Any]:
        before, after = self._fields(changed.before), self._fields(changed.after)
        differing = {name: value for name, value in after.items() if value != before[name]}
        if changed.before.details != changed.after.details:
            differing["due_at"] = datetime.now(UTC)
        return {"$set": differing}

    async def republish_when_due(self, republish: Callable[[V], Awaitable[None]]) -> None:
        """A loop: hand each value whose details were changed to `republish`, and after a crash once more.

        A value that was changed again meanwhile stays due.
        """

        async def work(document: Document) -> None:
            await republish(self.value(document))
            unchanged = {"_id": document["_id"], "version": document["version"]}
            await self.collection.update(unchanged, {"$unset": {"due_at": ""}})

        await whenever_due("republish", self.collection, partial(run_due, self.collection, work, lease=_LEASE))

    def value(self, document: Document) -> V:
        """The value of a document."""
        return from_plain(self.value_type, {**document, "id": document["_id"]})

    def document(self, resource: V) -> Document:
        """The document of a new value."""
        identity = {"_id": resource.id, "version": resource.version, "created_at": datetime.now(UTC)}
        return {**identity, **self._fields(resource)}

    def _fields(self, resource: V) -> dict[str, Any]:
        plain = to_plain(resource)
        del plain["id"], plain["version"]
        return {**plain, **self.search_fields(resource)}


class Movies(Resources[Movie]):
    """Movies, by title."""

    value_type = Movie
    indexes = index("title_folded", "_id"), index("genres_folded", "title_folded", "_id")

    def search_fields(self, resource: Movie) -> dict[str, Any]:
        """Title and genres, folded."""
        return {"title_folded": fold(resource.title), "genres_folded": [fold(genre) for genre in resource.genres]}

    async def page(self, page: PageRequest, *, title: str, genre: str, among: Sequence[str] | None) -> Listing[Movie]:
        """Those whose title has `title` in it, as it stands and not as a pattern, of a genre and of the ids `among`;
        empty texts and None leave out nothing."""
        query: dict[str, Any] = {}
        if part := fold(title):
            query["$expr"] = {"$gte": [{"$indexOfBytes": ["$title_folded", {"$literal": part}]}, 0]}
        if genre_folded := fold(genre):
            query["genres_folded"] = genre_folded
        if among is not None:
            query["_id"] = {"$in": list(among)}
        return await find_page(self.collection, query, page, self.value, sort=[("title_folded", 1), ("_id", 1)])


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

    async def insert(self, resource: Theater) -> None:
        """Store a new theater; raises `CodeTaken`."""
        try:
            await super().insert(resource)
        except DuplicateKeyError:
            raise CodeTaken(resource.code) from None

    async def change(self, resource_id: str, revise: Callable[[Theater], Theater]) -> Changed[Theater] | None:
        """As of any value; raises `CodeTaken`."""
        revised: Theater | None = None

        def noting(theater: Theater) -> Theater:
            nonlocal revised
            revised = revise(theater)
            return revised

        try:
            return await super().change(resource_id, noting)
        except DuplicateKeyError:
            raise CodeTaken(revised.code if revised else None) from None

    async def page(self, page: PageRequest, *, city: str) -> Listing[Theater]:
        """Those of a city, or all."""
        return await find_page(self.collection, _in_city(city), page, self.value, sort=[("name", 1), ("_id", 1)])

    async def points(self, *, city: str) -> dict[str, Geo]:
        """Where each of a city is, or each of all, by its id."""
        documents = await self.collection.find(_in_city(city), projection={"geo": 1})
        return {document["_id"]: from_plain(Geo, document["geo"]) for document in documents}

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
