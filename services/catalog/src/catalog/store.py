"""Mongo `catalog`: indexes, and the fees and taxes that are seeded once."""

from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel

from catalog.usecases.stores import Stores
from chassis.due import INDEX as DUE
from chassis.idempotency_store import IdempotencyStore
from chassis.outbox import INDEX as OUTBOX


def _index(*fields: str) -> IndexModel:
    return IndexModel([(field, 1) for field in fields])


async def ensure_indexes(stores: Stores) -> None:
    """Create what is missing; idempotent."""
    await IdempotencyStore(stores.idempotency).ensure_index()
    await stores.movies.ensure_indexes(DUE, _index("title_folded", "_id"), _index("genres_folded", "title_folded"))
    await stores.theaters.ensure_indexes(DUE, _index("name", "_id"), _index("city_folded", "name"))
    await stores.screens.ensure_indexes(DUE, _index("theater_id", "name"))
    await stores.showtimes.ensure_indexes(
        OUTBOX,
        _index("theater_id", "local_date", "start_at", "_id"),
        _index("movie_id", "local_date", "start_at", "_id"),
        _index("local_date", "city_folded", "movie_id"),
        _index("screen_id", "start_at"),
        _index("end_at"),
        _index("theater_id", "start_at", "_id"),
        _index("movie_id", "start_at", "_id"),
        _index("start_at", "_id"),
        _index("city_folded", "end_at"),
    )
    await stores.pricing.ensure_indexes(IndexModel([("currency", 1), ("effective_from", -1)]))
    await stores.audit.ensure_indexes(IndexModel([("at", -1)]))


# India: GST on cinema tickets since 2025-09-22; the United Arab Emirates: VAT since 2018. Amounts in minor units.
_LEVIES: tuple[dict[str, Any], ...] = (
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


async def seed_pricing(stores: Stores) -> None:
    """The first table of each currency; one that is there stays as it is. A later rate is a document of its own."""
    for levy in _LEVIES:
        first = {**levy, "effective_from": datetime(2000, 1, 1, tzinfo=UTC)}
        await stores.pricing.update({"_id": f"{levy['currency']}:first"}, {"$setOnInsert": first}, upsert=True)
