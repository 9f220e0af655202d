"""What the public reads: lists with filters and pages."""

from datetime import UTC, date, datetime

from catalog.domain.geo import Point, distance_km
from catalog.domain.listings import Listing
from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Theater
from catalog.store import Store
from chassis.pages import PageRequest


async def movies(
    store: Store, page: PageRequest, *, title: str | None, genre: str | None, day: date | None, city: str | None
) -> Listing[Movie]:
    """By title. With a day or a city only those that play then (else from now on) and there (else anywhere)."""
    playing = await store.showtimes.movies_playing(day, city or "", datetime.now(UTC)) if day or city else None
    return await store.movies.page(page, title=title or "", genre=genre or "", among=playing)


async def theaters(store: Store, page: PageRequest, *, city: str | None, near: Point | None) -> Listing[Theater]:
    """Of a city or all; by name, or those nearest to a point first."""
    if near is None:
        return await store.theaters.page(page, city=city or "")
    points = await store.theaters.points(city=city or "")
    distances = {theater_id: distance_km(near, (point.lat, point.lng)) for theater_id, point in points.items()}
    by_distance = sorted(distances, key=lambda theater_id: (distances[theater_id], theater_id))
    wanted = by_distance[page.skipped : page.skipped + page.size]
    by_id = await store.theaters.find_many(wanted)
    return Listing([by_id[theater_id] for theater_id in wanted if theater_id in by_id], len(distances))


async def showtimes(
    store: Store, page: PageRequest, now: datetime, *, movie_id: str | None, theater_id: str | None, day: date | None
) -> Listing[Showtime]:
    """By start: all of a local day, or without one those that have not ended."""
    return await store.showtimes.page(page, movie_id=movie_id, theater_id=theater_id, day=day, now=now)
