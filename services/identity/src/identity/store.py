"""Mongo `identity`: the only module that reads and writes it. Documents stay inside; callers get values of the domain.

A user's document holds, in its `outbox`, the events of its changes until the broker has confirmed them
(`chassis.outbox`): a change and its event are one write.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pymongo import IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from chassis import mongo, outbox
from chassis.envelope import seal
from chassis.mongo import Collection, Database, Document
from chassis.outbox import Outbox, push
from contracts.event import Event
from identity.contacts import email_key
from identity.domain import AuditLine, PasswordReset, RefreshToken, Session, SessionEnd, User
from identity.errors import EmailTaken, PhoneTaken
from identity.events import user_changed, user_registered

USERS, SESSIONS, PASSWORD_RESETS = "users", "sessions", "password_resets"
T = TypeVar("T")
_USER, _SESSION, _REFRESH_TOKEN = TypeAdapter(User), TypeAdapter(Session), TypeAdapter(RefreshToken)
# A user without an e-mail has no key. Partial on a `$type`, the index would serve no query.
_BY_EMAIL = IndexModel([("email_key", 1)], unique=True, partialFilterExpression={"email_key": {"$exists": True}})
_BY_PHONE = IndexModel([("phone_key", 1)], unique=True, partialFilterExpression={"phone_key": {"$exists": True}})
_KEYS = ("email_key", "phone_key")
_ADMIN = {"rights.roles": "admin"}
_ADMINS = IndexModel([("rights.roles", 1)], partialFilterExpression=_ADMIN, name="admins")
_BY_USER = IndexModel([("user_id", 1)])
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


def _user(document: Document) -> User:
    return _USER.validate_python({**document, "id": document["_id"]})


def _session(document: Document) -> Session:
    return _SESSION.validate_python({**document, "id": document["_id"]})


def _refresh_token(document: Document) -> RefreshToken:
    return _REFRESH_TOKEN.validate_python({**document, "hash": document["_id"]})


def _fields(user: User) -> Document:
    """What a user's document says of the user, without `_id` and `version`."""
    fields = asdict(user)
    del fields["id"], fields["version"]
    by_email = {"email_key": email_key(user.email)} if user.email else {}
    by_phone = {"phone_key": user.phone} if user.phone and user.phone_verified else {}
    return {**fields, **by_email, **by_phone}


def _update(user: User, *more: Event) -> dict[str, Any]:
    """The Mongo update that stores this user and puts `UserChanged` and `more` into the outbox. The caller adds the
    increment of `version`, on which the update is conditional."""
    fields = _fields(user)
    events = [seal(event) for event in (user_changed(user), *more)]
    absent = {key: "" for key in _KEYS if key not in fields}
    return {"$set": fields, **({"$unset": absent} if absent else {}), "$push": push(events)}


class UserStore:
    """Users, and the audit of their rights."""

    def __init__(self, database: Database, users: Outbox) -> None:
        """`users` is the outbox of the collection `users`."""
        self._database = database
        self._users = users.collection
        self._outbox = users

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._users.ensure_indexes(_BY_EMAIL, _BY_PHONE, _ADMINS)

    async def find(self, user_id: str) -> User | None:
        """The user with this id."""
        document = await self._users.find_one({"_id": user_id})
        return _user(document) if document else None

    async def find_by_email(self, email: str) -> User | None:
        """The user whose mailbox this address names."""
        document = await self._users.find_one({"email_key": email_key(email)})
        return _user(document) if document else None

    async def find_by_phone(self, phone: str) -> User | None:
        """The user who has verified this phone."""
        document = await self._users.find_one({"phone_key": phone})
        return _user(document) if document else None

    async def insert(self, user: User, *more: Event) -> None:
        """Store a new user and publish `UserRegistered` and `more`.

        Raises `EmailTaken` or `PhoneTaken` when another user has the mailbox or the phone; the unique indexes decide,
        also between users that are inserted at once.
        """
        events = [seal(event).document() for event in (user_registered(user), *more)]
        try:
            await self._outbox.insert({"_id": user.id, "version": user.version, **_fields(user), "outbox": events})
        except DuplicateKeyError as error:
            raise _taken(error) from None

    async def publish(self, user_id: str, event: Event) -> None:
        """Publish an event about a user of whom nothing changes."""
        await self._outbox.update(user_id, {}, {"$push": push([seal(event)])})

    async def claim(self, user_id: str, change: Callable[[User], User]) -> User | None:
        """As `amend`, for a change of what no two users have alike; raises `EmailTaken` or `PhoneTaken`."""

        async def work(transaction: UserTransaction) -> User | None:
            user = await transaction.find(user_id)
            changed = change(user) if user else None
            return user if changed is None or changed == user else await transaction.save(changed)

        try:
            return await self.transaction(work)
        except DuplicateKeyError as error:
            raise _taken(error) from None

    async def amend(self, user_id: str, change: Callable[[User], User], *more: Event) -> User | None:
        """Store what `change` makes of a user, under the next version, and publish `UserChanged` and `more`.

        A change of what no two users have alike is a `claim`.

        Where `change` returns an equal user, `more` alone is published. Returns the user as stored now, or None
        when no user has this id. `change` must be pure: when another write came first it is called again, with the
        newer user.
        """

        def update(document: Document | None) -> Mapping[str, Any] | None:
            if document is None:
                return None
            user = _user(document)
            changed = change(user)
            if changed == user:
                return {"$push": push(map(seal, more))} if more else None
            return _update(replace(changed, version=user.version + 1), *more)

        document = await self._outbox.amend(user_id, update)
        return _user(document) if document else None

    async def transaction(self, work: Callable[["UserTransaction"], Awaitable[T]]) -> T:
        """Run `work` in a transaction, then publish the events of the users that it saved; returns what `work` returns.

        `work` is run again after a write conflict, so it must do nothing but call the transaction. Where it raises,
        nothing is stored.
        """
        committed: dict[str, list[Document]] = {}

        async def attempt(session: AsyncClientSession) -> T:
            committed.clear()
            return await work(UserTransaction(self._database, session, committed))

        result = await self._database.transaction(attempt)
        for user_id, entries in committed.items():
            self._outbox.send_soon(user_id, entries)
        return result


