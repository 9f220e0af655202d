"""All that catalog stores in Mongo. Only this package speaks to it; callers give and get typed values."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.store import showtimes
from catalog.store.resources import CodeTaken, Movies, Resources, Screens, Theaters
from catalog.store.showtimes import Reference, Showtimes
from catalog.store.taxes import StoredTaxes
from catalog.store.transaction import Transaction
from chassis.change_count import ChangeCount
from chassis.mongo import Database
from chassis.outbox import Outbox

__all__ = ["CodeTaken", "Reference", "Resources", "Store", "Transaction", "republish_all"]
T = TypeVar("T")


class Store:
    """catalog's database; `outbox` gives that of a collection."""

    def __init__(self, database: Database, outbox: Callable[[str], Outbox]) -> None:
        self.movies = Movies(outbox("movies"))
        self.theaters = Theaters(outbox("theaters"))
        self.screens = Screens(outbox("screens"))
        self.showtimes = Showtimes(outbox("showtimes"))
        self._removals = outbox("removals")
        self.taxes = StoredTaxes(outbox("pricing"))
        self.change_count = ChangeCount(database["change_counts"])
        self._database = database

    async def prepare(self) -> None:
        """Create what is missing of indexes, and the count of changes; idempotent. The indexes of the outboxes are
        their own affair."""
        await self.taxes.prepare()
        await self.movies.prepare()
        await self.theaters.prepare()
        await self.screens.prepare()
        await self.showtimes.prepare()
        await self.change_count.prepare()

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction, and publish the events of what it wrote. `work` is run again after
        a write conflict, and changes nothing outside the transaction."""
        transactions: list[Transaction] = []

        async def within(session: AsyncClientSession) -> T:
            transactions.append(Transaction(session, self.screens, self.showtimes, self.taxes, self._removals))
            return await work(transactions[-1])

        outcome = await self._database.transaction(within)
        for its_outbox, document_id, entries in transactions[-1].events:
            its_outbox.send_soon(document_id, entries)
        return outcome


async def republish_all(database: Database) -> int:
    """Put each showtime that has not ended into its outbox, with a new revision; how many there were.

    For a process without a broker: a running worker publishes them.
    """
    count = await showtimes.republish_all(database["showtimes"], datetime.now(UTC))
    await ChangeCount(database["change_counts"]).increase()
    return count
