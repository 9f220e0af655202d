"""Mongo `identity`: all that is read and written there, in values of the domain.

A user's document carries the events of its changes until the broker has confirmed them (`chassis.outbox`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pymongo import IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from chassis import mongo
from chassis.envelope import seal
from chassis.mongo import Collection, Database, Document
from chassis.outbox import Outbox, push, pushed
from identity.contacts import email_key
from identity.domain import AuditLine, RefreshToken, Session, SessionEnd, User
from identity.errors import EmailTaken
from identity.events import user_changed, user_registered

USERS = "users"
T = TypeVar("T")
_USER, _SESSION, _REFRESH_TOKEN = TypeAdapter(User), TypeAdapter(Session), TypeAdapter(RefreshToken)
# A user without an e-mail has no key. Partial on a `$type`, the index would serve no query.
_BY_EMAIL = IndexModel([("email_key", 1)], unique=True, partialFilterExpression={"email_key": {"$exists": True}})
_ADMIN = {"rights.roles": "admin"}
_ADMINS = IndexModel([("rights.roles", 1)], partialFilterExpression=_ADMIN, name="admins")
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
_AUDIT_BY_TIME = IndexModel([("at", -1)])


def _user(document: Document) -> User:
    return _USER.validate_python({**document, "id": document["_id"]})


def _stored(user: User) -> Document:
    """All of a user's document but `_id`, `version` and the outbox."""
    fields = asdict(user)
    del fields["id"], fields["version"]
    return {**fields, **({"email_key": email_key(user.email)} if user.email else {})}


def _change_to(user: User) -> dict[str, Any]:
    """The update that makes a document that of this user, and tells of it; the version is not in it."""
    return {"$set": _stored(user), "$push": push([seal(user_changed(user))])}


