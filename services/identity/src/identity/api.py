"""HTTP in: `/api/auth`, `/api/users` and the JWKS."""

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from chassis.auth import REVOCATIONS_PATH, CallerDep, OptionalCallerDep, required
from chassis.bodies import JsonRoute, json_response
from chassis.conditional import TAGGED, IfMatchDep, StaleVersion, etag_of, json_unless_unchanged
from chassis.preparation import Preparation
from chassis.problems import NotAuthenticated, RateLimited, answering
from identity.assembly import UseCases
from identity.browsers import Browsers, device_of
from identity.domain import Device, User
from identity.errors import (
    EmailTaken,
    ForbiddenOrigin,
    InvalidCredentials,
    InvalidLink,
    InvalidOtp,
    OtpAttempts,
    OtpTooSoon,
    TokenReused,
    UserBlocked,
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
    SignedInView,
    SignIn,
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


requires_indexes = Depends(_indexes_ready)
BY_PHONE: dict[int | str, dict[str, Any]] = {202: {"description": "by phone", "model": ChallengeView}}
WITH_COOKIE: dict[str, Any] = {
    "headers": {
        "Set-Cookie": {
            "description": "the refresh token in `marquee_refresh`, where it was asked for or sent in a cookie",
            "schema": {"type": "string"},
        }
    }
}
UseCasesDep = Annotated[UseCases, Depends(_use_cases)]


async def _browsers(request: Request) -> Browsers:
    browsers: Browsers = request.state.browsers
    return browsers


async def _device(request: Request) -> Device:
    return device_of(request)


async def _claimed(request: Request, body: SignIn) -> str | None:
    """The guest whom a sign-in claims: its token was sent. Raises `NotAuthenticated` for a bad one."""
    if not body.claim or "authorization" not in request.headers:
        return None
    caller = await required(request)
    return caller.user_id if caller.guest else None


BrowsersDep = Annotated[Browsers, Depends(_browsers)]
DeviceDep = Annotated[Device, Depends(_device)]


@router.post(
    "/api/auth/register",
    status_code=201,
    summary="Open an account and log in",
    response_model=SignedInView,
    tags=["auth"],
    responses={201: WITH_COOKIE, **BY_PHONE, **answering(EmailTaken, ForbiddenOrigin, OtpTooSoon)},
    dependencies=[requires_indexes],
)
async def register(
    request: Request, body: AnyRegistration, use_cases: UseCasesDep, browsers: BrowsersDep, device: DeviceDep
) -> Response:
    """By e-mail and password: the address must be new, the tokens are those of a first session, and a mail asks to
    verify the address. By phone: 202, and the code of an SMS opens the account, or the one that the phone has."""
    browsers.require_own_page(request, in_cookie=body.cookie)
    guest_id = await _claimed(request, body)
    if isinstance(body, PhoneRegistration):
        challenge = await use_cases.otp.register(body.name, body.phone, guest_id)
        return json_response(ChallengeView.of(challenge), 202)
    user = await use_cases.users.register(
        name=body.name, email=body.email, password=body.password.get_secret_value(), phone=body.phone
    )
    user = await use_cases.guests.link(user, [guest_id])
    signed_in = await use_cases.sessions.open_first(user, device)
    return browsers.signed_in(signed_in, in_cookie=body.cookie, status=201)


@router.post(
    "/api/auth/login",
    summary="Log in",
    response_model=SignedInView,
    tags=["auth"],
    responses={200: WITH_COOKIE, **BY_PHONE, **answering(ForbiddenOrigin, InvalidCredentials, OtpTooSoon, UserBlocked)},
)
async def login(
    request: Request, body: AnyLogin, use_cases: UseCasesDep, browsers: BrowsersDep, device: DeviceDep
) -> Response:
    """An unknown e-mail address and a wrong password get the same answer. By phone: 202, and the code of an SMS signs
    in; an unknown phone gets the same answer and no SMS."""
    browsers.require_own_page(request, in_cookie=body.cookie)
    guest_id = await _claimed(request, body)
    if isinstance(body, PhoneLogin):
        return json_response(ChallengeView.of(await use_cases.otp.sign_in(body.phone, guest_id)), 202)
    known = await use_cases.sessions.user_with(body.email, body.password.get_secret_value())
    user = await use_cases.guests.link(known, [guest_id])
    signed_in = await use_cases.sessions.open(user, device, known.password_hash)
    return browsers.signed_in(signed_in, in_cookie=body.cookie)


@router.post(
    "/api/auth/otp/verify",
    summary="Log in by the code of an SMS",
    response_model=SignedInView,
    tags=["auth"],
    responses={200: WITH_COOKIE, **answering(ForbiddenOrigin, InvalidOtp, OtpAttempts, UserBlocked)},
    dependencies=[requires_indexes],
)
async def verify_otp(
    request: Request,
    body: OtpVerification,
    *,
    caller: OptionalCallerDep,
    use_cases: UseCasesDep,
    browsers: BrowsersDep,
    device: DeviceDep,
) -> Response:
    """The code works once, for five minutes. A changed phone is verified with the caller's token. Guests who verified
    this phone are linked to the account."""
    browsers.require_own_page(request, in_cookie=body.cookie)
    verified = await use_cases.otp.verify(body.challenge_id, body.code, caller.user_id if caller else None)
    claimed = caller.user_id if caller and caller.guest and body.claim else None
    user = await use_cases.guests.link(verified.user, {claimed, verified.guest_id})
    user = await use_cases.guests.link_by_phone(user)
    return browsers.signed_in(await use_cases.sessions.open(user, device), in_cookie=body.cookie)


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
async def verify_email(body: EmailVerification, caller: OptionalCallerDep, use_cases: UseCasesDep) -> Response:
    """A link lives 48 hours; opened again it is no error. With the token of the account that has the address, what was
    bought with it without an account is the account's from the next sign-in or refresh on."""
    email = await use_cases.emails.open(body.token.get_secret_value())
    if caller is not None:
        await use_cases.guests.link_by_email(caller.user_id, email)
    return Response(status_code=204)


@router.post(
    "/api/auth/email/resend",
    status_code=202,
    response_class=Response,
    summary="Send the link that verifies the caller's address again",
    tags=["auth"],
    responses=answering(UserNotFound, RateLimited),
)
async def resend_verification(caller: CallerDep, use_cases: UseCasesDep) -> Response:
    """Where the address is verified already nothing is sent, unless guests bought with it and are not linked yet.
    An address is sent five such links an hour."""
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
    """The answer is the same whether or not the address has an account. A newer link voids those before. An address is
    sent five an hour: beyond that the answer is the same, and the links before stay good."""
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
    responses={200: WITH_COOKIE, **answering(NotAuthenticated, TokenReused, ForbiddenOrigin)},
)
async def refresh_session(
    request: Request,
    use_cases: UseCasesDep,
    browsers: BrowsersDep,
    device: DeviceDep,
    body: RefreshRequest | None = None,
) -> Response:
    """A spent token that comes again ends its session: someone else may have it. Without a body, or with an empty one,
    the token is that of the cookie `marquee_refresh`, and so is the new one."""
    sent = await browsers.refresh_token(request, body)
    return browsers.signed_in(await use_cases.sessions.renew(sent.token, device), in_cookie=sent.in_cookie)


