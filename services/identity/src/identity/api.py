"""identity over HTTP: `/api/auth`, `/api/users`, `/api/admin/users` and the JWKS."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import Caller, CallerDep, having
from chassis.bodies import JsonRoute, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, unless_known
from chassis.mongo import Document
from chassis.preparation import Preparation
from chassis.problems import NotAuthenticated, answering
from contracts.ids import is_id
from identity.errors import EmailTaken, InvalidCredentials, LastAdmin, TokenReused, UserNotFound
from identity.schemas import (
    AccessKeysView,
    Login,
    RefreshRequest,
    Registration,
    RoleGrant,
    SignedInView,
    UserPatch,
    UserView,
    pair_view,
    user_view,
)
from identity.tokens import AccessTokens
from identity.usecases import users
from identity.usecases.sessions import Sessions
from identity.usecases.stores import House

router = APIRouter(route_class=JsonRoute)


def _house(request: Request) -> House:
    house: House = request.state.house
    return house


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.state.sessions
    return sessions


HouseDep = Annotated[House, Depends(_house)]
SessionsDep = Annotated[Sessions, Depends(_sessions)]
AdminDep = Annotated[Caller, Depends(having("admin"))]


@router.post(
    "/api/auth/register",
    status_code=201,
    summary="Open an account and log in",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(EmailTaken),
)
async def register(body: Registration, request: Request, house: HouseDep, sessions: SessionsDep) -> Response:
    """The e-mail address must be new. The tokens are those of a first session."""
    prepared: Preparation = request.state.preparation
    await prepared.check()
    user = await users.create(
        house,
        sessions.passwords,
        name=body.name,
        email=body.email,
        phone=body.phone,
        password=body.password.get_secret_value(),
    )
    return created(pair_view(await sessions.open(user)), "/api/users/me")


@router.post(
    "/api/auth/login",
    summary="Log in",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(InvalidCredentials),
)
async def login(body: Login, sessions: SessionsDep) -> Response:
    """An unknown e-mail address and a wrong password get the same answer."""
    pair = await sessions.login(body.email, body.password.get_secret_value())
    return json_response(pair_view(pair))


@router.post(
    "/api/auth/refresh",
    summary="New tokens for a refresh token, which is spent by it",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(NotAuthenticated, TokenReused),
)
async def refresh_session(body: RefreshRequest, sessions: SessionsDep) -> Response:
    """A spent token that comes again ends every session of its family: someone else may have it."""
    pair = await sessions.renew(body.refresh_token.get_secret_value())
    return json_response(pair_view(pair))


@router.post("/api/auth/logout", status_code=204, summary="End the session of a refresh token", tags=["auth"])
async def logout(body: RefreshRequest, sessions: SessionsDep) -> Response:
    """Its access token lives on until it expires. A token that is spent or unknown is fine."""
    await sessions.logout(body.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.get(
    "/api/users/me",
    summary="The caller",
    response_model=UserView,
    tags=["users"],
    responses={304: {"description": "unchanged"}, **answering(UserNotFound)},
)
async def get_me(request: Request, caller: CallerDep, house: HouseDep) -> Response:
    """Name, addresses, roles and preferences."""
    user = await users.by_id(house, caller.user_id)
    return unless_known(request, etag_of(user["version"]), lambda: _json(user), "private, no-store")


@router.patch(
    "/api/users/me",
    summary="Change name, phone or preferences",
    response_model=UserView,
    tags=["users"],
    responses={200: TAGGED, **answering(UserNotFound, StaleVersion)},
)
async def update_me(body: UserPatch, caller: CallerDep, house: HouseDep, if_match: IfMatchDep) -> Response:
    """What is left out stays. `phone: null` removes the number."""
    return _tagged(await users.change(house, caller.user_id, body.values(), if_match))


@router.put(
    "/api/admin/users/{user_id}/roles",
    summary="Set a user's roles and theaters",
    response_model=UserView,
    tags=["admin"],
    responses={200: TAGGED, **answering(LastAdmin, UserNotFound, StaleVersion)},
)
async def set_roles(user_id: str, body: RoleGrant, caller: AdminDep, house: HouseDep, if_match: IfMatchDep) -> Response:
    """`grants` say at which theater the user is `staff` or `manager`. In short, for one role at several theaters: that
    role in `roles`, the theaters in `theaterIds`. What is left out is taken away; without `roles`, `user` stays."""
    if not is_id("usr", user_id):
        raise UserNotFound("no user has this id")
    return _tagged(await users.grant(house, user_id, body.rights(), if_match, by=caller.user_id))


def _json(user: Document) -> bytes:
    return user_view(user).model_dump_json(by_alias=True).encode()


def _tagged(user: Document) -> Response:
    return json_response(user_view(user), headers={"ETag": etag_of(user["version"])})


@router.get(
    "/.well-known/jwks.json",
    summary="The public keys of access tokens, as a JWKS",
    tags=["auth"],
    response_model=AccessKeysView,
)
async def get_jwks(request: Request) -> Response:
    """A token's header names its key by `kid`."""
    access: AccessTokens = request.state.access_tokens
    return json_response(AccessKeysView.model_validate(await access.jwks()))
