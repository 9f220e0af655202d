"""HTTP in for live seats: the stream, and what is not offered beside it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from chassis.problems import answering
from gateway.errors import NotASocket, ShowtimeClosed, ShowtimeNotFound
from gateway.live import stream
from gateway.live.hub import Hub

router = APIRouter(tags=["seats"])
unlisted = APIRouter(include_in_schema=False)
ShowtimeParameter = Annotated[str, Query(alias="showtimeId")]
LastEventId = Annotated[
    str,
    Header(
        alias="Last-Event-ID",
        description="the version that the client has: it gets the changes since, or a snapshot",
        examples=["1732900000042"],
    ),
]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {stream.MEDIA_TYPE: {}}, "description": "Events `snapshot`, `seats` and `closed`."}
}


@router.get(
    stream.PATH,
    summary="A showtime's seats as they change, as server-sent events",
    response_class=StreamingResponse,
    responses=_STREAM | answering(ShowtimeNotFound, ShowtimeClosed),
)
async def watch_seats(
    request: Request, showtime_id: ShowtimeParameter, last_event_id: LastEventId = ""
) -> StreamingResponse:
    """First `snapshot` `{showtimeId, version, state}`, a letter for each seat (`a` available, `h` held, `s` sold, `b`
    blocked), then `seats` `{showtimeId, version, since, changes: [[seatId, letter], ...]}`, each with its version as
    id; `closed` `{showtimeId, status}` ends the stream of a show that was cancelled. A comment every 15 s where nothing
    changes."""
    live: Hub = request.state.live
    room = await live.join(showtime_id)
    parts = stream.Stream(live, room, last_event_id).parts()
    return StreamingResponse(parts, headers=stream.HEADERS, media_type=stream.MEDIA_TYPE)


@unlisted.head(stream.PATH)
async def head_of_stream(request: Request, showtime_id: ShowtimeParameter) -> Response:
    """Whether there is such a stream."""
    live: Hub = request.state.live
    await live.join(showtime_id)
    return Response(headers=stream.HEADERS, media_type=stream.MEDIA_TYPE)


@unlisted.get("/socket.io")
@unlisted.post("/socket.io")
@unlisted.get("/socket.io/")
@unlisted.post("/socket.io/")
async def poll() -> Response:
    """Socket.IO's other transport, which is not offered."""
    raise NotASocket("connect with the transport `websocket` and EIO=4")
