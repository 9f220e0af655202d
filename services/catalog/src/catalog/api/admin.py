"""Admin calls: `admin` everywhere, `manager` in its theaters."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from catalog.api.answers import as_json, etag_of_showtime, etag_of_theater
from catalog.api.reads import ContextDep
from catalog.domain.authors import Author
from catalog.domain.movies import Movie, written_by_staff
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater
from catalog.errors import (
    InUse,
    MovieNotFound,
    ScreenBusy,
    ScreenNotFound,
    SeatsUnplaced,
    ShowtimeClosed,
    ShowtimeNotFound,
    TheaterCodeTaken,
    TheaterNotFound,
)
from catalog.schemas.movies import ImportedMovieView, MovieImport, MoviePatch, MovieView, NewMovie
from catalog.schemas.screens import ChangedScreenView, NewScreen, ScreenPatch, ScreenView
from catalog.schemas.showtimes import (
    ChangedShowtimeView,
    NewShowtime,
    ShowtimePatch,
    ShowtimesCopiedView,
    ShowtimesScheduledView,
    ShowtimeView,
    SkippedShowtimeView,
    WeekCopy,
)
from catalog.schemas.theaters import NewTheater, TheaterPatch, TheaterView
from catalog.schemas.views import view_of
from catalog.usecases import copying, importing, resources, scheduling, seat_changes, showtimes
from catalog.usecases.context import Context
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS
from catalog.usecases.scheduling import Scheduled
from chassis.auth import Caller, bearer, having
from chassis.bodies import ResponseBody, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, etag_of_bytes
from chassis.preparation import Preparation
from chassis.problems import Forbidden, Unavailable, answering
from chassis.response_cache import ChangingRoute
from contracts.audit import Shown
from contracts.ids import new_id

V = TypeVar("V", bound=Movie | Theater | Screen)


async def _require_prepared(request: Request) -> None:
    """Answer 503 until the store is prepared: two theaters added before the index of codes would have the same one."""
    preparation: Preparation = request.state.preparation
    await preparation.check()


router = APIRouter(
    prefix="/api/admin", tags=["admin"], route_class=ChangingRoute, dependencies=[Depends(_require_prepared)]
)
Several = TypeVar("Several", ShowtimesScheduledView, ShowtimesCopiedView)
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


def _author(caller: Caller, view: Callable[[V], ResponseBody]) -> Author[V]:
    """The caller, who changes what is shown by this view."""
    return Author(caller.user_id, lambda value: view(value).model_dump(mode="json", by_alias=True))


def _author_of_showtimes(caller: Caller) -> Author[Showtime]:
    """How many seats are available is no change of an admin's."""
    now = datetime.now(UTC)

    def shown(showtime: Showtime) -> Shown:
        view = ShowtimeView.of(showtime, now)
        return view.model_dump(mode="json", by_alias=True, exclude={"seats_available", "price_from"})

    return Author(caller.user_id, shown)


def _tag(resource: Movie | Screen | Theater) -> dict[str, str]:
    return {"ETag": etag_of(resource.version)}


@router.post("/movies", status_code=201, summary="Add a movie", response_model=MovieView, responses={201: TAGGED})
async def create_movie(body: NewMovie, caller: ManagerDep, context: ContextDep) -> Response:
    """Anyone can see it at once."""
    movie = written_by_staff(body.movie(new_id("mov")))
    await resources.create(context.store, MOVIES, movie, by=_author(caller, MovieView.of))
    return created(MovieView.of(movie), f"/api/movies/{movie.id}", _tag(movie))


@router.post(
    "/movies/import",
    status_code=201,
    summary="Import a film from TMDB, or bring it up to date",
    response_model=ImportedMovieView,
    responses={
        200: {"model": ImportedMovieView, "description": "known before", **TAGGED},
        201: TAGGED,
        **answering(MovieNotFound, Unavailable),
    },
)
async def import_movie(body: MovieImport, caller: ManagerDep, context: ContextDep) -> Response:
    """A film that is known is answered with 200 and what has `changed`: fields that staff wrote stay, and so does what
    TMDB no longer knows. Where TMDB does not know the run time it has to be entered before the film is scheduled."""
    movie, changed = await importing.import_movie(context, body.tmdb_id, by=_author(caller, MovieView.of))
    view = ImportedMovieView.after(movie, changed)
    if changed is None:
        return created(view, f"/api/movies/{movie.id}", _tag(movie))
    return json_response(view, headers=_tag(movie))


