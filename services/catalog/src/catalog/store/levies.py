"""Fees and taxes: a document for each currency and day from which they are in force. The first ones are seeded."""

from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.levies import Levies
from catalog.domain.plain import from_plain
from chassis.mongo import Collection

# India: GST on cinema tickets since 2025-09-22; the United Arab Emirates: VAT since 2018. Amounts in minor units.
_FIRST: tuple[dict[str, Any], ...] = (
    {
        "currency": "INR",
        "fees": [{"name": "Convenience fee", "per_ticket": 3000, "tax_rate": 1800}],
        "tax_slabs": [{"name": "GST 5 %", "rate": 500, "up_to": 10_000}, {"name": "GST 18 %", "rate": 1800}],
    },
    {
        "currency": "AED",
        "fees": [{"name": "Convenience fee", "per_ticket": 200, "tax_rate": 500}],
        "tax_slabs": [{"name": "VAT 5 %", "rate": 500}],
    },
)


class LevyTables:
    """The fees and taxes in their collection."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def prepare(self) -> None:
        """Create the index, and the first document of each currency; one that is there stays as it is. Another rate is
        a document of its own."""
        await self._collection.ensure_indexes(IndexModel([("currency", 1), ("effective_from", -1)]))
        for levies in _FIRST:
            document = {**levies, "effective_from": datetime(2000, 1, 1, tzinfo=UTC)}
            await self._collection.update(
                {"_id": f"{levies['currency']}:first"}, {"$setOnInsert": document}, upsert=True
            )

    async def find(self, currency: str, session: AsyncClientSession) -> list[Levies]:
        """All of a currency, as a transaction sees them."""
        documents = await self._collection.raw.find({"currency": currency}, session=session).to_list(None)
        return [from_plain(Levies, document) for document in documents]
