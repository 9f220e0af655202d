"""Public reads: movies, theaters, showtimes; each with an ETag."""

import re
from datetime import UTC, datetime
from functools import partial
from math import nan
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from catalog.api.answers import as_json, etag_of_showtime, etag_of_theater
from catalog.domain.geo import Point
from catalog.domain.showtimes import next_start_or_end
from catalog.errors import MovieNotFound, ShowtimeNotFound, TheaterNotFound
from catalog.schemas.movies import MovieView
from catalog.schemas.showtimes import ShowtimeView
from catalog.schemas.theaters import CitiesView, CityView, TheaterView, TheaterWithScreens
from catalog.schemas.views import page_of
from catalog.usecases import reading, resources, showtimes
from catalog.usecases.context import Context
from chassis.conditional import etag_of, etag_of_bytes, json_unless_unchanged
from chassis.pages import PageRequestDep, PageView
from chassis.problems import InvalidInput, answering
from chassis.response_cache import reuse
from chassis.times import Day

router = APIRouter(responses={304: {"description": "unchanged"}})
Text = Annotated[str | None, Query(max_length=200)]
DayParameter = Annotated[Day | None, Query(alias="date", description="local day of the theater")]
_MOVIES_AND_THEATERS = "public, max-age=30, stale-while-revalidate=60"
_SHOWTIMES = "public, no-cache"
_RESOURCES_REUSABLE_SECONDS = 5.0  # a showtime ends without a change that would be counted
_SHOWTIMES_REUSABLE_SECONDS = 0.25  # the number of seats left follows the seat map by 0.5 s, and is shown within 1 s
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII)


async def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


async def _near(
    near: Annotated[str | None, Query(max_length=400, description="lat,lng in degrees")] = None,
) -> Point | None:
    if near is None:
        return None
    numbers = [_number(part) for part in near.split(",")]
    if len(numbers) != 2 or not (abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180):
        raise InvalidInput("near", "latitude and longitude in degrees, such as 18.94,72.83")
    return numbers[0], numbers[1]


def _number(text: str) -> float:
    """Any number as JSON, JavaScript or a person writes it; NaN for what is none. A + in a query reads as a space."""
    return float(text) if _NUMBER.fullmatch(text := text.strip().lower().replace("e ", "e+")) else nan


ContextDep = Annotated[Context, Depends(_context)]
NearDep = Annotated[Point | None, Depends(_near)]
Kilometres = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_number)]
Within = Annotated[Kilometres | None, Query(alias="withinKm", description="with `near`: no farther than so many km")]


def _as_resource(request: Request, etag: str, view: BaseModel) -> Response:
    reuse(request, _RESOURCES_REUSABLE_SECONDS)
    return json_unless_unchanged(request, etag, lambda: as_json(view), _MOVIES_AND_THEATERS)


def _as_list(request: Request, page: BaseModel) -> Response:
    content = as_json(page)
    reuse(request, _RESOURCES_REUSABLE_SECONDS)
    return json_unless_unchanged(request, etag_of_bytes(content), lambda: content, _MOVIES_AND_THEATERS)


@router.get("/api/cities", summary="Cities in which something plays", tags=["theaters"], response_model=CitiesView)
async def list_cities(request: Request, context: ContextDep) -> Response:
    """Where a showtime has not ended or is to come, and in how many theaters of the city."""
    cities = await context.store.theaters.cities(datetime.now(UTC))
    items = [CityView(city=city, theaters=theaters) for city, theaters in cities]
    return _as_list(request, CitiesView(items=items, total=len(items)))


@router.get(
    "/api/movies",
    summary="Movies by title, genre, language, day or city",
    tags=["movies"],
    response_model=PageView[MovieView],
)
async def list_movies(
    *,
    request: Request,
    context: ContextDep,
    page: PageRequestDep,
    day: DayParameter = None,
    title: Text = None,
    genre: Text = None,
    language: Text = None,
    city: Text = None,
) -> Response:
    """By title. With `date` only movies with a showtime on that day, with `city` only those with one there; `title`
    matches any part, case and accents aside."""
    movies = await reading.movies(context.store, page, title=title, genre=genre, language=language, day=day, city=city)
    return _as_list(request, page_of(page, movies, MovieView.of))


