"""HTTP in: `/api/auth`, `/api/users`, `/api/admin/users` and the JWKS."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import Caller, CallerDep, OptionalCallerDep, having
from chassis.bodies import JsonRoute, created, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, json_unless_unchanged
from chassis.preparation import Preparation
from chassis.problems import NotAuthenticated, answering
from contracts.ids import is_id
from identity.assembly import UseCases
from identity.domain import User
from identity.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidLink,
    InvalidOtp,
    LastAdmin,
    OtpAttempts,
    OtpTooSoon,
    TokenReused,
    UserNotFound,
)
from identity.schemas import (
    AccessKeysView,
    AnyLogin,
    AnyRegistration,
    ChallengeView,
    ChangedUserView,
    EmailVerification,
    ForgottenPassword,
    NewPasswordByLink,
    OtpResend,
    OtpVerification,
    PhoneLogin,
    PhoneRegistration,
    RefreshRequest,
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


BY_PHONE: dict[int | str, dict[str, Any]] = {202: {"description": "by phone", "model": ChallengeView}}
UseCasesDep = Annotated[UseCases, Depends(_use_cases)]
AdminDep = Annotated[Caller, Depends(having("admin"))]


@router.post(
    "/api/auth/register",
    status_code=201,
    summary="Open an account and log in",
    response_model=SignedInView,
    tags=["auth"],
    responses={**BY_PHONE, **answering(EmailTaken, OtpTooSoon)},
    dependencies=[Depends(_indexes_ready)],
)
async def register(body: AnyRegistration, use_cases: UseCasesDep) -> Response:
    """By e-mail and password: the address must be new, the tokens are those of a first session, and a mail asks to
    verify the address. By phone: 202, and the code of an SMS opens the account, or the one that the phone has."""
    if isinstance(body, PhoneRegistration):
        return json_response(ChallengeView.of(await use_cases.otp.register(body.name, body.phone)), 202)
    user = await use_cases.users.register(
        name=body.name, email=body.email, password=body.password.get_secret_value(), phone=body.phone
    )
    return created(SignedInView.of(await use_cases.sessions.open(user)), "/api/users/me")


@router.post(
    "/api/auth/login",
    summary="Log in",
    response_model=SignedInView,
    tags=["auth"],
    responses={**BY_PHONE, **answering(InvalidCredentials, OtpTooSoon)},
)
async def login(body: AnyLogin, use_cases: UseCasesDep) -> Response:
    """An unknown e-mail address and a wrong password get the same answer. By phone: 202, and the code of an SMS signs
    in; an unknown phone gets the same answer and no SMS."""
    if isinstance(body, PhoneLogin):
        return json_response(ChallengeView.of(await use_cases.otp.sign_in(body.phone)), 202)
    signed_in = await use_cases.sessions.login(body.email, body.password.get_secret_value())
    return json_response(SignedInView.of(signed_in))


@router.post(
    "/api/auth/otp/verify",
    summary="Log in by the code of an SMS",
    response_model=SignedInView,
    tags=["auth"],
    responses=answering(InvalidOtp, OtpAttempts),
    dependencies=[Depends(_indexes_ready)],
)
async def verify_otp(body: OtpVerification, caller: OptionalCallerDep, use_cases: UseCasesDep) -> Response:
    """The code works once, for five minutes. A changed phone is verified with the caller's token."""
    user = await use_cases.otp.verify(body.challenge_id, body.code, caller.user_id if caller else None)
    return json_response(SignedInView.of(await use_cases.sessions.open(user)))


@router.post(
    "/api/auth/otp/resend",
    status_code=202,
    summary="Send a new code",
    response_model=ChallengeView,
    tags=["auth"],
    responses=answering(InvalidOtp, OtpAttempts, OtpTooSoon),
)
async def resend_otp(body: OtpResend, use_cases: UseCasesDep) -> Response:
    """The challenge stays, and only the newest code works. A phone is sent one code in 30 s and five an hour."""
    return json_response(ChallengeView.of(await use_cases.otp.send_again(body.challenge_id)), 202)


@router.post(
    "/api/auth/email/verify",
    status_code=204,
    summary="Verify the address that a mail's link was sent to",
    tags=["auth"],
    responses=answering(InvalidLink),
)
async def verify_email(body: EmailVerification, use_cases: UseCasesDep) -> Response:
    """A link lives 48 hours; opened again it is no error."""
    await use_cases.emails.open(body.token.get_secret_value())
    return Response(status_code=204)


@router.post(
    "/api/auth/email/resend",
    status_code=202,
    response_class=Response,
    summary="Send the link that verifies the caller's address again",
    tags=["auth"],
    responses=answering(UserNotFound),
)
async def resend_verification(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Where the address is verified already nothing is sent."""
    await use_cases.emails.send_again(await use_cases.users.get(caller.user_id))
    return Response(status_code=202)


@router.post(
    "/api/auth/password/forgot",
    status_code=202,
    response_class=Response,
    summary="Send a link that sets a new password",
    tags=["auth"],
)
async def forgot_password(body: ForgottenPassword, use_cases: UseCasesDep) -> Response:
    """The answer is the same whether or not the address has an account. A newer link voids those before."""
    await use_cases.resets.request(body.email)
    return Response(status_code=202)


@router.post(
    "/api/auth/password/reset",
    status_code=204,
    summary="Set a new password by a mail's link",
    tags=["auth"],
    responses=answering(InvalidLink),
)
async def reset_password(body: NewPasswordByLink, use_cases: UseCasesDep) -> Response:
    """A link lives 30 minutes and works once. Every session of the user ends."""
    await use_cases.resets.reset(body.token.get_secret_value(), body.password.get_secret_value())
    return Response(status_code=204)


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
    summary="Change name, addresses or preferences",
    response_model=ChangedUserView,
    tags=["users"],
    responses={200: TAGGED, **answering(UserNotFound, StaleVersion, OtpTooSoon)},
)
async def update_me(body: UserPatch, caller: CallerDep, use_cases: UseCasesDep, if_match: IfMatchDep) -> Response:
    """What is left out stays. `phone: null` removes the number. Another phone is sent a code, another e-mail address a
    link; until it is verified the old one stays. Whether another user has it is not told."""
    user, challenge = await use_cases.profiles.change(
        caller.user_id, body.changed, if_match, email=body.new_email, phone=body.new_phone
    )
    return json_response(ChangedUserView.after(user, challenge), headers={"ETag": etag_of(user.version)})


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