class UserStore:
    """Users, with the audit of their rights."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        """`outbox` is that of the collection `users`."""
        self._database = database
        self._users = outbox.collection
        self._outbox = outbox

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._users.ensure_indexes(_BY_EMAIL, _ADMINS)
        await self._database["audit"].ensure_indexes(_AUDIT_BY_TIME)

    async def find(self, user_id: str) -> User | None:
        """The user with this id."""
        document = await self._users.find_one({"_id": user_id})
        return _user(document) if document else None

    async def find_by_email(self, email: str) -> User | None:
        """The user whose mailbox this address names."""
        document = await self._users.find_one({"email_key": email_key(email)})
        return _user(document) if document else None

    async def insert(self, user: User) -> None:
        """Store a new user and tell of it; raises `EmailTaken`. Of many with one mailbox at once, the unique index lets
        one through."""
        outbox = [seal(user_registered(user)).document()]
        try:
            await self._outbox.insert({"_id": user.id, "version": user.version, **_stored(user), "outbox": outbox})
        except DuplicateKeyError:
            raise EmailTaken("this e-mail address has an account") from None

    async def amend(self, user_id: str, change: Callable[[User], User]) -> User | None:
        """Change a user and tell of it; None when there is none. A user whom `change` leaves as it is stays untold.

        `change` is pure and called again with a newer user when someone else was faster.
        """

        def update(document: Document | None) -> Mapping[str, Any] | None:
            if document is None:
                return None
            user = _user(document)
            changed = change(user)
            return None if changed == user else _change_to(replace(changed, version=user.version + 1))

        document = await self._outbox.amend(user_id, update)
        return _user(document) if document else None

    async def transaction(self, work: Callable[["UserTransaction"], Awaitable[T]]) -> T:
        """Do `work`, all of it or nothing, and tell of the users it saved. It is done again after a write conflict, and
        must have no effect of its own."""
        latest: list[UserTransaction] = []

        async def attempt(session: AsyncClientSession) -> T:
            latest[:] = [UserTransaction(self._database, session)]
            return await work(latest[0])

        result = await self._database.transaction(attempt)
        for user_id, entries in latest[0].pushed.items():
            self._outbox.send_soon(user_id, entries)
        return result


class UserTransaction:
    """Reads and writes of one snapshot transaction."""

    def __init__(self, database: Database, session: AsyncClientSession) -> None:
        self.pushed: dict[str, list[Document]] = {}  # user id → entries that `save` put into the outbox
        self._users = database[USERS].raw
        self._audit = database["audit"].raw
        self._session = session

    async def find(self, user_id: str) -> User | None:
        """The user with this id."""
        document = await self._users.find_one({"_id": user_id}, session=self._session)
        return _user(document) if document else None

    async def has_other_admins(self, user_id: str) -> bool:
        """Whether there are admins beside this user. They are touched, so that whoever takes the role from one of them
        meanwhile conflicts with this transaction."""
        others = {**_ADMIN, "_id": {"$ne": user_id}}
        touched = await self._users.update_many(others, {"$inc": {"touched": 1}}, session=self._session)
        return touched.matched_count > 0

    async def save(self, user: User) -> User:
        """Store a user changed, under the next version; returned as stored."""
        saved = replace(user, version=user.version + 1)
        update = _change_to(saved)
        await self._users.update_one({"_id": user.id}, {**update, "$inc": {"version": 1}}, session=self._session)
        self.pushed[user.id] = pushed(update)
        return saved

    async def record(self, line: AuditLine) -> None:
        """Add a line to the audit."""
        fields = asdict(line)
        await self._audit.insert_one({"_id": fields.pop("id"), **fields}, session=self._session)


class SessionStore:
    """Sessions and their refresh tokens; each ends by itself at its `expires_at`."""

    def __init__(self, database: Database) -> None:
        self._sessions: Collection = database["sessions"]
        self._refresh_tokens: Collection = database["refresh_tokens"]

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._sessions.ensure_indexes(_EXPIRY)
        await self._refresh_tokens.ensure_indexes(_EXPIRY)

    async def insert(self, session: Session) -> None:
        """Store a new session."""
        fields = asdict(session)
        await self._sessions.insert({"_id": fields.pop("id"), **fields})

    async def find(self, session_id: str) -> Session | None:
        """The session with this id, also when it has ended."""
        document = await self._sessions.find_one({"_id": session_id})
        return _session(document) if document else None

    async def prolong(self, session_id: str, expires_at: datetime) -> Session | None:
        """The session, which now lasts until `expires_at`; None when there is none or it has ended."""
        live = {"_id": session_id, "ended": None}
        document = await self._sessions.find_one_and_update(live, {"$set": {"expires_at": expires_at}})
        return _session(document) if document else None

    async def end(self, session_id: str, how: SessionEnd) -> None:
        """End a session; one that has ended stays as it is."""
        await self._sessions.update({"_id": session_id, "ended": None}, {"$set": {"ended": how}})

    async def insert_token(self, token: RefreshToken) -> None:
        """Store a new refresh token."""
        fields = asdict(token)
        await self._refresh_tokens.insert({"_id": fields.pop("hash"), **fields})

    async def find_token(self, token_hash: str) -> RefreshToken | None:
        """The refresh token with this hash, spent or not."""
        document = await self._refresh_tokens.find_one({"_id": token_hash})
        return _refresh_token(document) if document else None

    async def spend_token(self, token_hash: str, now: datetime) -> RefreshToken | None:
        """Mark a refresh token as spent `now` and return it as it was before; None when there is none or its time is
        over. Of many who spend it at once, one gets it unspent."""
        live = {"_id": token_hash, "expires_at": {"$gt": now}}
        document = await self._refresh_tokens.find_one_and_update(
            {**live, "spent_at": None}, {"$set": {"spent_at": now}}, before=True
        ) or await self._refresh_tokens.find_one(live)
        return _refresh_token(document) if document else None


def _session(document: Document) -> Session:
    return _SESSION.validate_python({**document, "id": document["_id"]})


def _refresh_token(document: Document) -> RefreshToken:
    return _REFRESH_TOKEN.validate_python({**document, "hash": document["_id"]})


async def say_users_again(database: Database) -> int:
    """Put a `UserChanged` with a new revision into each user's outbox, whence a worker publishes it; how many users."""

    def again(document: Document | None) -> Mapping[str, Any] | None:
        if document is None:
            return None
        user = _user(document)
        return _change_to(replace(user, version=user.version + 1))

    return await mongo.amend_all(database[USERS], {}, again)
