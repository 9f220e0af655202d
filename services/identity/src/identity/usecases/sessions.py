"""Sign-in and sessions: a family of refresh tokens from sign-in to logout, each spent by the next.

A spent token sent again within 10 s gives another pair of the family (two tabs, a lost answer); later it means that
someone else has it, and the family ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.problems import NotAuthenticated
from contracts.ids import new_id
from identity.domain import SESSION_LIFETIME, RefreshToken, Session, User
from identity.errors import InvalidCredentials, TokenReused
from identity.passwords import Passwords
from identity.store import SessionStore, UserStore
from identity.tokens import AccessTokens, RefreshTokens


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user and the tokens of one of their sessions."""

    user: User
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, renews and ends sessions."""

    users: UserStore
    store: SessionStore
    passwords: Passwords
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens

    async def login(self, email: str, password: str) -> SignedIn:
        """A new session; raises `InvalidCredentials` after the same work whether or not the e-mail is known."""
        user = await self.users.find_by_email(email)
        if not await self.passwords.matches(password, user.password_hash if user else None) or user is None:
            raise InvalidCredentials("e-mail or password is wrong")
        return await self.open(user)

    async def open(self, user: User) -> SignedIn:
        """A new session of a user who has proved who they are."""
        now = datetime.now(UTC)
        session = Session(new_id("ses"), user.id, created_at=now, expires_at=now + SESSION_LIFETIME)
        await self.store.insert(session)
        return await self._issue(user, session)

    async def renew(self, token: str) -> SignedIn:
        """New tokens for a refresh token, which is spent by it. Raises `TokenReused` when its session has ended because
        a spent token came again, and `NotAuthenticated` for one that is unknown, expired or logged out."""
        now = datetime.now(UTC)
        refresh_token = await self.store.spend_token(self.refresh_tokens.hash(token), now)
        if refresh_token is None:
            raise NotAuthenticated("this refresh token is not known")
        if refresh_token.is_stolen(now):
            await self.store.end(refresh_token.session_id, "token_reused")
        session = await self.store.prolong(refresh_token.session_id, now + SESSION_LIFETIME)
        if session is None:
            raise await self._refusal(refresh_token.session_id)
        user = await self.users.find(session.user_id)
        if user is None:
            raise NotAuthenticated("this user is gone")
        return await self._issue(user, session)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token; one that nobody knows has none."""
        refresh_token = await self.store.find_token(self.refresh_tokens.hash(token))
        if refresh_token is not None:
            await self.store.end(refresh_token.session_id, "logout")

    async def _refusal(self, session_id: str) -> NotAuthenticated:
        session = await self.store.find(session_id)
        if session is not None and session.ended == "token_reused":
            return TokenReused("a spent refresh token was used again; log in anew")
        return NotAuthenticated("the login has ended")

    async def _issue(self, user: User, session: Session) -> SignedIn:
        token, token_hash = self.refresh_tokens.new()
        await self.store.insert_token(RefreshToken(token_hash, session.id, datetime.now(UTC) + SESSION_LIFETIME))
        access_token = self.access_tokens.issue(user.id, user.rights.roles, user.rights.by_theater)
        return SignedIn(user, access_token, token)
