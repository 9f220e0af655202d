"""Create, change and remove movies, theaters and screens. A change of `details` republishes upcoming showtimes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import Generic, TypeVar

from catalog.domain.codes import suggested
from catalog.domain.movies import Movie
from catalog.domain.theaters import Screen, Theater
from catalog.errors import InUse, MovieNotFound, ScreenNotFound, TheaterCodeTaken, TheaterNotFound
from catalog.store import CodeTaken, Reference, Resources, Store, Transaction
from chassis.conditional import IfMatch
from chassis.problems import Problem
from contracts.ids import is_id

V = TypeVar("V", bound=Movie | Theater | Screen)


@dataclass(frozen=True, slots=True)
class ResourceType(Generic[V]):
    """Movies, theaters or screens: their name in the audit trail, which reference of a showtime they are, the prefix of
    their ids, the problem that none has an id, and where they are stored."""

    name: str
    reference: Reference
    prefix: str
    not_found: type[Problem]
    stored_in: Callable[[Store], Resources[V]]

    def well_formed(self, resource_id: str) -> str:
        """The id, if it has the form of one; raises the type's 404."""
        if not is_id(self.prefix, resource_id):
            raise self.not_found("nothing has this id")
        return resource_id

    def require(self, resource: V | None) -> V:
        """The resource, if there is one; raises the type's 404."""
        if resource is None:
            raise self.not_found("nothing has this id")
        return resource


MOVIES: ResourceType[Movie] = ResourceType("movies", "movie", "mov", MovieNotFound, attrgetter("movies"))
THEATERS: ResourceType[Theater] = ResourceType("theaters", "theater", "thr", TheaterNotFound, attrgetter("theaters"))
SCREENS: ResourceType[Screen] = ResourceType("screens", "screen", "scr", ScreenNotFound, attrgetter("screens"))


async def by_id(store: Store, resource_type: ResourceType[V], resource_id: str) -> V:
    """The resource; raises the type's 404."""
    return resource_type.require(await resource_type.stored_in(store).find(resource_type.well_formed(resource_id)))


async def create(store: Store, resource_type: ResourceType[V], resource: V, *, by: str) -> V:
    """Store a new movie or theater."""
    await resource_type.stored_in(store).insert(resource)
    await store.audit(by, f"{resource_type.name}.created", resource.id)
    return resource


async def create_theater(store: Store, theater: Theater, *, by: str) -> Theater:
    """Store a new theater, with a code of its own where it names none; raises `TheaterCodeTaken`."""
    for code in [theater.code] if theater.code else suggested(theater.name):
        try:
            return await create(store, THEATERS, replace(theater, code=code), by=by)
        except CodeTaken:
            continue
    raise TheaterCodeTaken("another theater's invoices are numbered under this code")


async def change_theater(
    store: Store, theater_id: str, revised: Callable[[Theater], Theater], *, by: str, if_match: IfMatch
) -> Theater:
    """As `change`; raises `TheaterCodeTaken` too."""
    try:
        return await change(store, THEATERS, theater_id, revised, by=by, if_match=if_match)
    except CodeTaken:
        raise TheaterCodeTaken("another theater's invoices are numbered under this code") from None


async def create_screen(store: Store, screen: Screen, *, by: str) -> Screen:
    """Store a new screen of a theater that is not removed meanwhile; raises `TheaterNotFound`."""

    async def work(transaction: Transaction) -> None:
        THEATERS.require(await transaction.touch(store.theaters, screen.theater_id))
        await transaction.insert(store.screens, screen)

    await store.transaction(work)
    await store.audit(by, "screens.created", screen.id)
    return screen


async def change(
    store: Store,
    resource_type: ResourceType[V],
    resource_id: str,
    revised: Callable[[V], V],
    *,
    by: str,
    if_match: IfMatch,
) -> V:
    """Store what `revised` makes of the resource; raises the type's 404 and `StaleVersion`. If its `details` changed,
    its upcoming showtimes are republished soon after."""

    def revise(resource: V) -> V:
        if_match.require(resource.version)
        return revised(resource)

    changed = await resource_type.stored_in(store).change(resource_type.well_formed(resource_id), revise)
    if changed is None:
        raise resource_type.not_found("nothing has this id")
    if changed.fields:
        await store.audit(by, f"{resource_type.name}.changed", resource_id, fields=changed.fields)
    return changed.after


async def remove(store: Store, resource_type: ResourceType[V], resource_id: str, *, by: str, if_match: IfMatch) -> None:
    """Remove a resource (a theater with its screens); raises the type's 404, `StaleVersion`, and `InUse` while
    showtimes that were not cancelled have not ended."""
    resource_type.well_formed(resource_id)

    async def work(transaction: Transaction) -> None:
        resource = resource_type.require(await transaction.delete(resource_type.stored_in(store), resource_id))
        if_match.require(resource.version)
        if await transaction.has_upcoming(resource_type.reference, resource_id, datetime.now(UTC)):
            raise InUse("showtimes that have not ended yet need it")
        if isinstance(resource, Theater):
            await transaction.delete_screens(resource_id)

    await store.transaction(work)
    await store.audit(by, f"{resource_type.name}.deleted", resource_id)
