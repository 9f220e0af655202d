"""The collections the use cases work on, and the way out for events; built in `main`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.change_count import ChangeCount
from chassis.loops import Background
from chassis.mongo import Collection, Database
from chassis.outbox import Outbox
from contracts.ids import new_id


@dataclass(frozen=True, slots=True)
class Stores:
    """catalog's own data."""

    database: Database
    movies: Collection = field(init=False)
    theaters: Collection = field(init=False)
    screens: Collection = field(init=False)
    showtimes: Collection = field(init=False)
    pricing: Collection = field(init=False)
    audit: Collection = field(init=False)
    idempotency: Collection = field(init=False)
    change_count: ChangeCount = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "change_count", ChangeCount(self.database["change_counts"]))
        for name in ("movies", "theaters", "screens", "showtimes", "pricing", "audit", "idempotency"):
            object.__setattr__(self, name, self.database[name])


@dataclass(frozen=True, slots=True)
class Context:
    """Data, the showtimes' events on their way out, and how long cleaning takes."""

    stores: Stores
    outbox: Outbox
    background: Background
    cleaning: timedelta

    async def audit(self, by: str, action: str, subject: str, **details: Any) -> None:
        """One line of the audit trail: who did what to which resource."""
        await self.stores.audit.insert(
            {
                "_id": new_id("aud"),
                "at": datetime.now(UTC),
                "by": by,
                "action": action,
                "subject": subject,
                **details,
            }
        )
