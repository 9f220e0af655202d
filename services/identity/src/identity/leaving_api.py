"""HTTP in: `DELETE /api/users/me` and `/export`, for who wants to leave or to know what is known."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from chassis.auth import CallerDep
from chassis.bodies import JsonRoute, json_response
from chassis.problems import answering
from identity.api import UseCasesDep
from identity.errors import InvalidCredentials, LastAdmin, UpcomingBookings, UserNotFound
from identity.schemas import ExportView, Leaving, SessionView, UserView

router = APIRouter(prefix="/api/users/me", tags=["users"], route_class=JsonRoute)
_NOTHING = Leaving()
_FILE: dict[str, Any] = {
    "headers": {"Content-Disposition": {"description": "the file's name", "schema": {"type": "string"}}}
}


@router.delete(
    "",
    status_code=204,
    summary="Erase the caller",
    responses=answering(InvalidCredentials, UpcomingBookings, LastAdmin),
)
async def erase_me(caller: CallerDep, use_cases: UseCasesDep, body: Annotated[Leaving, Body()] = _NOTHING) -> Response:
    """Name, e-mail, phone and preferences are erased everywhere, also those of guests linked to the account; bookings
    and money stay under the bare id. Sessions end, the e-mail and the phone are free."""
    password = body.password.get_secret_value() if body.password else None
    await use_cases.erasing.erase(caller.user_id, caller.session_id, password, keep_tickets=body.keep_tickets)
    return Response(status_code=204)


@router.get(
    "/export",
    summary="All that is known of the caller here",
    response_model=ExportView,
    responses={200: _FILE, **answering(UserNotFound)},
)
async def export_me(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """User, preferences, sessions, and the guests linked to the account; no hashes and no tokens. Bookings are under
    `/api/bookings/my`."""
    user = await use_cases.users.get(caller.user_id)
    guests = [await use_cases.users.get(guest_id) for guest_id in user.guest_ids]
    now = datetime.now(UTC)
    sessions, _ = await use_cases.sessions.store.live(user.id, now)
    view = ExportView(
        exported_at=now,
        user=UserView.of(user),
        pending_email=user.pending_email,
        guests=[UserView.of(guest) for guest in guests],
        sessions=[SessionView.of(session, caller.session_id) for session in sessions],
    )
    headers = {"Content-Disposition": 'attachment; filename="marquee-account.json"', "Cache-Control": "no-store"}
    return json_response(view, headers=headers)