def _taken(error: DuplicateKeyError) -> Exception:
    """What another user has, by the index that refused it."""
    if "phone_key" in (error.details or {}).get("keyPattern", {}):
        return PhoneTaken()
    return EmailTaken("this e-mail address has an account")


class UserTransaction:
    """Reads and writes within one snapshot transaction."""

    def __init__(self, database: Database, session: AsyncClientSession, pushed: dict[str, list[Document]]) -> None:
        """`pushed` gets, for each user that is saved, the outbox entries that were stored with it."""
        self._pushed = pushed
        self._users = database[USERS].raw
        self._audit = database["audit"].raw
        self._sessions = database[SESSIONS].raw
        self._resets = database[PASSWORD_RESETS].raw
        self._session = session

    async def find(self, user_id: str) -> User | None:
        """The user with this id."""
        document = await self._users.find_one({"_id": user_id}, session=self._session)
        return _user(document) if document else None

    async def lock_other_admins(self, user_id: str) -> int:
        """How many admins there are beside this user.

        Each is written to, so that a transaction that takes the role from one of them at the same time conflicts with
        this one, and is run again.
        """
        others = {**_ADMIN, "_id": {"$ne": user_id}}
        locked = await self._users.update_many(others, {"$inc": {"locked": 1}}, session=self._session)
        return locked.matched_count

    async def save(self, user: User) -> User:
        """Store a changed user under the next version, with `UserChanged`; returns the user as stored."""
        saved = replace(user, version=user.version + 1)
        update = _update(saved)
        await self._users.update_one({"_id": user.id}, {**update, "$inc": {"version": 1}}, session=self._session)
        self._pushed[user.id] = outbox.pushed(update)
        return saved

    async def use_reset(self, reset: PasswordReset, now: datetime) -> bool:
        """Use up a reset; False where that was done before."""
        unused, used = {"_id": reset.hash, "used_at": None}, {"$set": {"used_at": now}, "$inc": {"version": 1}}
        return (await self._resets.update_one(unused, used, session=self._session)).modified_count == 1

    async def end_sessions(self, user_id: str, how: SessionEnd) -> None:
        """End all sessions of a user. Those that have ended before keep their `ended`."""
        live = {"user_id": user_id, "ended": None}
        await self._sessions.update_many(live, {"$set": {"ended": how}}, session=self._session)

    async def record(self, line: AuditLine) -> None:
        """Add a line to the audit."""
        fields = asdict(line)
        await self._audit.insert_one({"_id": fields.pop("id"), **fields}, session=self._session)


class SessionStore:
    """Sessions and their refresh tokens. Mongo deletes each by itself once its `expires_at` has passed."""

    def __init__(self, database: Database) -> None:
        self._sessions: Collection = database[SESSIONS]
        self._refresh_tokens: Collection = database["refresh_tokens"]

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._sessions.ensure_indexes(_EXPIRY, _BY_USER)
        await self._refresh_tokens.ensure_indexes(_EXPIRY)

    async def insert(self, session: Session) -> None:
        """Store a new session."""
        fields = asdict(session)
        await self._sessions.insert({"_id": fields.pop("id"), **fields})

    async def find(self, session_id: str) -> Session | None:
        """The session with this id, whether or not it has ended."""
        document = await self._sessions.find_one({"_id": session_id})
        return _session(document) if document else None

    async def prolong(self, session_id: str, expires_at: datetime) -> Session | None:
        """Let a session last until `expires_at`; returns it, or None when it has ended or there is none."""
        live = {"_id": session_id, "ended": None}
        document = await self._sessions.find_one_and_update(live, {"$set": {"expires_at": expires_at}})
        return _session(document) if document else None

    async def end(self, session_id: str, how: SessionEnd) -> None:
        """End a session. One that has ended before keeps its `ended`."""
        await self._sessions.update({"_id": session_id, "ended": None}, {"$set": {"ended": how}})

    async def insert_token(self, token: RefreshToken) -> None:
        """Store a new refresh token."""
        fields = asdict(token)
        await self._refresh_tokens.insert({"_id": fields.pop("hash"), **fields})

    async def find_token(self, token_hash: str) -> RefreshToken | None:
        """The refresh token with this hash, whether or not it is spent."""
        document = await self._refresh_tokens.find_one({"_id": token_hash})
        return _refresh_token(document) if document else None

    async def spend_token(self, token_hash: str, now: datetime) -> RefreshToken | None:
        """Mark a refresh token as spent `now`, unless it is spent already; returns it as it was before this call.

        None when no token has this hash or it has expired. Of several calls at once, one gets the token unspent.
        """
        live = {"_id": token_hash, "expires_at": {"$gt": now}}
        document = await self._refresh_tokens.find_one_and_update(
            {**live, "spent_at": None}, {"$set": {"spent_at": now}}, before=True
        ) or await self._refresh_tokens.find_one(live)
        return _refresh_token(document) if document else None


async def republish_users(database: Database) -> int:
    """Put a `UserChanged` with the next revision into the outbox of each user; returns how many users there are.

    A running worker publishes them.
    """

    def again(document: Document | None) -> Mapping[str, Any] | None:
        if document is None:
            return None
        user = _user(document)
        return _update(replace(user, version=user.version + 1))

    return await mongo.amend_all(database[USERS], {}, again)
