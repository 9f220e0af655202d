"""`python -m booking.rebuild_reports`: all reports anew from the bookings' facts, beside those that are read; then
those. The worker goes on meanwhile."""

import asyncio
import sys

from booking.documents import record_in
from booking.reports.following import applied_now
from booking.reports.store import Build, Builds
from chassis import mongo
from chassis.mongo import Database, Document
from chassis.settings import ServiceSettings, load
from chassis.zones import use_packaged_zones

_BATCH = 200
_SUMS = ("sales", "attendance")


async def rebuild(database: Database) -> tuple[int, list[str]]:
    """How many bookings were read, and which sums are others than before: none, but for what was sold meanwhile. Of an
    older rebuild nothing stays; that of before is dropped by the next."""
    builds = Builds(database)
    former, build = await builds.current(), await builds.begin()
    await builds.drop(range(1, former.number))
    count, last_id = 0, ""
    query = {"confirmed_at": {"$exists": True}}
    bookings = database["bookings"]
    while documents := await bookings.find({**query, "_id": {"$gt": last_id}}, sort=[("_id", 1)], limit=_BATCH):
        sold = (record_in(document["_id"], document).booking for document in documents)
        await build.apply([applied_now(booking) for booking in sold if booking])
        count, last_id = count + len(documents), documents[-1]["_id"]
    if not await builds.make_current(build):
        raise RuntimeError("another rebuild has begun meanwhile")
    return count, await _differences(former, build)


async def _differences(former: Build, build: Build) -> list[str]:
    """The ids of the sums that differ; what adds up to nothing is as good as not there."""
    different: list[str] = []
    for name in _SUMS:
        before, after = [await _sums(getattr(each, name)) for each in (former, build)]
        different += sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return different


async def _sums(collection: mongo.Collection) -> dict[str, Document]:
    documents = await collection.find({"_id": {"$gt": ""}})
    return {document["_id"]: document for document in documents if any(_numbers(document))}


def _numbers(document: Document) -> list[int]:
    return [value for value in document.values() if isinstance(value, int)]


async def main() -> None:
    """On the database that the environment names."""
    use_packaged_zones()
    settings = load(ServiceSettings)
    uri = settings.mongo_uri.get_secret_value()
    async with mongo.connect(uri, settings.database_prefix + "booking") as database:
        count, different = await rebuild(database)
    changed = f"{len(different)} sums are others than before: {different[:5]}" if different else "as they were before"
    sys.stdout.write(f"booking: the reports of {count} bookings are made anew, {changed}\n")


if __name__ == "__main__":
    asyncio.run(main())
