"""Mongo `identity.sessions` and `refresh_tokens`. Mongo deletes each document by itself once `expires_at` has passed.

The end of a session is said by the event in its document's `outbox`, or by one of its user where all of them end.
"""

from dataclasses import asdict
from datetime import UTC, datetime

from pydantic import TypeAdapter
from pymongo import DESCENDING, IndexModel

from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox, push
from chassis.times import now_in_milliseconds
from identity.domain import Device, RefreshToken, Session, SessionEnd
from identity.events import session_ended

SESSIONS, REFRESH_TOKENS = "sessions", "refresh_tokens"
MOST_SHOWN = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SESSION, _REFRESH_TOKEN = TypeAdapter(Session), TypeAdapter(RefreshToken)
_BY_USER = IndexModel([("user_id", 1), ("last_used_at", DESCENDING)])
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)


def since(field: str) -> IndexModel:
    """The index of a time that few documents have, for queries that ask from which time on."""
    return IndexModel([(field, 1)], partialFilterExpression={field: {"$gt": _EPOCH}})


def session_of(document: Document) -> Session:
    """The session of a document."""
    return _SESSION.validate_python({**document, "id": document["_id"]})


def document_of_session(session: Session) -> Document:
    """A new session as it is stored."""
    fields = asdict(session)
    return {"_id": fields.pop("id"), "version": 1, **fields}


def _refresh_token(document: Document) -> RefreshToken:
    return _REFRESH_TOKEN.validate_python({**document, "hash": document["_id"]})


class SessionStore:
    """Sessions, each with its unsent event in its `outbox`, and their refresh tokens."""

    def __init__(self, outbox: Outbox, refresh_tokens: Collection) -> None:
        """`outbox` is that of the collection `sessions`."""
        self._sessions, self._outbox, self._refresh_tokens = outbox.collection, outbox, refresh_tokens

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._sessions.ensure_indexes(_EXPIRY, _BY_USER, since("ended_at"))
        await self._refresh_tokens.ensure_indexes(_EXPIRY)

    async def insert(self, session: Session) -> None:
        """Store a new session."""
        await self._sessions.insert(document_of_session(session))

    async def find(self, session_id: str) -> Session | None:
        """The session with this id, whether or not it has ended."""
        document = await self._sessions.find_one({"_id": session_id})
        return session_of(document) if document else None

    async def live(self, user_id: str, now: datetime) -> tuple[list[Session], int]:
        """The sessions of a user that have not ended, those used last first, at most `MOST_SHOWN`; how many there
        are."""
        live = {"user_id": user_id, "ended": None, "expires_at": {"$gt": now}}
        documents = await self._sessions.find(live, sort=[("last_used_at", DESCENDING)], limit=MOST_SHOWN)
        count = len(documents) if len(documents) < MOST_SHOWN else await self._sessions.count(live)
        return [session_of(document) for document in documents], count

    async def prolong(self, session_id: str, now: datetime, expires_at: datetime, device: Device) -> Session | None:
        """Note that a session is used `now`, on this device, and let it last until `expires_at`; returns it, or None
        when it has ended or there is none."""
        live = {"_id": session_id, "ended": None}
        used = {"last_used_at": now, "expires_at": expires_at, "device": asdict(device)}
        document = await self._sessions.find_one_and_update(live, {"$set": used, "$inc": {"version": 1}})
        return session_of(document) if document else None

    async def end(self, session: Session, how: SessionEnd) -> None:
        """End a session, and say so. One that has ended before keeps its `ended`."""
        now = now_in_milliseconds()
        said = push([seal(session_ended(session, now))])
        await self._outbox.update(session.id, {"ended": None}, {"$set": {"ended": how, "ended_at": now}, "$push": said})

    async def ended_since(self, start: datetime) -> list[str]:
        """The ids of the sessions that have ended since."""
        documents = await self._sessions.find({"ended_at": {"$gte": start}}, projection={"_id": 1})
        return [document["_id"] for document in documents]

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
