"""What the public reads: lists with filters and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from catalog.domain.folding import fold
from catalog.domain.geo import distance_km
from catalog.usecases.stores import Stores
from chassis.mongo import Collection, Document, Sort
from chassis.pages import Page

WITHOUT_LAYOUT = {"snapshot.layout": 0, "outbox": 0}


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a list, and how long the list is."""

    items: list[Document]
    total: int
    page: Page


async def _page(
    collection: Collection,
    query: Mapping[str, Any],
    sort: Sort,
    page: Page,
    projection: Mapping[str, Any] | None = None,
) -> Listing:
    items = await collection.find(query, sort=sort, skip=page.skipped, limit=page.size, projection=projection)
    complete = page.number == 1 and len(items) < page.size
    return Listing(items, len(items) if complete else await collection.count(query), page)


async def movies(
    stores: Stores, page: Page, *, title: str | None, genre: str | None, day: date | None, city: str | None
) -> Listing:
    """By title. The title is searched as it stands, never as a pattern."""
    query: dict[str, Any] = {}
    if part := fold(title or ""):
        query["$expr"] = {"$gte": [{"$indexOfBytes": ["$title_folded", {"$literal": part}]}, 0]}
    if genre_folded := fold(genre or ""):
        query["genres_folded"] = genre_folded
    if day or city:
        query["_id"] = {"$in": await _playing(stores, day, city)}
    return await _page(stores.movies, query, [("title_folded", 1), ("_id", 1)], page)


async def _playing(stores: Stores, day: date | None, city: str | None) -> list[str]:
    """Ids of the movies with a showtime on that local day (else from now on) in that city (else anywhere)."""
    match: dict[str, Any] = {"status": "scheduled"}
    match |= {"local_date": day.isoformat()} if day else {"end_at": {"$gt": datetime.now(UTC)}}
    match |= _in_city(city)
    groups = await stores.showtimes.aggregate([{"$match": match}, {"$group": {"_id": "$movie_id"}}])
    return [group["_id"] for group in groups]


def _in_city(city: str | None) -> dict[str, str]:
    folded = fold(city or "")
    return {"city_folded": folded} if folded else {}


async def theaters(stores: Stores, page: Page, *, city: str | None, near: tuple[float, float] | None) -> Listing:
    """By name, or the nearest first."""
    query = _in_city(city)
    if near is None:
        return await _page(stores.theaters, query, [("name", 1), ("_id", 1)], page)
    points = await stores.theaters.find(query, projection={"geo": 1})
    distances = {
        theater["_id"]: distance_km(near, (theater["geo"]["lat"], theater["geo"]["lng"])) for theater in points
    }
    nearest = sorted(distances, key=lambda theater_id: (distances[theater_id], theater_id))[
        page.skipped : page.skipped + page.size
    ]
    by_id = {theater["_id"]: theater for theater in await stores.theaters.find({"_id": {"$in": nearest}})}
    return Listing([by_id[theater_id] for theater_id in nearest if theater_id in by_id], len(distances), page)


async def screens(stores: Stores, theater_id: str) -> list[Document]:
    """A theater's screens, by name."""
    return await stores.screens.find({"theater_id": theater_id}, sort=[("name", 1), ("_id", 1)])


async def screen_versions(stores: Stores, theater_id: str) -> list[Document]:
    """Ids and versions of a theater's screens."""
    return await stores.screens.find({"theater_id": theater_id}, projection={"version": 1})


async def showtimes(
    stores: Stores, page: Page, *, movie_id: str | None, theater_id: str | None, day: date | None
) -> Listing:
    """By start: all of a local day, or without one those that have not ended."""
    query: dict[str, Any] = {"local_date": day.isoformat()} if day else {"end_at": {"$gt": datetime.now(UTC)}}
    query |= {"movie_id": movie_id} if movie_id else {}
    query |= {"theater_id": theater_id} if theater_id else {}
    return await _page(stores.showtimes, query, [("start_at", 1), ("_id", 1)], page, WITHOUT_LAYOUT)
