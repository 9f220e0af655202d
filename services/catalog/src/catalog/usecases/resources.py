"""Movies, theaters and screens: made, changed, taken out. A change of what tickets name makes it due work to publish
future showtimes again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.details import seats_for_sale
from catalog.domain.folding import fold
from catalog.errors import InUse, MovieNotFound, ScreenNotFound, TheaterNotFound
from catalog.usecases.stores import Context, Stores
from chassis.conditional import IfMatch
from chassis.mongo import Collection, Document, amend
from chassis.problems import Problem
from chassis.times import now_in_milliseconds
from contracts.ids import new_id
from contracts.layout import Layout


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of resource that showtimes refer to; `in_snapshots` are the fields that their snapshots repeat."""

    collection: str
    prefix: str
    reference: str
    missing: type[Problem]
    in_snapshots: frozenset[str]

    def of(self, stores: Stores) -> Collection:
        """Its collection."""
        collection: Collection = getattr(stores, self.collection)
        return collection


MOVIES = Resource("movies", "mov", "movie_id", MovieNotFound, frozenset({"title", "poster", "runtime"}))
THEATERS = Resource(
    "theaters",
    "thr",
    "theater_id",
    TheaterNotFound,
    frozenset({"name", "address", "city", "timezone", "cancellation_policy", "forbids_single_seats"}),
)
SCREENS = Resource("screens", "scr", "screen_id", ScreenNotFound, frozenset({"name"}))
RESOURCES = (MOVIES, THEATERS, SCREENS)


async def by_id(context: Context, resource: Resource, resource_id: str) -> Document:
    """The document; raises the resource's 404."""
    document = await resource.of(context.stores).find_one({"_id": resource_id})
    if document is None:
        raise resource.missing("nothing has this id")
    return document


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, and beside them what is searched by and counted."""
    fields = dict(values)
    if "title" in fields:
        fields["title_folded"] = fold(fields["title"])
    if "genres" in fields:
        fields["genres_folded"] = [fold(genre) for genre in fields["genres"]]
    if "city" in fields:
        fields["city_folded"] = fold(fields["city"])
    if "layout" in fields:
        fields["seats_total"] = seats_for_sale(Layout.model_validate(fields["layout"]))[0]
    return fields


async def create(context: Context, resource: Resource, values: Mapping[str, Any], *, by: str) -> Document:
    """A new one."""
    document: Document = {
        "_id": new_id(resource.prefix),
        "version": 1,
        "created_at": now_in_milliseconds(),
        **derived(values),
    }
    await resource.of(context.stores).insert(document)
    await context.audit(by, f"{resource.collection}.created", document["_id"])
    return document


async def create_screen(context: Context, values: Mapping[str, Any], *, by: str) -> Document:
    """A new screen, unless its theater is taken out meanwhile."""
    screen: Document = {"_id": new_id("scr"), "version": 1, "created_at": now_in_milliseconds(), **derived(values)}

    async def work(session: AsyncClientSession) -> None:
        await touch(context.stores, THEATERS, values["theater_id"], session)
        await context.stores.screens.raw.insert_one(screen, session=session)

    await context.stores.database.transaction(work)
    await context.audit(by, "screens.created", screen["_id"])
    return screen


async def touch(stores: Stores, resource: Resource, resource_id: str, session: AsyncClientSession) -> Document:
    """Read a resource so that whoever changes it or takes it out meanwhile conflicts with this transaction."""
    document: Document | None = await resource.of(stores).raw.find_one_and_update(
        {"_id": resource_id}, {"$inc": {"touched": 1}}, session=session, return_document=True
    )
    if document is None:
        raise resource.missing("nothing has this id")
    return document


async def change(
    context: Context,
    resource: Resource,
    resource_id: str,
    revised: Callable[[Document], Mapping[str, Any]],
    *,
    by: str,
    if_match: IfMatch,
) -> Document:
    """Set what differs from the resource as it is; where snapshots repeat it, publishing future showtimes again becomes
    due in the same write. `revised` gives the fields as they should be."""
    changed: set[str] = set()

    def differing(document: Document | None) -> Mapping[str, Any] | None:
        if document is None:
            raise resource.missing("nothing has this id")
        if_match.require(document["version"])
        new = {name: value for name, value in revised(document).items() if document.get(name) != value}
        changed.clear()
        changed.update(new)
        due = {"due_at": datetime.now(UTC)} if resource.in_snapshots & new.keys() else {}
        return {"$set": {**derived(new), **due}} if new else None

    document = await amend(resource.of(context.stores), resource_id, differing)
    if changed:
        await context.audit(by, f"{resource.collection}.changed", resource_id, fields=sorted(changed))
    return document or {}


async def remove(context: Context, resource: Resource, resource_id: str, *, by: str, if_match: IfMatch) -> None:
    """Take it out (a theater with its screens); raises `InUse` while scheduled showtimes have not ended."""
    stores = context.stores

    async def work(session: AsyncClientSession) -> None:
        document: Document | None = await resource.of(stores).raw.find_one_and_delete(
            {"_id": resource_id}, session=session
        )
        if document is None:
            raise resource.missing("nothing has this id")
        if_match.require(document["version"])
        ahead = {resource.reference: resource_id, "status": "scheduled", "end_at": {"$gt": datetime.now(UTC)}}
        if await stores.showtimes.raw.find_one(ahead, {"_id": 1}, session=session) is not None:
            raise InUse("showtimes that have not ended yet need it")
        if resource is THEATERS:
            await stores.screens.raw.delete_many({"theater_id": resource_id}, session=session)

    await stores.database.transaction(work)
    await context.audit(by, f"{resource.collection}.deleted", resource_id)
