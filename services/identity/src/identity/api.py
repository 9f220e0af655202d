"""HTTP in: `/api/auth`, `/api/users`, `/api/admin/users` and the JWKS."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import Caller, CallerDep, having
from chassis.bodies import JsonRoute, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, json_unless_unchanged
from chassis.preparation import Preparation
from chassis.problems import NotAuthenticated, answering
from contracts.ids import is_id
from identity.assembly import UseCases
from identity.domain import User
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
)

router = APIRouter(route_class=JsonRoute)


async def _indexes_ready(request: Request) -> None:
    """Raises `Unavailable` until the store has its indexes: without them it would take two users with one e-mail."""
    preparation: Preparation = request.state.preparation
    await preparation.check()


async def _use_cases(request: Request) -> UseCases:
    use_cases: UseCases = request.state.use_cases
    return use_cases


UseCasesDep = Annotated[UseCases, Depends(_use_cases)]
AdminDep = Annotated[Caller, Depends(having("admin"))]


@router.post(
    "/api/auth/register",
    status_code=201,
    summary="Open an account and log in",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(EmailTaken),
    dependencies=[Depends(_indexes_ready)],
)
async def register(body: Registration, use_cases: UseCasesDep) -> Response:
    """The e-mail address must be new. The tokens are those of a first session."""
    user = await use_cases.users.register(
        name=body.name, email=body.email, password=body.password.get_secret_value(), phone=body.phone
    )
    return created(SignedInView.of(await use_cases.sessions.open(user)), "/api/users/me")


@router.post(
    "/api/auth/login",
    summary="Log in",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(InvalidCredentials),
)
async def login(body: Login, use_cases: UseCasesDep) -> Response:
    """An unknown e-mail address and a wrong password get the same answer."""
    signed_in = await use_cases.sessions.login(body.email, body.password.get_secret_value())
    return json_response(SignedInView.of(signed_in))


@router.post(
    "/api/auth/refresh",
    summary="New tokens for a refresh token, which is spent by it",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(NotAuthenticated, TokenReused),
)
async def refresh_session(body: RefreshRequest, use_cases: UseCasesDep) -> Response:
    """A spent token that comes again ends its session: someone else may have it."""
    signed_in = await use_cases.sessions.renew(body.refresh_token.get_secret_value())
    return json_response(SignedInView.of(signed_in))


@router.post("/api/auth/logout", status_code=204, summary="End the session of a refresh token", tags=["auth"])
async def logout(body: RefreshRequest, use_cases: UseCasesDep) -> Response:
    """Its access token lives on until it expires. A token that is spent or unknown is fine."""
    await use_cases.sessions.logout(body.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.get(
    "/api/users/me",
    summary="The caller",
    response_model=UserView,
    tags=["users"],
    responses={304: {"description": "unchanged"}, **answering(UserNotFound)},
)
async def get_me(request: Request, caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Name, addresses, roles and preferences."""
    user = await use_cases.users.get(caller.user_id)
    return json_unless_unchanged(request, etag_of(user.version), lambda: _json(user), "private, no-store")


@router.patch(
    "/api/users/me",
    summary="Change name, phone or preferences",
    response_model=UserView,
    tags=["users"],
    responses={200: TAGGED, **answering(UserNotFound, StaleVersion)},
)
async def update_me(body: UserPatch, caller: CallerDep, use_cases: UseCasesDep, if_match: IfMatchDep) -> Response:
    """What is left out stays. `phone: null` removes the number."""
    return _tagged(await use_cases.users.change(caller.user_id, body.changed, if_match))


@router.put(
    "/api/admin/users/{user_id}/roles",
    summary="Set a user's roles and theaters",
    response_model=UserView,
    tags=["admin"],
    responses={200: TAGGED, **answering(LastAdmin, UserNotFound, StaleVersion)},
)
async def set_roles(
    user_id: str, body: RoleGrant, caller: AdminDep, use_cases: UseCasesDep, if_match: IfMatchDep
) -> Response:
    """`grants` say at which theater the user is `staff` or `manager`. In short, for one role at several theaters: that
    role in `roles`, the theaters in `theaterIds`. What is left out is taken away; without `roles`, `user` stays."""
    if not is_id("usr", user_id):
        raise UserNotFound("no user has this id")
    return _tagged(await use_cases.users.grant(user_id, body.rights(), if_match, by=caller.user_id))


def _json(user: User) -> bytes:
    return UserView.of(user).model_dump_json(by_alias=True).encode()


def _tagged(user: User) -> Response:
    return json_response(UserView.of(user), headers={"ETag": etag_of(user.version)})


@router.get(
    "/.well-known/jwks.json",
    summary="The public keys of access tokens, as a JWKS",
    tags=["auth"],
    response_model=AccessKeysView,
)
async def get_jwks(use_cases: UseCasesDep) -> Response:
    """A token's header names its key by `kid`."""
    return json_response(AccessKeysView.model_validate(await use_cases.access_tokens.jwks()))