@router.get(
    "/api/movies/{movie_id}",
    summary="A movie",
    tags=["movies"],
    response_model=MovieView,
    responses=answering(MovieNotFound),
)
async def get_movie(movie_id: str, request: Request, context: ContextDep) -> Response:
    """A movie that was removed is not found."""
    movie = await resources.by_id(context.store, resources.MOVIES, movie_id)
    return _as_resource(request, etag_of(movie.version), MovieView.of(movie))


@router.get(
    "/api/theaters",
    summary="Theaters, of a city or the nearest first",
    tags=["theaters"],
    response_model=PageView[TheaterView],
)
async def list_theaters(
    *,
    request: Request,
    context: ContextDep,
    page: PageRequestDep,
    near: NearDep,
    within_km: Within = None,
    city: Text = None,
) -> Response:
    """By name; with `near` the nearest first, each with its distance."""
    if within_km is not None and near is None:
        raise InvalidInput("withinKm", "comes with near: the distance from that point")
    theaters = await reading.theaters(context.store, page, city=city, near=near, within_km=within_km)
    return _as_list(request, page_of(page, theaters, lambda item: TheaterView.of(item.theater, item.distance_km)))


@router.get(
    "/api/theaters/{theater_id}",
    summary="A theater with its screens",
    tags=["theaters"],
    response_model=TheaterWithScreens,
    responses=answering(TheaterNotFound),
)
async def get_theater(theater_id: str, request: Request, context: ContextDep) -> Response:
    """With the layout that showtimes scheduled from now on get."""
    theater = await resources.by_id(context.store, resources.THEATERS, theater_id)
    screens = await context.store.screens.of_theater(theater_id)
    versions: dict[str, int] = {screen.id: screen.version for screen in screens}
    return _as_resource(request, etag_of_theater(theater, versions), TheaterWithScreens.with_screens(theater, screens))


@router.get(
    "/api/showtimes",
    summary="Showtimes of a day, or all that have not ended",
    tags=["showtimes"],
    response_model=PageView[ShowtimeView],
)
async def list_showtimes(
    *,
    request: Request,
    context: ContextDep,
    page: PageRequestDep,
    day: DayParameter = None,
    movie_id: Annotated[str | None, Query(alias="movieId", max_length=64)] = None,
    theater_id: Annotated[str | None, Query(alias="theaterId", max_length=64)] = None,
    city: Text = None,
) -> Response:
    """By start. `date` is a day by the theater's clock."""
    now = datetime.now(UTC)
    listing = await reading.showtimes(
        context.store, page, now, movie_id=movie_id, theater_id=theater_id, city=city, day=day
    )
    content = as_json(page_of(page, listing, partial(ShowtimeView.of, now=now)))
    reuse(request, _SHOWTIMES_REUSABLE_SECONDS, until=next_start_or_end(listing.items, now))
    return json_unless_unchanged(request, etag_of_bytes(content), lambda: content, _SHOWTIMES)


@router.get(
    "/api/showtimes/{showtime_id}",
    summary="A showtime",
    tags=["showtimes"],
    response_model=ShowtimeView,
    responses=answering(ShowtimeNotFound),
)
async def get_showtime(showtime_id: str, request: Request, context: ContextDep) -> Response:
    """`seatsAvailable` follows the seat map within a second."""
    now, showtime = datetime.now(UTC), await showtimes.by_id(context.store, showtime_id)
    view = ShowtimeView.of(showtime, now)
    reuse(request, _SHOWTIMES_REUSABLE_SECONDS, until=next_start_or_end([showtime], now))
    return json_unless_unchanged(request, etag_of_showtime(showtime.version, view), lambda: as_json(view), _SHOWTIMES)
