"""Mongo `identity`: the only module that reads and writes it. Documents stay inside; callers get values of the domain.

A user's document holds, in its `outbox`, the events of its changes until the broker has confirmed them
(`chassis.outbox`): a change and its event are one write.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pymongo import DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from chassis import mongo, outbox
from chassis.envelope import seal
from chassis.mongo import Database, Document
from chassis.outbox import Outbox, push
from chassis.pages import PageRequest
from chassis.times import now_in_milliseconds
from contracts.audit import AuditRecord
from contracts.event import Event
from contracts.ids import UserId
from identity.audit import AUDIT, document_of
from identity.contacts import email_key
from identity.domain import Device, Erasure, PasswordReset, Session, SessionEnd, User, UserQuery, is_granted
from identity.errors import EmailTaken, PhoneTaken
from identity.events import grants_changed, user_changed, user_registered
from identity.session_store import SESSIONS, document_of_session, session_of, since

_MOST_LINKED = 100  # guests at once
USERS, PASSWORD_RESETS = "users", "password_resets"
EMAIL_LINKS, ERASURES = "email_links", "erasures"
T = TypeVar("T")
_USER = TypeAdapter(User)
# A user without an e-mail has no key. Partial on a `$type`, the index would serve no query.
_BY_EMAIL = IndexModel([("email_key", 1)], unique=True, partialFilterExpression={"email_key": {"$exists": True}})
_BY_PHONE = IndexModel([("phone_key", 1)], unique=True, partialFilterExpression={"phone_key": {"$exists": True}})
_KEYS = ("email_key", "phone_key", "address_key", "guest_phone_key")
_ACTIVE_ADMIN = {"rights.roles": "admin", "blocked": {"$ne": True}}
_BY_ROLE = IndexModel([("rights.roles", 1), ("_id", DESCENDING)])
_BY_GRANT = IndexModel([("rights.grants.role", 1), ("_id", DESCENDING)])
_BY_VOIDING = since("grants_changed_at")
_BY_GIVEN_PHONE = IndexModel([("phone", 1), ("_id", DESCENDING)])
_EXPIRY = IndexModel([("ends_at", 1)], expireAfterSeconds=0)  # of guests who said nothing: others have no date there
_OF_PEOPLE = [
    IndexModel([(key, 1), ("_id", 1)], partialFilterExpression={key: {"$exists": True}})
    for key in ("address_key", "guest_phone_key")
]


def _user(document: Document) -> User:
    return _USER.validate_python({**document, "id": document["_id"]})


def _fields(user: User) -> Document:
    """What a user's document says of the user, without `_id` and `version`."""
    fields = asdict(user)
    del fields["id"], fields["version"]
    if user.linked_to is not None:
        return fields
    by_email = {"address_key": email_key(user.email)} if user.email else {}
    is_one = {"email_key": email_key(user.email)} if user.email and not user.guest else {}
    kind = "guest_" if user.guest else ""  # of guests any number may have the same
    by_phone = {f"{kind}phone_key": user.phone} if user.phone and user.phone_verified else {}
    return {**fields, **by_email, **is_one, **by_phone}


