"""Sign-in, and sessions: from sign-in to logout a session has a chain of refresh tokens, each spent for the next.

A spent token that is sent again within 10 s gets tokens too: a client has two tabs, or lost an answer. Sent again later
it was probably stolen, and the session ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.auth import Revoked
from chassis.problems import NotAuthenticated
from chassis.revocations import REACH_SECONDS
from contracts.ids import new_id
from identity.domain import SESSION_LIFETIME, Device, RefreshToken, Session, SessionEnd, User
from identity.errors import InvalidCredentials, SessionNotFound, TokenReused, UserBlocked
from identity.passwords import Passwords
from identity.session_store import SessionStore
from identity.store import UserStore, UserTransaction
from identity.tokens import AccessTokens, HashedTokens

_MOST_GUESTS = 100  # that a token names, the newest: a header has a limit


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

    async def user_with(self, email: str, password: str) -> User:
        """The user whose e-mail and password these are; raises `InvalidCredentials`.

        A refusal takes the same work whether or not the address has an account, so that its time tells nothing.
        """
        user = await self.users.find_by_email(email)
        if not await self.passwords.matches(password, user.password_hash if user else None) or user is None:
            raise _wrong()
        return user

    async def open_first(self, user: User, device: Device) -> SignedIn:
        """Open the first session of a user who was just made."""
        session = _session(user, device)
        await self.store.insert(session)
        return await self._issue(user, session)

    async def open(self, user: User, device: Device, password_hash: str | None = None) -> SignedIn:
        """Open a session for a user who has just proved who they are, by the password of `password_hash` where it is
        given.

        Raises `UserBlocked`, `InvalidCredentials` where the password is another one by now, and `NotAuthenticated`
        where the user is erased: what ended all sessions meanwhile did not know of this one.
        """
        if user.blocked:
            raise UserBlocked("this account is blocked")
        session = _session(user, device)

        async def work(transaction: UserTransaction) -> bool:
            return await transaction.open_session(session, password_hash)

        if not await self.users.transaction(work):
            raise _wrong() if password_hash is not None else NotAuthenticated("this account is erased")
        return await self._issue(user, session)

    async def renew(self, token: str, device: Device) -> SignedIn:
        """Spend a refresh token for new tokens of its session.

        Raises `TokenReused` when a spent token of the session came again, now or earlier, and `NotAuthenticated` when
        the token is unknown or expired, its session has ended, or the user is gone or blocked.
        """
        now = datetime.now(UTC)
        refresh_token = await self.store.spend_token(self.refresh_tokens.hash(token), now)
        if refresh_token is None:
            raise NotAuthenticated("this refresh token is not known")
        if refresh_token.is_stolen(now):
            await self._end(refresh_token.session_id, "token_reused")
        session = await self.store.prolong(refresh_token.session_id, now, now + SESSION_LIFETIME, device)
        if session is None:
            raise await self._refusal(refresh_token.session_id)
        user = await self.users.find(session.user_id)
        if user is None or not user.can_act:  # a login may have been under way when the user was blocked
            raise NotAuthenticated("this user is gone, blocked, or has an account now")
        if user.ends_at is not None:
            await self.users.prolong(user, session.expires_at)
        return await self._issue(user, session)

    async def logout(self, token: str) -> None:
        """End the session of a refresh token, spent or not. An unknown token is no error."""
        refresh_token = await self.store.find_token(self.refresh_tokens.hash(token))
        if refresh_token is not None:
            await self._end(refresh_token.session_id, "logout")

    async def end(self, user_id: str, session_id: str) -> None:
        """End one of a user's sessions; raises `SessionNotFound`."""
        session = await self.store.find(session_id)
        if session is None or session.user_id != user_id or not session.is_live(datetime.now(UTC)):
            raise SessionNotFound("you have no session with this id")
        await self.store.end(session, "ended")

    async def end_others(self, user_id: str, session_id: str) -> None:
        """End all of a user's sessions but this one."""
        while others := [each for each in await self._live(user_id) if each.id != session_id]:
            for session in others:
                await self.store.end(session, "ended")

    async def _live(self, user_id: str) -> list[Session]:
        sessions, _ = await self.store.live(user_id, datetime.now(UTC))
        return sessions

    async def revoked(self) -> Revoked:
        """Which access tokens are void before they expire."""
        start = datetime.now(UTC) - timedelta(seconds=REACH_SECONDS)
        return Revoked(await self.store.ended_since(start), await self.users.versions_since(start))

    async def _end(self, session_id: str, how: SessionEnd) -> None:
        session = await self.store.find(session_id)
        if session is not None:
            await self.store.end(session, how)

    async def _refusal(self, session_id: str) -> NotAuthenticated:
        session = await self.store.find(session_id)
        if session is not None and session.ended == "token_reused":
            return TokenReused("a spent refresh token was used again; log in anew")
        return NotAuthenticated("the login has ended")

    async def _issue(self, user: User, session: Session) -> SignedIn:
        token, token_hash = self.refresh_tokens.new()
        await self.store.insert_token(RefreshToken(token_hash, session.id, datetime.now(UTC) + SESSION_LIFETIME))
        return SignedIn(user, self.access_token(user, session.id), token)

    def access_token(self, user: User, session_id: str) -> str:
        """A token of the session, which says what is true of the user now."""
        return self.access_tokens.issue(
            user.id,
            user.rights.roles,
            user.rights.by_theater,
            session_id=session_id,
            grants_version=user.grants_version,
            guest=user.guest,
            guests=user.guest_ids[-_MOST_GUESTS:],
        )


def _session(user: User, device: Device) -> Session:
    now = datetime.now(UTC)
    return Session(new_id("ses"), user.id, now, now + SESSION_LIFETIME, last_used_at=now, device=device)


def _wrong() -> InvalidCredentials:
    return InvalidCredentials("e-mail or password is wrong")
