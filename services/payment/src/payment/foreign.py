"""Orders and payments at the provider that are not ours: known by the provider's first answer, then left alone."""

from collections.abc import Collection as Ids
from datetime import UTC, datetime
from typing import Literal

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection

RETENTION_DAYS = 30
INDEXES = (IndexModel([("seen_at", 1)], expireAfterSeconds=RETENTION_DAYS * 24 * 3600),)
Foreign = Literal["foreign", "lost"]
"""`lost` bears a receipt as ours do, and no payment here has it: another house's, or one from before a restore."""


class ForeignOrders:
    """What was found not to be ours, by the provider's ids."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, provider_id: str, kind: Foreign) -> None:
        """An order, or a payment without one of ours."""
        document = {"_id": provider_id, "kind": kind, "seen_at": datetime.now(UTC)}
        try:
            await self._collection.insert(document)
        except DuplicateKeyError:
            return

    async def among(self, provider_ids: Ids[str]) -> dict[str, Foreign]:
        """Those of them that are known not to be ours."""
        found = await self._collection.find({"_id": {"$in": list(provider_ids)}})
        return {document["_id"]: document["kind"] for document in found}
