"""Admin calls: `admin` everywhere, `manager` in its theaters."""

from typing import Annotated, Any

from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, created, json_response
from chassis.mongo import Document
from chassis.problems import Forbidden, InvalidInput, answering
from contracts.ids import is_id
from fastapi import APIRouter, Depends, Request, Response

from catalog.api.reads import HouseDep
from catalog.errors import (
    InUse,
    MovieNotFound,
    ScreenBusy,
    ScreenNotFound,
    ShowtimeClosed,
    ShowtimeNotFound,
    TheaterNotFound,
)
from catalog.schemas import (
    MoviePatch,
    NewMovie,
    NewScreen,
    NewShowtime,
    NewTheater,
    ScreenPatch,
    ShowtimePatch,
    TheaterPatch,
)
from catalog.usecases import places, scheduling, showtimes
from catalog.usecases.places import MOVIES, SCREENS, THEATERS, Kind
from catalog.usecases.stores import House
from catalog.views import (
    MovieView,
    Scheduled,
    ScreenView,
    ShowtimeView,
    TheaterView,
    movie_view,
    screen_view,
    showtime_view,
    theater_view,
)


async def _prepared(request: Request) -> None:
    """Without its indexes the store keeps nothing unique, and without the seeded taxes a showtime would have none."""
    await request.state.prepared()


router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=JsonRoute, dependencies=[Depends(_prepared)])
AdminDep = Annotated[Caller, Depends(having("admin"))]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]


def _reaching(caller: Caller, theater_id: str) -> None:
    if not caller.reaches(theater_id):
        raise Forbidden("this theater is not yours")


def _known(kind: Kind, thing_id: str) -> str:
    if not is_id(kind.prefix, thing_id):
        raise kind.missing("nothing has this id")
    return thing_id


async def _screen_of(caller: Caller, house: House, screen_id: str) -> Document:
    screen = await places.by_id(house, SCREENS, _known(SCREENS, screen_id))
    _reaching(caller, screen["theater_id"])
    return screen


async def _showtime_of(caller: Caller, house: House, showtime_id: str) -> Document:
    if not is_id("sho", showtime_id):
        raise ShowtimeNotFound("no showtime has this id")
    showtime = await showtimes.by_id(house, showtime_id)
    _reaching(caller, showtime["theater_id"])
    return showtime


@router.post("/movies", status_code=201, summary="Add a film", response_model=MovieView)
async def create_movie(body: NewMovie, caller: AdminDep, house: HouseDep) -> Response:
    """Anyone can see it at once."""
    values = {**body.model_dump(), "release_date": body.release_date.isoformat() if body.release_date else None}
    view = movie_view(await places.create(house, MOVIES, values, by=caller.user_id))
    return created(view, f"/api/movies/{view.id}")


@router.patch("/movies/{movie_id}", summary="Change a film", response_model=MovieView,
              responses=answering(MovieNotFound))  # fmt: skip
async def update_movie(movie_id: str, body: MoviePatch, caller: AdminDep, house: HouseDep) -> Response:
    """What is left out stays. Showtimes keep the run time they were scheduled with."""
    values = body.model_dump(mode="json", exclude_unset=True)
    movie = await places.change(house, MOVIES, _known(MOVIES, movie_id), values, by=caller.user_id)
    return json_response(movie_view(movie))


@router.delete("/movies/{movie_id}", status_code=204, summary="Take a film out",
               responses=answering(MovieNotFound, InUse))  # fmt: skip
async def delete_movie(movie_id: str, caller: AdminDep, house: HouseDep) -> Response:
    """Not while showtimes need it."""
    await places.remove(house, MOVIES, _known(MOVIES, movie_id), by=caller.user_id)
    return Response(status_code=204)


@router.post("/theaters", status_code=201, summary="Add a theater", response_model=TheaterView)
async def create_theater(body: NewTheater, caller: AdminDep, house: HouseDep) -> Response:
    """In the time zone of its place."""
    view = theater_view(await places.create(house, THEATERS, body.model_dump(), by=caller.user_id))
    return created(view, f"/api/theaters/{view.id}")


@router.patch("/theaters/{theater_id}", summary="Change a theater", response_model=TheaterView,
              responses=answering(TheaterNotFound))  # fmt: skip
async def update_theater(theater_id: str, body: TheaterPatch, caller: ManagerDep, house: HouseDep) -> Response:
    """What is left out stays. Bookings keep the policy they were sold with."""
    _reaching(caller, _known(THEATERS, theater_id))
    values = {name: value for name, value in body.model_dump().items() if name in body.model_fields_set}
    theater = await places.change(house, THEATERS, theater_id, values, by=caller.user_id)
    return json_response(theater_view(theater))


@router.delete("/theaters/{theater_id}", status_code=204, summary="Take a theater out, with its screens",
               responses=answering(TheaterNotFound, InUse))  # fmt: skip
async def delete_theater(theater_id: str, caller: AdminDep, house: HouseDep) -> Response:
    """Not while showtimes need it."""
    await places.remove(house, THEATERS, _known(THEATERS, theater_id), by=caller.user_id)
    return Response(status_code=204)


