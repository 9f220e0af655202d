"""Admin calls: `admin` everywhere, `manager` in its theaters."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic.alias_generators import to_camel

from catalog.api.reads import ContextDep
from catalog.errors import (
    InUse,
    MovieNotFound,
    ScreenBusy,
    ScreenNotFound,
    ShowtimeClosed,
    ShowtimeNotFound,
    TheaterNotFound,
)
from catalog.schemas.layouts import NewScreen, ScreenPatch
from catalog.schemas.movies import MoviePatch, NewMovie
from catalog.schemas.showtimes import NewShowtime, ShowtimePatch, snapshot_values
from catalog.schemas.theaters import NewTheater, TheaterPatch
from catalog.usecases import reading, resources, scheduling, showtimes
from catalog.usecases.resources import MOVIES, SCREENS, THEATERS, Resource
from catalog.usecases.stores import Context
from catalog.views import (
    MovieView,
    ScreenView,
    ShowtimesScheduledView,
    ShowtimeView,
    TheaterView,
    as_json,
    movie_view,
    screen_view,
    showtime_etag,
    showtime_view,
    theater_etag,
    theater_view,
)
from chassis.auth import Caller, having
from chassis.bodies import created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, etag_of_bytes
from chassis.mongo import Document
from chassis.preparation import Preparation
from chassis.problems import Forbidden, InvalidInput, answering
from chassis.rendered import ChangingRoute
from contracts.ids import is_id


async def _prepared(request: Request) -> None:
    """Without its indexes the store keeps nothing unique, and without the seeded taxes a showtime would have none."""
    preparation: Preparation = request.state.preparation
    await preparation.check()


router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=ChangingRoute, dependencies=[Depends(_prepared)])
AdminDep = Annotated[Caller, Depends(having("admin"))]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]


def _managing(caller: Caller, theater_id: str) -> None:
    if not caller.has(theater_id, "manager"):
        raise Forbidden("this theater is not yours")


def _known(resource: Resource, resource_id: str) -> str:
    if not is_id(resource.prefix, resource_id):
        raise resource.missing("nothing has this id")
    return resource_id


async def _screen_of(caller: Caller, context: Context, screen_id: str) -> Document:
    screen = await resources.by_id(context, SCREENS, _known(SCREENS, screen_id))
    _managing(caller, screen["theater_id"])
    return screen


async def _showtime_of(caller: Caller, context: Context, showtime_id: str) -> Document:
    if not is_id("sho", showtime_id):
        raise ShowtimeNotFound("no showtime has this id")
    showtime = await showtimes.by_id(context, showtime_id)
    _managing(caller, showtime["theater_id"])
    return showtime


def _tag(resource: Document) -> dict[str, str]:
    return {"ETag": etag_of(resource["version"])}


@router.post("/movies", status_code=201, summary="Add a film", response_model=MovieView, responses={201: TAGGED})
async def create_movie(body: NewMovie, caller: AdminDep, context: ContextDep) -> Response:
    """Anyone can see it at once."""
    movie = await resources.create(context, MOVIES, body.model_dump(mode="json"), by=caller.user_id)
    return created(movie_view(movie), f"/api/movies/{movie['_id']}", _tag(movie))


@router.patch(
    "/movies/{movie_id}",
    summary="Change a film",
    response_model=MovieView,
    responses={200: TAGGED, **answering(MovieNotFound, StaleVersion)},
)
async def update_movie(
    movie_id: str, body: MoviePatch, caller: AdminDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Showtimes keep the run time they were scheduled with."""

    def revised(movie: Document) -> dict[str, Any]:
        return body.applied(movie).model_dump(mode="json")

    movie_id = _known(MOVIES, movie_id)
    movie = await resources.change(context, MOVIES, movie_id, revised, by=caller.user_id, if_match=if_match)
    return json_response(movie_view(movie), headers=_tag(movie))


