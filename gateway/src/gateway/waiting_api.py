"""HTTP in for waiting rooms: people's side and the admins'."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response, StreamingResponse

from chassis.auth import Caller, CallerDep, having, required
from chassis.bodies import JsonRoute, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of
from chassis.pages import PageRequestDep, PageView
from chassis.problems import answering
from contracts.audit import Shown
from gateway.errors import QueueNotFound, QueueOpen, ShowtimeClosed, ShowtimeNotFound
from gateway.live import stream as live_stream
from gateway.live.hub import Hub
from gateway.waiting import paths
from gateway.waiting.admin import Admin, Occupied
from gateway.waiting.gate import Gate
from gateway.waiting.room import Room
from gateway.waiting.schemas import NewQueue, PlaceInQueueView, QueueView
from gateway.waiting.stream import Stream
from gateway.waiting.visitors import Visitors

router = APIRouter(prefix=paths.QUEUE, tags=["queue"], route_class=JsonRoute)
unlisted = APIRouter(include_in_schema=False)
admin = APIRouter(prefix=paths.ADMIN, tags=["admin"], route_class=JsonRoute)
ShowtimeParameter = Annotated[str, Path(alias="showtimeId")]
ManagerDep = Annotated[Caller, Depends(having("admin", "manager"))]
_NO_STORE = {"Cache-Control": "no-store"}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {live_stream.MEDIA_TYPE: {}}, "description": "Events `queue`, each as the answer of the GET."}
}


@dataclass(frozen=True, slots=True)
class WaitingRooms:
    """What the endpoints need."""

    visitors: Visitors
    gate: Gate
    admin: Admin


def shown(room: Room, now: int, waiting: int) -> Shown:
    """What clients are shown of a room, without how many are in line: that is nobody's change."""
    return QueueView.of(room, now, waiting).model_dump(mode="json", by_alias=True, exclude={"waiting", "state"})


async def _waiting_rooms(request: Request) -> WaitingRooms:
    rooms: WaitingRooms = request.state.waiting_rooms
    return rooms


RoomsDep = Annotated[WaitingRooms, Depends(_waiting_rooms)]


@router.post(
    "/{showtimeId}/join",
    summary="Join the waiting room of a showtime",
    response_model=PlaceInQueueView,
    responses=answering(ShowtimeNotFound),
)
async def join_queue(showtime_id: ShowtimeParameter, caller: CallerDep, rooms: RoomsDep) -> Response:
    """Before the opening it gives one lot a user, then the place after the last one; again, it changes nothing. Who was
    admitted and let the pass expire gets a new place."""
    return json_response(PlaceInQueueView.of(await rooms.visitors.join(caller, showtime_id)), headers=_NO_STORE)


@router.get(
    "/{showtimeId}",
    summary="Where the caller stands in the waiting room of a showtime",
    response_model=PlaceInQueueView,
    responses=answering(ShowtimeNotFound),
)
async def get_place_in_queue(showtime_id: ShowtimeParameter, caller: CallerDep, rooms: RoomsDep) -> Response:
    """`open`: no waiting room is in force. The pass of who was admitted counts from the instant of the turn."""
    return json_response(PlaceInQueueView.of(await rooms.visitors.look(caller, showtime_id)), headers=_NO_STORE)


@router.get(
    "/{showtimeId}/stream",
    summary="Where the caller stands, as server-sent events",
    response_class=StreamingResponse,
    responses=_STREAM | answering(ShowtimeNotFound),
)
async def watch_queue(
    request: Request, showtime_id: ShowtimeParameter, caller: CallerDep, rooms: RoomsDep
) -> StreamingResponse:
    """An event `queue` at first and whenever it is another; `open` ends the stream. A comment every 15 s between."""
    hub: Hub = request.state.live
    visit = await rooms.visitors.look(caller, showtime_id)
    parts = Stream(rooms.visitors, rooms.gate, hub, caller, showtime_id).parts(visit)
    return StreamingResponse(parts, headers=live_stream.HEADERS, media_type=live_stream.MEDIA_TYPE)