@router.post("/screens", status_code=201, summary="Add a screen", response_model=ScreenView,
             responses=answering(TheaterNotFound))  # fmt: skip
async def create_screen(body: NewScreen, caller: ManagerDep, house: HouseDep) -> Response:
    """Its layout gives the seats."""
    _reaching(caller, _known(THEATERS, body.theater_id))
    values = {"theater_id": body.theater_id, "name": body.name, "layout": body.layout.checked()}
    view = screen_view(await places.create_screen(house, values, by=caller.user_id))
    return created(view, f"/api/admin/screens/{view.id}")


@router.patch("/screens/{screen_id}", summary="Change a screen; showtimes keep the layout they were scheduled with",
              response_model=ScreenView, responses=answering(ScreenNotFound))  # fmt: skip
async def update_screen(screen_id: str, body: ScreenPatch, caller: ManagerDep, house: HouseDep) -> Response:
    """What is left out stays."""
    present = await _screen_of(caller, house, screen_id)
    if body.theater_id not in {None, present["theater_id"]}:
        raise InvalidInput("theaterId", "stays as it is: a screen is not moved to another theater")
    values: dict[str, Any] = {"name": body.name} if "name" in body.model_fields_set else {}
    values |= {"layout": body.layout.checked()} if "layout" in body.model_fields_set else {}
    screen = await places.change(house, SCREENS, screen_id, values, by=caller.user_id)
    return json_response(screen_view(screen))


@router.delete("/screens/{screen_id}", status_code=204, summary="Take a screen out",
               responses=answering(ScreenNotFound, InUse))  # fmt: skip
async def delete_screen(screen_id: str, caller: ManagerDep, house: HouseDep) -> Response:
    """Not while showtimes need it."""
    await _screen_of(caller, house, screen_id)
    await places.remove(house, SCREENS, screen_id, by=caller.user_id)
    return Response(status_code=204)


@router.post(
    "/showtimes", status_code=201, summary="Schedule a showtime, or many with `repeat`: all of them or none",
    description="With `repeat` the answer is `{items, total}`; local times follow the theater's clock, days and times "
                "that are past already are left out, and where one clashes (`screen_busy`, with the `conflicts`) "
                "nothing is scheduled.",
    response_model=ShowtimeView | Scheduled,
    responses=answering(MovieNotFound, TheaterNotFound, ScreenNotFound, ScreenBusy),
)  # fmt: skip
async def create_showtimes(body: NewShowtime, caller: ManagerDep, house: HouseDep) -> Response:
    _reaching(caller, _known(THEATERS, body.theater_id))
    terms = scheduling.Terms(
        movie_id=_known(MOVIES, body.movie_id), theater_id=body.theater_id, language=body.language,
        screen_id=_known(SCREENS, body.screen_id), format=body.format, base_price=body.base_price,
        currency=body.currency, rules=body.dynamic_pricing_rules,
    )  # fmt: skip
    repeat = None if body.repeat is None else body.repeat.model_dump()
    starts = await scheduling.starts_of(house, body.theater_id, body.start_at, repeat)
    made = [showtime_view(one) for one in await scheduling.schedule(house, terms, starts, by=caller.user_id)]
    if repeat is None:
        return created(made[0], f"/api/showtimes/{made[0].id}")
    several = f"/api/showtimes?movieId={body.movie_id}&theaterId={body.theater_id}"
    return created(Scheduled(items=made, total=len(made)), several)


@router.patch("/showtimes/{showtime_id}", summary="Change a showtime that has not begun, or cancel it",
              response_model=ShowtimeView,
              responses=answering(ShowtimeNotFound, ShowtimeClosed, ScreenBusy))  # fmt: skip
async def update_showtime(showtime_id: str, body: ShowtimePatch, caller: ManagerDep, house: HouseDep) -> Response:
    """What is left out stays. Film, screen and currency cannot change; a new start is told to the guests."""
    showtime = await _showtime_of(caller, house, showtime_id)
    shown, values = showtime_view(showtime).model_dump(by_alias=True), body.snapshot_values()
    for name, value in body.fixed().items():
        if value not in {None, shown[name]}:
            raise InvalidInput(name, "stays as it was scheduled: cancel the showtime and schedule another")
    if body.status == "cancelled":
        if values or body.start_at is not None:
            raise InvalidInput("status", "a showtime is cancelled or changed, not both in one call")
        showtime = await showtimes.cancel(house, showtime_id, by=caller.user_id)
    if body.start_at is not None:
        showtime = await showtimes.move(house, showtime_id, body.start_at, by=caller.user_id)
    if values or body.status == "scheduled":
        showtime = await showtimes.change(house, showtime_id, values, by=caller.user_id)
    return json_response(showtime_view(showtime))


@router.delete("/showtimes/{showtime_id}", status_code=204, summary="Cancel a showtime; every booking is refunded",
               responses=answering(ShowtimeNotFound, ShowtimeClosed))  # fmt: skip
async def cancel_showtime(showtime_id: str, caller: ManagerDep, house: HouseDep) -> Response:
    """Guests are told and get all their money back."""
    await _showtime_of(caller, house, showtime_id)
    await showtimes.cancel(house, showtime_id, by=caller.user_id)
    return Response(status_code=204)
