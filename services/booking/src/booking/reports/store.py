"""Mongo: the sums of the reports, and what each booking has contributed to them.

All sums and contributions belong to a build, whose number ends the names of its collections. One build is current; a
rebuild makes the next one beside it, and both follow the bookings until the newer one is current.
"""

from collections.abc import Iterable, Sequence

from pymongo import IndexModel, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from booking.domain.corrections import Applied, corrections
from booking.reports.documents import applied_document, applied_in, key_document, key_id
from chassis.flat import fields_of
from chassis.mongo import Collection, Database

_BUILDS = "reports"  # the id of the document that says which build is current
_OF_BOOKINGS = (IndexModel([("theater_id", 1), ("date", 1)]), IndexModel([("date", 1)]))
_OF_SALES = (IndexModel([("theater_id", 1), ("day", 1)]), IndexModel([("day", 1)]))


class Build:
    """The collections of one build: `bookings` holds what each has contributed, `sales` and `attendance` the sums."""

    def __init__(self, database: Database, number: int) -> None:
        self._database, self.number = database, number
        self.bookings: Collection = database[f"report_bookings_{number}"]
        self.sales: Collection = database[f"report_sales_{number}"]
        self.attendance: Collection = database[f"report_attendance_{number}"]

    async def ensure_indexes(self) -> None:
        """Make collections and indexes; idempotent."""
        await self.bookings.ensure_indexes(*_OF_BOOKINGS)
        await self.sales.ensure_indexes(*_OF_SALES)

    async def drop(self) -> None:
        """Remove the build."""
        for collection in (self.bookings, self.sales, self.attendance):
            await collection.raw.drop()

    async def apply(self, newest: Sequence[Applied]) -> None:
        """Correct contributions and sums together, or nothing; what was applied before changes nothing."""
        if newest:
            await self._database.transaction(lambda session: self._apply(newest, session))

    async def _apply(self, newest: Sequence[Applied], session: AsyncClientSession) -> None:
        ids = sorted({each.booking_id for each in newest})
        stored = await self.bookings.raw.find({"_id": {"$in": ids}}, session=session).to_list(None)
        changed = corrections({document["_id"]: applied_in(document) for document in stored}, newest)
        await _write(
            self.bookings,
            [
                UpdateOne({"_id": each.booking_id}, {"$set": applied_document(each)}, upsert=True)
                for each in changed.applied.values()
            ],
            session,
        )
        await _write(
            self.sales,
            [
                UpdateOne(
                    {"_id": key_id(key)}, {"$inc": fields_of(figures), "$setOnInsert": key_document(key)}, upsert=True
                )
                for key, figures in changed.sales.items()
            ],
            session,
        )
        await _write(
            self.attendance,
            [
                UpdateOne({"_id": showtime_id}, {"$inc": fields_of(seats)}, upsert=True)
                for showtime_id, seats in changed.attendance.items()
            ],
            session,
        )


async def _write(collection: Collection, updates: Sequence[UpdateOne], session: AsyncClientSession) -> None:
    if updates:
        await collection.raw.bulk_write(updates, ordered=False, session=session)


class Builds:
    """Which builds there are."""

    def __init__(self, database: Database) -> None:
        self._database, self._state = database, database["report_builds"]

    async def prepare(self) -> None:
        """Make the first build where there is none; idempotent."""
        for build in await self.followed():
            await build.ensure_indexes()

    async def current(self) -> Build:
        """The build that reports are read from."""
        return (await self.followed())[0]

    async def followed(self) -> list[Build]:
        """The current build, and the one that is being made."""
        state = await self._state.find_one({"_id": _BUILDS}) or {"current": 1}
        numbers = [state["current"], *([state["next"]] if "next" in state else ())]
        return [Build(self._database, number) for number in numbers]

    async def apply(self, newest: Sequence[Applied]) -> None:
        """Apply to all builds that are followed. What is applied must have been read before this is called: a build
        that begins later reads the bookings later."""
        for build in await self.followed():
            await build.apply(newest)

    async def begin(self) -> Build:
        """Another build, empty; one that was begun before and is not current is followed no more."""
        state = await self._state.find_one_and_update(
            {"_id": _BUILDS},
            [{"$set": {"current": {"$ifNull": ["$current", 1]}, "newest": {"$add": [{"$ifNull": ["$newest", 1]}, 1]}}}],
            upsert=True,
        )
        if state is None:
            raise RuntimeError("an upsert always answers the document")
        build = Build(self._database, state["newest"])
        await build.ensure_indexes()
        await self._state.update({"_id": _BUILDS, "newest": build.number}, {"$set": {"next": build.number}})
        return build

    async def make_current(self, build: Build) -> bool:
        """Read from this build from now on; not where another rebuild has begun meanwhile."""
        finished = {"_id": _BUILDS, "next": build.number}
        return await self._state.update(finished, {"$set": {"current": build.number}, "$unset": {"next": ""}}) > 0

    async def drop(self, numbers: Iterable[int]) -> None:
        """Remove builds that nobody reads or follows."""
        followed = {build.number for build in await self.followed()}
        for number in set(numbers) - followed:
            await Build(self._database, number).drop()
