"""Movies, theaters and screens: made, changed, taken out. What tickets name is told to future showtimes as due work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.details import seats_for_sale
from catalog.domain.folding import fold
from catalog.errors import InUse, MovieNotFound, ScreenNotFound, TheaterNotFound
from catalog.usecases.stores import House, Stores, now_ms
from chassis.conditional import IfMatch
from chassis.mongo import Collection, Document, amend
from chassis.problems import Problem
from contracts.ids import new_id
from contracts.layout import Layout


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that showtimes refer to; `told` are the fields that their snapshots repeat."""

    collection: str
    prefix: str
    reference: str
    missing: type[Problem]
    told: frozenset[str]

    def of(self, stores: Stores) -> Collection:
        """Its collection."""
        found: Collection = getattr(stores, self.collection)
        return found


MOVIES = Kind("movies", "mov", "movie_id", MovieNotFound, frozenset({"title", "poster", "runtime"}))
THEATERS = Kind(
    "theaters",
    "thr",
    "theater_id",
    TheaterNotFound,
    frozenset({"name", "address", "city", "timezone", "cancellation_policy", "forbids_single_seats"}),
)
SCREENS = Kind("screens", "scr", "screen_id", ScreenNotFound, frozenset({"name"}))
KINDS = (MOVIES, THEATERS, SCREENS)


async def by_id(house: House, kind: Kind, thing_id: str) -> Document:
    """The thing; raises the kind's 404."""
    found = await kind.of(house.stores).find_one({"_id": thing_id})
    if found is None:
        raise kind.missing("nothing has this id")
    return found


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, and beside them what is searched by and counted."""
    found = dict(values)
    if "title" in found:
        found["title_folded"] = fold(found["title"])
    if "genres" in found:
        found["genres_folded"] = [fold(genre) for genre in found["genres"]]
    if "city" in found:
        found["city_folded"] = fold(found["city"])
    if "layout" in found:
        found["seats_total"] = seats_for_sale(Layout.model_validate(found["layout"]))[0]
    return found


async def create(house: House, kind: Kind, values: Mapping[str, Any], *, by: str) -> Document:
    """A new one."""
    thing: Document = {"_id": new_id(kind.prefix), "version": 1, "created_at": now_ms(), **derived(values)}
    await kind.of(house.stores).insert(thing)
    await house.note(by, f"{kind.collection}.created", thing["_id"])
    return thing


async def create_screen(house: House, values: Mapping[str, Any], *, by: str) -> Document:
    """A new screen, unless its theater is taken out meanwhile."""
    screen: Document = {"_id": new_id("scr"), "version": 1, "created_at": now_ms(), **derived(values)}

    async def work(session: AsyncClientSession) -> None:
        await touch(house.stores, THEATERS, values["theater_id"], session)
        await house.stores.screens.raw.insert_one(screen, session=session)

    await house.stores.database.transaction(work)
    await house.note(by, "screens.created", screen["_id"])
    return screen


async def touch(stores: Stores, kind: Kind, thing_id: str, session: AsyncClientSession) -> Document:
    """Read a thing so that whoever changes it or takes it out meanwhile conflicts with this transaction."""
    found: Document | None = await kind.of(stores).raw.find_one_and_update(
        {"_id": thing_id}, {"$inc": {"touched": 1}}, session=session, return_document=True
    )
    if found is None:
        raise kind.missing("nothing has this id")
    return found


async def change(
    house: House,
    kind: Kind,
    thing_id: str,
    revised: Callable[[Document], Mapping[str, Any]],
    *,
    by: str,
    if_match: IfMatch,
) -> Document:
    """Set what differs from the thing as it is; where snapshots repeat it, the walk over future showtimes becomes due
    in the same write. `revised` gives the fields as they should be."""
    changed: set[str] = set()

    def differing(thing: Document | None) -> Mapping[str, Any] | None:
        if thing is None:
            raise kind.missing("nothing has this id")
        if_match.require(thing["version"])
        new = {name: value for name, value in revised(thing).items() if thing.get(name) != value}
        changed.clear()
        changed.update(new)
        due = {"due_at": datetime.now(UTC)} if kind.told & new.keys() else {}
        return {"$set": {**derived(new), **due}} if new else None

    found = await amend(kind.of(house.stores), thing_id, differing)
    if changed:
        await house.note(by, f"{kind.collection}.changed", thing_id, fields=sorted(changed))
    return found or {}


async def remove(house: House, kind: Kind, thing_id: str, *, by: str, if_match: IfMatch) -> None:
    """Take it out (a theater with its screens); raises `InUse` while scheduled showtimes have not ended."""
    stores = house.stores

    async def work(session: AsyncClientSession) -> None:
        thing: Document | None = await kind.of(stores).raw.find_one_and_delete({"_id": thing_id}, session=session)
        if thing is None:
            raise kind.missing("nothing has this id")
        if_match.require(thing["version"])
        ahead = {kind.reference: thing_id, "status": "scheduled", "end_at": {"$gt": datetime.now(UTC)}}
        if await stores.showtimes.raw.find_one(ahead, {"_id": 1}, session=session) is not None:
            raise InUse("showtimes that have not ended yet need it")
        if kind is THEATERS:
            await stores.screens.raw.delete_many({"theater_id": thing_id}, session=session)

    await stores.database.transaction(work)
    await house.note(by, f"{kind.collection}.deleted", thing_id)
