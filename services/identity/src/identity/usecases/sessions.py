"""Sign-in, and sessions: from sign-in to logout a session has a chain of refresh tokens, each spent for the next.

A spent token that is sent again within 10 s gets tokens too: a client has two tabs, or lost an answer. Sent again later
it was probably stolen, and the session ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.problems import NotAuthenticated
from contracts.ids import new_id
from identity.domain import SESSION_LIFETIME, RefreshToken, Session, User
from identity.errors import InvalidCredentials, TokenReused
from identity.passwords import Passwords
from identity.store import SessionStore, UserStore
from identity.tokens import AccessTokens, HashedTokens


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user, and the newest tokens of one of their sessions."""

    user: User
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """The use cases about sessions."""

    users: UserStore
    store: SessionStore
    passwords: Passwords
    access_tokens: AccessTokens
    refresh_tokens: HashedTokens

    async def login(self, email: str, password: str) -> SignedIn:
        """Open a session for a password; raises `InvalidCredentials`.

        A refusal takes the same work whether or not the address has an account, so that its time tells nothing.
        """
        user = await self.users.find_by_email(email)
        if not await self.passwords.matches(password, user.password_hash if user else None) or user is None:
            raise InvalidCredentials("e-mail or password is wrong")
        return await self.open(user)

    async def open(self, user: User) -> SignedIn:
        """Open a session for a user who has just proved who they are."""
        now = datetime.now(UTC)
        session = Session(new_id("ses"), user.id, created_at=now, expires_at=now + SESSION_LIFETIME)
        await self.store.insert(session)
        return await self._issue(user, session)

    async def renew(self, token: str) -> SignedIn:
        """Spend a refresh token for new tokens of its session.

        Raises `TokenReused` when a spent token of the session came again, now or earlier, and `NotAuthenticated` when
        the token is unknown or expired, its session was logged out, or the user is gone.
        """
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
        """End the session of a refresh token, spent or not. An unknown token is no error."""
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
