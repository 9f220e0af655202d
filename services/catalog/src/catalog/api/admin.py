"""Admin calls: `admin` everywhere, `manager` in its theaters."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from catalog.api.answers import as_json, etag_of_showtime, etag_of_theater
from catalog.api.reads import ContextDep
from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater
from catalog.errors import (
    InUse,
    MovieNotFound,
    ScreenBusy,
    ScreenNotFound,
    ShowtimeClosed,
    ShowtimeNotFound,
    TheaterCodeTaken,
    TheaterNotFound,
)
from catalog.schemas.movies import MoviePatch, MovieView, NewMovie
from catalog.schemas.screens import NewScreen, ScreenPatch, ScreenView
from catalog.schemas.showtimes import NewShowtime, ShowtimePatch, ShowtimesScheduledView, ShowtimeView
from catalog.schemas.theaters import NewTheater, TheaterPatch, TheaterView
from catalog.usecases import resources, scheduling, showtimes
from catalog.usecases.context import Context
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS
from chassis.auth import Caller, having
from chassis.bodies import created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, etag_of_bytes
from chassis.preparation import Preparation
from chassis.problems import Forbidden, answering
from chassis.response_cache import ChangingRoute
from contracts.ids import new_id


async def _require_prepared(request: Request) -> None:
    """Answer 503 until the store is prepared: a showtime scheduled before the taxes are seeded would have none."""
    preparation: Preparation = request.state.preparation
    await preparation.check()


router = APIRouter(
    prefix="/api/admin", tags=["admin"], route_class=ChangingRoute, dependencies=[Depends(_require_prepared)]
)
AdminDep = Annotated[Caller, Depends(having("admin"))]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]


def _require_manager(caller: Caller, theater_id: str) -> None:
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this theater is not yours")


async def _screen_of(caller: Caller, context: Context, screen_id: str) -> Screen:
    screen = await resources.by_id(context.store, SCREENS, screen_id)
    _require_manager(caller, screen.theater_id)
    return screen


async def _showtime_of(caller: Caller, context: Context, showtime_id: str) -> Showtime:
    showtime = await showtimes.by_id(context.store, showtime_id)
    _require_manager(caller, showtime.theater.theater_id)
    return showtime


def _tag(resource: Movie | Screen | Theater) -> dict[str, str]:
    return {"ETag": etag_of(resource.version)}


@router.post("/movies", status_code=201, summary="Add a movie", response_model=MovieView, responses={201: TAGGED})
async def create_movie(body: NewMovie, caller: AdminDep, context: ContextDep) -> Response:
    """Anyone can see it at once."""
    movie = body.movie(new_id("mov"))
    await resources.create(context.store, MOVIES, movie, by=caller.user_id)
    return created(MovieView.of(movie), f"/api/movies/{movie.id}", _tag(movie))


@router.patch(
    "/movies/{movie_id}",
    summary="Change a movie",
    response_model=MovieView,
    responses={200: TAGGED, **answering(MovieNotFound, StaleVersion)},
)
async def update_movie(
    movie_id: str, body: MoviePatch, caller: AdminDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Showtimes keep the run time they were scheduled with."""
    movie = await resources.change(context.store, MOVIES, movie_id, body.revised, by=caller.user_id, if_match=if_match)
    return json_response(MovieView.of(movie), headers=_tag(movie))


