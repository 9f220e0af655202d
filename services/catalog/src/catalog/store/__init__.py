"""All that catalog stores in Mongo. Only this package speaks to it; callers give and get typed values."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.store import showtimes
from catalog.store.levies import LevyTables
from catalog.store.resources import CodeTaken, Movies, Resources, Screens, Theaters
from catalog.store.showtimes import Reference, Showtimes
from catalog.store.transaction import Transaction
from chassis.change_count import ChangeCount
from chassis.mongo import Database
from chassis.outbox import Outbox
from contracts.ids import new_id

__all__ = ["CodeTaken", "Reference", "Resources", "Store", "Transaction", "republish_all"]
T = TypeVar("T")


class Store:
    """catalog's database; `outbox` is that of its showtimes."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self.movies = Movies(database["movies"])
        self.theaters = Theaters(database["theaters"])
        self.screens = Screens(database["screens"])
        self.showtimes = Showtimes(outbox)
        self.levies = LevyTables(database["pricing"])
        self.change_count = ChangeCount(database["change_counts"])
        self._audit = database["audit"]
        self._database = database

    async def prepare(self) -> None:
        """Create what is missing of indexes, seeded fees and taxes, and the count of changes; idempotent. The index of
        the outbox is its own affair."""
        await self.movies.prepare()
        await self.theaters.prepare()
        await self.screens.prepare()
        await self.showtimes.prepare()
        await self.levies.prepare()
        await self.change_count.prepare()

    async def audit(self, by: str, action: str, subject: str, **details: Any) -> None:
        """Add a line to the audit trail: which user did what to which resource."""
        line = {"_id": new_id("aud"), "at": datetime.now(UTC), "by": by, "action": action, "subject": subject}
        await self._audit.insert({**line, **details})

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction, and publish the events of the showtimes that it wrote. `work` is run again after
        a write conflict, and changes nothing outside the transaction."""
        transactions: list[Transaction] = []

        async def within(session: AsyncClientSession) -> T:
            transactions.append(Transaction(session, self.screens, self.showtimes, self.levies))
            return await work(transactions[-1])

        outcome = await self._database.transaction(within)
        self.showtimes.outbox.send_all_soon(transactions[-1].events)
        return outcome


async def republish_all(database: Database) -> int:
    """Put each showtime that has not ended into its outbox, with a new revision; how many there were.

    For a process without a broker: a running worker publishes them.
    """
    count = await showtimes.republish_all(database["showtimes"], datetime.now(UTC))
    await ChangeCount(database["change_counts"]).increase()
    return count