def _fitting(query: UserQuery) -> dict[str, Any]:
    """The query as Mongo's. One account at most has an address, and any number of guests. `staff` and `manager` are
    held at theaters, the other roles everywhere."""
    fitting: dict[str, Any] = {}
    if query.email is not None:
        fitting["address_key"] = email_key(query.email)
    if query.phone is not None:
        fitting["phone"] = query.phone
    if query.role is not None:
        fitting["rights.grants.role" if is_granted(query.role) else "rights.roles"] = query.role
    return fitting


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
        await self._users.ensure_indexes(
            _BY_EMAIL, _BY_PHONE, _BY_ROLE, _BY_GRANT, _BY_VOIDING, _BY_GIVEN_PHONE, _EXPIRY, *_OF_PEOPLE
        )

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

    async def guest_ids(self, *, email: str | None = None, phone: str | None = None) -> list[UserId]:
        """The guests, oldest first, who have given this address, or verified this phone, and are linked to nobody."""
        wanted = {"address_key": email_key(email), "guest": True} if email else {"guest_phone_key": phone}
        documents = await self._users.find(wanted, sort=[("_id", 1)], projection={"_id": 1}, limit=_MOST_LINKED)
        return [UserId(document["_id"]) for document in documents]

    async def page(self, query: UserQuery, page: PageRequest) -> tuple[list[User], int]:
        """One page of the users who fit, newest first, and how many there are."""
        fitting = _fitting(query)
        newest = [("_id", DESCENDING)]
        documents = await self._users.find(fitting, sort=newest, skip=page.skipped, limit=page.size)
        return [_user(document) for document in documents], await self._users.count(fitting)

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """What users are called, by id; whoever is no user, was erased or has said no name is left out."""
        wanted = {"_id": {"$in": sorted(ids)}, "erased_at": None}
        documents = await self._users.find(wanted, projection={"name": 1})
        return {document["_id"]: document["name"] for document in documents if document.get("name")}

    async def versions_since(self, start: datetime) -> dict[str, int]:
        """By user the version that their access tokens need, of those for whom it rose since."""
        risen = {"grants_changed_at": {"$gte": start}}
        documents = await self._users.find(risen, projection={"grants_version": 1})
        return {document["_id"]: document["grants_version"] for document in documents}

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

    async def insert_guest(self, guest: User) -> None:
        """Store a new guest, of whom there is nothing to publish yet."""
        await self._users.insert({"_id": guest.id, "version": guest.version, **_fields(guest), "outbox": []})

    async def prolong(self, guest: User, ends_at: datetime) -> None:
        """Let a guest who said nothing yet last until then; one who has said something meanwhile lasts anyway."""
        await self._users.update({"_id": guest.id, "ends_at": {"$ne": None}}, {"$set": {"ends_at": ends_at}})

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
        self._audit = database[AUDIT].raw
        self._sessions = database[SESSIONS].raw
        self._resets, self._links = database[PASSWORD_RESETS].raw, database[EMAIL_LINKS].raw
        self._erasures = database[ERASURES].raw
        self._session = session

    async def find(self, user_id: str) -> User | None:
        """The user with this id."""
        document = await self._users.find_one({"_id": user_id}, session=self._session)
        return _user(document) if document else None

    async def lock_other_admins(self, user_id: str) -> int:
        """How many admins there are beside this user who are not blocked.

        Each is written to, so that a transaction that takes the role from one of them at the same time conflicts with
        this one, and is run again.
        """
        others = {**_ACTIVE_ADMIN, "_id": {"$ne": user_id}}
        locked = await self._users.update_many(others, {"$inc": {"locked": 1}}, session=self._session)
        return locked.matched_count

    async def save(self, user: User, *more: Event) -> User:
        """Store a changed user under the next version, with `UserChanged` and `more`; returns the user as stored."""
        saved = replace(user, version=user.version + 1)
        update = _update(saved, *more)
        await self._users.update_one({"_id": user.id}, {**update, "$inc": {"version": 1}}, session=self._session)
        self._pushed[user.id] = outbox.pushed(update)
        return saved

    async def use_reset(self, reset: PasswordReset, now: datetime) -> bool:
        """Use up a reset; False where that was done before."""
        unused, used = {"_id": reset.hash, "used_at": None}, {"$set": {"used_at": now}, "$inc": {"version": 1}}
        return (await self._resets.update_one(unused, used, session=self._session)).modified_count == 1

    async def void_tokens(self, user: User, *more: Event) -> User:
        """As `save`, and void the access tokens that the user has: what they allow was taken away."""
        now = now_in_milliseconds()
        risen = replace(user, grants_version=user.grants_version + 1, grants_changed_at=now)
        return await self.save(risen, grants_changed(risen, now), *more)

    async def end_sessions(self, user_id: str, how: SessionEnd, *, but: str | None = None) -> list[Session]:
        """End the sessions of a user, `but` one; those that ended. Their events are the caller's to publish."""
        live = {"user_id": user_id, "ended": None, "_id": {"$ne": but}}
        sessions = [session_of(document) async for document in self._sessions.find(live, session=self._session)]
        ended = {"$set": {"ended": how, "ended_at": now_in_milliseconds()}, "$inc": {"version": 1}}
        ids = [session.id for session in sessions]
        await self._sessions.update_many({"_id": {"$in": ids}}, ended, session=self._session)
        return sessions

    async def open_session(self, session: Session, password_hash: str | None) -> bool:
        """Store a new session of a user who is not erased, and whose password is still this one, unless it is None;
        whether that is so. The user is written to, so that a change of the password at the same time conflicts."""
        is_same = {} if password_hash is None else {"password_hash": password_hash}
        fitting = {"_id": session.user_id, "erased_at": None, **is_same}
        if not (await self._users.update_one(fitting, {"$inc": {"locked": 1}}, session=self._session)).matched_count:
            return False
        await self._sessions.insert_one(document_of_session(session), session=self._session)
        return True

    async def forget_devices(self, user_id: str) -> None:
        """Of no session of a user it is known any more where it was used."""
        forgotten = {"$set": {"device": asdict(Device())}, "$inc": {"version": 1}}
        await self._sessions.update_many({"user_id": user_id}, forgotten, session=self._session)

    async def erase_links(self, user_id: str) -> None:
        """Delete the links that were sent to a user, with the addresses in them."""
        for collection in (self._links, self._resets):
            await collection.delete_many({"user_id": user_id}, session=self._session)

    async def record_erasure(self, erasure: Erasure) -> None:
        """Store what is known of an erasure; it never ends."""
        fields = asdict(erasure)
        await self._erasures.insert_one({"_id": fields.pop("user_id"), **fields}, session=self._session)

    async def record(self, record: AuditRecord) -> None:
        """Add a record to the audit."""
        await self._audit.insert_one(document_of(record), session=self._session)


async def republish_users(database: Database) -> int:
    """Put a `UserChanged` with the next revision into the outbox of each user, but of guests who said nothing; returns
    how many users there are.

    A running worker publishes them.
    """

    def again(document: Document | None) -> Mapping[str, Any] | None:
        if document is None:
            return None
        user = _user(document)
        return _update(replace(user, version=user.version + 1))

    return await mongo.amend_all(database[USERS], {"ends_at": None}, again)
