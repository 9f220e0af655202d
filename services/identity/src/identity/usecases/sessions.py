"""Sessions: a family of refresh tokens from login to logout, each spent by the next.

A spent token sent again within 10 s gives another pair of the family (two tabs, a lost answer); later it means that
someone else has it, and the family ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.mongo import Document
from chassis.problems import NotAuthenticated
from contracts.ids import new_id
from identity.contacts import email_key
from identity.errors import InvalidCredentials, TokenReused
from identity.passwords import Passwords
from identity.tokens import AccessTokens, RefreshTokens
from identity.usecases.stores import House
from identity.usecases.users import rights_of

LIFETIME = timedelta(days=30)
GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a client gets, and for whom."""

    user: Document
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, renews and ends sessions."""

    house: House
    passwords: Passwords
    access: AccessTokens
    refresh_tokens: RefreshTokens

    async def login(self, email: str, password: str) -> Pair:
        """A new session; raises `InvalidCredentials` after the same work whether or not the e-mail is known."""
        user = await self.house.stores.users.find_one({"email_key": email_key(email)})
        if not await self.passwords.matches(password, user["password_hash"] if user else None) or user is None:
            raise InvalidCredentials("e-mail or password is wrong")
        return await self.open(user)

    async def open(self, user: Document) -> Pair:
        """A new family and its first pair."""
        session_id, now = new_id("ses"), datetime.now(UTC)
        await self.house.stores.sessions.insert(
            {
                "_id": session_id,
                "user_id": user["_id"],
                "created_at": now,
                "ended": None,
                "expires_at": now + LIFETIME,
            }
        )
        return await self._pair(user, session_id)

    async def renew(self, token: str) -> Pair:
        """The next pair; raises `TokenReused`, and `NotAuthenticated` for a token that is unknown or logged out."""
        now, key = datetime.now(UTC), self.refresh_tokens.hash(token)
        live = {"_id": key, "expires_at": {"$gt": now}}
        found = await self.house.stores.refresh_tokens.find_one_and_update(
            {**live, "spent_at": None}, {"$set": {"spent_at": now}}, before=True
        ) or await self.house.stores.refresh_tokens.find_one(live)
        if found is None:
            raise NotAuthenticated("this refresh token is not known")
        if found["spent_at"] is not None and found["spent_at"] + GRACE < now:
            await self._end(found["session_id"], "token_reused")
        return await self._pair(await self._user_of(found["session_id"]), found["session_id"])

    async def _user_of(self, session_id: str) -> Document:
        expires_at = datetime.now(UTC) + LIFETIME
        session = await self.house.stores.sessions.find_one_and_update(
            {"_id": session_id, "ended": None}, {"$set": {"expires_at": expires_at}}
        )
        if session is None:
            ended = await self.house.stores.sessions.find_one({"_id": session_id})
            if ended is not None and ended["ended"] == "token_reused":
                raise TokenReused("a spent refresh token was used again; log in anew")
            raise NotAuthenticated("the login has ended")
        user = await self.house.stores.users.find_one({"_id": session["user_id"]})
        if user is None:
            raise NotAuthenticated("this user is gone")
        return user

    async def _pair(self, user: Document, session_id: str) -> Pair:
        token, key = self.refresh_tokens.new()
        await self.house.stores.refresh_tokens.insert(
            {
                "_id": key,
                "session_id": session_id,
                "spent_at": None,
                "expires_at": datetime.now(UTC) + LIFETIME,
            }
        )
        rights = rights_of(user)
        return Pair(user, self.access.issue(user["_id"], rights.roles, rights.by_theater), token)

    async def logout(self, token: str) -> None:
        """End the token's session; a token nobody knows has none."""
        found = await self.house.stores.refresh_tokens.find_one({"_id": self.refresh_tokens.hash(token)})
        if found is not None:
            await self._end(found["session_id"], "logout")

    async def _end(self, session_id: str, reason: str) -> None:
        await self.house.stores.sessions.update({"_id": session_id, "ended": None}, {"$set": {"ended": reason}})