@router.delete(
    "/movies/{movie_id}",
    status_code=204,
    summary="Remove a movie",
    responses=answering(MovieNotFound, InUse, StaleVersion),
)
async def delete_movie(movie_id: str, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while a showtime that was not cancelled and has not ended needs it."""
    await resources.remove(context.store, MOVIES, movie_id, by=caller.user_id, if_match=if_match)
    return Response(status_code=204)


@router.post(
    "/theaters",
    status_code=201,
    summary="Add a theater",
    response_model=TheaterView,
    responses={201: TAGGED, **answering(TheaterCodeTaken)},
)
async def create_theater(body: NewTheater, caller: AdminDep, context: ContextDep) -> Response:
    """Days and repeated times of its showtimes are those of its `timezone`."""
    theater = body.theater(new_id("thr"))
    theater = await resources.create_theater(context.store, theater, by=caller.user_id)
    return created(TheaterView.of(theater), f"/api/theaters/{theater.id}", _tag(theater))


@router.patch(
    "/theaters/{theater_id}",
    summary="Change a theater",
    response_model=TheaterView,
    responses={200: TAGGED, **answering(TheaterNotFound, TheaterCodeTaken, StaleVersion)},
)
async def update_theater(
    theater_id: str, body: TheaterPatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Bookings keep the policy they were sold with."""
    _require_manager(caller, THEATERS.well_formed(theater_id))
    theater = await resources.change_theater(
        context.store, theater_id, body.revised, by=caller.user_id, if_match=if_match
    )
    screens = await context.store.screens.versions(theater_id)
    return json_response(TheaterView.of(theater), headers={"ETag": etag_of_theater(theater, screens)})


@router.delete(
    "/theaters/{theater_id}",
    status_code=204,
    summary="Remove a theater with its screens",
    responses=answering(TheaterNotFound, InUse, StaleVersion),
)
async def delete_theater(theater_id: str, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while a showtime that was not cancelled and has not ended needs it."""
    await resources.remove(context.store, THEATERS, theater_id, by=caller.user_id, if_match=if_match)
    return Response(status_code=204)


@router.post(
    "/screens",
    status_code=201,
    summary="Add a screen",
    response_model=ScreenView,
    responses={201: TAGGED, **answering(TheaterNotFound)},
)
async def create_screen(body: NewScreen, caller: ManagerDep, context: ContextDep) -> Response:
    """The layout says which seats there are; each seat's label is unique."""
    _require_manager(caller, THEATERS.well_formed(body.theater_id))
    screen = body.screen(new_id("scr"))
    await resources.create_screen(context.store, screen, by=caller.user_id)
    return created(ScreenView.of(screen), f"/api/admin/screens/{screen.id}", _tag(screen))


@router.patch(
    "/screens/{screen_id}",
    summary="Change a screen; showtimes keep the layout they were scheduled with",
    response_model=ScreenView,
    responses={200: TAGGED, **answering(ScreenNotFound, StaleVersion)},
)
async def update_screen(
    screen_id: str, body: ScreenPatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays, also of the layout."""
    await _screen_of(caller, context, screen_id)
    screen = await resources.change(
        context.store, SCREENS, screen_id, body.revised, by=caller.user_id, if_match=if_match
    )
    return json_response(ScreenView.of(screen), headers=_tag(screen))


@router.delete(
    "/screens/{screen_id}",
    status_code=204,
    summary="Remove a screen",
    responses=answering(ScreenNotFound, InUse, StaleVersion),
)
async def delete_screen(screen_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while a showtime that was not cancelled and has not ended needs it."""
    await _screen_of(caller, context, screen_id)
    await resources.remove(context.store, SCREENS, screen_id, by=caller.user_id, if_match=if_match)
    return Response(status_code=204)


@router.post(
    "/showtimes",
    status_code=201,
    summary="Schedule a showtime, or many with `repeat`: all of them or none",
    description="With `repeat` the answer is `{items, total}`; local times follow the theater's clock, days and times "
    "that are past already are left out, and where one clashes (`screen_busy`, with the `conflicts`) "
    "nothing is scheduled.",
    response_model=ShowtimeView | ShowtimesScheduledView,
    responses={201: TAGGED, **answering(MovieNotFound, TheaterNotFound, ScreenNotFound, ScreenBusy)},
)
async def create_showtimes(body: NewShowtime, caller: ManagerDep, context: ContextDep) -> Response:
    _require_manager(caller, THEATERS.well_formed(body.theater_id))
    repeat = None if body.repeat is None else body.repeat.repetition()
    starts = await scheduling.starts_of(context.store, body.theater_id, body.start_at, repeat)
    scheduled = await scheduling.schedule(context, body.terms(), starts, by=caller.user_id)
    now = datetime.now(UTC)
    views = [ShowtimeView.of(showtime, now) for showtime in scheduled]
    if repeat is None:
        headers = {"ETag": etag_of_showtime(scheduled[0].version, views[0])}
        return created(views[0], f"/api/showtimes/{views[0].id}", headers)
    several = ShowtimesScheduledView(items=views, total=len(views))
    location = f"/api/showtimes?movieId={body.movie_id}&theaterId={body.theater_id}"
    return created(several, location, {"ETag": etag_of_bytes(as_json(several))})


@router.patch(
    "/showtimes/{showtime_id}",
    summary="Change a showtime that has not begun, or cancel it",
    response_model=ShowtimeView,
    responses={200: TAGGED, **answering(ShowtimeNotFound, ShowtimeClosed, ScreenBusy, StaleVersion)},
)
async def update_showtime(
    showtime_id: str, body: ShowtimePatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Movie, screen and currency cannot change; a new start is told to the guests."""
    body.require_same(await _showtime_of(caller, context, showtime_id))
    if body.cancels():
        showtime = await showtimes.cancel(context.store, showtime_id, by=caller.user_id, if_match=if_match)
    else:
        showtime = await showtimes.change(
            context, showtime_id, body.revised, moves=body.moves, by=caller.user_id, if_match=if_match
        )
    view = ShowtimeView.of(showtime, datetime.now(UTC))
    return json_response(view, headers={"ETag": etag_of_showtime(showtime.version, view)})


@router.delete(
    "/showtimes/{showtime_id}",
    status_code=204,
    summary="Cancel a showtime; every booking is refunded",
    responses=answering(ShowtimeNotFound, ShowtimeClosed, StaleVersion),
)
async def cancel_showtime(showtime_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Guests are told and get all their money back."""
    await _showtime_of(caller, context, showtime_id)
    await showtimes.cancel(context.store, showtime_id, by=caller.user_id, if_match=if_match)
    return Response(status_code=204)
