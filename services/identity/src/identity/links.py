"""Mongo `identity.email_links` and `password_resets`: what mails link to, by the hashes of tokens. Both end by
themselves."""

from dataclasses import asdict
from datetime import datetime

from pydantic import TypeAdapter
from pymongo import DESCENDING, IndexModel

from chassis.envelope import seal
from chassis.mongo import Collection, Document
from chassis.outbox import Outbox
from contracts.identity import PasswordResetRequested
from identity.domain import EmailLink, PasswordReset

_OF_USER = IndexModel([("user_id", 1)])
_LINK, _RESET = TypeAdapter(EmailLink), TypeAdapter(PasswordReset)
_EXPIRY = IndexModel([("expires_at", 1)], expireAfterSeconds=0)
_BY_USER = IndexModel([("user_id", 1), ("requested_at", DESCENDING)])


class LinkStore:
    """Links that verify addresses, and links that set passwords, each with its unsent event in its `outbox`."""

    def __init__(self, links: Collection, resets: Outbox) -> None:
        self._links, self._resets, self._outbox = links, resets.collection, resets

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        await self._links.ensure_indexes(_EXPIRY, _OF_USER)
        await self._resets.ensure_indexes(_EXPIRY, _BY_USER)

    async def insert_link(self, link: EmailLink) -> None:
        """Store a link. Its token goes out with the user's event; until then nobody knows it."""
        fields = asdict(link)
        await self._links.insert({"_id": fields.pop("hash"), **fields})

    async def find_link(self, token_hash: str, now: datetime) -> EmailLink | None:
        """The link with this hash that has not expired."""
        document = await self._links.find_one({"_id": token_hash, "expires_at": {"$gt": now}})
        return _LINK.validate_python({**document, "hash": document["_id"]}) if document else None

    async def insert_reset(self, reset: PasswordReset, event: PasswordResetRequested | None) -> None:
        """Store a reset and publish its event, where there is somebody to write to."""
        fields = asdict(reset)
        events = [seal(event).document()] if event else []
        await self._outbox.insert({"_id": fields.pop("hash"), "version": 1, **fields, "outbox": events})

    async def find_reset(self, token_hash: str, now: datetime) -> PasswordReset | None:
        """The newest reset of a user, where it has this hash and was neither used nor has it expired."""
        document = await self._resets.find_one({"_id": token_hash})
        if document is None or document["user_id"] is None:
            return None
        newest = await self._resets.find({"user_id": document["user_id"]}, sort=[("requested_at", DESCENDING)], limit=1)
        reset = _reset(document)
        is_live = all(each["_id"] == token_hash for each in newest) and reset.used_at is None and reset.expires_at > now
        return reset if is_live else None


def _reset(document: Document) -> PasswordReset:
    return _RESET.validate_python({**document, "hash": document["_id"]})
