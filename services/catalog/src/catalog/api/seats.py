"""What those who work at a theater read of the seats of its showtimes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from catalog.api.answers import as_json
from catalog.api.reads import ContextDep
from catalog.errors import ShowtimeNotFound
from catalog.schemas.showtimes import BlockedSeatsView, BlockedSeatView
from catalog.usecases import seat_changes, showtimes
from chassis.auth import Caller, having
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, etag_of_bytes
from chassis.problems import Forbidden, answering

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=JsonRoute)
StaffDep = Annotated[Caller, Depends(having("admin", "manager", "staff"))]


@router.get(
    "/showtimes/{showtime_id}/blocked-seats",
    summary="The seats of a showtime that are taken out, and why",
    response_model=BlockedSeatsView,
    responses={200: TAGGED, **answering(ShowtimeNotFound)},
)
async def get_blocked_seats(showtime_id: str, caller: StaffDep, context: ContextDep) -> Response:
    """The whole list, as `blockedSeats` takes it: also the seats that read `sold`, because a booking still has them."""
    showtime = await showtimes.by_id(context.store, showtime_id)
    if not caller.has(showtime.theater.theater_id, "manager", "staff"):
        raise Forbidden("this theater is not yours")
    blocked = await seat_changes.blocked_seats(context, showtime)
    view = BlockedSeatsView(items=[BlockedSeatView(seat_id=seat, reason=reason) for seat, reason in blocked])
    return json_response(view, headers={"ETag": etag_of_bytes(as_json(view))})
