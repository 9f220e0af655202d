"""The collections the use cases work on; built in `main`."""

from dataclasses import dataclass

from chassis.mongo import Collection, Database
from chassis.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Stores:
    """identity's own data."""

    database: Database
    users: Collection
    sessions: Collection
    refresh_tokens: Collection
    audit: Collection


def stores_of(database: Database) -> Stores:
    """The collections by their names."""
    return Stores(database, *(database[name] for name in ("users", "sessions", "refresh_tokens", "audit")))


@dataclass(frozen=True, slots=True)
class House:
    """Data and the way out for events."""

    stores: Stores
    outbox: Outbox