@unlisted.head(f"{paths.QUEUE}/{{showtimeId}}/stream")
async def head_of_stream(showtime_id: ShowtimeParameter, caller: CallerDep, rooms: RoomsDep) -> Response:
    """Whether there is such a stream."""
    await rooms.visitors.look(caller, showtime_id)
    return Response(headers=live_stream.HEADERS, media_type=live_stream.MEDIA_TYPE)


async def _join_quickly(request: Request) -> Response:
    """Whoever wants seats calls it in the same second."""
    return await join_queue(request.path_params["showtimeId"], await required(request), request.state.waiting_rooms)


async def _look_quickly(request: Request) -> Response:
    """Whoever waits calls it again and again."""
    rooms: WaitingRooms = request.state.waiting_rooms
    return await get_place_in_queue(request.path_params["showtimeId"], await required(request), rooms)


_JOIN = f"{paths.QUEUE}/{{showtimeId}}/join"
keyless = frozenset({_JOIN})
"""Who joins again has the place that was given."""
fast_path = {
    ("POST", _JOIN): _join_quickly,
    ("GET", f"{paths.QUEUE}/{{showtimeId}}"): _look_quickly,
}
"""Calls that read their request themselves, because each buyer makes them."""


@admin.get("", summary="The waiting rooms of one's theaters", response_model=PageView[QueueView])
async def list_queues(caller: ManagerDep, page: PageRequestDep, rooms: RoomsDep) -> Response:
    """With how many wait in each."""
    listed = [_view(occupied) for occupied in await rooms.admin.list(caller)]
    items = listed[page.skipped : page.skipped + page.size]
    view = PageView[QueueView](items=items, total=len(listed), page=page.number, page_size=page.size)
    return json_response(view, headers=_NO_STORE)


@admin.get(
    "/{showtimeId}",
    summary="The waiting room of a showtime",
    response_model=QueueView,
    responses={200: TAGGED, **answering(ShowtimeNotFound, QueueNotFound)},
)
async def get_queue(showtime_id: ShowtimeParameter, caller: ManagerDep, rooms: RoomsDep) -> Response:
    """With how many wait in it."""
    return _tagged(await rooms.admin.get(caller, showtime_id))


@admin.post(
    "",
    status_code=201,
    summary="Open or schedule the waiting room of a showtime, or change it",
    response_model=QueueView,
    responses={201: TAGGED, **answering(ShowtimeNotFound, ShowtimeClosed, QueueOpen, StaleVersion)},
)
async def open_queue(body: NewQueue, caller: ManagerDep, if_match: IfMatchDep, rooms: RoomsDep) -> Response:
    """From the answer on holds need a pass, also before `opensAt`. Another pace counts from now on, and nobody loses a
    place. The same again changes nothing."""
    occupied = await rooms.admin.set(caller, body.showtime_id, body.wish, if_match)
    tag = {"ETag": etag_of(occupied.room.version)}
    return created(_view(occupied), f"{admin.prefix}/{body.showtime_id}", tag)


@admin.delete(
    "/{showtimeId}",
    status_code=204,
    summary="End the waiting room of a showtime",
    responses=answering(ShowtimeNotFound, QueueNotFound, StaleVersion),
)
async def end_queue(
    showtime_id: ShowtimeParameter, caller: ManagerDep, if_match: IfMatchDep, rooms: RoomsDep
) -> Response:
    """From the answer on holds need no pass."""
    await rooms.admin.remove(caller, showtime_id, if_match)
    return Response(status_code=204)


def _tagged(occupied: Occupied) -> Response:
    return json_response(_view(occupied), headers={"ETag": etag_of(occupied.room.version), **_NO_STORE})


def _view(occupied: Occupied) -> QueueView:
    return QueueView.of(occupied.room, occupied.now, occupied.waiting)