@router.post(
    "/api/auth/logout",
    status_code=204,
    summary="End the session of a refresh token",
    tags=["auth"],
    responses={204: WITH_COOKIE, **answering(ForbiddenOrigin)},
)
async def logout(
    request: Request, use_cases: UseCasesDep, browsers: BrowsersDep, body: RefreshRequest | None = None
) -> Response:
    """Its access tokens end with it. A token that is spent or unknown is fine. The token of the cookie is taken as for
    a refresh, and the cookie cleared."""
    try:
        sent = await browsers.refresh_token(request, body)
    except NotAuthenticated:  # a page of ours that is signed out already
        return browsers.signed_out()
    await use_cases.sessions.logout(sent.token)
    return browsers.signed_out() if sent.in_cookie else Response(status_code=204)


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
    responses={200: TAGGED, **answering(UserNotFound, StaleVersion, OtpTooSoon, RateLimited)},
)
async def update_me(body: UserPatch, caller: CallerDep, use_cases: UseCasesDep, if_match: IfMatchDep) -> Response:
    """What is left out stays. `phone: null` removes the number. Another phone is sent a code, another e-mail address a
    link; until it is verified the old one stays. Whether another user has it is not told."""
    user, challenge = await use_cases.profiles.change(
        caller.user_id, body.changed, if_match, email=body.new_email, phone=body.new_phone
    )
    return json_response(ChangedUserView.after(user, challenge), headers={"ETag": etag_of(user.version)})


def _json(user: User) -> bytes:
    return UserView.of(user).model_dump_json(by_alias=True).encode()


@router.get(REVOCATIONS_PATH, include_in_schema=False)
async def get_revocations(use_cases: UseCasesDep) -> Response:
    """For every service: which access tokens are void before they expire."""
    return Response(orjson.dumps(asdict(await use_cases.sessions.revoked())), media_type="application/json")


@router.get(
    "/.well-known/jwks.json",
    summary="The public keys of access tokens, as a JWKS",
    tags=["auth"],
    response_model=AccessKeysView,
)
async def get_jwks(use_cases: UseCasesDep) -> Response:
    """A token's header names its key by `kid`."""
    return json_response(AccessKeysView.model_validate(await use_cases.access_tokens.jwks()))
