"""Orders and payments that are not ours, in Mongo: known by their provider's first answer, then left alone."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Collection
from payment.domain import ProviderName
from payment.usecases.ports import Foreign

RETENTION_DAYS = 30
INDEXES = (IndexModel([("seen_at", 1)], expireAfterSeconds=RETENTION_DAYS * 24 * 3600),)


class MongoForeignOrders:
    """The port `ForeignOrders`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def ensure_indexes(self) -> None:
        """Idempotent."""
        await self._collection.ensure_indexes(*INDEXES)

    async def add(self, provider: ProviderName, provider_id: str, kind: Foreign) -> None:
        """One document for each."""
        document = {
            "_id": _key(provider, provider_id),
            "provider": provider,
            "provider_id": provider_id,
            "kind": kind,
            "seen_at": datetime.now(UTC),
        }
        try:
            await self._collection.insert(document)
        except DuplicateKeyError:
            return

    async def among(self, provider: ProviderName, provider_ids: Iterable[str]) -> dict[str, Foreign]:
        """By `_id`."""
        keys = [_key(provider, provider_id) for provider_id in provider_ids]
        documents = await self._collection.find({"_id": {"$in": keys}})
        return {document["provider_id"]: document["kind"] for document in documents}


def _key(provider: ProviderName, provider_id: str) -> str:
    return f"{provider}:{provider_id}"
