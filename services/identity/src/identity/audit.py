"""Mongo `identity.audit`: what admin calls of all services have changed. A record never changes and never ends."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection, Document
from chassis.pages import PageRequest
from contracts.audit import AuditRecord

AUDIT = "audit"
_NEWEST_FIRST = [("at", DESCENDING), ("_id", DESCENDING)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which records are asked for: of one user, with `what` as a part of action or subject in any case, from one time
    to another (both included), and of these theaters; None leaves out nothing."""

    user_id: str | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    theater_ids: Iterable[str] | None = None

    def filter(self) -> dict[str, Any]:
        """As a query of Mongo's. Every record has a time: with it the index serves the count too."""
        query: dict[str, Any] = {"at": {"$gte": self.since or _EPOCH, **({"$lte": self.until} if self.until else {})}}
        if self.user_id is not None:
            query["user_id"] = self.user_id
        if self.theater_ids is not None:
            query["theater_id"] = {"$in": sorted(self.theater_ids)}
        if self.what is not None:
            part = {"$regex": re.escape(self.what).replace("\0", r"\x00"), "$options": "i"}
            query["$or"] = [{"action": part}, {"subject_id": part}]
        return query


def document_of(record: AuditRecord) -> Document:
    """The document of a record."""
    fields = record.model_dump()
    return {"_id": fields.pop("audit_id"), **fields}


class AuditStore:
    """The records of the audit."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        """Create what is missing; idempotent."""
        by_user, by_theater = ([(field, 1), *_NEWEST_FIRST] for field in ("user_id", "theater_id"))
        await self._collection.ensure_indexes(*map(IndexModel, (_NEWEST_FIRST, by_user, by_theater)))

    async def insert(self, record: AuditRecord) -> None:
        """Store a record, unless it is there already."""
        try:
            await self._collection.insert(document_of(record))
        except DuplicateKeyError:
            return

    async def page(self, query: AuditQuery, page: PageRequest) -> tuple[list[AuditRecord], int]:
        """One page of the records, newest first, and how many there are."""
        matching = query.filter()
        documents = await self._collection.find(matching, sort=_NEWEST_FIRST, skip=page.skipped, limit=page.size)
        return [_record(document) for document in documents], await self._collection.count(matching)


def _record(document: Document) -> AuditRecord:
    return AuditRecord(**{**document, "audit_id": document["_id"]})