@router.patch(
    "/movies/{movie_id}",
    summary="Change a movie",
    response_model=MovieView,
    responses={200: TAGGED, **answering(MovieNotFound, StaleVersion)},
)
async def update_movie(
    movie_id: str, body: MoviePatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Showtimes keep the run time they were scheduled with."""
    movie = await resources.change(
        context.store, MOVIES, movie_id, body.revised, by=_author(caller, MovieView.of), if_match=if_match
    )
    return json_response(MovieView.of(movie), headers=_tag(movie))


@router.delete(
    "/movies/{movie_id}",
    status_code=204,
    summary="Remove a movie",
    responses=answering(MovieNotFound, InUse, StaleVersion),
)
async def delete_movie(movie_id: str, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while a showtime that was not cancelled and has not ended needs it."""
    await resources.remove(context.store, MOVIES, movie_id, by=_author(caller, MovieView.of), if_match=if_match)
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
    theater = await resources.create_theater(context.store, theater, by=_author(caller, TheaterView.of))
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
        context.store, theater_id, body.revised, by=_author(caller, TheaterView.of), if_match=if_match
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
    await resources.remove(context.store, THEATERS, theater_id, by=_author(caller, TheaterView.of), if_match=if_match)
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
    await resources.create_screen(context.store, screen, by=_author(caller, ScreenView.of))
    return created(ScreenView.of(screen), f"/api/admin/screens/{screen.id}", _tag(screen))


@router.patch(
    "/screens/{screen_id}",
    summary="Change a screen; showtimes keep the layout they were scheduled with",
    response_model=ChangedScreenView,
    responses={200: TAGGED, **answering(ScreenNotFound, StaleVersion)},
)
async def update_screen(
    screen_id: str, body: ScreenPatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays, also of the layout. `keeps` are the upcoming showtimes that have another one."""
    await _screen_of(caller, context, screen_id)
    screen = await resources.change(
        context.store, SCREENS, screen_id, body.revised, by=_author(caller, ScreenView.of), if_match=if_match
    )
    keeps = await context.store.showtimes.with_another_layout(screen.id, screen.layout, datetime.now(UTC))
    return json_response(ChangedScreenView.keeping(screen, keeps), headers=_tag(screen))


@router.delete(
    "/screens/{screen_id}",
    status_code=204,
    summary="Remove a screen",
    responses=answering(ScreenNotFound, InUse, StaleVersion),
)
async def delete_screen(screen_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while a showtime that was not cancelled and has not ended needs it."""
    await _screen_of(caller, context, screen_id)
    await resources.remove(context.store, SCREENS, screen_id, by=_author(caller, ScreenView.of), if_match=if_match)
    return Response(status_code=204)


@router.post(
    "/showtimes",
    status_code=201,
    summary="Schedule a showtime, or many with `repeat`",
    description="With `repeat` the answer is `{items, total, skipped}`; local times follow the theater's clock, days "
    "and times that are past already are left out, and those at which the screen is busy are `skipped`; where it "
    "always is, `screen_busy` names the `conflicts`.",
    response_model=ShowtimeView | ShowtimesScheduledView,
    responses={201: TAGGED, **answering(MovieNotFound, TheaterNotFound, ScreenNotFound, ScreenBusy)},
)
async def create_showtimes(body: NewShowtime, caller: ManagerDep, context: ContextDep) -> Response:
    _require_manager(caller, THEATERS.well_formed(body.theater_id))
    repeat = None if body.repeat is None else body.repeat.repetition()
    starts = await scheduling.starts_of(context.store, body.theater_id, body.start_at, repeat)
    scheduled = await scheduling.schedule(
        context, body.terms(), starts, skips_busy=repeat is not None, by=_author_of_showtimes(caller)
    )
    if repeat is None:
        showtime = scheduled.showtimes[0]
        view = ShowtimeView.of(showtime, datetime.now(UTC))
        return created(view, f"/api/showtimes/{view.id}", {"ETag": etag_of_showtime(showtime.version, view)})
    location = f"/api/showtimes?movieId={body.movie_id}&theaterId={body.theater_id}"
    return _several(ShowtimesScheduledView, scheduled, location)


def _several(view: type[Several], scheduled: Scheduled, location: str) -> Response:
    now = datetime.now(UTC)
    items = [ShowtimeView.of(showtime, now) for showtime in scheduled.showtimes]
    skipped = [view_of(SkippedShowtimeView, skipped) for skipped in scheduled.skipped]
    several = view(items=items, total=len(items), skipped=skipped)
    return created(several, location, {"ETag": etag_of_bytes(as_json(several))})


@router.post(
    "/showtimes/copy-week",
    status_code=201,
    summary="Copy a week of a theater's showtimes to another week",
    response_model=ShowtimesCopiedView,
    responses={201: TAGGED, **answering(TheaterNotFound)},
)
async def copy_week(body: WeekCopy, caller: ManagerDep, context: ContextDep) -> Response:
    """Local times, screens and terms stay; layouts, run times, fees and taxes are those of now. What cannot be
    scheduled is `skipped`, with the reason."""
    _require_manager(caller, THEATERS.well_formed(body.theater_id))
    copied = await copying.copy_week(context, body.theater_id, body.from_, body.to, by=_author_of_showtimes(caller))
    return _several(ShowtimesCopiedView, copied, f"/api/showtimes?theaterId={body.theater_id}")


@router.patch(
    "/showtimes/{showtime_id}",
    summary="Change a showtime that has not begun, or cancel it",
    response_model=ChangedShowtimeView,
    responses={
        200: TAGGED,
        **answering(ShowtimeNotFound, ScreenNotFound, ShowtimeClosed, ScreenBusy, SeatsUnplaced, StaleVersion),
    },
)
async def update_showtime(
    showtime_id: str,
    body: ShowtimePatch,
    caller: ManagerDep,
    context: ContextDep,
    if_match: IfMatchDep,
    *,
    request: Request,
) -> Response:
    """What is left out stays. Movie, theater and currency cannot change; a new start, and other seats, are told to the
    guests, who may then cancel in full."""
    present = await _showtime_of(caller, context, showtime_id)
    body.require_same(present)
    seat_change = body.seat_change(present)
    if seat_change is not None and not body.cancels():
        showtime, outcome = await seat_changes.change_seats(
            context,
            showtime_id,
            seat_change,
            token=bearer(request.headers.get("authorization")),
            by=caller.user_id,
            if_match=if_match,
        )
        return _changed(showtime, ChangedShowtimeView.of(showtime, datetime.now(UTC)).with_seats(outcome))
    if body.cancels():
        showtime = await showtimes.cancel(
            context.store, showtime_id, by=_author_of_showtimes(caller), if_match=if_match
        )
    else:
        showtime = await showtimes.change(
            context, showtime_id, body.revised, moves=body.moves, by=_author_of_showtimes(caller), if_match=if_match
        )
    return _changed(showtime, ChangedShowtimeView.of(showtime, datetime.now(UTC)))


def _changed(showtime: Showtime, view: ChangedShowtimeView) -> Response:
    """With the tag that the public read of this version has."""
    public = ShowtimeView.of(showtime, datetime.now(UTC))
    return json_response(view, headers={"ETag": etag_of_showtime(showtime.version, public)})


@router.delete(
    "/showtimes/{showtime_id}",
    status_code=204,
    summary="Cancel a showtime; every booking is refunded",
    responses=answering(ShowtimeNotFound, ShowtimeClosed, StaleVersion),
)
async def cancel_showtime(showtime_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Guests are told and get all their money back."""
    await _showtime_of(caller, context, showtime_id)
    await showtimes.cancel(context.store, showtime_id, by=_author_of_showtimes(caller), if_match=if_match)
    return Response(status_code=204)
