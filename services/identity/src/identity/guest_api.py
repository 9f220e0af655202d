"""HTTP in: guests without an account."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from chassis.bodies import JsonRoute
from chassis.problems import answering
from identity.api import WITH_COOKIE, BrowsersDep, DeviceDep, UseCasesDep, requires_indexes
from identity.errors import ForbiddenOrigin
from identity.schemas import NewGuest, SignedInView

router = APIRouter(route_class=JsonRoute)
_NOTHING = NewGuest()


@router.post(
    "/api/auth/guest",
    status_code=201,
    summary="Buy without an account",
    response_model=SignedInView,
    tags=["auth"],
    responses={201: WITH_COOKIE, **answering(ForbiddenOrigin)},
    dependencies=[requires_indexes],
)
async def create_guest(
    request: Request,
    use_cases: UseCasesDep,
    browsers: BrowsersDep,
    device: DeviceDep,
    body: Annotated[NewGuest, Body()] = _NOTHING,
) -> Response:
    """A guest may hold, pay and read what is theirs. Before they pay they say where the ticket goes: `PATCH
    /api/users/me {name, email}`."""
    browsers.require_own_page(request, in_cookie=body.cookie)
    guest = await use_cases.guests.create()
    return browsers.signed_in(await use_cases.sessions.open_first(guest, device), in_cookie=body.cookie, status=201)
