"""The taxes on tickets: one document, made when they are replaced for the first time.

Its replacement is due work of that document: it makes every theater due, whose upcoming showtimes then follow. A
showtime that is scheduled meanwhile touches its theater, and so conflicts with that and reads the taxes anew.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession

from catalog.domain.changes import Changed, changed_by
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.taxes import FIRST_TAXES, Taxes
from chassis.due import INDEX as DUE
from chassis.due import run_due, whenever_due
from chassis.envelope import seal
from chassis.mongo import Document
from chassis.outbox import Outbox, push
from chassis.times import now_in_milliseconds
from contracts.catalog import AuditRecorded

Record = Callable[[Taxes, Taxes], AuditRecorded]
_ID = "taxes"
_LEASE = timedelta(seconds=60)


class StoredTaxes:
    """The taxes in their collection."""

    def __init__(self, outbox: Outbox) -> None:
        self.collection = outbox.collection
        self._outbox = outbox

    async def prepare(self) -> None:
        """Create the index that is missing."""
        await self.collection.ensure_indexes(DUE)

    async def find(self) -> Taxes:
        """The taxes as they are."""
        return _value(await self.collection.find_one({"_id": _ID}))

    async def find_within(self, session: AsyncClientSession) -> Taxes:
        """The taxes as a transaction sees them."""
        return _value(await self.collection.raw.find_one({"_id": _ID}, session=session))

    async def replace(self, revise: Callable[[Taxes], Taxes], record: Record) -> Taxes:
        """Store what `revise` makes of the taxes, conditional on their version, and its record for the audit."""
        changed = Changed(FIRST_TAXES, FIRST_TAXES)

        def update(document: Document | None) -> Mapping[str, Any] | None:
            nonlocal changed
            changed = changed_by(_value(document), revise)
            if not changed.fields:
                return None
            return {
                "$set": {"entries": to_plain(changed.after)["entries"], "due_at": now_in_milliseconds()},
                "$push": push([seal(record(changed.before, changed.after))]),
            }

        await self._outbox.amend(_ID, update)
        return changed.after

    async def spread_when_due(self, spread: Callable[[], Awaitable[None]]) -> None:
        """A loop: after each replacement call `spread`, and after a crash once more."""

        async def work(document: Document) -> None:
            await spread()
            unchanged = {"_id": _ID, "version": document["version"]}
            await self.collection.update(unchanged, {"$unset": {"due_at": ""}})

        await whenever_due("taxes", self.collection, partial(run_due, self.collection, work, lease=_LEASE))


def _value(document: Document | None) -> Taxes:
    return from_plain(Taxes, document) if document else FIRST_TAXES
