"""HTTP in: `/api/users/me/password` and `/api/users/me/sessions`, what keeps an account one's own."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from chassis.auth import CallerDep
from chassis.bodies import JsonRoute, json_response
from chassis.problems import answering
from identity.api import UseCasesDep
from identity.errors import InvalidCredentials, SessionNotFound, UserNotFound
from identity.schemas import PasswordChange, SessionsView, SessionView

router = APIRouter(prefix="/api/users/me", tags=["users"], route_class=JsonRoute)


@router.post(
    "/password",
    status_code=204,
    summary="Set another password",
    responses=answering(InvalidCredentials, UserNotFound),
)
async def change_password(body: PasswordChange, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """All other sessions of the caller end."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await use_cases.password_changes.change(caller.user_id, caller.session_id, current, new)
    return Response(status_code=204)


@router.get("/sessions", summary="Where the caller is signed in", response_model=SessionsView)
async def list_sessions(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """From each sign-in to its end; refreshing tokens goes on with the same session."""
    sessions, total = await use_cases.sessions.store.live(caller.user_id, datetime.now(UTC))
    items = [SessionView.of(session, caller.session_id) for session in sessions]
    return json_response(SessionsView(items=items, total=total))


@router.delete("/sessions", status_code=204, summary="End all sessions but the caller's own")
async def end_other_sessions(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Their access tokens end with them, within seconds."""
    await use_cases.sessions.end_others(caller.user_id, caller.session_id)
    return Response(status_code=204)


@router.delete("/sessions/{session_id}", status_code=204, summary="End a session", responses=answering(SessionNotFound))
async def end_session(session_id: str, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Also the caller's own. Its access tokens end with it, within seconds."""
    await use_cases.sessions.end(caller.user_id, session_id)
    return Response(status_code=204)
