"""Browsers may keep the refresh token in a cookie, which their scripts cannot read; and where a call came from.

The cookie goes to `/api/auth` alone, and only with calls of pages of the same site. It counts only with an `Origin`
that is ours: then no other page can spend it.
"""

from dataclasses import dataclass

from fastapi import Request, Response

from chassis.bodies import json_response
from chassis.networks import address_of
from chassis.problems import InvalidInput, MalformedBody, NotAuthenticated
from identity.domain import SESSION_LIFETIME, Device
from identity.errors import ForbiddenOrigin
from identity.schemas import RefreshRequest, SignedInView
from identity.usecases.sessions import SignedIn

COOKIE, PATH = "marquee_refresh", "/api/auth"
_LONGEST = 512  # characters of a token, or of what a client calls itself


@dataclass(frozen=True, slots=True)
class Sent:
    """A refresh token as it was sent, and whether in the cookie."""

    token: str
    in_cookie: bool


@dataclass(frozen=True, slots=True)
class Browsers:
    """`origins` are those of our pages. A `secure` cookie is sent over HTTPS alone."""

    origins: frozenset[str]
    secure: bool

    def signed_in(self, signed_in: SignedIn, *, in_cookie: bool, status: int = 200) -> Response:
        """The tokens of a session; the refresh token in the body, or in the cookie alone."""
        headers = {"Location": "/api/users/me"} if status == 201 else {}
        answer = json_response(SignedInView.of(signed_in, in_cookie=in_cookie), status, headers)
        if in_cookie:
            seconds = int(SESSION_LIFETIME.total_seconds())
            answer.set_cookie(
                COOKIE,
                signed_in.refresh_token,
                seconds,
                path=PATH,
                secure=self.secure,
                httponly=True,
                samesite="strict",
            )
        return answer

    def signed_out(self) -> Response:
        """204, and the cookie is gone."""
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, path=PATH, secure=self.secure, httponly=True, samesite="strict")
        return answer

    def require_own_page(self, request: Request, *, in_cookie: bool) -> None:
        """Raise `ForbiddenOrigin` where a page that is not ours would set the cookie: its form could sign somebody in
        as a user of its own. Who is no browser sends no `Origin`."""
        origin = request.headers.get("origin")
        if in_cookie and origin is not None and origin not in self.origins:
            raise ForbiddenOrigin("the cookie is set for our own pages only")

    async def refresh_token(self, request: Request, body: RefreshRequest | None) -> Sent:
        """The refresh token of the body, or else of the cookie.

        Raises `ForbiddenOrigin` for a cookie with another origin or none. Where there is neither: `NotAuthenticated`
        for a page of ours, whose cookie has expired, and `MalformedBody` or `InvalidInput` for everybody else.
        """
        if body is not None and (token := body.refresh_token.get_secret_value()):
            return Sent(token, in_cookie=False)
        cookie = request.cookies.get(COOKIE, "")[:_LONGEST]
        is_ours = request.headers.get("origin") in self.origins
        if cookie and not is_ours:
            raise ForbiddenOrigin("the cookie counts for our own pages only")
        if not cookie and not is_ours and not await request.body():
            raise MalformedBody("a JSON body is needed")
        if not cookie and not is_ours:
            raise InvalidInput("refreshToken", "a refresh token is needed, here or in the cookie")
        if not cookie:
            raise NotAuthenticated("there is no refresh token")
        return Sent(cookie, in_cookie=True)


def device_of(request: Request) -> Device:
    """Where a call came from, as the gateway says."""
    agent = request.headers.get("user-agent", "").encode("latin-1").decode(errors="replace")
    shown = "".join(character for character in agent if character.isprintable())
    return Device(shown[:_LONGEST] or None, address_of(request) or None)
