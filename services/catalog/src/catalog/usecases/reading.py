"""What the public reads: lists with filters and pages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from catalog.domain.geo import Point, distance_km
from catalog.domain.listings import Listing
from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Theater
from catalog.store import Store
from chassis.pages import PageRequest


@dataclass(frozen=True, slots=True)
class LocatedTheater:
    """A theater, and how far it is from the point that was asked for, if one was."""

    theater: Theater
    distance_km: float | None


async def movies(
    store: Store,
    page: PageRequest,
    *,
    title: str | None,
    genre: str | None,
    language: str | None,
    day: date | None,
    city: str | None,
) -> Listing[Movie]:
    """By title. With a day or a city only those that play then (else from now on) and there (else anywhere)."""
    playing = await store.showtimes.movies_playing(day, city or "", datetime.now(UTC)) if day or city else None
    return await store.movies.page(page, title=title or "", genre=genre or "", language=language or "", among=playing)


async def theaters(
    store: Store, page: PageRequest, *, city: str | None, near: Point | None, within_km: float | None
) -> Listing[LocatedTheater]:
    """Of a city or all; by name, or those nearest to a point first, no farther from it than `within_km`."""
    if near is None:
        listing = await store.theaters.page(page, city=city or "")
        return Listing([LocatedTheater(theater, None) for theater in listing.items], listing.total)
    points = await store.theaters.points(city=city or "")
    distances = {theater_id: distance_km(near, (point.lat, point.lng)) for theater_id, point in points.items()}
    reached = [theater_id for theater_id, km in distances.items() if within_km is None or km <= within_km]
    wanted = sorted(reached, key=lambda theater_id: (distances[theater_id], theater_id))
    wanted = wanted[page.skipped : page.skipped + page.size]
    by_id = await store.theaters.find_many(wanted)
    items = [LocatedTheater(by_id[theater_id], distances[theater_id]) for theater_id in wanted if theater_id in by_id]
    return Listing(items, len(reached))


async def showtimes(
    store: Store,
    page: PageRequest,
    now: datetime,
    *,
    movie_id: str | None,
    theater_id: str | None,
    city: str | None,
    day: date | None,
) -> Listing[Showtime]:
    """By start: all of a local day, or without one those that have not ended."""
    return await store.showtimes.page(page, movie_id=movie_id, theater_id=theater_id, city=city or "", day=day, now=now)