@router.delete(
    "/movies/{movie_id}",
    status_code=204,
    summary="Take a film out",
    responses=answering(MovieNotFound, InUse, StaleVersion),
)
async def delete_movie(movie_id: str, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while showtimes need it."""
    await resources.remove(context, MOVIES, _known(MOVIES, movie_id), by=caller.user_id, if_match=if_match)
    return Response(status_code=204)


@router.post("/theaters", status_code=201, summary="Add a theater", response_model=TheaterView, responses={201: TAGGED})
async def create_theater(body: NewTheater, caller: AdminDep, context: ContextDep) -> Response:
    """In the time zone of its place."""
    theater = await resources.create(context, THEATERS, body.model_dump(mode="json"), by=caller.user_id)
    return created(theater_view(theater), f"/api/theaters/{theater['_id']}", _tag(theater))


@router.patch(
    "/theaters/{theater_id}",
    summary="Change a theater",
    response_model=TheaterView,
    responses={200: TAGGED, **answering(TheaterNotFound, StaleVersion)},
)
async def update_theater(
    theater_id: str, body: TheaterPatch, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep
) -> Response:
    """What is left out stays. Bookings keep the policy they were sold with."""

    def revised(theater: Document) -> dict[str, Any]:
        return body.applied(theater).model_dump(mode="json")

    _managing(caller, _known(THEATERS, theater_id))
    theater = await resources.change(context, THEATERS, theater_id, revised, by=caller.user_id, if_match=if_match)
    screens = await reading.screen_versions(context.stores, theater_id)
    return json_response(theater_view(theater), headers={"ETag": theater_etag(theater, screens)})


@router.delete(
    "/theaters/{theater_id}",
    status_code=204,
    summary="Take a theater out, with its screens",
    responses=answering(TheaterNotFound, InUse, StaleVersion),
)
async def delete_theater(theater_id: str, caller: AdminDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while showtimes need it."""
    await resources.remove(context, THEATERS, _known(THEATERS, theater_id), by=caller.user_id, if_match=if_match)
    return Response(status_code=204)


@router.post(
    "/screens",
    status_code=201,
    summary="Add a screen",
    response_model=ScreenView,
    responses={201: TAGGED, **answering(TheaterNotFound)},
)
async def create_screen(body: NewScreen, caller: ManagerDep, context: ContextDep) -> Response:
    """Its layout gives the seats."""
    _managing(caller, _known(THEATERS, body.theater_id))
    screen = await resources.create_screen(context, body.checked(), by=caller.user_id)
    return created(screen_view(screen), f"/api/admin/screens/{screen['_id']}", _tag(screen))


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

    def revised(screen: Document) -> dict[str, Any]:
        whole = body.applied(screen).checked()
        if whole["theater_id"] != screen["theater_id"]:
            raise InvalidInput("theaterId", "stays as it is: a screen is not moved to another theater")
        return whole

    await _screen_of(caller, context, screen_id)
    screen = await resources.change(context, SCREENS, screen_id, revised, by=caller.user_id, if_match=if_match)
    return json_response(screen_view(screen), headers=_tag(screen))


@router.delete(
    "/screens/{screen_id}",
    status_code=204,
    summary="Take a screen out",
    responses=answering(ScreenNotFound, InUse, StaleVersion),
)
async def delete_screen(screen_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Not while showtimes need it."""
    await _screen_of(caller, context, screen_id)
    await resources.remove(context, SCREENS, screen_id, by=caller.user_id, if_match=if_match)
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
    _managing(caller, _known(THEATERS, body.theater_id))
    terms = scheduling.Terms(
        movie_id=_known(MOVIES, body.movie_id),
        theater_id=body.theater_id,
        screen_id=_known(SCREENS, body.screen_id),
        language=body.language,
        format=body.format,
        base_price=body.base_price,
        currency=body.currency,
        rules=body.dynamic_pricing_rules,
    )
    repeat = None if body.repeat is None else body.repeat.model_dump()
    starts = await scheduling.starts_of(context, body.theater_id, body.start_at, repeat)
    scheduled = await scheduling.schedule(context, terms, starts, by=caller.user_id)
    views = [showtime_view(showtime) for showtime in scheduled]
    if repeat is None:
        return created(views[0], f"/api/showtimes/{views[0].id}", {"ETag": showtime_etag(scheduled[0], views[0])})
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
    """What is left out stays. Film, screen and currency cannot change; a new start is told to the guests."""
    sent = body.model_dump(exclude_unset=True)
    _require_same(await _showtime_of(caller, context, showtime_id), sent)
    values = snapshot_values(sent)
    if sent.get("status") != "cancelled":
        showtime = await showtimes.change(context, showtime_id, values, by=caller.user_id, if_match=if_match)
    elif values:
        raise InvalidInput("status", "a showtime is cancelled or changed, not both in one call")
    else:
        showtime = await showtimes.cancel(context, showtime_id, by=caller.user_id, if_match=if_match)
    shown = showtime_view(showtime)
    return json_response(shown, headers={"ETag": showtime_etag(showtime, shown)})


def _require_same(showtime: Document, sent: Mapping[str, Any]) -> None:
    """What cannot be changed may be sent back as it is."""
    fixed = {name: showtime[name] for name in ("movie_id", "theater_id", "screen_id")}
    for name, value in {**fixed, "currency": showtime["snapshot"]["prices"]["currency"]}.items():
        if sent.get(name, value) != value:
            raise InvalidInput(to_camel(name), "stays as it was scheduled: cancel the showtime and schedule another")


@router.delete(
    "/showtimes/{showtime_id}",
    status_code=204,
    summary="Cancel a showtime; every booking is refunded",
    responses=answering(ShowtimeNotFound, ShowtimeClosed, StaleVersion),
)
async def cancel_showtime(showtime_id: str, caller: ManagerDep, context: ContextDep, if_match: IfMatchDep) -> Response:
    """Guests are told and get all their money back."""
    await _showtime_of(caller, context, showtime_id)
    await showtimes.cancel(context, showtime_id, by=caller.user_id, if_match=if_match)
    return Response(status_code=204)
