"""Create, change and remove movies, theaters and screens. A change of what showtimes copy republishes them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Generic, TypeVar

from catalog.domain.authors import Author
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


async def create(store: Store, resource_type: ResourceType[V], resource: V, *, by: Author[V]) -> V:
    """Store a new movie or theater."""
    await resource_type.stored_in(store).insert(resource, partial(by.record, f"{resource_type.name}.created"))
    return resource


async def create_theater(store: Store, theater: Theater, *, by: Author[Theater]) -> Theater:
    """Store a new theater, with a code of its own where it names none; raises `TheaterCodeTaken`."""
    for code in [theater.code] if theater.code else suggested(theater.name):
        try:
            return await create(store, THEATERS, replace(theater, code=code), by=by)
        except CodeTaken:
            continue
    raise TheaterCodeTaken("another theater's invoices are numbered under this code")


async def change_theater(
    store: Store, theater_id: str, revised: Callable[[Theater], Theater], *, by: Author[Theater], if_match: IfMatch
) -> Theater:
    """As `change`; raises `TheaterCodeTaken` too."""
    try:
        return await change(store, THEATERS, theater_id, revised, by=by, if_match=if_match)
    except CodeTaken:
        raise TheaterCodeTaken("another theater's invoices are numbered under this code") from None


async def create_screen(store: Store, screen: Screen, *, by: Author[Screen]) -> Screen:
    """Store a new screen of a theater that is not removed meanwhile; raises `TheaterNotFound`."""

    async def work(transaction: Transaction) -> None:
        THEATERS.require(await transaction.touch(store.theaters, screen.theater_id))
        await transaction.insert(store.screens, screen, partial(by.record, "screens.created"))

    await store.transaction(work)
    return screen


async def change(
    store: Store,
    resource_type: ResourceType[V],
    resource_id: str,
    revised: Callable[[V], V],
    *,
    by: Author[V],
    if_match: IfMatch,
    action: str | None = None,
) -> V:
    """Store what `revised` makes of the resource; raises the type's 404 and `StaleVersion`. If what
    its upcoming showtimes have a copy of changed, they are republished soon after. `action` is what the audit calls
    it."""

    def revise(resource: V) -> V:
        if_match.require(resource.version)
        return revised(resource)

    record = partial(by.record, action or f"{resource_type.name}.changed")
    changed = await resource_type.stored_in(store).change(resource_type.well_formed(resource_id), revise, record)
    if changed is None:
        raise resource_type.not_found("nothing has this id")
    return changed.after


async def remove(
    store: Store, resource_type: ResourceType[V], resource_id: str, *, by: Author[V], if_match: IfMatch
) -> None:
    """Remove a resource (a theater with its screens); raises the type's 404, `StaleVersion`, and `InUse` while
    showtimes that were not cancelled have not ended."""
    stored_in, record = resource_type.stored_in(store), partial(by.record, f"{resource_type.name}.deleted")
    resource_type.well_formed(resource_id)

    async def work(transaction: Transaction) -> None:
        resource = resource_type.require(await transaction.delete(stored_in, resource_id, record))
        if_match.require(resource.version)
        if await transaction.has_upcoming(resource_type.reference, resource_id, datetime.now(UTC)):
            raise InUse("showtimes that have not ended yet need it")

    await store.transaction(work)
